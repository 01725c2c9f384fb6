"""The statuses of the original client's two addresses, and what a refusal may say."""

import sqlite3
from contextlib import closing

import httpx
import pytest

from claudeusage_core import wire
from tests.server.original_bodies import OPUS, bucket, ingest, share
from tests.server.world import (
    JSON,
    MACHINE,
    Link,
    Plain,
    World,
    authorised,
    body,
    dates,
    day,
    fill_with_machines,
)

SECRET = "canary7f3a"
INGEST = "/api/ingest"
COVERAGE = f"/api/coverage?machineId={MACHINE}"


def sent(world: World, token: str, upload: Plain) -> httpx.Response:
    return world.request("POST", INGEST, wire.canonical(upload), JSON | authorised(token))


def test_an_answer_has_its_members_and_no_others(world: World, link: Link) -> None:
    answer = sent(world, link.token, ingest(bucket(), bucket("2026-11-19")))
    expected = {
        "accepted": True,
        "buckets": 2,
        "messageCount": 4,
        "newRecords": 4,
        "updatedAt": "2026-11-22T12:00:00.000Z",
        "userId": link.account,
    }
    assert (answer.status_code, answer.json()) == (200, expected)
    again = sent(world, link.token, ingest(bucket(), bucket("2026-11-19")))
    assert again.json() == expected | {"newRecords": 0, "duplicate": True}


def test_rows_are_counted_by_rules_of_their_own_and_bear_no_time(world: World, link: Link) -> None:
    sent(world, link.token, ingest(bucket()))
    with world.app.context.store.read() as connection:
        row = connection.exec_driver_sql("SELECT accounting, prices, date FROM days").one()
        kept = connection.exec_driver_sql("SELECT days, model_rows, bytes FROM receipts").one()
    assert tuple(row) == (0, "2026-11-22", "2026-11-20")
    assert tuple(kept) == (1, 1, len(wire.canonical(ingest(bucket()))))


def test_days_that_cannot_be_are_passed_over_and_the_others_stored(
    world: World, link: Link
) -> None:
    odd = [bucket("2023-12-31"), bucket("2026-11-24"), bucket("2026-02-30")]
    large = bucket("2026-11-19", {OPUS: share(inputTokens=10**15 + 1)})
    answer = sent(world, link.token, ingest(*odd, large, bucket())).json()
    assert (answer["messageCount"], answer["newRecords"]) == (10, 2)
    assert list(world.stored(link.token)) == ["2026-11-20"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer cu_live_x"])
def test_without_a_token_nothing_opens(world: World, header: str) -> None:
    headers = JSON | ({"Authorization": header} if header else {})
    assert world.request("POST", INGEST, b"{", headers).status_code == 401
    assert world.request("GET", COVERAGE, headers=headers).status_code == 401


def test_a_dead_token_is_told_so_before_its_body_is_read(world: World, link: Link) -> None:
    world.request("DELETE", wire.TOKEN_PATH, headers=authorised(link.token))
    assert sent(world, link.token, {}).status_code == 401
    assert world.get("/api/coverage", link.token).status_code == 401
    unread = authorised(link.token) | {"Content-Type": "text/plain"}
    assert world.request("POST", INGEST, b"x" * (wire.MAX_BYTES + 1), unread).status_code == 401


def test_the_client_stops_where_an_account_has_as_many_computers_as_it_can_have(
    world: World, link: Link
) -> None:
    fill_with_machines(world, link)
    answer = sent(world, world.link().token, ingest(machineId="ef" * 32))
    assert (answer.status_code, answer.json()) == (409, {"error": "too_many_machines"})


@pytest.mark.parametrize(
    "query", ["", "?machineId=", "?machineId=" + SECRET, "?machine=" + MACHINE]
)
def test_coverage_needs_the_id_of_a_computer(world: World, link: Link, query: str) -> None:
    answer = world.get("/api/coverage" + query, link.token)
    assert (answer.status_code, answer.json()["field"]) == (422, "machineId")
    assert SECRET not in answer.text


MODEL = "dailyBuckets.0.perModel.*"


@pytest.mark.parametrize(
    ("upload", "field"),
    [
        ({}, "schema"),
        (ingest(schema=2), "schema"),
        (ingest(machineId=SECRET), "machineId"),
        (ingest(os=SECRET), "os"),
        (ingest(cliVersion=SECRET * 50), "cliVersion"),
        (ingest(sessionCount="1"), "sessionCount"),
        (ingest(windowStart=SECRET), "windowStart"),
        (ingest(windowStart="2026-11-20T09:00:00"), "windowStart"),
        (ingest(windowEnd=None), "windowEnd"),
        (ingest(windowEnd="9999-12-31T23:59:59.999-12:00"), "windowEnd"),
        (ingest(windowStart="0001-01-01T00:00:00.000+14:00"), "windowStart"),
        (ingest(windowEnd="2026-11-20T08:59:59.999Z"), "body"),
        (ingest(bucket(), bucket()), "body"),
        ({**ingest(), SECRET: 1}, "body"),
        (ingest(bucket(SECRET)), "dailyBuckets.0.date"),
        (ingest({**bucket(), "hoursActive": -1}), "dailyBuckets.0.hoursActive"),
        (ingest({**bucket(), "hoursActive": 1e300}), "dailyBuckets.0.hoursActive"),
        (ingest({**bucket(), SECRET: 1}), "dailyBuckets.0"),
        (ingest({**bucket(), "perModel": [SECRET]}), "dailyBuckets.0.perModel"),
        (ingest(bucket(models={f"m{n}": share() for n in range(61)})), "dailyBuckets.0.perModel"),
        (ingest(bucket(models={SECRET * 60: share()})), MODEL + ".[key]"),
        (ingest(bucket(models={SECRET: share(inputTokens=1.5)})), MODEL + ".inputTokens"),
        (ingest(bucket(models={SECRET: share(messageCount=-1)})), MODEL + ".messageCount"),
        (ingest(bucket(models={SECRET: share(**{SECRET: 1})})), MODEL),
        (ingest(bucket(models={SECRET + ".perModel": {}})), MODEL + ".inputTokens"),
    ],
)
def test_a_body_that_is_not_of_the_schema_is_refused_without_its_values(
    world: World, link: Link, upload: Plain, field: str
) -> None:
    answer = sent(world, link.token, upload)
    assert (answer.status_code, answer.json()["code"]) == (422, "body_invalid")
    assert answer.json()["field"] == field
    assert SECRET not in answer.text


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"NaN"])
def test_what_is_not_json_is_refused(world: World, link: Link, content: bytes) -> None:
    answer = world.request("POST", INGEST, content, JSON | authorised(link.token))
    assert answer.status_code == 422


def test_hours_are_numbers(world: World, link: Link) -> None:
    content = wire.canonical(ingest(bucket())).replace(b'"hoursActive":0.5', b'"hoursActive":NaN')
    assert world.request("POST", INGEST, content, JSON | authorised(link.token)).status_code == 422


def test_too_many_days_or_bytes_are_too_large(world: World, link: Link) -> None:
    many = [bucket(when) for when in dates("2037-01-01", wire.MAX_DAYS + 1)]
    assert sent(world, link.token, ingest(*many)).status_code == 413
    long = b" " * (wire.MAX_BYTES + 1)
    assert world.request("POST", INGEST, long, JSON | authorised(link.token)).status_code == 413


def test_other_types_are_not_taken(world: World, link: Link) -> None:
    headers = {"Content-Type": "text/plain"} | authorised(link.token)
    assert world.request("POST", INGEST, b"{}", headers).status_code == 415


def test_a_store_that_another_program_holds_for_too_long_is_an_ingest_in_progress(
    world: World, link: Link
) -> None:
    with world.app.context.store.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(world.data / "private.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = sent(world, link.token, ingest(bucket()))
        assert (answer.status_code, answer.json()) == (409, {"error": "ingest_in_progress"})
        own = world.put(link.token, body(day()))
        assert (own.status_code, own.json()["code"]) == (503, "store_busy")
        assert own.headers["retry-after"] == "60"
    assert sent(world, link.token, ingest(bucket())).status_code == 200


def test_the_document_describes_both_addresses(world: World) -> None:
    document = world.get("/api/openapi.json").json()
    coverage, upload = document["paths"]["/coverage"]["get"], document["paths"]["/ingest"]["post"]
    assert [each["name"] for each in coverage["parameters"]] == ["machineId"]
    told = coverage["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    assert set(told) == {"accountWindowEnd", "hasData", "machineWindowEnd"}
    schema = upload["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == set(ingest())
    parts = document["components"]["schemas"]
    assert set(parts["Bucket"]["properties"]) == set(bucket())
    assert set(parts["Share"]["properties"]) == set(share())
    assert {"200", "401", "409", "413", "415", "422", "429"} <= set(upload["responses"])
