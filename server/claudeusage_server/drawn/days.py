"""Days of usage as values: what was used, by day and model, and how it adds up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Spent(NamedTuple):
    """What was used: of one model on one day, or any sum of such.

    *cost* is in micro-USD and None where nothing could be priced; *unpriced* are the tokens that it
    does not contain.
    """

    messages: int = 0
    input: int = 0
    output: int = 0
    cache_write: int = 0
    cache_read: int = 0
    cost: int | None = None
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """All tokens, priced or not."""
        return self.input + self.output + self.cache_write + self.cache_read


@dataclass(frozen=True, slots=True)
class Day:
    """One day."""

    active_seconds: int
    sessions_active: int
    sessions_started: int
    models: Mapping[str, Spent]
    spent: Spent
    """The sum over all models."""


History = Mapping[date, Day]
"""The days, in order; those without usage are absent."""


def total(parts: Sequence[Spent]) -> Spent:
    """Add up, also nothing; a sum has a cost as soon as one part has."""
    if len(parts) == 1:
        return parts[0]
    priced = [part.cost for part in parts if part.cost is not None]
    return Spent(
        sum([part.messages for part in parts]),
        sum([part.input for part in parts]),
        sum([part.output for part in parts]),
        sum([part.cache_write for part in parts]),
        sum([part.cache_read for part in parts]),
        sum(priced) if priced else None,
        sum([part.unpriced for part in parts]),
    )
