"""Profiles to look at: much, little and no usage, under a name or none, and a crowd around them."""

import random
from datetime import timedelta

from sqlalchemy import Connection, text

from claudeusage_server.board import fill
from tests.server.crowd import THROUGH, crowd, settle
from tests.server.world import World

SHARES = {
    "claude-opus-5-5": 40,
    "claude-sonnet-5": 25,
    "claude-fable-5": 12,
    "claude-opus-5": 9,
    "claude-haiku-5": 8,
    "claude-sonnet-4-5": 4,
    "other": 2,
}
FORTY = {f"claude-opus-5-5-variant-{number:02}": 41 - number for number in range(40)}
PROFILES = (
    ("sample", 370, SHARES),
    ("newly-joined", 0, SHARES),
    ("one-day", 1, {"claude-opus-5-5": 1}),
    ("five-years", 1826, SHARES),
    ("forty-models", 60, FORTY),
    ("anonymous-k3v9x2qd", 90, SHARES),
    ("a" * 39, 3, SHARES),  # the longest name that there can be
)
"""Names, days up to the last that has ended, and the models with their parts of a day."""

_PROFILE = text(
    "INSERT INTO profiles (public_id, name, anonymous, on_board, country, joined_month, live,"
    " through, generation) VALUES (:public_id, :name, :anonymous, 1, :country, '2026-01', 0,"
    " :through, 1)"
)
_DAY = text("INSERT INTO days VALUES (:public_id, :date, :active, :sessions, :sessions)")
_MODEL = text(
    "INSERT INTO day_models VALUES (:public_id, :date, :model, :messages, :input, :output, :write,"
    " :read, :cost, 0)"
)


def publish_sample(world: World) -> None:
    """Put the profiles and a crowd into the public store, and fill the board."""
    with world.app.public.write() as connection:
        settle(connection, crowd(300))
        for number, (name, days, shares) in enumerate(PROFILES):
            _publish(connection, f"{number:032x}", name, days, shares)
    fill(world.app.public, THROUGH)


def _publish(
    connection: Connection, public_id: str, name: str, days: int, shares: dict[str, int]
) -> None:
    anonymous = name.startswith("anonymous-")
    who = {"public_id": public_id, "name": name, "anonymous": int(anonymous)}
    country = None if anonymous else "is"
    connection.execute(_PROFILE, who | {"country": country, "through": THROUGH.isoformat()})
    chance = random.Random(name)  # noqa: S311 -- no secret
    for age in range(days):
        when = THROUGH - timedelta(days=age)
        if age and chance.random() < (0.55 if when.weekday() > 4 else 0.12):
            continue
        size = chance.uniform(0.3, 2) * (0.5 if when.weekday() > 4 else 1)
        which = {"public_id": public_id, "date": when.isoformat()}
        day = {"active": round(size * 12_000), "sessions": 1 + round(size * 4)}
        connection.execute(_DAY, which | day)
        models = [which | _figures(each, size * share) for each, share in shares.items()]
        connection.execute(_MODEL, models)


def _figures(model: str, size: float) -> dict[str, object]:
    messages = 1 + round(size * 4)
    return {
        "model": model,
        "messages": messages,
        "input": messages * 90,
        "output": messages * 760,
        "write": messages * 6_200,
        "read": messages * 81_000,
        "cost": messages * 98_000,
    }
