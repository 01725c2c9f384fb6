"""Whatever the original client sends, and whichever answers it loses: no message counts twice."""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import count, pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claudeusage_server.settings import Limits
from tests.server.original_client import OriginalClient, Record, moment
from tests.server.world import World, day, model

BEGINNING = moment("2026-06-01 09:00")
Days = dict[date, int]


class Row(NamedTuple):
    """What is stored of a day."""

    messages: int
    tokens: int
    active_seconds: int
    accounting: int


class Append(NamedTuple):
    """Records are written, each so many seconds after the latest there is."""

    pauses: tuple[int, ...]


class Find(NamedTuple):
    """A record turns up that is so many seconds older than the latest."""

    seconds: int


class Prune(NamedTuple):
    """The oldest records are deleted."""

    records: int


class Sync(NamedTuple):
    """The client is run."""

    full: bool = False
    days_back: int | None = None
    answered: bool = True


class NewClient(NamedTuple):
    """The project's own client uploads the day of the latest record."""

    messages: int


class Revoke(NamedTuple):
    """The client's token dies."""


Step = Append | Find | Prune | Sync | NewClient | Revoke

PAUSES = st.lists(st.sampled_from((1, 61, 599, 600, 3_600, 40_000, 90_000)), min_size=1, max_size=4)
APPEND = st.builds(Append, PAUSES.map(tuple))
DAYS_BACK = st.none() | st.integers(0, 3)
ANSWERED = st.builds(Sync, st.booleans(), DAYS_BACK, st.just(value=True))
UNANSWERED = st.just(Sync(answered=False))
ANY_SYNC = st.builds(Sync, st.booleans(), DAYS_BACK, st.booleans())
ZONES = st.sampled_from((UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")))

ORDINARY = st.lists(APPEND | ANSWERED | UNANSWERED, max_size=14)
ANYTHING = st.lists(
    APPEND
    | ANY_SYNC
    | st.builds(Find, st.sampled_from((1, 700, 50_000, 200_000)))
    | st.builds(Prune, st.integers(1, 4))
    | st.builds(NewClient, st.integers(1, 6))
    | st.builds(Revoke),
    max_size=14,
)


@dataclass
class Life:
    """A computer with the original client, and what has ever been on it and left it."""

    world: World
    client: OriginalClient
    ever: list[Record] = field(default_factory=list[Record])
    left: set[Record] = field(default_factory=set[Record])
    synced: int = 0

    def go(self, step: Step) -> None:
        match step:
            case Append(pauses):
                for pause in pauses:
                    self._write(self._latest() + timedelta(seconds=pause))
            case Find(seconds):
                self._write(self._latest() - timedelta(seconds=seconds, milliseconds=1))
            case Prune(number):
                self.client.records = sorted(self.client.records)[number:]
            case Sync():
                self._sync(step)
            case NewClient(messages):
                when = self._latest().astimezone(self.client.zone).date().isoformat()
                self.world.upload(
                    self.world.link().token, day(when, model(messages)), machine=self.client.machine
                )
            case Revoke():
                self.client.token = "cu_live_" + "0" * 48

    def rows(self) -> dict[date, Row]:
        """Return what is stored for this computer, read without the code under test."""
        context = self.world.app.context
        with context.store.read() as connection:
            account = connection.exec_driver_sql("SELECT account FROM accounts").scalar_one()
            found = connection.exec_driver_sql(
                "SELECT date, SUM(messages), SUM(input_tokens + output_tokens + cache_read_tokens"
                " + cache_write_5m_tokens + cache_write_1h_tokens), active_seconds, accounting"
                " FROM days JOIN day_models USING (account, machine, date)"
                " WHERE machine = ? GROUP BY date",
                (context.hashes.machine(account, self.client.machine),),
            )
            return {date.fromisoformat(row[0]): Row(*row[1:]) for row in found}

    def days(self, records: Iterable[Record]) -> Days:
        """Count records by local day."""
        return Counter(each.at.astimezone(self.client.zone).date() for each in records)

    def active_seconds(self, of: date) -> float:
        """Add up the short pauses of a day, of the records that have left."""
        moments = sorted(each.at for each in self.left)
        inside = [at for at in moments if at.astimezone(self.client.zone).date() == of]
        gaps = [later - earlier for earlier, later in pairwise(inside)]
        return sum(gap.total_seconds() for gap in gaps if gap < timedelta(minutes=10))

    def _sync(self, step: Sync) -> None:
        client = self.client
        since = None
        if step.days_back is not None:
            since = self._latest().astimezone(client.zone).date() - timedelta(days=step.days_back)
        client.loses_answers = not step.answered
        client.sync(full=step.full, since=since)
        self.left |= set(client.sent)
        client.sent.clear()
        self.synced += 1

    def _write(self, at: datetime) -> None:
        record = Record(at)
        if record not in self.ever:
            self.ever.append(record)
            self.client.records.append(record)

    def _latest(self) -> datetime:
        return max((each.at for each in self.ever), default=BEGINNING)


class Lives:
    """Computers, one after another, on one server that lets them do anything at any rate."""

    def __init__(self, data: Path) -> None:
        often = "1000000/minute"
        limits = Limits(often, often, often, often)
        self.world = World(data, limits)
        self._numbers = count()

    def begin(self, zone: tzinfo) -> Life:
        """Bring a new computer, linked to an account of its own: one has room for so many."""
        self.world.delete_accounts()
        token, host = self.world.link().token, f"host-{next(self._numbers)}"
        return Life(self.world, OriginalClient(self.world, host=host, zone=zone, token=token))


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Generator[Lives]:
    made = Lives(tmp_path_factory.mktemp("lives") / "data")
    yield made
    made.world.close()


def exactly_what_left(lives: Lives, zone: tzinfo, steps: Sequence[Step]) -> None:
    """Hold the rows, after each step, to the records that have left the computer."""
    life = lives.begin(zone)
    for step in steps:
        life.go(step)
        rows, truth = life.rows(), life.days(life.left)
        assert {of: row.messages for of, row in rows.items()} == truth
        for of, row in rows.items():
            assert row.tokens == row.messages * 11_110
            assert abs(row.active_seconds - life.active_seconds(of)) <= life.synced


def never_doubled_never_lowered(lives: Lives, zone: tzinfo, steps: Sequence[Step]) -> None:
    """Hold the rows between what they were and what has left; then send everything once more."""
    life = lives.begin(zone)
    for step in (*steps, Sync(full=True)):
        before = life.rows()
        life.go(step)
        rows, most = life.rows(), life.days(life.left)
        for of, was in before.items():
            if was.accounting or isinstance(step, NewClient):
                assert rows[of].accounting >= was.accounting
            if was.accounting and not isinstance(step, NewClient):
                assert rows[of] == was
            assert rows[of].messages >= was.messages
        for of, row in rows.items():
            assert row.accounting or row.messages <= most[of]
    there = life.rows()
    for of, least in life.days(life.client.records).items():
        assert there[of].accounting or there[of].messages >= least


def tried(examples: int) -> settings:
    """Return how often, and that the server is the same for all."""
    return settings(
        max_examples=examples,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@tried(25)
@given(ZONES, ORDINARY)
def test_the_rows_are_what_has_left_though_answers_are_lost(
    lives: Lives, zone: tzinfo, steps: list[Step]
) -> None:
    exactly_what_left(lives, zone, steps)


@tried(25)
@given(ZONES, ANYTHING)
def test_whatever_happens_nothing_is_doubled_and_nothing_lowered(
    lives: Lives, zone: tzinfo, steps: list[Step]
) -> None:
    never_doubled_never_lowered(lives, zone, steps)


@pytest.mark.long
@tried(400)
@given(ZONES, ORDINARY)
def test_the_rows_are_what_has_left_in_very_many_lives(
    lives: Lives, zone: tzinfo, steps: list[Step]
) -> None:
    exactly_what_left(lives, zone, steps)


@pytest.mark.long
@tried(400)
@given(ZONES, ANYTHING)
def test_nothing_is_doubled_and_nothing_lowered_in_very_many_lives(
    lives: Lives, zone: tzinfo, steps: list[Step]
) -> None:
    never_doubled_never_lowered(lives, zone, steps)
