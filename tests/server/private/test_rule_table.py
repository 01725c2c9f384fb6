"""The protocol's rules 0 to 6, each by an upload that meets a stored row of the real server."""

import itertools
from typing import NamedTuple

import pytest

from claudeusage_core import wire
from claudeusage_server.private.v1.wire import COVERAGE_PATH, INGEST_PATH
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
    digest,
    model,
    removed,
)

WHEN = "2026-11-20"
FOUR = day(WHEN, model(4))
SAME_MESSAGES_FEWER_TOKENS = day(WHEN, model(4, input_tokens=9))
SAME_MESSAGES_MORE_TOKENS = day(WHEN, model(4, input_tokens=11))
SAME_COUNTS_LONGER = day(WHEN, model(4), active_seconds=9_000)
SAME_COUNTS_CHEAPER = day(WHEN, model(4, 1))
THREE, FIVE = day(WHEN, model(3)), day(WHEN, model(5))
TWO_MODELS = day(WHEN, model(2), model(2, model="claude-sonnet-5"))
GONE = removed(WHEN)
STRANGER = "0" * 64


class Row(NamedTuple):
    """What is sent where `FOUR` is stored with sequence 10, and what has to come of it."""

    rule: str
    sent: Plain
    outcome: str
    members: Plain = {}  # noqa: RUF012 -- no row changes it


def was(sent: Plain, stored: str) -> Plain:
    return {**sent, "was": stored}


OWN = digest(FOUR)
TABLE = (
    Row("0 a lower sequence", FIVE, "stale", {"sequence": 9}),
    Row("0 before the same digest", FOUR, "stale", {"sequence": 9}),
    Row("0 before was", was(THREE, OWN), "stale", {"sequence": 9}),
    Row("0 before a recount", THREE, "stale", {"sequence": 9, "recount": True}),
    Row("0 the same sequence may be repeated", FIVE, "applied", {"sequence": 10}),
    Row("1 the same digest", FOUR, "unchanged"),
    Row("1 was is no part of the digest", was(FOUR, STRANGER), "unchanged"),
    Row("1 before accounting", FOUR, "unchanged", {"accounting": 1}),
    Row("2 accounting below the stored one", FIVE, "stale", {"accounting": 1}),
    Row("2 before was", was(THREE, OWN), "stale", {"accounting": 1}),
    Row("2 before a recount", THREE, "stale", {"accounting": 1, "recount": True}),
    Row("2 a removal is no exception", was(GONE, OWN), "stale", {"accounting": 1}),
    Row("2 accounting above the stored one lowers nothing", THREE, "kept", {"accounting": 3}),
    Row("2 accounting above the stored one", FIVE, "applied", {"accounting": 3}),
    Row("3 fewer messages with was", was(THREE, OWN), "applied"),
    Row("3 fewer tokens with was", was(SAME_MESSAGES_FEWER_TOKENS, OWN), "applied"),
    Row("3 more messages with was", was(FIVE, OWN), "applied"),
    Row("3 no models with was", was(GONE, OWN), "removed"),
    Row("4 fewer messages", THREE, "kept fewer_messages"),
    Row("4 fewer messages with another was", was(THREE, STRANGER), "kept fewer_messages"),
    Row("4 more messages with another was", was(FIVE, STRANGER), "applied"),
    Row("4 fewer tokens", SAME_MESSAGES_FEWER_TOKENS, "kept fewer_tokens"),
    Row("4 more tokens", SAME_MESSAGES_MORE_TOKENS, "applied"),
    Row("4 equal counts, another time", SAME_COUNTS_LONGER, "applied"),
    Row("4 equal counts, another cost", SAME_COUNTS_CHEAPER, "applied"),
    Row("4 as many messages over two models", TWO_MODELS, "applied"),
    Row("4 no models without was", GONE, "kept fewer_messages"),
    Row("4 no models with another was", was(GONE, STRANGER), "kept fewer_messages"),
    Row("5 a recount of fewer messages", THREE, "applied", {"recount": True}),
    Row("5 a recount of fewer tokens", SAME_MESSAGES_FEWER_TOKENS, "applied", {"recount": True}),
    Row("5 a recount of nothing", GONE, "removed", {"recount": True}),
    Row("6 another day", day("2026-11-19", model(1)), "applied"),
    Row("6 no day at all", {}, "nothing"),
)


def outcome(answer: wire.SyncAnswer) -> str:
    """Say in which list the one day of an upload is, with its reason."""
    assert answer.review == ()
    lists = ("applied", "unchanged", "stale", "kept", "refused")
    found = [name for name in lists if getattr(answer, name)]
    assert len(found) <= 1
    return found[0] if found else "nothing"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule)
def test_a_row_of_the_table(world: World, link: Link, row: Row) -> None:
    world.upload(link.token, FOUR, sequence=10, accounting=2)
    members = {"sequence": 11, "accounting": 2, **row.members}
    days = (row.sent,) if row.sent else ()
    answer = world.upload(link.token, *days, **members)
    expected, _, reason = row.outcome.partition(" ")
    assert outcome(answer) == expected.replace("removed", "applied")
    if expected == "kept":
        [kept] = answer.kept
        assert (kept.digest, kept.date) == (OWN, WHEN)
        assert kept.reason == (reason or "fewer_messages")
    held = {WHEN: OWN}
    if expected == "applied":
        held[str(row.sent["date"])] = digest(row.sent)
    elif expected == "removed":
        held = {}
    assert world.stored(link.token) == held
    told = world.get(wire.DAYS_PATH, link.token).json()["sequence"]
    assert told == max(10, int(str(members["sequence"])))


def test_every_rule_has_a_row() -> None:
    rules = [rule for rule, _ in itertools.groupby(TABLE, lambda row: row.rule[0])]
    assert rules == list("0123456")


@pytest.mark.parametrize(
    "raising",
    [(FOUR,), (was(GONE, OWN),), (THREE,), (day("2030-01-01"),), ()],
    ids=["unchanged", "removed", "kept", "refused", "empty"],
)
def test_whatever_comes_of_its_days_a_body_raises_the_sequence(
    world: World, link: Link, raising: tuple[Plain, ...]
) -> None:
    world.upload(link.token, FOUR, sequence=1)
    world.upload(link.token, *raising, sequence=7)
    assert world.upload(link.token, FIVE, sequence=6).stale == (WHEN,)
    assert world.upload(link.token, FIVE, sequence=7).applied == (WHEN,)


def test_a_stale_body_raises_nothing(world: World, link: Link) -> None:
    world.upload(link.token, FOUR, sequence=9)
    world.upload(link.token, FIVE, sequence=3)
    assert world.upload(link.token, FIVE, sequence=9).applied == (WHEN,)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (day("2023-12-31"), "date_out_of_range"),
        (day("2026-11-24"), "date_out_of_range"),
        (day("2026-02-30"), "date_invalid"),
        (day("2026-11-19", *(model(model=f"claude-{n}") for n in range(61))), "too_many_models"),
        (day("2026-11-19", model(model="gpt-5")), "model_invalid"),
        (day("2026-11-19", model(), model()), "model_twice"),
        (day("2026-11-19", active_seconds=10**15 + 1), "number_too_large"),
        (day("2026-11-19", model(10**400)), "number_too_large"),
    ],
    ids=(
        "too early",
        "too late",
        "no date",
        "models",
        "model",
        "model twice",
        "large",
        "enormous",
    ),
)
def test_a_day_is_refused_alone(world: World, link: Link, bad: Plain, code: str) -> None:
    answer = world.upload(link.token, bad, FOUR)
    assert answer.refused == (wire.RefusedDay(date=str(bad["date"]), code=code),)
    assert answer.applied == (WHEN,)
    assert list(world.stored(link.token)) == [WHEN]


def test_the_largest_numbers_of_every_day_are_added_up_and_shown(world: World, link: Link) -> None:
    names = ("input_tokens", "output_tokens", "cache_write_5m_tokens", "cache_read_tokens")
    largest: Plain = dict.fromkeys((*names, "cache_write_1h_tokens"), 10**15)
    models = [model(10**15, 10**15, model=f"claude-{n}", **largest) for n in range(60)]
    days = [day(when, *models, active_seconds=10**15) for when in dates("2026-11-21", 40)]
    for token, machine in ((link.token, MACHINE), (world.link().token, "cd" * 32)):
        answer = world.put(token, body(*days, machine=machine, twin="separate"))
        assert answer.status_code == 200
    assert world.get(link.path).status_code == 200
    assert world.totals(link)[0] == 40 * 60 * 10**15


def test_rows_of_an_older_accounting_are_replaced_by_more(world: World, link: Link) -> None:
    world.upload(link.token, FOUR, accounting=1)
    assert world.upload(link.token, FIVE, sequence=2, accounting=2).applied == (WHEN,)
    later = world.upload(link.token, day(WHEN, model(6)), sequence=3, accounting=1)
    assert later.stale == (WHEN,)


def history(count: int = 4) -> list[Plain]:
    return [day(when, model(number + 2)) for number, when in enumerate(dates(WHEN, count))]


def test_a_twin_is_asked_about_until_its_owner_decides(world: World, link: Link) -> None:
    world.upload(link.token, *history())
    other = world.link().token
    sent = body(*history(), machine="cd" * 32)
    first, second = world.put(other, sent), world.put(other, sent)
    assert first.status_code == second.status_code == 409
    assert first.json() == second.json()
    assert first.headers["content-type"] == "application/problem+json"
    me = world.get(wire.ME_PATH, other).json()
    assert me["machine"] is None
    assert world.get(wire.DAYS_PATH, other).json()["sequence"] == 0


def test_of_merged_days_the_row_with_more_messages_stays(world: World, link: Link) -> None:
    world.upload(link.token, *history(), day("2026-11-21", model(5)), day("2026-11-22", model(5)))
    other = world.link().token
    more, fewer = day("2026-11-21", model(6)), day("2026-11-22", model(4))
    merged = world.upload(other, *history(), more, fewer, machine="cd" * 32, twin="merge")
    assert (merged.applied, len(merged.unchanged)) == (("2026-11-21",), 4)
    assert [kept.date for kept in merged.kept] == ["2026-11-22"]
    assert world.stored(other) == world.stored(link.token)
    for token in (other, link.token):
        assert world.get(wire.DAYS_PATH, token).json()["shared"] is True
    assert world.upload(other, FIVE, machine="cd" * 32, sequence=2).stale == ()


def test_separate_twins_part_where_their_days_differ(world: World, link: Link) -> None:
    world.upload(link.token, *history())
    other = world.link().token
    own = day("2026-11-21", model(5))
    answer = world.upload(other, *history(), own, machine="cd" * 32, twin="separate")
    assert [kept.reason for kept in answer.kept] == ["twin"] * 4
    assert [kept.digest for kept in answer.kept] == [digest(each) for each in history()]
    assert world.stored(other) == {"2026-11-21": digest(own)}
    assert world.get(wire.DAYS_PATH, other).json()["shared"] is False


OPENED = {
    ("PUT", wire.DAYS_PATH),
    ("GET", wire.DAYS_PATH),
    ("GET", wire.ME_PATH),
    ("DELETE", wire.TOKEN_PATH),
    ("GET", COVERAGE_PATH),
    ("POST", INGEST_PATH),
}


def test_a_token_opens_nothing_but_its_endpoints(world: World, link: Link) -> None:
    world.upload(link.token, FOUR)
    paths = world.get("/api/openapi.json").json()["paths"]
    every = {
        (method.upper(), "/api" + path) for path, methods in paths.items() for method in methods
    }
    pages = {(method, path) for method in ("GET", "POST") for path in ("/sign-in", "/device", "/")}
    assert every >= OPENED
    for method, path in sorted((every | pages) - OPENED):
        address = path.replace("{name}", link.path.removeprefix("/u/"))
        with_token, without = (
            world.request(method, address, b"{}", JSON | authorised(token))
            for token in (link.token, "")
        )
        assert with_token.status_code == without.status_code, path
        assert with_token.status_code != 401
        assert "set-cookie" not in with_token.headers


def test_a_bound_token_answers_for_its_computer_alone(world: World, link: Link) -> None:
    world.upload(link.token, FOUR)
    other = world.link().token
    world.upload(other, FIVE, machine="cd" * 32)
    assert world.stored(link.token) == {WHEN: OWN}
    assert world.stored(other) == {WHEN: digest(FIVE)}
    for token, machine in ((link.token, "cd" * 32), (other, MACHINE), (link.token, "ef" * 32)):
        answer = world.put(token, body(day(WHEN, model(99)), machine=machine, sequence=99))
        assert (answer.status_code, answer.json()["code"]) == (403, "other_machine")
    assert world.stored(link.token) == {WHEN: OWN}
    assert world.get(wire.DAYS_PATH, link.token).json()["sequence"] == 1
