"""Uploads through the application: what is stored, what is answered, who may."""

import pytest

from claudeusage_core import wire
from claudeusage_server.private.machines import MOST_MACHINES
from tests.server.world import (
    JSON,
    Link,
    World,
    authorised,
    body,
    dates,
    day,
    digest,
    fill_with_machines,
    model,
    removed,
)


def test_a_first_upload_is_applied_and_told_back(world: World, link: Link) -> None:
    sent = body(day("2026-11-20"), day("2026-11-21"))
    answer = world.put(link.token, sent)
    assert answer.json() == {
        "applied": ["2026-11-20", "2026-11-21"],
        "unchanged": [],
        "stale": [],
        "kept": [],
        "refused": [],
        "review": [],
        "receipt": wire.receipt(wire.canonical(sent)),
    }
    assert answer.content == wire.canonical(answer.json())
    told = world.get(wire.DAYS_PATH, link.token).json()
    assert told["sequence"] == 1
    assert told["shared"] is False
    assert told["days"] == {
        "2026-11-20": digest(day("2026-11-20")),
        "2026-11-21": digest(day("2026-11-21")),
    }


def test_the_same_body_again_changes_nothing(world: World, link: Link) -> None:
    world.upload(link.token, day())
    before = world.get(link.path).content
    answer = world.upload(link.token, day())
    assert (answer.applied, answer.unchanged) == ((), ("2026-11-20",))
    assert world.get(link.path).content == before


def test_a_body_with_a_lower_sequence_is_stale_whole(world: World, link: Link) -> None:
    world.upload(link.token, day(), sequence=5)
    answer = world.upload(link.token, day("2026-11-19"), sequence=4)
    assert answer.stale == ("2026-11-19",)
    assert list(world.stored(link.token)) == ["2026-11-20"]


def test_an_unchanged_body_raises_the_sequence_too(world: World, link: Link) -> None:
    world.upload(link.token, day(), sequence=1)
    world.upload(link.token, day(), sequence=7)
    assert world.upload(link.token, day("2026-11-19"), sequence=6).stale == ("2026-11-19",)


def test_a_pruned_computer_does_not_shrink_history(world: World, link: Link) -> None:
    full = day("2026-11-20", model(messages=9))
    world.upload(link.token, full)
    answer = world.upload(link.token, day("2026-11-20", model(messages=3)), sequence=2)
    kept = wire.KeptDay(date="2026-11-20", reason="fewer_messages", digest=digest(full))
    assert answer.kept == (kept,)
    assert world.totals(link)[0] == 9


def test_a_ledger_may_lower_its_own_row_with_was(world: World, link: Link) -> None:
    full, fewer = day("2026-11-20", model(messages=9)), day("2026-11-20", model(messages=3))
    world.upload(link.token, full)
    answer = world.upload(link.token, {**fewer, "was": digest(full)}, sequence=2)
    assert answer.applied == ("2026-11-20",)
    assert world.stored(link.token) == {"2026-11-20": digest(fewer)}
    assert world.totals(link)[0] == 3


def test_a_row_is_removed_by_no_models_and_was(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-19"), day("2026-11-20"))
    gone = {**removed("2026-11-20"), "was": digest(day("2026-11-20"))}
    assert world.upload(link.token, gone, sequence=2).applied == ("2026-11-20",)
    assert list(world.stored(link.token)) == ["2026-11-19"]
    assert world.totals(link) == (1, 1_000_000)


def test_a_recount_replaces(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-20", model(messages=9)))
    fewer = day("2026-11-20", model(messages=3))
    assert world.upload(link.token, fewer, sequence=2, recount=True).applied == ("2026-11-20",)


def test_days_that_are_not_named_stay(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-19"))
    world.upload(link.token, day("2026-11-20"), sequence=2)
    assert list(world.stored(link.token)) == ["2026-11-19", "2026-11-20"]


def test_one_bad_day_does_not_hold_up_the_others(world: World, link: Link) -> None:
    answer = world.upload(link.token, day("2026-11-24"), day("2026-11-20"))
    assert answer.refused == (wire.RefusedDay(date="2026-11-24", code="date_out_of_range"),)
    assert answer.applied == ("2026-11-20",)


def test_the_highest_sequence_is_told_back_and_can_be_followed(world: World, link: Link) -> None:
    world.upload(link.token, day(), sequence=wire.MAX_SEQUENCE)
    answer = world.get(wire.DAYS_PATH, link.token)
    told = wire.read_answer(wire.ServerDays, answer.content)
    assert told.sequence == wire.MAX_SEQUENCE
    following = wire.canonical(body(day(), sequence=told.sequence + 1))
    assert wire.read_request(following).sequence == 2**53


@pytest.mark.parametrize("name", ["", "claude-" + "x" * 300, "gpt\n", "\x00", "other "])
def test_a_model_id_of_the_wrong_form_refuses_its_day_alone(
    world: World, link: Link, name: str
) -> None:
    bad = day("2026-11-19", model(), model(model=name))
    answer = world.upload(link.token, bad, day("2026-11-20"))
    assert answer.refused == (wire.RefusedDay(date="2026-11-19", code="model_invalid"),)
    assert answer.applied == ("2026-11-20",)


def test_a_token_serves_one_computer_only(world: World, link: Link) -> None:
    world.upload(link.token, day())
    answer = world.put(link.token, body(day(), machine="cd" * 32))
    assert (answer.status_code, answer.json()["code"]) == (403, "other_machine")


def test_a_token_not_yet_used_knows_no_days(world: World, link: Link) -> None:
    world.upload(link.token, day())
    fresh = world.link().token
    answer = world.get(wire.DAYS_PATH, fresh).json()
    assert answer == {"sequence": 0, "days": {}, "shared": False}


def test_a_new_token_of_a_known_computer_continues_it(world: World, link: Link) -> None:
    world.upload(link.token, day(), sequence=40)
    again = world.link().token
    assert world.upload(again, day(), sequence=1).unchanged == ("2026-11-20",)
    assert world.totals(link)[0] == 1


def test_two_computers_add_up(world: World, link: Link) -> None:
    world.upload(link.token, day("2026-11-20", model(2)))
    other = world.link().token
    world.upload(other, day("2026-11-20", model(3, 500_000)), machine="cd" * 32)
    assert world.totals(link) == (5, 1_500_000)


def history(count: int = 3) -> list[dict[str, object]]:
    return [day(when, model(number + 1)) for number, when in enumerate(dates("2026-11-20", count))]


def test_two_equal_days_make_no_twin(world: World, link: Link) -> None:
    world.upload(link.token, *history(2))
    assert len(world.upload(world.link().token, *history(2), machine="cd" * 32).applied) == 2


def test_a_new_computer_that_repeats_another_is_asked_about(world: World, link: Link) -> None:
    world.upload(link.token, *history())
    other = world.link().token
    answer = world.put(other, body(*history(), machine="cd" * 32))
    assert (answer.status_code, answer.json()["code"]) == (409, "machine_twin")
    assert answer.json()["other"] not in {"", "ab" * 32}
    assert world.get(wire.DAYS_PATH, other).json()["days"] == {}
    assert world.totals(link)[0] == 6


def test_a_merged_twin_becomes_the_same_computer(world: World, link: Link) -> None:
    world.upload(link.token, *history())
    other = world.link().token
    more = day("2026-11-21", model(8))
    answer = world.upload(other, *history(), more, machine="cd" * 32, twin="merge")
    assert answer.applied == ("2026-11-21",)
    assert len(answer.unchanged) == 3
    assert world.get(wire.DAYS_PATH, link.token).json()["shared"] is True
    assert world.totals(link)[0] == 14
    assert world.upload(link.token, day("2026-11-22"), sequence=2).applied == ("2026-11-22",)


def test_a_separate_twin_keeps_the_shared_past_once(world: World, link: Link) -> None:
    world.upload(link.token, *history())
    other = world.link().token
    more = day("2026-11-21", model(8))
    answer = world.upload(other, *history(), more, machine="cd" * 32, twin="separate")
    assert answer.applied == ("2026-11-21",)
    assert {kept.reason for kept in answer.kept} == {"twin"}
    assert world.totals(link)[0] == 14
    again = world.upload(other, *history(), machine="cd" * 32, sequence=2)
    assert len(again.kept) == 3


def test_me_tells_the_account_and_the_computer(world: World, link: Link) -> None:
    before = world.get(wire.ME_PATH, link.token).json()
    assert before == {
        "account": link.account,
        "name": None,
        "profile": link.profile,
        "machine": None,
    }
    world.upload(link.token, day())
    machine = world.get(wire.ME_PATH, link.token).json()["machine"]
    assert machine not in {None, "ab" * 32}


def test_a_revoked_token_is_dead(world: World, link: Link) -> None:
    assert (
        world.request("DELETE", wire.TOKEN_PATH, headers=authorised(link.token)).status_code == 204
    )
    answer = world.put(link.token, body(day()))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_dead")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer cu_live_x", "Basic abc"])
def test_without_a_token_nothing_opens(world: World, header: str) -> None:
    headers = JSON | ({"Authorization": header} if header else {})
    for method, path in (
        ("PUT", wire.DAYS_PATH),
        ("GET", wire.DAYS_PATH),
        ("GET", wire.ME_PATH),
        ("DELETE", wire.TOKEN_PATH),
    ):
        assert world.request(method, path, b"{}", headers).status_code == 401


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (body(day(), machine="x"), "machine"),
        (body(day(), schema=1), "schema"),
        (body(day(), day()), "days"),
        (body(day(), accounting=10**30), "accounting"),
        (body(day(), accounting=2**63 - 1), "accounting"),
        (body(day(), accounting=10_000), "accounting"),
        (body(day(), sequence=2**53), "sequence"),
        (body(day(), sequence=10**30), "sequence"),
        (body({**day(), "secret": 1}), "days.0"),
        (body({**day(), "active_seconds": 1.5}), "days.0.active_seconds"),
        (body({**day(), "active_seconds": True}), "days.0.active_seconds"),
        (body({**day(), "active_seconds": -1}), "days.0.active_seconds"),
        (body({**day(), "active_seconds": "7"}), "days.0.active_seconds"),
        ({**body(day()), "hostname": "nobody"}, "body"),
        ({"schema": 2}, "accounting"),
    ],
)
def test_a_body_that_is_not_of_the_schema_is_refused_whole(
    world: World, link: Link, sent: dict[str, object], field: str | None
) -> None:
    answer = world.put(link.token, sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "body_invalid")
    assert answer.json().get("field") == field
    assert "secret" not in answer.text
    assert "nobody" not in answer.text


@pytest.mark.parametrize("sent", [b"", b"{", b"\xff", b"[]", b"null"])
def test_what_is_not_json_is_refused(world: World, link: Link, sent: bytes) -> None:
    assert world.put_bytes(link.token, sent).status_code == 422


def test_too_many_days_are_too_large(world: World, link: Link) -> None:
    many = [day(when, model()) for when in dates("2037-01-01", wire.MAX_DAYS + 1)]
    assert world.put(link.token, body(*many)).status_code == 413


def test_more_bytes_than_the_limit_are_not_read(world: World, link: Link) -> None:
    assert world.put_bytes(link.token, b" " * (wire.MAX_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "text/plain"}, {}, JSON | {"Content-Encoding": "gzip"}],
)
def test_other_types_and_encodings_are_not_taken(
    world: World, link: Link, headers: dict[str, str]
) -> None:
    sent = wire.canonical(body(day()))
    answer = world.request("PUT", wire.DAYS_PATH, sent, headers | authorised(link.token))
    assert answer.status_code == 415


def test_an_account_has_so_many_computers_and_no_more(world: World, link: Link) -> None:
    fill_with_machines(world, link)
    answer = world.put(world.link().token, body(day("2026-11-19"), machine="ef" * 32))
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_machines")
    world.execute("DELETE FROM machines WHERE number = 2")
    world.upload(world.link().token, day("2026-11-19"), machine="ef" * 32)


def test_the_rows_of_a_day_can_be_added_up_whatever_is_in_them() -> None:
    most_of_a_sum = 5 * wire.MAX_NUMBER  # the tokens of a model without a price, of five kinds
    assert MOST_MACHINES * most_of_a_sum < 2**63
