"""Run the server's command line: ``python -m claudeusage_server serve``."""

import sys

from claudeusage_server.cli import main

if __name__ == "__main__":
    sys.exit(main())
