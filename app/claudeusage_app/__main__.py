"""Start with ``python -m claudeusage_app``."""

import sys

from claudeusage_app.cli import main

sys.exit(main())
