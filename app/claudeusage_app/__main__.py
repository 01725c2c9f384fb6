"""Start with ``python -m claudeusage_app``."""

from claudeusage_app.cli import program

program()
