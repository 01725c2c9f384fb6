"""Commands that are run in the process of the tests, and how they ended."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Said(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Every line of both streams."""
        return (self.out + self.err).split("\n")


Run: TypeAlias = Callable[..., Said]
"""Runs the command of some words."""
