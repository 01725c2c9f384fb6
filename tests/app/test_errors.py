"""The tree of errors in the docstring, held to the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from claudeusage_app import errors

PACKAGE = Path(errors.__file__).parent
LINE = re.compile(r"(?P<depth>[│ ]*)[├└]── (?P<name>\w+) (?P<says>.*)")


class Kind(NamedTuple):
    parent: str
    module: str
    exit_code: int


def drawn() -> Iterator[tuple[str, Kind]]:
    """Read the tree in the docstring."""
    above = ["ClaudeusageError"]
    codes = {"ClaudeusageError": 1}
    for line in filter(None, map(LINE.match, (errors.__doc__ or "").splitlines())):
        name, says = line["name"], line["says"]
        del above[len(line["depth"]) // 4 + 1 :]
        module = re.search(r"\(([a-z_.]+)\)", says)
        code = re.search(r"exit (\d)$", says)
        codes[name] = int(code[1]) if code else codes[above[-1]]
        yield name, Kind(above[-1], module[1] if module else "errors", codes[name])
        above.append(name)


def written() -> dict[str, Kind]:
    """Find in the source what is a client's error."""
    classes = [
        (node, ".".join(path.relative_to(PACKAGE).with_suffix("").parts))
        for path in PACKAGE.rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    found = {"ClaudeusageError": Kind("", "", 1)}
    before = 0
    while before < len(found):
        before = len(found)
        for node, module in classes:
            for base in node.bases:
                if isinstance(base, ast.Name) and base.id in found:
                    code = exit_code(node) or found[base.id].exit_code
                    found[node.name] = Kind(base.id, module, code)
    del found["ClaudeusageError"]
    return found


def exit_code(node: ast.ClassDef) -> int | None:
    for each in node.body:
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "exit_code":
            return int(ast.literal_eval(each.value))
    return None


def test_the_tree_names_every_error_with_its_place_and_exit_code() -> None:
    tree = dict(drawn())
    assert len(tree) > 40
    assert tree == written()
