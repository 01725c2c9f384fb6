"""Uploads against a second implementation of the protocol's other side."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from claudeusage_app.errors import (
    PreviewNotAccepted,
    ServerUnreachable,
    TokenRejected,
    TwinFound,
    UploadOvertaken,
)
from claudeusage_app.ledger.journal import Journal
from claudeusage_app.ledger.uploads import Account, last_answered
from claudeusage_app.sync import Uploads, assumed_upload
from claudeusage_core.payload import Wish
from tests.app.computer import DAYS, MACHINE, NOW, Computer, days_of, messages, row
from tests.small_server import ACCOUNT, TOKEN, Grant, SmallServer


def test_the_first_upload_sends_every_day_as_it_was_shown(
    computer: Computer, server: SmallServer
) -> None:
    prepared = computer.prepared()
    uploaded = computer.upload(prepared)
    assert (uploaded.applied, uploaded.at) == (3, NOW)
    assert server.uploads == [prepared.body] == [prepared.preview.body]
    assert set(json.loads(prepared.body)) == {
        "accounting",
        "days",
        "machine",
        "prices",
        "schema",
        "sequence",
    }
    assert messages(server) == dict.fromkeys(DAYS, 3)


def test_an_upload_of_some_days_leaves_those_before_as_the_server_has_them(
    computer: Computer, server: SmallServer
) -> None:
    since = Wish(since=date(2026, 11, 21))
    prepared = computer.prepare(wish=since)
    assert prepared is not None
    computer.upload(prepared)
    assert set(messages(server)) == {"2026-11-21", "2026-11-22"}
    computer.has(*(row(day, messages=4) for day in DAYS))
    again = computer.prepare(wish=since)
    assert again is not None
    assert set(days_of(again.body)) == {"2026-11-21", "2026-11-22"}
    computer.upload(again)
    assert computer.prepare(wish=since) is None
    computer.sync()
    assert messages(server) == dict.fromkeys(DAYS, 4)


def test_a_preview_of_some_days_is_not_what_is_posted_for_all(computer: Computer) -> None:
    since = Wish(since=date(2026, 11, 22))
    some = computer.prepare(wish=since)
    assert some is not None
    assert computer.prepare(wish=since) == some
    computer.prepared()
    with pytest.raises(UploadOvertaken):
        computer.upload(some)


def test_what_is_assumed_of_some_days_is_of_those_alone(computer: Computer) -> None:
    since = date(2026, 11, 22)
    assumed = assumed_upload(computer.database, computer.numbers, "", since)
    assert set(days_of(assumed.body)) == {"2026-11-22"}


def test_the_second_time_there_is_nothing_to_send(computer: Computer, server: SmallServer) -> None:
    computer.sync()
    assert computer.sync() is None
    assert len(server.uploads) == 1


def test_only_changed_days_are_sent_whole_and_say_what_was_there(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    before = server.stored()[DAYS[1]].digest
    computer.has(row(DAYS[0]), row(DAYS[1], 5), row(DAYS[2]))
    prepared = computer.prepared()
    assert {day: sent["was"] for day, sent in days_of(prepared.body).items()} == {DAYS[1]: before}
    assert prepared.preview.unchanged_days == 2
    computer.upload(prepared)
    assert messages(server)[DAYS[1]] == 5


def test_a_preview_is_the_same_bytes_until_something_changes(computer: Computer) -> None:
    first = computer.prepared()
    assert computer.prepared().body == first.body
    computer.has(*(row(day) for day in DAYS[:2]), row(DAYS[2], 4))
    second = computer.prepared()
    assert second.request.sequence == first.request.sequence + 1
    computer.numbers = replace(computer.numbers, prices="2026-12-01")
    third = computer.prepared()
    assert third.request.sequence == second.request.sequence + 1
    assert computer.prepared().body == third.body


def test_what_was_accepted_is_posted_even_if_a_line_arrives_meanwhile(
    computer: Computer, server: SmallServer
) -> None:
    prepared = computer.prepared()
    computer.has(*(row(day) for day in DAYS[:2]), row(DAYS[2], 9))
    computer.upload(prepared)
    assert server.uploads == [prepared.body]
    assert computer.sync() is not None
    assert messages(server)[DAYS[2]] == 9


def test_the_sequence_is_above_what_this_ledger_and_the_server_know(
    computer: Computer, server: SmallServer
) -> None:
    assert computer.prepared().request.sequence == 1
    server.grants[TOKEN].sequence = 40
    assert computer.prepared().request.sequence == 41
    server.grants[TOKEN].sequence = 0
    assert computer.prepared().request.sequence == 41


def test_a_lost_answer_costs_nothing(computer: Computer, server: SmallServer) -> None:
    server.loses_answers = True
    with pytest.raises(ServerUnreachable):
        computer.sync()
    server.loses_answers = False
    assert computer.sync() is None
    assert last_answered(computer.database, computer.account) == NOW
    assert messages(server) == dict.fromkeys(DAYS, 3)
    computer.has(row(DAYS[0], 1), row(DAYS[1]), row(DAYS[2]))
    prepared = computer.prepared()
    assert "was" in days_of(prepared.body)[DAYS[0]]
    assert prepared.preview.days[0].cost_microusd.known


def test_a_lost_answer_is_made_good_day_by_day_where_not_all_were_taken(
    computer: Computer, server: SmallServer
) -> None:
    server.refuses, server.loses_answers = {DAYS[1]: "model_invalid"}, True
    with pytest.raises(ServerUnreachable):
        computer.sync()
    computer.prepared()
    computer.has(row(DAYS[0], 4), row(DAYS[1]), row(DAYS[2]))
    shown = computer.prepared().preview.days
    assert {day.date.isoformat(): day.cost_microusd.known for day in shown} == {
        DAYS[0]: True,
        DAYS[1]: False,
    }


def test_a_request_that_never_arrived_is_sent_again(
    computer: Computer, server: SmallServer
) -> None:
    prepared = computer.prepared()
    uploads = Uploads(computer.database, computer.account, "cu_live_" + "ff" * 24)
    with pytest.raises(TokenRejected):
        uploads.upload(prepared, computer.api, NOW)
    assert messages(server) == {}
    assert computer.prepared().body == prepared.body
    assert computer.sync() is not None
    assert messages(server) == dict.fromkeys(DAYS, 3)


def test_a_ledger_may_lower_the_rows_that_it_sent_itself(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    computer.has(row(DAYS[0], 1), row(DAYS[1]), row(DAYS[2]))
    computer.sync()
    assert messages(server)[DAYS[0]] == 1


def test_a_day_that_moved_away_with_the_zone_is_taken_back(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    computer.has(row(DAYS[1], 6), row(DAYS[2]))
    prepared = computer.prepared()
    sent = days_of(prepared.body)
    assert sent[DAYS[0]]["models"] == []
    assert sent[DAYS[0]]["was"] == server.stored()[DAYS[0]].digest
    assert [day.removed for day in prepared.preview.days] == [False, True]
    computer.upload(prepared)
    assert messages(server) == {DAYS[1]: 6, DAYS[2]: 3}
    assert computer.sync() is None


def test_a_day_that_this_ledger_never_sent_is_never_taken_back(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    server.rows[MACHINE]["2026-01-01"] = server.rows[MACHINE][DAYS[0]]
    assert computer.sync() is None


def test_days_after_today_wait(computer: Computer, server: SmallServer) -> None:
    computer.has(*(row(day) for day in DAYS), today=date(2026, 11, 21))
    computer.sync()
    assert set(messages(server)) == set(DAYS[:2])
    assert computer.sync() is None
    computer.has(*(row(day) for day in DAYS), today=date(2026, 11, 22))
    computer.sync()
    assert set(messages(server)) == set(DAYS)


def test_a_clock_that_was_set_back_takes_nothing_back(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    computer.has(*(row(day) for day in DAYS), today=date(2026, 11, 20))
    assert computer.prepare() is None
    computer.has(today=date(1970, 1, 1))
    assert computer.prepare() is None
    assert messages(server) == dict.fromkeys(DAYS, 3)


def test_days_that_only_the_server_has_are_told(computer: Computer, server: SmallServer) -> None:
    computer.sync()
    computer.database.execute("DELETE FROM sent")
    computer.database.execute("DELETE FROM acknowledged")
    computer.has(row(DAYS[2], 4))
    assert computer.prepared().only_there == (
        "The server holds 2 older days of this computer, 2026-11-20 to 2026-11-21."
        " They stay there as they are."
    )
    computer.has(row(DAYS[0]), row(DAYS[2], 4))
    assert computer.prepared().only_there == (
        "The server holds 1 other day of this computer, 2026-11-21. It stays there as it is."
    )
    assert days_of(computer.prepared().body).keys() == {DAYS[2]}
    computer.sync()
    assert messages(server) == {DAYS[0]: 3, DAYS[1]: 3, DAYS[2]: 4}
    uploads = computer.uploads()
    assert uploads.prepare(computer.numbers, computer.api.days(TOKEN), NOW) is None
    assert "1 other day" in uploads.only_there


def test_nothing_leaves_before_somebody_said_yes(tmp_path: Path, server: SmallServer) -> None:
    computer = Computer(tmp_path, server)
    prepared = computer.prepared()
    assert not prepared.accepted_before
    with pytest.raises(PreviewNotAccepted) as refused:
        computer.upload(prepared)
    assert refused.value.exit_code == 4
    assert server.uploads == []
    computer.accept()
    assert computer.prepared().accepted_before
    computer.upload(computer.prepared())
    computer.database.close()


def test_an_acceptance_is_for_one_server_one_account_and_these_fields(
    computer: Computer, server: SmallServer
) -> None:
    assert computer.prepared().accepted_before
    for account in (Account(server.origin, "account-2"), Account("https://b.example", ACCOUNT)):
        other = Uploads(computer.database, account, TOKEN)
        prepared = other.prepare(computer.numbers, computer.api.days(TOKEN), NOW)
        assert prepared is not None
        assert not prepared.accepted_before
        with pytest.raises(PreviewNotAccepted):
            other.upload(prepared, computer.api, NOW)
    computer.database.execute("UPDATE accepted SET fields = 'those of another version'")
    with pytest.raises(PreviewNotAccepted):
        computer.sync()
    assert server.uploads == []


def test_a_new_account_gets_everything_without_what_the_other_one_was(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    token = "cu_live_" + "2b" * 24
    server.grants[token] = Grant("account-2")
    server.rows.clear()
    computer.token, computer.account = token, Account(server.origin, "account-2")
    computer.accept()
    sent = days_of(computer.prepared().body)
    assert set(sent) == set(DAYS)
    assert not any("was" in day for day in sent.values())


def test_a_twin_is_explained_and_merged_only_when_asked(
    computer: Computer, server: SmallServer, tmp_path: Path
) -> None:
    computer.sync()
    (tmp_path / "second").mkdir()
    token = "cu_live_" + "3c" * 24
    server.grants[token] = Grant()
    second = Computer(tmp_path / "second", server, token)
    second.accept()
    second.numbers = replace(second.numbers, machine="cd" * 32)
    with pytest.raises(TwinFound, match="--twin merge"):
        second.sync()
    assert set(server.rows) == {MACHINE}
    prepared = second.prepare(wish=Wish(twin="separate"))
    assert prepared is not None
    second.upload(prepared)
    assert json.loads(server.uploads[-1])["twin"] == "separate"
    assert server.uploads[-1] == prepared.body == prepared.preview.body
    assert server.stored("cd" * 32) == {}
    second.database.close()


def test_a_recount_replaces_days_of_which_the_server_has_more(
    computer: Computer, server: SmallServer, tmp_path: Path
) -> None:
    computer.sync()
    (tmp_path / "fresh").mkdir()
    fresh = Computer(tmp_path / "fresh", server)
    fresh.accept()
    fresh.has(row(DAYS[0], 1), row(DAYS[1]), row(DAYS[2]))
    fresh.sync()
    assert messages(server)[DAYS[0]] == 3
    assert fresh.prepare() is None
    prepared = fresh.prepare(wish=Wish(recount=True))
    assert prepared is not None
    assert json.loads(prepared.body)["recount"] is True
    assert set(days_of(prepared.body)) == {DAYS[0]}
    fresh.upload(prepared)
    assert messages(server)[DAYS[0]] == 1
    fresh.database.close()


def test_what_is_wished_for_once_is_not_in_the_next_preview(computer: Computer) -> None:
    assert computer.prepare(wish=Wish(recount=True)) is not None
    assert "recount" not in json.loads(computer.prepared().body)


def test_a_body_kept_by_another_version_is_made_anew(computer: Computer) -> None:
    computer.prepared()
    computer.database.execute("UPDATE pending SET body = ?", b'{"schema":1}')
    assert computer.prepared().request.sequence == 2


def test_the_shown_headers_are_those_on_the_wire_with_the_token_masked(
    computer: Computer, server: SmallServer
) -> None:
    prepared = computer.prepared()
    computer.upload(prepared)
    sent = {name.lower(): value for name, value in server.requests[-1].headers}
    shown = {name.lower(): value for name, value in prepared.headers}
    assert shown.keys() == sent.keys() - {"host"}
    assert shown.pop("authorization") == f"Bearer cu_live_••••{TOKEN[-4:]}"
    assert shown.items() <= sent.items()
    assert (prepared.method, prepared.address) == ("PUT", f"{server.origin}/api/v2/days")


def test_an_unlinked_preview_assumes_an_empty_server_and_is_not_kept(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    assumed = assumed_upload(computer.database, computer.numbers, "")
    assert [day.date for day in assumed.request.days] == list(DAYS)
    assert assumed.body == assumed.request.body()
    assert assumed.assumed
    assert Journal(computer.database, computer.account).pending() is None
    assert computer.sync() is None
    assert len(server.uploads) == 1
