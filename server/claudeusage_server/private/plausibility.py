"""Whether a row can be true: the published checks, made on the day's sums of one row.

Nothing is known of single responses here, so each check asks whether any responses at all could add
up to the row. What is not known speaks for its owner.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from claudeusage_core import wire
from claudeusage_core.pricing import PICO_PER_MICRO, ModelPrices, PriceTable, Rates
from claudeusage_server.checks import (
    BESIDE_TOKENS,
    HISTORY_DAYS,
    LONGEST_DAY,
    MOST_OUTPUT,
    MOST_PROMPT,
    ReviewReason,
)
from claudeusage_server.private.rules import day_messages, day_tokens


class Bound(NamedTuple):
    """A number of a row, and the most that it may be."""

    reason: ReviewReason
    reported: int
    most: int


class CostRange(NamedTuple):
    """What a row is said to cost, and what it can have cost, in micro-USD."""

    reported: int
    least: int
    most: int


class _Reading(NamedTuple):
    """The least and the most that a token of each kind can cost, in pico-USD."""

    cheapest: Rates
    dearest: Rates


class Plausibility:
    """The checks of a row, with what one price table knows of models."""

    def __init__(self, prices: PriceTable) -> None:
        self._generated = prices.generated
        self._readings = {
            name: _reading(model, prices.batch_multiplier) for name, model in prices.models.items()
        }

    def reason(self, day: wire.Day, prices: str) -> ReviewReason | None:
        """Return the first check that a row fails; *prices* is the date of its price table."""
        failed = (bound.reason for bound in bounds(day) if bound.reported > bound.most)
        return next(failed, None) or self._cost_reason(day, prices)

    def cost_range(self, day: wire.Day, prices: str) -> CostRange | None:
        """Return what the models with a cost can have cost that the table knows; None without any.

        Nothing is said by an older table than the row's.
        """
        if prices > self._generated:
            return None
        priced = [model for model in day.models if model.cost_microusd is not None]
        known = [model for model in priced if model.model in self._readings]
        if not known:
            return None
        return CostRange(
            reported=sum(model.cost_microusd or 0 for model in known),
            # A cost that Claude Code wrote itself, for a model that no table knows, covers also
            # what that model had other models do.
            least=sum(map(self._least, known)) if len(known) == len(priced) else 0,
            most=sum(map(self._most, known)),
        )

    def _cost_reason(self, day: wire.Day, prices: str) -> ReviewReason | None:
        cost = self.cost_range(day, prices)
        if cost is None or cost.least <= cost.reported <= cost.most:
            return None
        above = cost.reported > cost.most
        return ReviewReason.COST_ABOVE if above else ReviewReason.COST_BELOW

    def _least(self, model: wire.DayModel) -> int:
        """Return micro-USD, rounded down.

        That also covers what is cut off each response: less than 3 pico-USD, of which it takes
        more than 160,000 to make the half micro-USD by which a row's own sum is rounded up.
        """
        return _pico_usd(model, self._readings[model.model].cheapest) // PICO_PER_MICRO

    def _most(self, model: wire.DayModel) -> int:
        """Return micro-USD, rounded up."""
        pico = _pico_usd(model, self._readings[model.model].dearest)
        return -(-pico // PICO_PER_MICRO) + BESIDE_TOKENS * model.messages


def bounds(day: wire.Day) -> Iterator[Bound]:
    """Yield each number of a row that has a limit, but for its cost, as they are checked."""
    messages, tokens = day_messages(day), day_tokens(day)
    output = sum(model.output_tokens for model in day.models)
    yield Bound(ReviewReason.NO_MESSAGES, tokens, tokens if messages else 0)
    yield Bound(ReviewReason.ACTIVE_TIME, day.active_seconds, LONGEST_DAY)
    yield Bound(ReviewReason.SESSIONS_STARTED, day.sessions_started, day.sessions_active)
    yield Bound(ReviewReason.SESSIONS_ACTIVE, day.sessions_active, messages)
    yield Bound(ReviewReason.OUTPUT, output, MOST_OUTPUT * messages)
    yield Bound(ReviewReason.PROMPT, tokens - output, MOST_PROMPT * messages)


def is_history(day: wire.Day, today: date) -> bool:
    """Say whether a day is older than a new account may show; *today* is UTC's, at its upload."""
    return date.fromisoformat(day.date) < today - timedelta(days=HISTORY_DAYS)


def _reading(model: ModelPrices, batch: Fraction) -> _Reading:
    """Take each kind of token at its least and at its most, on any date and in any tier."""
    listed = [
        rates
        for period in model.periods
        for rates in (period.rates, period.long_rates)
        if rates is not None
    ]
    multipliers = model.fast_multiplier, model.us_multiplier, batch
    less = math.prod(min(Fraction(1), each) for each in multipliers)
    more = math.prod(max(Fraction(1), each) for each in multipliers)
    by_kind = list(zip(*listed, strict=True))
    return _Reading(
        Rates(*(math.floor(min(kind) * less) for kind in by_kind)),
        Rates(*(math.ceil(max(kind) * more) for kind in by_kind)),
    )


def _pico_usd(model: wire.DayModel, rates: Rates) -> int:
    return (
        model.input_tokens * rates.input
        + model.output_tokens * rates.output
        + model.cache_write_5m_tokens * rates.cache_write_5m
        + model.cache_write_1h_tokens * rates.cache_write_1h
        + model.cache_read_tokens * rates.cache_read
    )
