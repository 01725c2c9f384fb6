"""Day rows: responses added up by local day and model, priced at their own time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, tzinfo
from typing import NamedTuple

from claudeusage_core.activity import active_seconds
from claudeusage_core.moments import Calendar
from claudeusage_core.pricing import PriceTable, micro_usd
from claudeusage_core.responses import Response
from claudeusage_core.usage import DailyUsage, ModelUsage, SessionUsage, TokenCounts


class Booking(NamedTuple):
    """What one part of a response adds to a model's sums."""

    model: str
    tokens: TokenCounts
    pico: int | None
    """Its cost in pico-USD, None where no price is known."""
    own_price: bool


class _ModelSum:
    def __init__(self) -> None:
        self.messages = 0
        self.tokens = TokenCounts()
        self.pico: int | None = None
        self.unpriced_tokens = 0
        self.own_price = False

    def add(self, tokens: TokenCounts, pico: int | None, *, own_price: bool) -> None:
        self.tokens += tokens
        self.own_price |= own_price
        if pico is None:
            self.unpriced_tokens += tokens.total
        else:
            self.pico = (self.pico or 0) + pico


class _DaySum:
    def __init__(self) -> None:
        self.sessions: set[str] = set()
        self.started = 0
        self.models: defaultdict[str, _ModelSum] = defaultdict(_ModelSum)


def day_rows(
    responses: Iterable[Response], prices: PriceTable, zone: tzinfo
) -> tuple[DailyUsage, ...]:
    """Add up *responses*, in any order, into one row per local day of *zone*."""
    ordered = sorted(responses, key=lambda response: response.time_ms)
    calendar = Calendar((each.time_ms for each in ordered), zone)
    days: defaultdict[date, _DaySum] = defaultdict(_DaySum)
    begun: set[str] = set()
    for response in ordered:
        day = days[calendar.day(response.time_ms)]
        day.sessions.add(response.session)
        if response.session not in begun:
            begun.add(response.session)
            day.started += 1
        _book(day, response, prices)
    active = active_seconds((each.time_ms for each in ordered), calendar)
    return tuple(_row(day, sums, active.get(day, 0)) for day, sums in sorted(days.items()))


def session_rows(responses: Iterable[Response], prices: PriceTable) -> tuple[SessionUsage, ...]:
    """Add up *responses*, in any order, into one row per session, by the time of its start."""
    sessions: defaultdict[str, list[Response]] = defaultdict(list)
    for response in responses:
        sessions[response.session].append(response)
    rows = (_session(each, prices) for each in sessions.values())
    return tuple(sorted(rows, key=lambda row: (row.started_ms, row.ended_ms)))


def _session(responses: list[Response], prices: PriceTable) -> SessionUsage:
    times = [each.time_ms for each in responses]
    sums = _DaySum()
    for response in responses:
        _book(sums, response, prices)
    models = sums.models.values()
    costs = [micro_usd(each.pico) for each in models if each.pico is not None]
    return SessionUsage(
        started_ms=min(times),
        ended_ms=max(times),
        active_seconds=sum(active_seconds(times, Calendar(times, UTC)).values()),
        messages=len(responses),
        tokens=sum((each.tokens for each in models), TokenCounts()),
        cost_microusd=sum(costs) if costs else None,
        unpriced_tokens=sum(each.unpriced_tokens for each in models),
        own_models=frozenset(name for name, each in sums.models.items() if each.own_price),
    )


def booked(response: Response, prices: PriceTable) -> list[Booking]:
    """Return what a response adds to which model; the first of them is the response's own."""
    usage, time_ms = response.usage, response.time_ms
    cost, own = prices.cost(usage, time_ms), prices.owns(usage.model, time_ms)
    found = [Booking(prices.shown(usage.model), usage.tokens, cost, own)]
    for extra in usage.extras:
        cost, own = prices.extra_cost(extra, usage, time_ms), prices.owns(extra.model, time_ms)
        found.append(Booking(prices.shown(extra.model), extra.tokens, cost, own))
    return found


def _book(day: _DaySum, response: Response, prices: PriceTable) -> None:
    bookings = booked(response, prices)
    day.models[bookings[0].model].messages += 1
    for model, tokens, pico, own in bookings:
        day.models[model].add(tokens, pico, own_price=own)


def _row(day: date, sums: _DaySum, active: int) -> DailyUsage:
    return DailyUsage(
        date=day,
        active_seconds=active,
        sessions_active=len(sums.sessions),
        sessions_started=sums.started,
        models=tuple(
            ModelUsage(
                model=model,
                messages=each.messages,
                tokens=each.tokens,
                cost_microusd=None if each.pico is None else micro_usd(each.pico),
                unpriced_tokens=each.unpriced_tokens,
                own_price=each.own_price,
            )
            for model, each in sorted(sums.models.items())
        ),
    )
