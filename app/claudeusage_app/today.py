"""Today's figures, as the tray and `claudeusage today` show them."""

from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from claudeusage_app.at_hand import AtHand
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.states import States
from claudeusage_core.moments import milliseconds
from claudeusage_core.pricing import PriceTable
from claudeusage_core.responses import counts_by
from claudeusage_core.running_day import RunningDay


class Today(NamedTuple):
    """The figures of the running local day, of the ledger as it is."""

    date: date
    zone: str
    cost_microusd: int
    sessions: int
    active_seconds: int
    messages: int
    tokens: int
    unpriced_tokens: int
    until: datetime
    """The next local midnight, aware: when these figures turn to nothing."""
    own_models: frozenset[str] = frozenset()
    """The models whose cost rests on this person's own prices."""


def today_of(
    database: Database, zone: ZoneInfo, prices: PriceTable, now: datetime, at_hand: AtHand | None
) -> Today:
    """Return the figures of the local day that is running *now*.

    Only what was written since is read where the sums of this day are *at_hand*.
    """
    day = RunningDay(now.astimezone(zone).date(), zone, prices)
    version, states = database.version, States(database)
    known = at_hand.take(database, version, day) if at_hand else None
    if known is None:
        found = states.numbered(day.first_ms)
    else:
        day, written = known
        for number in written:
            day.remove(number)
        found = states.numbered_as(written)
    latest = day.end_ms
    for number, response in found:
        if counts_by(response.time_ms, milliseconds(now)):
            day.put(number, response)
        else:
            latest = min(latest, response.time_ms)
    if at_hand and latest == day.end_ms:  # else the clock alone will change the figures
        at_hand.keep(database, version, day)
    return Today(
        date=day.day,
        zone=zone.key,
        cost_microusd=day.cost_microusd,
        sessions=day.sessions,
        active_seconds=day.active_seconds,
        messages=day.messages,
        tokens=day.tokens,
        unpriced_tokens=day.unpriced_tokens,
        until=datetime.fromtimestamp(day.end_ms / 1000, UTC).astimezone(zone),
        own_models=day.own_models,
    )
