"""The cases that every build has to get right, from transcripts on disk to day rows and uploads."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from claudeusage_app.api import Api
from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.journal import Journal
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.uploads import Account
from claudeusage_app.report import in_period
from claudeusage_app.sync import Numbers, Uploads
from claudeusage_core.aggregate import day_rows
from claudeusage_core.usage import DailyUsage
from claudeusage_resources.price_table import shipped_prices
from tests.core.samples import OTHER_SESSION, SESSION, Line, encoded, line, progress
from tests.core.test_accounting import COSTS
from tests.small_server import ACCOUNT, TOKEN, SmallServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MILLION = 10**6
PRICES = shipped_prices()
AGENT = f"p/{SESSION}/subagents/agent-1.jsonl"
LATER = "2026-11-20T11:00:00Z"


class Machine:
    """A folder of transcripts, and the ledger of those that were read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "projects"
        self.database = Database(folder / "ledger.sqlite3")

    def write(self, name: str, *lines: Line) -> Path:
        """Write lines to the end of a transcript, which a session or a path names."""
        path = self.folder / (name if "/" in name else f"p/{name}.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.writelines(encoded(each) + b"\n" for each in lines)
        return path

    def scan(self, *folders: Path) -> None:
        Collector(self.database, PRICES).collect(folders or (self.folder,))

    def days(self, *folders: Path) -> tuple[DailyUsage, ...]:
        self.scan(*folders)
        return day_rows(States(self.database).responses(), PRICES, ZoneInfo("UTC"))

    def day(self) -> DailyUsage:
        (row,) = self.days()
        return row

    def owned_by(self, session: str) -> int:
        self.scan()
        return len(list(States(self.database).responses_of(session)))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.database.close()


def streamed(*outputs: int, **members: object) -> list[Line]:
    return [line(usage={"output_tokens": output}) | members for output in outputs]


@pytest.mark.parametrize("outputs", [(1, 1, 260), (260, 1, 1), (1, 260, 1)])
@pytest.mark.parametrize("scans", [1, 3])
def test_a_streamed_response_counts_once_at_its_full_size(
    machine: Machine, outputs: tuple[int, ...], scans: int
) -> None:
    for each in streamed(*outputs):
        machine.write(SESSION, each)
        if scans > 1:
            machine.scan()
    assert (machine.day().tokens.output, machine.day().messages) == (260, 1)


def test_without_a_request_id_it_counts_once_too(machine: Machine) -> None:
    machine.write(SESSION, *streamed(2, 500, requestId=None))
    assert (machine.day().tokens.output, machine.day().messages) == (500, 1)


def test_history_copied_under_a_new_session_counts_once_and_is_two_sessions(
    machine: Machine,
) -> None:
    new = line(3, sessionId=OTHER_SESSION, timestamp=LATER)
    machine.write(OTHER_SESSION, *(line(number, sessionId=OTHER_SESSION) for number in (1, 2)), new)
    machine.write(SESSION, line(1), line(2))
    row = machine.day()
    assert (row.messages, row.sessions_active, row.sessions_started) == (3, 2, 2)
    assert (machine.owned_by(SESSION), machine.owned_by(OTHER_SESSION)) == (2, 1)


def test_a_branch_that_writes_each_row_twice_counts_once_and_belongs_to_the_parent(
    machine: Machine,
) -> None:
    branched = line(sessionId=OTHER_SESSION, forkedFrom={"sessionId": SESSION})
    machine.write(OTHER_SESSION, branched, branched)
    assert machine.owned_by(OTHER_SESSION) == 1
    machine.write(SESSION, line())
    assert (machine.owned_by(SESSION), machine.owned_by(OTHER_SESSION)) == (1, 0)
    assert machine.day().messages == 1


def test_a_side_question_that_replays_the_parent_leaves_the_original_as_it_is(
    machine: Machine,
) -> None:
    counts: Line = {"output_tokens": 900, "cache_read_input_tokens": 50_000}
    replay = line(usage=counts, requestId="req_new", isSidechain=True, sessionId=OTHER_SESSION)
    machine.write(OTHER_SESSION, replay)
    machine.write(SESSION, line(usage={"output_tokens": 20}))
    row = machine.day()
    assert (row.tokens.output, row.tokens.cache_read, row.messages) == (20, 0, 1)


@pytest.mark.parametrize("own_first", [True, False])
def test_an_agents_line_in_its_parents_transcript_and_in_its_own_counts_once(
    machine: Machine, own_first: bool
) -> None:
    own, repeated = line(isSidechain=True), progress(line())
    for in_own_file in (own_first, not own_first):
        machine.write(*((AGENT, own) if in_own_file else (SESSION, repeated)))
        machine.scan()
    assert (machine.day().messages, machine.day().sessions_active) == (1, 1)


def test_an_agents_line_counts_from_its_parents_transcript_where_its_own_is_gone(
    machine: Machine,
) -> None:
    machine.write(SESSION, progress(line(requestId=None), requestId="req_1"))
    assert (machine.day().messages, machine.owned_by(SESSION)) == (1, 1)


@pytest.mark.parametrize(("model", "at", "counts", "dollars"), COSTS)
def test_what_a_response_costs(
    machine: Machine, model: str, at: str, counts: Line, dollars: float
) -> None:
    machine.write(SESSION, line(message={"model": model}, usage=counts, timestamp=at))
    row = machine.day()
    assert (row.cost_microusd, row.messages) == (round(dollars * MILLION), 1)


def test_the_same_sums_over_two_requests_are_charged_at_the_lower_rates(machine: Machine) -> None:
    half: Line = {
        "cache_read_input_tokens": 75_000,
        "cache_creation_input_tokens": 50_000,
        "output_tokens": 50_000,
    }
    model: Line = {"model": "claude-sonnet-4-5-20250929"}
    december = "2025-12-15T10:00:00Z"
    for number in (1, 2):
        machine.write(SESSION, line(number, message=model, usage=half, timestamp=december))
    # 150k read at 0.30, 100k written at 3.75 and 100k output at 15 dollars a million
    assert machine.day().cost_microusd == 45_000 + 375_000 + 1_500_000


@pytest.mark.parametrize("finished_first", [True, False])
def test_a_response_over_midnight_stays_on_the_day_it_began_for_ever(
    machine: Machine, finished_first: bool
) -> None:
    begun = line(usage={"output_tokens": 1}, timestamp="2026-11-20T23:59:59.500Z")
    finished = line(usage={"output_tokens": 260}, timestamp="2026-11-21T00:00:03.000Z")
    first, last = (finished, begun) if finished_first else (begun, finished)
    machine.write(SESSION, first)
    machine.scan()
    path = machine.write(SESSION, last)
    machine.scan()
    path.unlink()
    row = machine.day()
    assert (row.date, row.tokens.output) == (date(2026, 11, 20), 260)


def test_an_id_of_null_inside_a_tool_input_does_not_lose_the_line(machine: Machine) -> None:
    content = [{"type": "tool_use", "id": "toolu_1", "input": {"id": None}}]
    machine.write(SESSION, line(message={"content": content}))
    assert machine.day().messages == 1


@pytest.mark.parametrize(("later", "seconds"), [("10:09:59.999", 599), ("10:10:00.000", 0)])
def test_a_gap_is_work_below_ten_minutes_only(machine: Machine, later: str, seconds: int) -> None:
    machine.write(SESSION, line(1))
    machine.write(OTHER_SESSION, line(2, sessionId=OTHER_SESSION, timestamp=f"2026-11-20T{later}Z"))
    assert machine.day().active_seconds == seconds


def test_a_session_that_began_before_a_period_is_active_in_it_but_did_not_start(
    machine: Machine,
) -> None:
    machine.write(SESSION, line(1), line(2, timestamp="2026-11-21T10:00:00Z"))
    rows = in_period(machine.days(), date(2026, 11, 21), None)
    assert [(row.sessions_active, row.sessions_started) for row in rows] == [(1, 0)]


def test_the_same_folder_through_a_link_counts_once(machine: Machine, tmp_path: Path) -> None:
    machine.write(SESSION, line(1, message={"id": None}, requestId=None, uuid=None))
    (tmp_path / "link").symlink_to(machine.folder)
    (machine.folder / "q").symlink_to(machine.folder / "p")
    for folders in ((tmp_path / "link", machine.folder), (tmp_path / "link",), ()):
        (row,) = machine.days(*folders)
        assert (row.messages, row.sessions_active) == (1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_transcripts_give_the_same_totals(tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- nothing is kept secret here
    written: list[tuple[str, Line]] = []
    for number in range(30):
        kinds: list[Line] = [{}, {"isSidechain": True}, {"forkedFrom": {}}]
        kind = random.choice(kinds)
        session = random.choice((SESSION, OTHER_SESSION))
        at = f"2026-11-{random.choice((19, 20))}T23:5{random.randrange(10)}:00Z"
        usage: Line = {"output_tokens": random.randrange(300)}
        made = line(number % 8, usage=usage, timestamp=at, sessionId=session)
        written.append((random.choice((SESSION, OTHER_SESSION, AGENT)), made | kind))
    rows: list[object] = []
    for number in range(4):
        machine = Machine(tmp_path / str(number))
        for name, each in written:
            machine.write(name, each)
            if number % 2:
                machine.scan()
        rows.append(machine.days())
        machine.database.close()
        random.shuffle(written)
    assert rows[1:] == rows[:-1]


# Uploads between two readings


class Synced:
    """What a server has of a machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._server = SmallServer()
        self._account = Account(self._server.origin, ACCOUNT)
        Journal(machine.database, self._account).accept(NOW)

    def sync(self) -> dict[str, int]:
        """Upload what is new, and return the outputs of the days that were sent."""
        numbers = Numbers(self._machine.days(), NOW.date(), "ab" * 32, PRICES.generated)
        api = Api(self._server.origin, self._server.transport())
        uploads = Uploads(self._machine.database, self._account, TOKEN)
        prepared = uploads.prepare(numbers, api.days(TOKEN), NOW)
        if prepared is None:
            return {}
        uploads.upload(prepared, api, NOW)
        return {
            day.date: sum(row.output_tokens for row in day.models) for day in prepared.request.days
        }

    def stored(self) -> dict[str, int]:
        """Return the output of each day as the server has it."""
        return {
            day: sum(int(row["output_tokens"]) for row in stored.day["models"])
            for day, stored in self._server.stored().items()
        }


def test_a_sync_between_the_two_lines_sends_the_day_again_whole_and_adds_nothing(
    machine: Machine,
) -> None:
    synced = Synced(machine)
    machine.write(SESSION, line(2), *streamed(1))
    assert synced.sync() == {"2026-11-20": 101}
    machine.write(SESSION, *streamed(260, timestamp="2026-11-20T10:00:03Z"))
    assert synced.sync() == {"2026-11-20": 360}
    assert synced.stored() == {"2026-11-20": 360}
    assert synced.sync() == {}


def test_a_late_transcript_with_old_timestamps_sends_its_day_again(machine: Machine) -> None:
    synced = Synced(machine)
    machine.write(SESSION, line(1), line(2, timestamp="2026-11-21T10:00:00Z"))
    assert synced.sync() == {"2026-11-20": 100, "2026-11-21": 100}
    machine.write(OTHER_SESSION, line(3, sessionId=OTHER_SESSION, timestamp=LATER))
    assert synced.sync() == {"2026-11-20": 200}
    assert synced.stored() == {"2026-11-20": 200, "2026-11-21": 100}
