"""What the public store holds of a profile, read into values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, text

from claudeusage_server.drawn.days import Day, History, Spent, total

MOST_OVERVIEWS = 100
"""How many profiles one page lists."""

_FIND = text(
    "SELECT public_id, name, display_name, anonymous, country, joined_month, live, through,"
    " generation FROM profiles WHERE name = :name"
)
_OVERVIEWS = text(
    "SELECT p.name, p.display_name, (SELECT MAX(date) FROM days d WHERE d.public_id = p.public_id)"
    " AS last, t.cost_microusd, t.input_tokens + t.output_tokens + t.cache_write_tokens"
    " + t.cache_read_tokens AS tokens FROM profiles p"
    " LEFT JOIN model_totals t ON t.public_id = p.public_id ORDER BY p.name"
)
_DAYS = text(
    "SELECT date, active_seconds, sessions_active, sessions_started FROM days"
    " WHERE public_id = :public_id ORDER BY date"
)
_MODELS = text(
    "SELECT date, model, messages, input_tokens, output_tokens, cache_write_tokens,"
    " cache_read_tokens, cost_microusd, unpriced_tokens FROM day_models"
    " WHERE public_id = :public_id ORDER BY date"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who is shown, and how far.

    *generation* is another random number whenever the profile or its days were written. It counts
    nothing, for a count would tell how often somebody uploads.
    """

    public_id: str
    name: str
    anonymous: bool
    country: str | None
    joined_month: str
    live: bool
    through: date
    generation: int
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What all days of a profile come to; *last* is the last of them, *cost* in micro-USD."""

    name: str
    display_name: str | None
    last: date | None
    cost: int | None
    tokens: int


def find_profile(connection: Connection, name: str) -> Profile | None:
    """Find a profile by its public name."""
    row = connection.execute(_FIND, {"name": name}).one_or_none()
    if row is None:
        return None
    return Profile(
        public_id=row.public_id,
        name=row.name,
        anonymous=bool(row.anonymous),
        country=row.country,
        joined_month=row.joined_month,
        live=bool(row.live),
        through=date.fromisoformat(row.through),
        generation=row.generation,
        display_name=row.display_name,
    )


def read_history(connection: Connection, public_id: str) -> History:
    """Read every published day of a profile."""
    values = {"public_id": public_id}
    models: dict[str, dict[str, Spent]] = {}
    for day, model, *numbers in connection.execute(_MODELS, values):
        models.setdefault(day, {})[model] = Spent._make(numbers)
    history: dict[date, Day] = {}
    for day, active, sessions, started in connection.execute(_DAYS, values):
        of_day = models.get(day, {})
        spent = total(tuple(of_day.values()))
        history[date.fromisoformat(day)] = Day(active, sessions, started, of_day, spent)
    return history


def read_overviews(connection: Connection) -> Sequence[Overview]:
    """Read what each of the first profiles comes to."""
    found: dict[str, Overview] = {}
    for row in connection.execute(_OVERVIEWS):
        before = found.get(row.name)
        if before is None and len(found) == MOST_OVERVIEWS:
            break
        last = date.fromisoformat(row.last) if row.last else None
        known = before or Overview(row.name, row.display_name, last, None, 0)
        cost = known.cost if row.cost_microusd is None else (known.cost or 0) + row.cost_microusd
        found[row.name] = replace(known, cost=cost, tokens=known.tokens + (row.tokens or 0))
    return list(found.values())
