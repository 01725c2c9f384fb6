"""From day rows to the request that is shown and sent."""

from datetime import date, timedelta

from claudeusage_core.payload import Known, changed_days, day_of, make_request, overruled
from claudeusage_core.usage import DailyUsage, ModelUsage, TokenCounts
from claudeusage_core.wire import ACCOUNTING, canonical, read_request

TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
DIGEST = "cd" * 32


def row(day: date = TODAY, messages: int = 3) -> DailyUsage:
    models = (
        ModelUsage("other", 1, TokenCounts(7), None, 7),
        ModelUsage("claude-opus-5-5", messages, TokenCounts(1, 2, 3, 4, 5), 99),
    )
    return DailyUsage(day, 61, 2, 1, models)


DAY = day_of(row())
GONE = "2026-11-20"
REMOVAL = day_of(DailyUsage(date.fromisoformat(GONE), 0, 0, 0, ()))


def test_a_day_in_the_upload_is_its_row_with_models_by_id() -> None:
    expected = (
        b'{"active_seconds":61,"date":"2026-11-22","models":['
        b'{"cache_read_tokens":5,"cache_write_1h_tokens":4,"cache_write_5m_tokens":3,'
        b'"cost_microusd":99,"input_tokens":1,"messages":3,"model":"claude-opus-5-5",'
        b'"output_tokens":2},'
        b'{"cache_read_tokens":0,"cache_write_1h_tokens":0,"cache_write_5m_tokens":0,'
        b'"cost_microusd":null,"input_tokens":7,"messages":1,"model":"other","output_tokens":0}],'
        b'"sessions_active":2,"sessions_started":1}'
    )
    assert canonical(DAY.row()) == expected
    assert DAY.body() == expected


def test_a_request_survives_the_wire() -> None:
    days = changed_days([row(), row(YESTERDAY)], TODAY, Known())
    request = make_request(days, machine="ab" * 32, prices="2026-11-22", sequence=1)
    assert read_request(request.body()) == request
    assert read_request(request.body()).body() == request.body()
    assert request.accounting == ACCOUNTING


def test_days_go_by_date_and_none_after_today() -> None:
    tomorrow = date(2026, 11, 23)
    days = changed_days([row(tomorrow), row(), row(YESTERDAY)], TODAY, Known())
    assert [day.date for day in days] == ["2026-11-21", "2026-11-22"]


def test_days_before_the_first_that_is_asked_for_wait() -> None:
    rows = [row(YESTERDAY), row()]
    assert [day.date for day in changed_days(rows, TODAY, Known(), TODAY)] == ["2026-11-22"]
    assert len(changed_days(rows, TODAY, Known(), YESTERDAY)) == 2
    assert changed_days(rows, TODAY, Known(), date(2026, 11, 23)) == ()


def test_a_row_before_the_first_day_that_is_asked_for_is_not_taken_back() -> None:
    known = Known({GONE: DIGEST}, sent={GONE: {DIGEST}})
    gone = date.fromisoformat(GONE)
    assert [day.date for day in changed_days([], TODAY, known, gone)] == [GONE]
    assert changed_days([], TODAY, known, gone + timedelta(days=1)) == ()


def test_what_the_server_has_as_it_is_stays_away() -> None:
    assert changed_days([row()], TODAY, Known(stored={DAY.date: DAY.digest})) == ()


def test_a_changed_day_goes_again_whole() -> None:
    (day,) = changed_days([row(messages=4)], TODAY, Known(stored={DAY.date: DAY.digest}))
    assert day == day_of(row(messages=4))


def test_a_row_that_this_ledger_sent_is_named_as_what_it_was() -> None:
    stored = {DAY.date: DIGEST}
    (ours,) = changed_days([row()], TODAY, Known(stored, sent={DAY.date: {DIGEST}}))
    (theirs,) = changed_days([row()], TODAY, Known(stored, sent={DAY.date: {"ef" * 32}}))
    assert (ours.was, theirs.was) == (DIGEST, None)
    assert ours.digest == theirs.digest == DAY.digest


def test_a_row_that_is_no_longer_there_is_taken_back_only_if_it_was_sent_from_here() -> None:
    stored = {GONE: DIGEST}
    (day,) = changed_days([], TODAY, Known(stored, sent={GONE: {DIGEST}}))
    assert (day.date, day.models, day.was) == (GONE, (), DIGEST)
    assert changed_days([], TODAY, Known(stored)) == ()


def test_a_day_that_the_server_held_back_is_not_offered_until_one_side_changes() -> None:
    held = {DAY.date: (DAY.digest, DIGEST)}
    assert changed_days([row()], TODAY, Known({DAY.date: DIGEST}, held=held)) == ()
    assert len(changed_days([row()], TODAY, Known({DAY.date: "ef" * 32}, held=held))) == 1
    assert len(changed_days([row(messages=4)], TODAY, Known({DAY.date: DIGEST}, held=held))) == 1


def test_a_day_that_was_refused_is_not_offered_again_as_it_is() -> None:
    assert changed_days([row()], TODAY, Known(held={DAY.date: (DAY.digest, "")})) == ()


def test_a_removal_that_was_held_back_is_not_offered_again() -> None:
    known = Known({GONE: DIGEST}, {GONE: {DIGEST}}, {GONE: (REMOVAL.digest, DIGEST)})
    assert changed_days([], TODAY, known) == ()


def test_a_recount_overrules_only_rows_that_this_ledger_never_sent() -> None:
    yesterday = YESTERDAY.isoformat()
    known = Known(stored={DAY.date: DIGEST, yesterday: "ef" * 32}, sent={yesterday: {"ef" * 32}})
    new = row(date(2026, 11, 19))
    days = changed_days([row(), row(YESTERDAY), new], TODAY, known)
    assert len(days) == 3
    assert overruled(days, known) == (DAY.date,)
    assert overruled(days, Known()) == ()
