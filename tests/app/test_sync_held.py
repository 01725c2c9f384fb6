"""Days that the server keeps, refuses or knows otherwise, and whose computer they are."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from claudeusage_app.errors import (
    AnswerMismatched,
    ComputerUnclear,
    UploadOvertaken,
)
from claudeusage_app.ledger.uploads import last_answered
from tests.app.computer import DAYS, MACHINE, Computer, days_of, messages, row
from tests.small_server import TOKEN, SmallServer, digest_of


def test_a_kept_day_is_offered_again_only_when_one_side_changes(
    computer: Computer, server: SmallServer, tmp_path: Path
) -> None:
    computer.sync()
    (tmp_path / "fresh").mkdir()
    fresh = Computer(tmp_path / "fresh", server)
    fresh.accept()
    fresh.has(row(DAYS[0], 1), row(DAYS[1]), row(DAYS[2], 9))
    uploaded = fresh.sync()
    assert uploaded is not None
    assert (uploaded.applied, uploaded.kept) == (1, 1)
    assert messages(server) == {DAYS[0]: 3, DAYS[1]: 3, DAYS[2]: 9}
    assert fresh.prepare() is None
    fresh.has(row(DAYS[0], 2), row(DAYS[1]), row(DAYS[2], 9))
    assert set(days_of(fresh.prepared().body)) == {DAYS[0]}
    fresh.has(row(DAYS[0], 1), row(DAYS[1]), row(DAYS[2], 9))
    assert fresh.prepare() is None
    server.rows[MACHINE][DAYS[0]].digest = "ee" * 32
    assert set(days_of(fresh.prepared().body)) == {DAYS[0]}
    fresh.database.close()


def test_a_kept_row_that_this_ledger_once_sent_is_offered_with_what_was(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    older = server.stored()[DAYS[0]]
    computer.has(row(DAYS[0], 2), row(DAYS[1]), row(DAYS[2]))
    prepared = computer.prepared()
    sent = days_of(prepared.body)[DAYS[0]]
    assert sent["was"] == older.digest
    computer.upload(prepared)
    server.rows[MACHINE][DAYS[0]] = older
    assert days_of(computer.prepared().body)[DAYS[0]]["was"] == older.digest


def test_a_refused_day_is_offered_again_only_when_it_changes(
    computer: Computer, server: SmallServer
) -> None:
    server.refuses = {DAYS[1]: "model_invalid"}
    uploaded = computer.sync()
    assert uploaded is not None
    assert (uploaded.applied, uploaded.refused) == (2, 1)
    assert computer.prepare() is None
    computer.has(row(DAYS[0]), row(DAYS[1], 4), row(DAYS[2]))
    assert set(days_of(computer.prepared().body)) == {DAYS[1]}


def test_a_day_that_is_too_early_for_the_server_is_offered_again_on_the_next(
    computer: Computer, server: SmallServer
) -> None:
    server.refuses = {DAYS[1]: "date_out_of_range", DAYS[0]: "model_invalid"}
    computer.sync()
    assert computer.sync() is None
    computer.now += timedelta(days=1)
    assert set(days_of(computer.prepared().body)) == {DAYS[1]}
    computer.sync()
    assert computer.sync() is None
    computer.now += timedelta(days=1)
    server.refuses = {}
    computer.sync()
    assert messages(server) == dict.fromkeys(DAYS[1:], 3)
    assert computer.sync() is None


def test_a_day_of_long_ago_is_refused_for_good(computer: Computer) -> None:
    computer.has(row("2023-12-31"))
    computer.sync()
    assert computer.sync() is None


def test_an_upload_that_a_later_one_overtook_is_said_to_be_so(
    computer: Computer, server: SmallServer
) -> None:
    prepared = computer.prepared()
    server.grants[TOKEN].sequence = 99
    with pytest.raises(UploadOvertaken, match="already there"):
        computer.upload(prepared)
    assert messages(server) == {}
    again = computer.prepared()
    assert again.request.sequence == 100
    computer.upload(again)
    assert messages(server) == dict.fromkeys(DAYS, 3)


def test_a_preview_that_a_later_one_replaced_is_not_posted(
    computer: Computer, server: SmallServer
) -> None:
    replaced = computer.prepared()
    computer.has(row(DAYS[0], 4), row(DAYS[1]), row(DAYS[2]))
    later = computer.prepared()
    with pytest.raises(UploadOvertaken):
        computer.upload(replaced)
    assert server.uploads == []
    computer.upload(later)
    assert server.uploads == [later.body]


def test_rows_of_newer_counting_rules_stay(computer: Computer, server: SmallServer) -> None:
    computer.sync()
    server.rows[MACHINE][DAYS[0]].accounting = 99
    computer.has(row(DAYS[0], 8), row(DAYS[1], 8), row(DAYS[2]))
    uploaded = computer.sync()
    assert uploaded is not None
    assert (uploaded.applied, uploaded.stale) == (1, 1)
    assert messages(server)[DAYS[0]] == 3
    assert computer.sync() is None


def test_rows_that_all_meet_newer_counting_rules_are_not_said_to_be_overtaken(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    server.rows[MACHINE][DAYS[0]].accounting = 99
    computer.has(row(DAYS[0], 8), row(DAYS[1]), row(DAYS[2]))
    uploaded = computer.sync()
    assert uploaded is not None
    assert (uploaded.applied, uploaded.stale) == (0, 1)
    assert computer.sync() is None


def test_what_was_held_under_other_counting_rules_is_offered_again(
    computer: Computer, server: SmallServer
) -> None:
    server.refuses = {DAYS[1]: "model_invalid"}
    computer.sync()
    assert computer.prepare() is None
    computer.database.set_fact("held_under", 0)
    assert set(days_of(computer.prepared().body)) == {DAYS[1]}


def test_a_receipt_for_other_bytes_is_an_alarm(computer: Computer, server: SmallServer) -> None:
    server.changes_receipt = True
    with pytest.raises(AnswerMismatched):
        computer.sync()
    assert last_answered(computer.database, computer.account) is None


def test_a_row_that_this_ledger_never_sent_pauses_until_it_is_said_whose_it_is(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    foreign = {**server.stored()[DAYS[0]].day, "active_seconds": 1}
    server.rows[MACHINE][DAYS[0]].digest = digest_of(foreign)
    with pytest.raises(ComputerUnclear, match="--same-computer"):
        computer.prepare()
    prepared = computer.prepare(same_computer=True)
    assert prepared is not None
    assert "was" not in days_of(prepared.body)[DAYS[0]]
    computer.upload(prepared)
    assert computer.sync() is None


def test_a_restored_copy_never_shrinks_what_the_server_has(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    later = json.loads(json.dumps(server.stored()[DAYS[0]].day))
    later["models"][0]["messages"] = 7
    server.rows[MACHINE][DAYS[0]].day = later
    server.rows[MACHINE][DAYS[0]].digest = digest_of(later)
    prepared = computer.prepare(same_computer=True)
    assert prepared is not None
    assert computer.upload(prepared).kept == 1
    assert messages(server)[DAYS[0]] == 7
    assert computer.prepare() is None


def test_whose_days_they_are_is_asked_once_also_where_nothing_is_to_be_sent(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    computer.has(row(DAYS[0], 4), row(DAYS[1]), row(DAYS[2]))
    server.rows[MACHINE][DAYS[0]].digest = digest_of(
        dict(days_of(computer.prepared().body)[DAYS[0]])
    )
    with pytest.raises(ComputerUnclear):
        computer.prepare()
    assert computer.prepare(same_computer=True) is None
    assert computer.prepare() is None


def test_machines_that_their_owner_merged_never_pause(
    computer: Computer, server: SmallServer
) -> None:
    computer.sync()
    server.rows[MACHINE][DAYS[0]].digest = "ee" * 32
    server.shared = True
    sent = days_of(computer.prepared().body)
    assert set(sent) == {DAYS[0]}
    assert "was" not in sent[DAYS[0]]


def test_a_day_that_the_server_lost_is_sent_again(computer: Computer, server: SmallServer) -> None:
    computer.sync()
    del server.rows[MACHINE][DAYS[1]]
    assert set(days_of(computer.prepared().body)) == {DAYS[1]}
