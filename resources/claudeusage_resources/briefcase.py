"""Briefcase with its settings in briefcase.toml: ``python -m claudeusage_resources.briefcase dev``.

Briefcase itself reads only pyproject.toml. What stands there already, or in core, is not repeated.
"""

import sys
import tomllib
from pathlib import Path

from briefcase.cmdline import parse_cmdline
from briefcase.console import Console
from briefcase.exceptions import BriefcaseError, HelpText

from claudeusage_core import __version__


def main(arguments: list[str]) -> int:
    """Run a command of Briefcase from the top folder of a clone; return its exit code."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    requires = [*project["dependencies"], *extras["app"], *extras["server"]]
    console = Console()
    try:
        command_type, rest = parse_cmdline(arguments, console=console)
        command = command_type(console=console)
        options, overrides = command.parse_options(extra=rest)
        settings = {"version": __version__, "requires": requires, **overrides}
        command.parse_config(Path.cwd() / "briefcase.toml", overrides=settings)
        command(**options)
    except (BriefcaseError, HelpText) as end:
        console.print(str(end))
        return end.error_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
