"""Start ``python3 -m tests``: set up the clone if that is needed, then run."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "resources"))

import bootstrap

bootstrap.main("tests")
