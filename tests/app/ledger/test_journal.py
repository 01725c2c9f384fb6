"""What was shown, accepted, sent and answered, kept by server and account."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import UploadUnknown
from claudeusage_app.ledger.history import last_made, made_upload, made_uploads
from claudeusage_app.ledger.journal import BODIES_KEPT, TWIN, Journal, last_sequence
from claudeusage_app.ledger.uploads import Account, last_answered
from claudeusage_core.payload import Known, make_request
from claudeusage_core.wire import Day, DayModel, KeptDay, RefusedDay, ServerDays, SyncAnswer

SECOND = timedelta(seconds=1)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNT = Account("https://one.example", "account-1")
OTHERS = (
    Account("https://two.example", "account-1"),
    Account("https://one.example", "account-2"),
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "ledger.sqlite3") as opened:
        yield opened


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database, ACCOUNT)


def day(date: str, messages: int = 1) -> Day:
    model = DayModel(
        model="claude-opus-5-5",
        messages=messages,
        input_tokens=1,
        output_tokens=2,
        cache_write_5m_tokens=3,
        cache_write_1h_tokens=4,
        cache_read_tokens=5,
        cost_microusd=None,
    )
    return Day(date=date, active_seconds=0, sessions_active=1, sessions_started=1, models=(model,))


def removal(date: str) -> Day:
    return Day(date=date, active_seconds=0, sessions_active=0, sessions_started=0, models=())


def answer(
    journal: Journal, *days: Day, sequence: int = 1, at: datetime = AT, **fates: object
) -> None:
    request = make_request(days, machine="ab" * 32, prices="2026-11-22", sequence=sequence)
    nothing = dict.fromkeys(("applied", "unchanged", "stale", "kept", "refused", "review"), ())
    said = SyncAnswer.model_validate({**nothing, **fates, "receipt": "sha256:" + "0" * 64})
    journal.sending(request, AT)
    journal.answered(request, said, known(journal), at)


def known(journal: Journal, **days: str) -> Known:
    stored = {date.replace("_", "-")[1:]: digest for date, digest in days.items()}
    return journal.known(ServerDays(sequence=0, days=stored, shared=False))


def test_what_was_sent_is_remembered_also_without_an_answer(journal: Journal) -> None:
    first, second = day("2026-11-20"), day("2026-11-20", messages=2)
    for each in (first, second, second):
        request = make_request((each,), machine="ab" * 32, prices="2026-11-22", sequence=1)
        journal.sending(request, AT)
    assert known(journal).sent["2026-11-20"] == {first.digest, second.digest}


def test_a_digest_that_was_never_sent_is_found_where_a_day_was_acknowledged(
    journal: Journal,
) -> None:
    answer(journal, day("2026-11-20"), applied=("2026-11-20",))
    foreign, mine = "ff" * 32, day("2026-11-20").digest
    assert journal.never_sent(known(journal, _2026_11_20=foreign)) == ("2026-11-20",)
    assert journal.never_sent(known(journal, _2026_11_20=mine)) == ()
    assert journal.never_sent(known(journal, _2026_11_19=foreign)) == ()
    assert journal.never_sent(known(journal)) == ()


def test_applied_and_unchanged_days_are_acknowledged_and_others_are_not(
    journal: Journal,
) -> None:
    dates = ("2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20")
    answer(
        journal,
        *(day(date) for date in dates),
        applied=dates[:1],
        unchanged=(dates[1], "2026-01-01"),
        stale=(dates[2],),
        kept=(KeptDay(date=dates[3], reason="fewer_messages", digest="ff" * 32),),
    )
    assert journal.last_sent() == {date: day(date) for date in dates[:2]}


def test_a_removed_day_is_acknowledged_by_forgetting_it(journal: Journal) -> None:
    answer(journal, day("2026-11-20"), applied=("2026-11-20",))
    answer(journal, removal("2026-11-20"), applied=("2026-11-20",))
    assert journal.last_sent() == {}


def test_kept_and_refused_days_are_held_with_both_digests(journal: Journal) -> None:
    kept, refused = day("2026-11-19"), day("2026-11-20")
    answer(
        journal,
        kept,
        refused,
        kept=(KeptDay(date=kept.date, reason="fewer_messages", digest="ff" * 32),),
        refused=(RefusedDay(date=refused.date, code="model_invalid"),),
    )
    assert known(journal).held == {
        kept.date: (kept.digest, "ff" * 32),
        refused.date: (refused.digest, ""),
    }


def test_a_kept_day_whose_row_this_ledger_sent_is_not_held(journal: Journal) -> None:
    older, newer = day("2026-11-20", messages=2), day("2026-11-20", messages=1)
    answer(journal, older, applied=(older.date,))
    kept = KeptDay(date=older.date, reason="fewer_messages", digest=older.digest)
    answer(journal, newer, kept=(kept,))
    assert known(journal).held == {}


def test_no_account_inherits_anything_of_another(database: Database, journal: Journal) -> None:
    answer(journal, day("2026-11-20"), applied=("2026-11-20",))
    journal.accept(AT)
    request = make_request((day("2026-11-21"),), machine="ab" * 32, prices="2026-11-22", sequence=9)
    journal.keep_pending(request)
    assert journal.accepted()
    assert last_answered(database, ACCOUNT) == AT
    assert journal.pending() == (9, request.body())
    for account in OTHERS:
        other = Journal(database, account)
        assert not other.accepted()
        assert last_answered(database, account) is None
        assert other.pending() is None
        assert other.last_sent() == {}
        assert known(other).sent == {}


def test_an_answer_takes_the_pending_upload_with_it(journal: Journal) -> None:
    request = make_request((day("2026-11-20"),), machine="ab" * 32, prices="2026-11-22", sequence=1)
    journal.keep_pending(request)
    answer(journal, *request.days, applied=("2026-11-20",))
    assert journal.pending() is None


def test_the_sequence_never_falls(database: Database, journal: Journal) -> None:
    assert last_sequence(database) == 0
    for sequence in (7, 3):
        days = (day("2026-11-20"),)
        journal.keep_pending(
            make_request(days, machine="ab" * 32, prices="2026-11-22", sequence=sequence)
        )
        assert last_sequence(database) == 7


def test_the_exact_body_of_every_answered_upload_is_kept(
    database: Database, journal: Journal
) -> None:
    answer(journal, day("2026-11-20"), applied=("2026-11-20",), sequence=4)
    ((sequence, body),) = database.rows("SELECT sequence, body FROM uploads")
    expected = make_request(
        (day("2026-11-20"),), machine="ab" * 32, prices="2026-11-22", sequence=4
    )
    assert (sequence, body) == (4, expected.body())


def test_a_body_older_than_a_year_is_thinned_to_its_receipt(
    database: Database, journal: Journal
) -> None:
    first, second, now = (day(f"2026-11-{number}") for number in (18, 19, 20))
    for each, age in ((first, BODIES_KEPT + SECOND), (second, BODIES_KEPT), (now, timedelta())):
        answer(journal, each, at=AT - age, applied=(each.date,))
    made = [made_upload(database, number) for number in (1, 2, 3)]
    assert [body is None for _, body in made] == [True, False, False]
    assert [(each.days, each.model_rows) for each, _ in made] == [(1, 1)] * 3
    (thinned, _), (whole, body), _ = made
    assert body is not None
    assert thinned.size == whole.size == len(body)
    assert (thinned.account, thinned.at) == (ACCOUNT, AT - BODIES_KEPT - SECOND)
    assert thinned.receipt
    assert first.digest in known(journal).sent[first.date]


def test_times_of_any_zone_are_told_apart_when_bodies_are_thinned(
    database: Database, journal: Journal
) -> None:
    ahead = timezone(timedelta(hours=14))
    answer(journal, day("2026-11-19"), at=(AT - BODIES_KEPT - SECOND).astimezone(ahead))
    answer(journal, day("2026-11-20"), at=AT)
    assert made_upload(database, 1)[1] is None


def test_uploads_are_listed_with_the_newest_first(database: Database, journal: Journal) -> None:
    for number, at in ((1, AT), (2, AT - SECOND), (3, AT)):
        answer(journal, day("2026-11-20"), sequence=number, at=at)
    made = made_uploads(database)
    assert [each.sequence for each in made] == [3, 1, 2]
    assert last_made(database, ACCOUNT) == made[0]
    assert [last_made(database, other) for other in OTHERS] == [None, None]


def test_an_upload_that_there_is_not_is_said_to_be_unknown(
    database: Database, journal: Journal
) -> None:
    answer(journal, day("2026-11-20"))
    with pytest.raises(UploadUnknown, match="2"):
        made_upload(database, 2)


def test_a_day_that_a_twin_has_counted_is_not_offered_again(journal: Journal) -> None:
    mine = day("2026-11-20")
    kept = KeptDay(date=mine.date, reason=TWIN, digest=mine.digest)
    answer(journal, mine, kept=(kept,))
    assert known(journal).held == {mine.date: (mine.digest, "")}


def test_an_upload_whose_answer_was_lost_is_kept_once_the_server_has_it(
    database: Database, journal: Journal
) -> None:
    mine = day("2026-11-20")
    request = make_request((mine,), machine="ab" * 32, prices="2026-11-22", sequence=7)
    journal.keep_pending(request)
    journal.sending(request, AT)
    journal.recover(known(journal), 7, AT)
    assert last_answered(database, ACCOUNT) is None
    journal.recover(known(journal, _2026_11_20=mine.digest), 7, AT)
    assert last_answered(database, ACCOUNT) == AT
    assert journal.pending() is None
    assert journal.last_sent() == {mine.date: mine}


def test_a_body_is_not_taken_for_arrived_because_an_earlier_one_brought_its_days(
    database: Database, journal: Journal
) -> None:
    mine = day("2026-11-20")
    for sequence in (7, 8):
        request = make_request((mine,), machine="ab" * 32, prices="2026-11-22", sequence=sequence)
        journal.keep_pending(request)
        journal.sending(request, AT)
    journal.recover(known(journal, _2026_11_20=mine.digest), 7, AT)
    assert last_answered(database, ACCOUNT) is None
    assert journal.pending() is not None


def test_a_body_that_was_only_shown_is_not_taken_for_arrived(
    database: Database, journal: Journal
) -> None:
    mine = day("2026-11-20")
    answer(journal, mine, applied=(mine.date,))
    shown = make_request((mine,), machine="ab" * 32, prices="2026-11-22", sequence=2)
    journal.keep_pending(shown)
    journal.recover(known(journal, _2026_11_20=mine.digest), 2, AT)
    assert database.row("SELECT count(*) FROM uploads") == (1,)


def test_a_row_whose_taking_back_was_not_answered_is_no_longer_acknowledged(
    journal: Journal,
) -> None:
    mine, gone = day("2026-11-20"), removal("2026-11-20")
    answer(journal, mine, applied=(mine.date,))
    request = make_request((gone,), machine="ab" * 32, prices="2026-11-22", sequence=2)
    journal.keep_pending(request)
    journal.sending(request, AT)
    journal.recover(known(journal), 2, AT)
    assert journal.never_sent(known(journal, _2026_11_20="ff" * 32)) == ()
