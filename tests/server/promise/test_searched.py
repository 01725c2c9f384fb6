"""A life leaves secrets only where they belong: bytes of files, answers and logs are searched."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claudeusage_server.private.identities import PROVIDERS
from tests.server.promise import written
from tests.server.promise.conftest import Left, started
from tests.server.promise.life import FORMER, NAME, SHOWN, Life
from tests.server.promise.looks import Seen, other_answers, public_answers
from tests.server.promise.marked import STORED, Kind

SEEN_IN_PUBLIC = {
    "accounts.public_id": "names the public copy, random, another for every name",
    "accounts.anonymous_name": "the name of who is anonymous",
    "accounts.name": "the name of who wants one",
    "accounts.display_name": "the same",
    "accounts.country": "where at least five share it",
}
NO_SECRET = {
    "accounts": {"anonymous", "visible", "on_board", "live", "show_country"}
    | {"joined_on", "first_upload_on", "generation"},
    "identities": {"provider"},
    "device_requests": {"state"},
    "machines": {"number", "added_on"},
    "tokens": {"hint", "created_on", "used_on"},
    "days": {"date", "accounting", "prices", "active_seconds", "sessions_active"}
    | {"sessions_started", "review"},
    "day_models": {"date", "model", "messages", "input_tokens", "output_tokens"}
    | {"cache_write_5m_tokens", "cache_write_1h_tokens", "cache_read_tokens", "cost_microusd"},
    "changed_days": {"date", "generation"},
    "receipts": {"number", "days", "model_rows", "bytes"},
    "v1_frontiers": {"day", "before_row"},
    "published": {"through", "generation", "stamp", "begun"},
    "removals": {"whole"},
    "former_names": {"name"},
}
OF_THE_SERVER = {"keys", "sign_in_codes", "leases", "erasures", "alembic_version"}
ALIKE = {
    "machine": "machines.machine",
    "separate_from": "machines.machine",
    "account": "accounts.account",
    "public_id": "accounts.public_id",
}
"""Columns of one name that hold the same in every table."""

TIME_OF_DAY = re.compile(rb"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b")
DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?")


@pytest.fixture(params=["early", "amid", "after"])
def folders(request: pytest.FixtureRequest, left: Left) -> list[Path]:
    """Give the data folder as it was after sign-ups, before the server stopped, and after."""
    found = {"early": left.life.early, "amid": [left.amid], "after": [left.after]}
    return found[request.param]


def all_files(folders: list[Path], beginning: str = "") -> list[tuple[str, bytes]]:
    return [
        (f"{folder.name}/{name}", content)
        for folder in folders
        for name, content in files(folder, beginning)
    ]


def files(folder: Path, beginning: str = "") -> list[tuple[str, bytes]]:
    found = [path for path in folder.iterdir() if path.name.startswith(beginning)]
    return [(path.name, path.read_bytes()) for path in found]


def names(left: Left) -> list[str]:
    """Return every name that is shown, was shown, or never was."""
    found = [
        str(value)
        for row in rows(left.after / "private.sqlite3", "SELECT name, anonymous_name FROM accounts")
        for value in row
        if value
    ]
    assert len(found) > len({FORMER, NAME})
    return [*found, FORMER, "nobody-at-all"]


def rows(store: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(statement).fetchall()


def tables(store: Path) -> dict[str, set[str]]:
    found = rows(store, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return {
        str(table): {str(row[1]) for row in rows(store, f"PRAGMA table_info({table})")}
        for (table,) in found
    }


@pytest.fixture(scope="module")
def answers(left: Left, tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """Give everything that a server on what is left answers to anybody."""
    world = started(left, tmp_path_factory.mktemp("answers") / "data")
    found = [*public_answers(world, names(left)), *other_answers(world, NAME)]
    world.close()
    return found


def held(answers: list[Seen]) -> Iterator[tuple[str, bytes]]:
    for seen in answers:
        yield f"head of {seen.asked}", seen.head
        yield seen.asked, seen.body


def test_every_column_about_a_person_is_searched_for_or_may_be_seen(left: Left) -> None:
    known = {*STORED, *SEEN_IN_PUBLIC}
    left_over = {
        f"{table}.{column}"
        for table, columns in tables(left.after / "private.sqlite3").items()
        for column in columns - NO_SECRET.get(table, set())
        if table not in OF_THE_SERVER and ALIKE.get(column, f"{table}.{column}") not in known
    }
    assert left_over == set()


def test_a_life_is_public_at_all(answers: list[Seen], left: Left) -> None:
    shown = b"".join(body for _asked, body in held(answers))
    for public in (NAME, SHOWN, "carol-shaw", "anonymous-"):
        assert public.encode() in shown
    assert {200, 401, 404, 405} <= {seen.status for seen in answers}
    assert sum(seen.status == 200 for seen in answers if seen.tells_of_somebody) > 30
    assert b"2026-11-19" in dict(files(left.after))["public.sqlite3"]


def test_the_public_file_holds_nothing_private(folders: list[Path], life: Life) -> None:
    assert written.found(life.needles(*Kind), all_files(folders, "public.sqlite3")) == []


def test_no_answer_to_anybody_holds_anything_private(answers: list[Seen], life: Life) -> None:
    assert written.found(life.needles(*Kind), held(answers)) == []


def test_nobody_is_told_by_whom_somebody_signs_in(folders: list[Path], answers: list[Seen]) -> None:
    providers = {provider.encode(): provider for provider in PROVIDERS}
    lowered = [(name, content.lower()) for name, content in all_files(folders, "public.sqlite3")]
    assert written.found(providers, lowered) == []
    told = [seen for seen in answers if seen.tells_of_somebody and seen.status == 200]
    assert written.found(providers, [(seen.asked, seen.body.lower()) for seen in told]) == []


def test_no_public_answer_names_a_time_of_day_but_that_of_the_cut(answers: list[Seen]) -> None:
    public = [seen for seen in answers if seen.asked.startswith("/")]
    times = {time for seen in public for time in TIME_OF_DAY.findall(seen.head + seen.body)}
    assert times <= {b"12:00"}


def test_every_date_in_the_public_store_is_a_day_or_a_month(left: Left) -> None:
    store = left.after / "public.sqlite3"
    texts: set[str] = set()
    for table, columns in tables(store).items():
        for column in columns:
            asked = f"SELECT DISTINCT {column} FROM {table} WHERE {column} LIKE '20__-%'"  # noqa: S608 -- names of our own
            texts |= {str(value) for (value,) in rows(store, asked)}
    assert "2026-11-19" in texts
    assert all(DATE.fullmatch(each) for each in texts)


def test_no_number_in_the_public_store_is_a_moment(left: Left) -> None:
    store, beginning = left.after / "public.sqlite3", datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    numbers = {
        (f"{table}.{column}", value)
        for table, columns in tables(store).items()
        for column in columns
        for (value,) in rows(store, f"SELECT DISTINCT {column} FROM {table}")  # noqa: S608 -- names of our own
        if isinstance(value, int) and column != "generation"
    }
    assert len(numbers) > 20
    for name, value in numbers:
        for power in (0, 3, 6, 9):
            assert not beginning <= value / 10**power <= 2 * beginning, name


def test_the_private_files_hold_no_secret_in_clear(folders: list[Path], life: Life) -> None:
    kinds = (Kind.TOKEN, Kind.PROVIDERS)
    assert written.found(life.needles(*kinds, hashes=False), all_files(folders)) == []


def test_the_private_files_hold_nothing_that_knows_a_person_elsewhere(
    folders: list[Path], life: Life
) -> None:
    kinds = (Kind.E_MAIL, Kind.MACHINE, Kind.ADDRESS, Kind.REQUEST)
    assert written.found(life.needles(*kinds), all_files(folders)) == []


def test_the_private_files_hold_no_body(folders: list[Path], life: Life) -> None:
    marks = (b'"dailyBuckets"', b'"perModel"', b'"lastMessageAt"', b'"windowStart"', b'"machine"')
    bodies = {content[:50]: "beginning of a body" for content in life.bodies}
    bodies |= {content[-50:]: "end of a body" for content in life.bodies}
    bodies |= dict.fromkeys(marks, "member of a body")
    assert written.found(bodies, all_files(folders)) == []


def test_the_log_holds_nothing_of_anybody(life: Life) -> None:
    shown = {name.encode(): "name" for name in (NAME, FORMER, SHOWN, "anonymous-", "carol-shaw")}
    said = [("log", life.logs.text.encode())]
    assert said[0][1].count(b"event=request") > 60
    assert written.found(life.needles(*Kind) | shown, said) == []


def test_no_library_says_anything_of_anybody_at_any_level(left: Left) -> None:
    said = [("log", left.said.encode())]
    assert {b"claudeusage_server.access", b"httpx2", b"asyncio"} <= set(said[0][1].split())
    assert written.found(left.life.needles(*Kind), said) == []


def test_what_is_searched_for_is_found_where_it_belongs(left: Left) -> None:
    private = b"".join(content for _name, content in files(left.after, "private.sqlite3"))
    for kind in (Kind.SUBJECT, Kind.HASH, Kind.ACCOUNT, Kind.LABEL):
        for secret in left.life.secrets[kind]:
            assert secret.encode() in private, kind
    moments = [each for each in left.life.needles(Kind.MOMENT) if len(each) == written.SHORTEST]
    assert sum(each in private for each in moments) > 10
