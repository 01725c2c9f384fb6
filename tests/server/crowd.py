"""A crowd on the board: profiles with days, made up anew, and ranked in plain Python."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from claudeusage_server.database import Store, open_store
from claudeusage_server.public.rankings import Measure, Ranking, Reach

THROUGH = date(2026, 11, 21)
LENGTHS = {Reach.DAY: 1, Reach.WEEK: 7, Reach.MONTH: 30, Reach.YEAR: 365}
COUNTRIES = (None, None, None, "is", "de", "de", "fr", "us", "us", "us")

_PROFILE = text(
    "INSERT INTO profiles (public_id, name, anonymous, on_board, country, joined_month, live,"
    " through, generation, display_name) VALUES (:public_id, :name, :anonymous, :on_board,"
    " :country, '2026-01', 0, :through, 1, :display_name)"
)
_DAY = text("INSERT INTO days VALUES (:public_id, :date, :active, 1, 1)")
_MODEL = text(
    "INSERT INTO day_models VALUES (:public_id, :date, :model, :messages, :tokens, 0, 0, 0, :cost,"
    " 0)"
)


@dataclass(slots=True)
class Used:
    """One day of a person."""

    active: int
    tokens: int
    cost: int | None


@dataclass(slots=True)
class Person:
    """Somebody with their days by age: so many days before `THROUGH`, or after it if negative."""

    public_id: str
    name: str
    country: str | None
    on_board: bool = True
    days: dict[int, Used] = field(default_factory=dict[int, Used])
    display_name: str | None = None

    def value(self, ranking: Ranking, ago: int = 0) -> int:
        """Add up what the board ranks by, or what it ranked by so many days *ago*."""
        if ranking.reach is None:
            streak = 0
            while streak + ago in self.days:
                streak += 1
            return streak
        most = LENGTHS.get(ranking.reach, 1_000_000)
        days = [used for age, used in self.days.items() if 0 <= age - ago < most]
        match ranking.measure:
            case Measure.COST:
                return sum(used.cost or 0 for used in days)
            case Measure.TOKENS:
                return sum(used.tokens for used in days)
            case _:
                return sum(used.active for used in days)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Where somebody stands."""

    rank: int
    name: str
    value: int


def crowd(count: int, seed: int = 1) -> list[Person]:
    """Make up people: many with equal figures, some with none, and one in ten not on the board."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    return [_person(number, chance) for number in range(count)]


def _person(number: int, chance: random.Random) -> Person:
    country = chance.choice(COUNTRIES)
    name = f"p{chance.randrange(10**6):06}-{number}" if country else f"anonymous-{number:08}"
    person = Person(f"{chance.getrandbits(128):032x}", name, country, chance.random() > 0.1)
    if number == 7:
        person.country = "li"
    ages = {age for age in range(-1, 5) if chance.random() > 0.5}
    ages |= {chance.randrange(600) for _ in range(chance.randrange(6))}
    for age in ages:
        cost = chance.choice([None, 0, 1, 1, 2, 50, round(10 ** (chance.random() * 6))])
        person.days[age] = Used(chance.randrange(3) * 600, chance.choice([0, 5, 5, 77_000]), cost)
    return person


def ranked(
    people: Sequence[Person], ranking: Ranking, country: str | None = None, ago: int = 0
) -> list[Ranked]:
    """Rank plainly: by value, then by name; ties share a rank."""
    values = [
        (-person.value(ranking, ago), person.name)
        for person in people
        if person.on_board and country in {None, person.country}
    ]
    found: list[Ranked] = []
    for number, (value, name) in enumerate(sorted(value for value in values if value[0])):
        shared = number > 0 and found[-1].value == -value
        found.append(Ranked(found[-1].rank if shared else number + 1, name, -value))
    return found


def settled(folder: Path, people: Sequence[Person]) -> Store:
    """Open a public store in which these people have profiles."""
    store = open_store(folder / "public.sqlite3", "public")
    with store.write() as connection:
        settle(connection, people)
    return store


def settle(connection: Connection, people: Sequence[Person]) -> None:
    """Store people and their days."""
    profiles: list[dict[str, object]] = []
    days: list[dict[str, object]] = []
    for person in people:
        who: dict[str, object] = {"public_id": person.public_id}
        named = {"name": person.name, "country": person.country, "through": THROUGH.isoformat()}
        flags = {"anonymous": int(person.country is None), "on_board": int(person.on_board)}
        profiles.append({**who, **named, **flags, "display_name": person.display_name})
        days += [who | _row(age, used) for age, used in person.days.items()]
    connection.execute(_PROFILE, profiles)
    if days:
        connection.execute(_DAY, days)
        connection.execute(_MODEL, [day | {"model": "other"} for day in days])


def _row(age: int, used: Used) -> dict[str, object]:
    when = (THROUGH - timedelta(days=age)).isoformat()
    figures = {"active": used.active, "tokens": used.tokens, "cost": used.cost}
    return {"date": when, "messages": 1, **figures}
