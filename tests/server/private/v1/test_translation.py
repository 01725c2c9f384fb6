"""From buckets to rows: names, costs, sessions and seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core import wire
from claudeusage_resources.price_table import shipped_prices
from claudeusage_server.private.v1.translation import added, day_rows, sessions_started
from claudeusage_server.private.v1.wire import read_ingest
from tests.server.original_bodies import OPUS, bucket, ingest, share
from tests.server.world import Plain

PRICES = shipped_prices()


def rows(*buckets: Plain, **members: object) -> tuple[wire.Day, ...]:
    return day_rows(read_ingest(wire.canonical(ingest(*buckets, **members))), PRICES)


def test_cache_writes_are_of_five_minutes_and_priced_so() -> None:
    (row,) = rows(bucket())
    assert row.models == (
        wire.DayModel(
            model=OPUS,
            messages=2,
            input_tokens=0,
            output_tokens=0,
            cache_write_5m_tokens=1_000_000,
            cache_write_1h_tokens=0,
            cache_read_tokens=0,
            cost_microusd=5_000_000,
        ),
    )


@pytest.mark.parametrize(("when", "cost"), [("2026-10-06", 200_000), ("2026-10-07", 100_000)])
def test_prices_are_those_of_the_date(when: str, cost: int) -> None:
    read = share(cacheCreateTokens=0, cacheReadTokens=1_000_000)
    (row,) = rows(bucket(when, {"claude-sonnet-5-5": read}))
    assert row.models[0].cost_microusd == cost


def test_names_of_one_model_are_added_up() -> None:
    names = (OPUS, OPUS + "-20260901", "us.anthropic." + OPUS + "-v1:0", OPUS + "[1m]")
    (row,) = rows(bucket(models={name: share() for name in names}))
    assert [(each.model, each.messages) for each in row.models] == [(OPUS, 8)]
    assert row.models[0].cost_microusd == 20_000_000


def test_names_that_the_table_lacks_are_other_and_cost_nothing() -> None:
    unknown = {"gpt-9": share(), "/home/ada/model.gguf": share(messageCount=3)}
    (row,) = rows(bucket(models={OPUS: share(), **unknown}))
    assert [(each.model, each.messages, each.cost_microusd) for each in row.models] == [
        (OPUS, 2, 5_000_000),
        ("other", 5, None),
    ]


def test_what_no_model_answered_does_not_count() -> None:
    assert rows(bucket(models={"<synthetic>": share()})) == ()
    nothing = share(cacheCreateTokens=0, messageCount=0)
    assert rows(bucket(models={OPUS: nothing})) == ()


@pytest.mark.parametrize(
    ("hours", "seconds"), [(0, 0), (1, 3_600), (0.0001, 0), (0.00014, 1), (0.5, 1_800)]
)
def test_hours_become_whole_seconds(hours: float, seconds: int) -> None:
    (row,) = rows({**bucket(), "hoursActive": hours})
    assert row.active_seconds == seconds


def test_rows_are_sorted_by_date() -> None:
    found = rows(bucket("2026-11-21"), bucket("2026-11-20"))
    assert [row.date for row in found] == ["2026-11-20", "2026-11-21"]


def test_sessions_of_several_days_began_on_the_first() -> None:
    found = rows(bucket("2026-11-19", sessions=3), bucket("2026-11-20", sessions=2), sessionCount=3)
    assert [(row.sessions_active, row.sessions_started) for row in found] == [(3, 3), (2, 0)]


@pytest.mark.parametrize(
    ("active", "in_all", "started"),
    [
        ((), 3, ()),
        ((2, 3, 4), 9, (2, 3, 4)),
        ((2, 3, 4), 20, (2, 3, 4)),
        ((2, 3, 4), 7, (2, 3, 2)),
        ((2, 3, 4), 4, (2, 2, 0)),
        ((2, 3, 4), 0, (0, 0, 0)),
    ],
)
def test_sessions_are_lowered_from_the_last_day_backwards(
    active: tuple[int, ...], in_all: int, started: tuple[int, ...]
) -> None:
    assert sessions_started(active, in_all) == started


COUNTS = st.builds(
    share,
    cacheCreateTokens=st.integers(0, 999_999),
    cacheReadTokens=st.integers(0, 999_999),
    inputTokens=st.integers(0, 999_999),
    outputTokens=st.integers(0, 999_999),
    messageCount=st.integers(1, 9),
)
MODELS = st.dictionaries(st.sampled_from((OPUS, "claude-haiku-4-5", "unknown")), COUNTS, min_size=1)


@given(MODELS, MODELS)
def test_a_row_that_grew_is_the_row_that_came_at_once(
    first: dict[str, Plain], second: dict[str, Plain]
) -> None:
    (row,), (rest,) = rows(bucket(models=first)), rows(bucket(models=second))
    again = {name + "-20260101": each for name, each in second.items()}
    (whole,) = rows(bucket(models=first | again, sessions=2), sessionCount=2)
    grown = added(row, rest, 90, PRICES)
    assert grown.models == whole.models
    assert grown.active_seconds == 2 * whole.active_seconds + 90
    assert (grown.sessions_active, grown.sessions_started) == (2, 2)
