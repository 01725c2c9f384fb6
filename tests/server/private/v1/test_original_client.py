"""The original command-line client against the real application: the course of its whole life."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from claudeusage_core import wire
from claudeusage_server.settings import Limits
from tests.server.original_client import (
    OriginalClient,
    Refused,
    approve,
    deny,
    ignore,
    records,
)
from tests.server.world import Link, World, authorised, dates, day, digest, model

FIRST = ("2026-11-19 09:00", "2026-11-19 09:05", "2026-11-20 23:58")
SECOND = ("2026-11-21 00:02", "2026-11-21 10:00")
THIRD = ("2026-11-21 10:05", "2026-11-21 10:06", "2026-11-22 08:00")


@pytest.fixture
def client(world: World) -> OriginalClient:
    return OriginalClient(world, records=records(*FIRST))


def shown(world: World) -> dict[str, int]:
    """Return the messages of each day that the one account's profile shows."""
    days = world.days(world.link())
    return {str(each["date"]): each["messages"] for each in days if each["messages"]}


def test_a_first_sync_links_and_sends_everything(world: World, client: OriginalClient) -> None:
    client.sync()
    assert client.log == ["sent 3, new 3"]
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1}


def test_the_numbers_are_those_of_the_transcripts(world: World, client: OriginalClient) -> None:
    client.sync()
    first = world.days(world.link())[0]
    assert str(first["date"]) == "2026-11-19"
    assert first["active_seconds"] == 300
    # 2 × (10 input at 4 + 100 output at 20 + 1,000 writes at 5 + 10,000 reads at 0.2) USD a million
    assert first["cost_microusd"] == 2 * (40 + 2_000 + 5_000 + 2_000)


def test_with_nothing_new_nothing_is_sent(world: World, client: OriginalClient) -> None:
    client.sync()
    client.sync()
    assert client.log[1:] == ["nothing new"]
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1}


def test_what_is_appended_is_added(world: World, client: OriginalClient) -> None:
    client.sync()
    for times in (SECOND, THIRD):
        client.records += records(*times)
        client.sync()
    assert client.log == ["sent 3, new 3", "sent 2, new 2", "sent 3, new 3"]
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1, "2026-11-21": 4, "2026-11-22": 1}


def test_the_gap_between_two_shares_is_active_time_when_it_is_short(
    world: World, client: OriginalClient
) -> None:
    client.records = records("2026-11-21 10:00", "2026-11-21 10:04")
    client.sync()
    client.records += records("2026-11-21 10:13:59", "2026-11-21 10:15")
    client.sync()
    assert world.days(world.link())[0]["active_seconds"] == 15 * 60
    client.records += records("2026-11-21 10:25")
    client.sync()
    assert world.days(world.link())[0]["active_seconds"] == 15 * 60


def test_everything_again_never_doubles(world: World, client: OriginalClient) -> None:
    client.sync()
    client.records += records(*SECOND)
    client.sync()
    before = shown(world)
    for _ in range(3):
        client.sync(full=True)
    assert client.log[2:] == ["sent 5, new 0", "sent 5, new 0, again", "sent 5, new 0, again"]
    client.sync(since=date(2026, 11, 20))
    assert shown(world) == before
    client.records += records(*THIRD)
    client.sync(full=True)
    client.sync()
    assert client.log[-2:] == ["sent 8, new 3", "nothing new"]
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1, "2026-11-21": 4, "2026-11-22": 1}


def test_what_lies_before_the_frontier_is_found_by_sending_everything(
    world: World, client: OriginalClient
) -> None:
    client.sync()
    client.records += records("2026-11-18 09:00", "2026-11-19 09:01")
    client.sync()
    assert client.log[-1] == "nothing new"
    client.sync(full=True)
    assert client.log[-1] == "sent 5, new 2"
    assert shown(world) == {"2026-11-18": 1, "2026-11-19": 3, "2026-11-20": 1}


def test_days_that_were_deleted_there_are_kept_here(world: World, client: OriginalClient) -> None:
    client.sync()
    client.records = records(FIRST[1], FIRST[2])
    client.sync(full=True)
    client.records = records(FIRST[2], *SECOND)
    client.sync(full=True)
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1, "2026-11-21": 2}


def test_a_share_whose_answer_was_lost_counts_once(world: World, client: OriginalClient) -> None:
    client.sync()
    client.loses_answers = True
    client.records += records("2026-11-20 23:59", *SECOND)
    client.sync()
    client.records += records(THIRD[0])
    client.sync()
    client.loses_answers = False
    client.records += records(*THIRD[1:])
    client.sync()
    assert client.log == ["sent 3, new 3", "no answer", "no answer", "sent 6, new 2"]
    client.sync()
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 2, "2026-11-21": 4, "2026-11-22": 1}


def test_a_first_body_whose_answer_was_lost_counts_once(
    world: World, client: OriginalClient
) -> None:
    client.loses_answers = True
    client.sync()
    client.records += records(*SECOND)
    client.sync()
    client.loses_answers = False
    client.sync()
    assert client.log == ["no answer", "no answer", "sent 5, new 0, again"]
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1, "2026-11-21": 2}


def test_after_everything_was_sent_and_its_answer_lost_a_share_counts_once(
    world: World, client: OriginalClient
) -> None:
    client.sync()
    client.loses_answers = True
    client.records += records(*SECOND)
    client.sync(full=True)
    client.loses_answers = False
    client.records += records(THIRD[0])
    client.sync()
    assert client.log[-1] == "sent 3, new 1"
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1, "2026-11-21": 3}


def test_a_revoked_token_links_again_and_sends_everything(
    world: World, client: OriginalClient
) -> None:
    client.sync()
    old = client.token
    world.request("DELETE", wire.TOKEN_PATH, headers=authorised(old))
    client.records += records(*SECOND)
    client.sync()
    assert client.token != old
    assert client.log[-1] == "sent 5, new 2"
    world.request("DELETE", wire.TOKEN_PATH, headers=authorised(client.token))
    client.sync()
    assert client.log[-1] == "nothing new"
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1, "2026-11-21": 2}


@pytest.mark.parametrize("removal", ["DELETE FROM days", "DELETE FROM machines"])
def test_rows_that_were_deleted_come_again(
    world: World, client: OriginalClient, removal: str
) -> None:
    client.sync()
    client.records += records(*SECOND)
    client.sync()
    world.execute(removal)
    client.sync()
    assert client.log[-1] == "sent 5, new 5"
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1, "2026-11-21": 2}


def test_a_server_that_fell_behind_is_told_what_it_lacks(client: OriginalClient) -> None:
    client.sync()
    client.records += records(*SECOND)
    client.watermark = client.records[-1].stamp
    client.sync()
    assert client.log[-1] == "sent 2, new 2"


def test_coverage_is_told_to_the_millisecond(world: World, client: OriginalClient) -> None:
    asked = f"/api/coverage?machineId={client.machine}"
    client.link()
    nothing = {"accountWindowEnd": None, "hasData": False, "machineWindowEnd": None}
    assert world.get(asked, client.token).json() == nothing
    client.records = [
        each._replace(at=each.at + timedelta(milliseconds=7)) for each in client.records
    ]
    client.sync()
    told = {
        "accountWindowEnd": "2026-11-20T23:58:00.007Z",
        "hasData": True,
        "machineWindowEnd": "2026-11-20T23:58:00.007Z",
    }
    assert world.get(asked, client.token).json() == told
    other = OriginalClient(world, host="desktop")
    other.link()
    answer = world.get(f"/api/coverage?machineId={other.machine}", other.token).json()
    assert answer == nothing | {"accountWindowEnd": "2026-11-20T23:58:00.007Z"}


def test_two_computers_add_up(world: World, client: OriginalClient) -> None:
    other = OriginalClient(world, host="desktop", records=records(*FIRST))
    for each in (client, other, client, other):
        each.sync()
    assert shown(world) == {"2026-11-19": 4, "2026-11-20": 2}


def test_a_token_serves_one_computer_only(world: World, client: OriginalClient) -> None:
    client.sync()
    other = OriginalClient(world, host="desktop", records=records(*FIRST), token=client.token)
    other.sync()
    other.watermark = other.records[-1].stamp
    other.sync()
    assert other.log == ["stopped: other_machine", "coverage unknown: 409"]
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 1}


def test_a_computer_that_is_slowed_down_waits_longer(client: OriginalClient) -> None:
    client.hurry = 2
    asked: list[str] = []

    def approve_late(of: World, code: str) -> None:
        asked.append(code)
        if len(asked) == 4:
            approve(of, code)

    client.person = approve_late
    client.sync()
    assert client.pauses == [5, 5, 10, 10]
    assert client.log == ["sent 3, new 3"]


@pytest.mark.parametrize(("person", "outcome"), [(deny, "denied"), (ignore, "expired")])
def test_a_computer_that_is_not_approved_sends_nothing(
    world: World, client: OriginalClient, person: Callable[[World, str], None], outcome: str
) -> None:
    client.person = person
    with pytest.raises(Refused, match=outcome):
        client.sync()
    assert shown(world) == {}


def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    world = World(tmp_path / "data", Limits(uploads="2/minute"))
    client = OriginalClient(world, records=records(*FIRST))
    client.sync()
    client.sync()
    client.sync()
    assert client.log[-1] == "coverage unknown: 429"
    client.sync(full=True)
    assert client.log[-1].startswith("wait ")
    world.close()


def uploaded(world: World, client: OriginalClient, token: str, *days: dict[str, object]) -> None:
    """Upload by version 2 of the protocol, from the same computer."""
    world.upload(token, *days, machine=client.machine)


def test_both_clients_on_one_computer_are_one_computer(
    world: World, client: OriginalClient, link: Link
) -> None:
    client.sync()
    uploaded(world, client, link.token, day("2026-11-18", model(4)))
    assert shown(world) == {"2026-11-18": 4, "2026-11-19": 2, "2026-11-20": 1}
    assert len(world.stored(link.token)) == 3


def test_what_the_new_client_sent_first_stays(
    world: World, client: OriginalClient, link: Link
) -> None:
    uploaded(world, client, link.token, day("2026-11-19", model(1)))
    before = world.stored(link.token)["2026-11-19"]
    client.sync()
    assert client.log == ["sent 3, new 1"]
    client.records += records("2026-11-19 23:00", *SECOND)
    client.sync(full=True)
    assert client.log[-1] == "sent 6, new 2"
    assert world.stored(link.token)["2026-11-19"] == before
    assert shown(world) == {"2026-11-19": 1, "2026-11-20": 1, "2026-11-21": 2}


def test_the_new_client_replaces_what_the_original_sent_unless_it_has_less(
    world: World, client: OriginalClient, link: Link
) -> None:
    client.sync()
    more, less = day("2026-11-20", model(5)), day("2026-11-19", model(1))
    answer = world.upload(link.token, more, less, machine=client.machine)
    assert answer.applied == ("2026-11-20",)
    assert [(each.date, each.reason) for each in answer.kept] == [("2026-11-19", "fewer_messages")]
    client.records += records("2026-11-20 23:59", *SECOND)
    client.sync()
    assert client.log[-1] == "sent 3, new 2"
    assert shown(world) == {"2026-11-19": 2, "2026-11-20": 5, "2026-11-21": 2}


def test_a_row_that_both_clients_sent_alike_belongs_to_the_new_one(
    world: World, client: OriginalClient, link: Link
) -> None:
    client.records = records("2026-11-20 10:00")
    client.sync()
    part = model(cost=9_040)
    alike = day("2026-11-20", part, active_seconds=0, sessions_active=1, sessions_started=1)
    before = world.stored(client.token)
    assert before == {"2026-11-20": digest(alike)}
    answer = world.upload(link.token, alike, machine=client.machine)
    assert answer.applied == ("2026-11-20",)
    client.records += records("2026-11-20 11:00")
    client.sync()
    assert client.log[-1] == "sent 1, new 0"
    assert world.stored(client.token) == before


def test_a_past_that_two_computers_share_counts_once_for_the_original_client_too(
    world: World, client: OriginalClient, link: Link
) -> None:
    past = dates("2026-11-20", 3)
    client.records = records(*(f"{when} 10:00" for when in past))
    client.sync()
    part = model(cost=9_040)
    alike = [
        day(when, part, active_seconds=0, sessions_active=1, sessions_started=int(when == past[0]))
        for when in past
    ]
    other = OriginalClient(world, host="desktop", records=client.records[:])
    answer = world.upload(link.token, *alike, machine=other.machine, twin="separate")
    assert {each.reason for each in answer.kept} == {"twin"}
    other.records += records("2026-11-21 10:00")
    other.sync()
    assert other.log == ["sent 4, new 1"]
    assert shown(world) == dict.fromkeys((*past, "2026-11-21"), 1)


def test_a_token_that_one_client_bound_serves_the_other_on_the_same_computer_only(
    world: World, client: OriginalClient, link: Link
) -> None:
    uploaded(world, client, link.token, day("2026-11-18"))
    client.token = link.token
    client.sync()
    assert client.log == ["sent 3, new 3"]
    other = OriginalClient(world, host="desktop", records=records(*FIRST), token=link.token)
    other.sync()
    assert other.log == ["stopped: other_machine"]
    fresh = OriginalClient(world, host="desktop", records=records(*FIRST))
    fresh.sync()
    body = {"schema": 2, "accounting": 1, "prices": "2026-11-22", "machine": client.machine}
    answer = world.put(fresh.token, body | {"sequence": 1, "days": [day()]})
    assert (answer.status_code, answer.json()["code"]) == (403, "other_machine")


def test_a_computer_far_east_has_days_of_its_own(world: World) -> None:
    client = OriginalClient(world, zone=ZoneInfo("Asia/Tokyo"), records=records("2026-11-20 14:58"))
    client.sync()
    client.records += records("2026-11-20 14:59", "2026-11-20 15:01")
    client.sync()
    assert shown(world) == {"2026-11-20": 2, "2026-11-21": 1}


def test_nothing_of_a_body_but_its_numbers_is_stored(world: World) -> None:
    secret = "canary7f3a"
    client = OriginalClient(world, host=secret, version=secret)
    client.records = records(*FIRST, model=f"arn:aws:{secret}") + records(*SECOND, model=secret)
    client.sync()
    client.records += records(*THIRD, model=f"/home/{secret}/model.gguf")
    client.sync()
    held = b"".join(each.read_bytes() for each in world.data.iterdir())
    world.close()
    held += b"".join(each.read_bytes() for each in world.data.iterdir())
    assert b"v1_frontiers" in held
    assert b'"other"' in held
    for planted in (
        secret,
        client.machine,
        json.dumps(client.body(client.records))[:60],
        "linux",
        client.records[0].stamp,
        client.records[-1].stamp,
        client.token,
    ):
        assert planted.encode() not in held
