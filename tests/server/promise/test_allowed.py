"""What may be sent and what may be public is said as a list, and there is nothing beside it."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from claudeusage_core import wire
from claudeusage_server.public.board_api import Leaderboard, Ranked
from tests.server.promise.conftest import Left
from tests.server.promise.life import NAME, Life
from tests.server.promise.looks import BOARD_JSON, PROFILE_JSON, public_answers
from tests.server.world import World, body, day, model

WHO = {"public_id", "name", "display_name", "anonymous", "on_board", "country", "joined_month"}
USED = {"model", "messages", "input_tokens", "output_tokens", "cache_write_tokens"} | {
    "cache_read_tokens",
    "cost_microusd",
    "unpriced_tokens",
}
BOARD = {"edition", "ranking", "country"}
PUBLIC = {
    "profiles": WHO | {"live", "through", "generation"},
    "days": {"public_id", "date", "active_seconds", "sessions_active", "sessions_started"},
    "day_models": USED | {"public_id", "date"},
    "model_totals": USED | {"public_id"},
    "board": BOARD | {"public_id", "name", "value", "place", "place_before"},
    "board_histogram": BOARD | {"bucket", "people"},
    "board_state": {"one", "edition", "through", "next_edition", "next_through", "generation"},
    "alembic_version": {"version_num"},
}
"""Every column of the public store."""

SUMS = (USED - {"model"}) | {"tokens"}
TOLD = {
    *("name", "display_name", "anonymous", "country", "joined", "through", "live", "streak"),
    *("longest_streak", "periods", "days"),
}
OF_THE_BOARD = {
    *("measure", "period", "country", "through", "next_cut", "people", "entries", "previous"),
    "next",
}
OF_A_ROW = {
    *("rank", "before", "name", "display_name", "anonymous", "country", "value", "days"),
    *("cost_microusd", "tokens"),
}
OF_A_DAY = SUMS | {"date", "active_seconds", "sessions_active", "sessions_started"}
OF_A_PERIOD = SUMS | {"first", "last", "active_days", "active_seconds", "sessions", "models"}
NUMBER = re.compile(r'-?\d+|null|true|false|"\d{4}-\d\d(?:-\d\d)?"')


def columns(store: Path) -> dict[str, set[str]]:
    with closing(sqlite3.connect(store)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            str(table): {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}
            for (table,) in tables.fetchall()
        }


def test_the_public_store_has_columns_for_what_may_be_seen_and_no_others(left: Left) -> None:
    assert columns(left.after / "public.sqlite3") == PUBLIC


def test_a_public_profile_has_its_members_and_no_others(again: World) -> None:
    told = again.get(PROFILE_JSON + NAME).json()
    assert set(told) == TOLD
    assert {frozenset(each) for each in told["days"]} == {frozenset(OF_A_DAY)}
    assert {frozenset(each) for each in told["periods"].values()} == {frozenset(OF_A_PERIOD)}
    models = [each for period in told["periods"].values() for each in period["models"]]
    assert {frozenset(each) for each in models} == {frozenset(SUMS | {"model"})}


def test_the_board_has_its_members_and_no_others() -> None:
    assert set(Leaderboard.model_fields) == OF_THE_BOARD
    assert set(Ranked.model_fields) == OF_A_ROW


def test_every_number_of_a_profile_is_a_count_or_a_day(again: World) -> None:
    told = again.get(PROFILE_JSON + NAME).json()
    values = [value for each in told["days"] for value in each.values()]
    values += [
        value
        for period in told["periods"].values()
        for name, value in period.items()
        if name != "models"
    ]
    assert len(values) > 100
    assert all(NUMBER.fullmatch(json.dumps(value)) for value in values)


def test_public_answers_come_from_the_public_store_alone(again: World, life: Life) -> None:
    [anonymous] = [name for name in life.shown[life.bob.account] if name.startswith("anonymous-")]
    names = [NAME, anonymous, "nobody-at-all"]
    before = public_answers(again, names)
    with again.app.context.store.write() as connection:
        for table in columns(again.data / "private.sqlite3"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO taken_from_{table}")
    assert public_answers(again, names) == before


def test_whoever_is_signed_in_sees_the_same_public_pages(again: World, life: Life) -> None:
    drawings = (f"/u/{NAME}/badge.svg", f"/u/{NAME}/grid.svg")
    answers = (PROFILE_JSON + NAME, BOARD_JSON)
    for path in (f"/u/{NAME}", *drawings, *answers, "/", "/privacy"):
        again.cookies = {}
        stranger = again.get(path)
        again.cookies = dict(life.ada.cookies)
        owner = again.get(path)
        assert (owner.content, owner.headers) == (stranger.content, stranger.headers)


def test_an_upload_has_no_place_for_text() -> None:
    schema = wire.SyncRequest.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    assert all(part["additionalProperties"] is False for part in parts)
    leaves = {name: leaf for part in parts for name, leaf in part["properties"].items()}
    free = {
        name
        for name, leaf in leaves.items()
        for each in cast("list[dict[str, object]]", leaf.get("anyOf", [leaf]))
        if each.get("type") == "string" and not {"pattern", "enum"} & each.keys()
    }
    assert free == {"model"}


@pytest.mark.parametrize(
    "member", ["message_id", "request_id", "session_id", "prompt", "path", "project", "hostname"]
)
def test_an_id_of_a_message_or_anything_else_is_refused(
    again: World, life: Life, member: str
) -> None:
    token = life.ada.tokens[0]
    for sent in (
        {**body(day()), member: "msg_01"},
        body({**day(), member: "msg_01"}),
        body(day("2026-11-20", {**model(), member: "msg_01"})),
    ):
        assert again.put(token, sent).status_code == 422


@pytest.mark.parametrize("name", ["/home/ada/secret.txt", "msg_01AbCdEf", "a prompt of many words"])
def test_no_text_passes_for_a_model(again: World, life: Life, name: str) -> None:
    sequence = 9_000_000_000_000
    answer = again.put(
        life.ada.tokens[0],
        body(
            day("2026-11-20", model(90, model=name)),
            machine="a7" * 31 + "3c",
            sequence=sequence,
        ),
    )
    assert answer.is_success
    assert [each["date"] for each in answer.json()["refused"]] == ["2026-11-20"]
