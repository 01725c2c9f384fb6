"""The running day: added up response by response, so that one more costs no second look at all.

It gives the same figures as the day's row of `aggregate.day_rows`.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from datetime import date, timedelta, tzinfo

from claudeusage_core.activity import IDLE_AFTER_MS, active_seconds
from claudeusage_core.aggregate import booked
from claudeusage_core.moments import Calendar, start_of
from claudeusage_core.pricing import PriceTable, micro_usd
from claudeusage_core.responses import Response


class _Sum:
    """What one model adds to the day."""

    def __init__(self) -> None:
        self.pico = 0
        self.own = 0
        """How many bookings rest on a person's own price."""


class RunningDay:
    """One local day of a zone, by one price table."""

    def __init__(self, day: date, zone: tzinfo, prices: PriceTable) -> None:
        """Begin with nothing."""
        self.day = day
        self.zone = zone
        self.prices = prices
        self.start_ms = start_of(day, zone)
        self.end_ms = start_of(day + timedelta(1), zone)
        self.messages = 0
        self.tokens = 0
        self.unpriced_tokens = 0
        self._responses: dict[int, Response] = {}
        self._models: defaultdict[str, _Sum] = defaultdict(_Sum)
        self._sessions: Counter[str] = Counter()
        self._times: list[int] = []

    @property
    def first_ms(self) -> int:
        """From when on responses matter: the last ones before midnight tell of a first pause."""
        return self.start_ms - IDLE_AFTER_MS

    def put(self, number: int, response: Response) -> None:
        """Count a response, if it is of this day, and no more what had its number before."""
        self.remove(number)
        if self.first_ms <= response.time_ms < self.end_ms:
            self._responses[number] = response
            insort(self._times, response.time_ms)
            self._book(response, 1)

    def remove(self, number: int) -> None:
        """Count a response no more."""
        before = self._responses.pop(number, None)
        if before is not None:
            del self._times[bisect_left(self._times, before.time_ms)]
            self._book(before, -1)

    @property
    def cost_microusd(self) -> int:
        """What is priced of it, rounded by model as in every other sum."""
        return sum(micro_usd(each.pico) for each in self._models.values())

    @property
    def sessions(self) -> int:
        """How many sessions were active."""
        return len(self._sessions)

    @property
    def active_seconds(self) -> int:
        """How long somebody was at work."""
        calendar = Calendar(self._times, self.zone)
        return active_seconds(self._times, calendar).get(self.day, 0)

    @property
    def own_models(self) -> frozenset[str]:
        """The models whose cost rests on a person's own prices."""
        return frozenset(name for name, each in self._models.items() if each.own)

    def _book(self, response: Response, sign: int) -> None:
        if response.time_ms < self.start_ms:
            return
        self.messages += sign
        self._sessions[response.session] += sign
        if not self._sessions[response.session]:
            del self._sessions[response.session]
        for model, tokens, pico, own in booked(response, self.prices):
            self.tokens += sign * tokens.total
            if pico is None:
                self.unpriced_tokens += sign * tokens.total
            sums = self._models[model]
            sums.pico += sign * (pico or 0)
            sums.own += sign * own
