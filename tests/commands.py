"""Commands that are run in the process of the tests, and how they ended."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import pytest


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Every line of both streams."""
        return (self.out + self.err).split("\n")


def ended(code: int, capsys: pytest.CaptureFixture[str]) -> Said:
    """Say how a command ended, with what it said since this was asked last."""
    said = capsys.readouterr()
    return Said(code, said.out, said.err)


Run: TypeAlias = Callable[..., Said]
"""Runs the command of some words."""
