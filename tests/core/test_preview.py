"""What a person is shown of an upload is the upload."""

from datetime import date

from claudeusage_core.payload import day_of, make_request
from claudeusage_core.preview import Change, preview_of
from claudeusage_core.usage import DailyUsage, ModelUsage, TokenCounts
from claudeusage_core.wire import Day, SyncRequest

TODAY = date(2026, 11, 22)


def day(when: date = TODAY, messages: int = 3, models: tuple[str, ...] = ("other",)) -> Day:
    rows = tuple(ModelUsage(name, messages, TokenCounts(1, 2, 3, 4, 5), 99) for name in models)
    return day_of(DailyUsage(when, 61, 2, 1, rows))


def request(*days: Day) -> SyncRequest:
    return make_request(days, machine="ab" * 32, prices="2026-11-22", sequence=1)


def test_the_bytes_shown_are_the_bytes_that_would_be_sent() -> None:
    made = request(day())
    assert preview_of(made, {}, 0).body == made.body()


def test_days_stand_newest_first_and_rows_are_counted() -> None:
    made = request(day(date(2026, 11, 21)), day(models=("claude-opus-5-5", "other")))
    preview = preview_of(made, {}, 5)
    assert [row.date for row in preview.days] == [TODAY, date(2026, 11, 21)]
    assert (preview.model_rows, preview.unchanged_days) == (3, 5)


def test_every_number_of_a_model_is_shown() -> None:
    ((row,),) = (each.models for each in preview_of(request(day()), {}, 0).days)
    numbers = (row.messages, row.input, row.output, row.cache_write, row.cache_read)
    assert [each.now for each in numbers] == [3, 1, 2, 7, 5]
    assert row.cost_microusd.now == 99
    assert all(each.changed for each in numbers)


def test_a_number_is_marked_where_it_differs_from_the_last_upload() -> None:
    before = {"2026-11-22": day(messages=2)}
    (row,) = preview_of(request(day()), before, 0).days
    (model,) = row.models
    assert model.messages == Change(now=3, was=2, known=True)
    assert model.messages.changed
    assert not model.input.changed
    assert not row.active_seconds.changed
    assert not row.cost_microusd.changed


def test_a_model_is_new_on_a_day_that_was_uploaded_without_it() -> None:
    before = {"2026-11-22": day()}
    (row,) = preview_of(request(day(models=("claude-opus-5-5", "other"))), before, 0).days
    assert [model.is_new for model in row.models] == [True, False]
    (first,) = preview_of(request(day()), {}, 0).days
    assert not first.models[0].is_new


def test_a_day_that_is_taken_back_is_shown_as_removed() -> None:
    (row,) = preview_of(request(day(models=())), {"2026-11-22": day()}, 0).days
    assert row.removed
    assert row.cost_microusd == Change(now=None, was=99, known=True)
    assert row.cost_microusd.changed
