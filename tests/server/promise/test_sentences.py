"""Every sentence of the privacy page has a fact in ``sentences.txt``, with tests that are there."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from claudeusage_server.public.promise import SECTIONS

HERE = Path(__file__).parent
TESTS = HERE.parents[1]
OF_NOBODY = {"operator"}
"""Sections that promise nothing of the program."""

INDENTED = "    "
BESIDE = {
    "test_searched.py::test_a_life_is_public_at_all",
    "test_searched.py::test_what_is_searched_for_is_found_where_it_belongs",
}
"""What shows that the other tests could fail."""


class Fact(NamedTuple):
    """What a section says, and the tests that hold the program to it: file and name."""

    section: str
    said: str
    tests: tuple[str, ...]


def read_facts() -> Iterator[Fact]:
    """Read the list: sections in brackets, facts, and below each its tests."""
    _about, _, listed = (HERE / "sentences.txt").read_text("utf-8").partition("\n\n")
    section, said, tests = "", "", list[str]()
    for line in [*filter(None, listed.splitlines()), ""]:
        if line.startswith(INDENTED):
            tests.append(line.strip())
            continue
        if said:
            yield Fact(section, said, tuple(tests))
        said, tests = "", []
        if line.startswith("["):
            section = line.strip("[]")
        else:
            said = line


FACTS = list(read_facts())


@cache
def marks(file: str) -> dict[str, str]:
    """Return the tests of a file, with how each is marked."""
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    found = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    return {
        each.name: " ".join(ast.unparse(mark) for mark in each.decorator_list)
        for each in found
        if each.name.startswith("test_")
    }


@pytest.mark.parametrize("fact", FACTS, ids=[fact.said for fact in FACTS])
def test_a_fact_has_tests_one_of_which_runs_every_time(fact: Fact) -> None:
    found = [each.partition("::") for each in fact.tests]
    assert [name for file, _, name in found if name not in marks(file)] == []
    assert any("mark.long" not in marks(file)[name] for file, _, name in found)


def test_every_section_of_the_page_has_facts() -> None:
    assert len(FACTS) > 25
    assert {fact.section for fact in FACTS} == {each.name for each in SECTIONS} - OF_NOBODY


def test_every_test_about_the_promise_is_of_a_fact() -> None:
    listed = {each for fact in FACTS for each in fact.tests}
    own = {
        f"{path.name}::{name}"
        for path in HERE.glob("test_*.py")
        for name, marked in marks(path.relative_to(TESTS).as_posix()).items()
        if "mark.long" not in marked and path.name != Path(__file__).name
    }
    known = {each.removeprefix("server/promise/") for each in listed}
    assert own - known == BESIDE
