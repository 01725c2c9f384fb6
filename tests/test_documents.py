"""The documents say what the code does: each list in them is held to the code."""

import ast
import re
from pathlib import Path

import msgspec
import pytest

from claudeusage_app.cli.parser import parser
from claudeusage_app.settings import Settings
from claudeusage_core import wire

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {
    "core/claudeusage_core",
    "app/claudeusage_app",
    "server/claudeusage_server",
    "resources",
}
COMMAND = re.compile(r"^    (\w+) +(.+)$", re.MULTILINE)


def modules() -> dict[str, str]:
    """Return the first sentence of each docstring, by the name of the module in the document."""
    found: dict[str, str] = {}
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            name = path.relative_to(ROOT / source).with_suffix("").as_posix()
            if name != "__init__":
                text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
                sentence = " ".join(text.split("\n\n")[0].split()).rstrip(".")
                found[re.sub("__init__$", "", name)] = sentence
    return found


@pytest.mark.parametrize(("name", "sentence"), modules().items())
def test_every_module_has_its_sentence_in_the_architecture(name: str, sentence: str) -> None:
    assert sentence
    assert f"| `{name}` | {sentence} |" in _text("docs/architecture.md")


def test_the_readme_lists_every_command_with_its_help() -> None:
    commands = COMMAND.findall(parser().format_help())
    assert len(commands) > 5
    for name, help_text in commands:
        assert f"| `claudeusage {name}` | {help_text} |" in _text("README.md")


def test_the_readme_lists_every_setting_with_its_default() -> None:
    for setting in msgspec.structs.fields(Settings):
        default = msgspec.json.encode(setting.default).decode()
        shown = "" if setting.default is None else f"`{default}` "
        assert f"| `{setting.name}` | {shown}|" in _text("README.md")


def test_the_readme_tells_the_exit_codes_as_the_help_does() -> None:
    codes = "0 done, 1 failed, 2 wrong usage, 3 not linked, 4 no preview accepted yet"
    assert codes in _text("README.md")
    assert codes in parser().format_help()


def test_the_privacy_page_names_every_field_that_may_leave() -> None:
    for part in wire.fields().values():
        for name in part:
            assert f"`{name}`" in _text("docs/privacy.md")


def _text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")
