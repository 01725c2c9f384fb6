"""The report: days of a period, and totals from the same integers as the rows."""

from datetime import date

from claudeusage_app.report import (
    by_model,
    grouped,
    in_period,
    month_name,
    total_members,
    totals,
    week_name,
)
from claudeusage_core.usage import DailyUsage, ModelUsage, TokenCounts

OPUS = ModelUsage("claude-opus-5-5", 2, TokenCounts(1, 2, 3, 4, 5), 700)
OTHER = ModelUsage("other", 1, TokenCounts(10, 20, 30, 40, 50), None, 150)
DAYS = (
    DailyUsage(date(2026, 11, 20), 60, 2, 2, (OPUS, OTHER)),
    DailyUsage(date(2026, 11, 21), 30, 2, 1, (OPUS,)),
    DailyUsage(date(2026, 11, 22), 0, 1, 0, (OTHER,)),
)


def test_both_ends_of_a_period_are_in_it() -> None:
    assert in_period(DAYS, date(2026, 11, 21), date(2026, 11, 21)) == DAYS[1:2]
    assert in_period(DAYS, None, date(2026, 11, 20)) == DAYS[:1]
    assert in_period(DAYS, date(2026, 11, 21), None) == DAYS[1:]
    assert in_period(DAYS, None, None) == DAYS


def test_totals_add_up_and_count_each_session_once() -> None:
    sums = totals(DAYS)
    assert (sums.active_seconds, sums.sessions, sums.messages) == (90, 3, 6)
    assert sums.tokens == TokenCounts(22, 44, 66, 88, 110)
    assert (sums.cost_microusd, sums.unpriced_tokens) == (1400, 300)


def test_the_total_of_unpriced_days_is_null_and_not_nothing() -> None:
    assert totals(DAYS[2:]).cost_microusd is None
    assert total_members(totals(DAYS[2:]))["cost_microusd"] is None


def test_no_days_are_no_usage() -> None:
    assert set(total_members(totals(())).values()) == {0, None}


def test_weeks_are_those_of_iso_8601() -> None:
    assert week_name(date(2027, 1, 3)) == "2026-W53"
    assert week_name(date(2027, 1, 4)) == "2027-W01"


def test_months_are_named_as_years_and_months() -> None:
    assert month_name(date(2026, 3, 1)) == "2026-03"


def test_groups_add_up_to_the_whole() -> None:
    groups = grouped(DAYS, month_name)
    assert sum(sums.messages for _, sums in groups) == totals(DAYS).messages
    assert sum(sums.active_seconds for _, sums in groups) == totals(DAYS).active_seconds
    assert len({name for name, _ in groups}) == len(groups)


def test_models_are_added_up_over_days_the_dearest_first() -> None:
    opus, other = by_model(DAYS)
    assert (opus.model, opus.messages, opus.cost_microusd) == ("claude-opus-5-5", 4, 1400)
    assert (other.model, other.cost_microusd, other.unpriced_tokens) == ("other", None, 300)
    assert other.tokens == OTHER.tokens + OTHER.tokens
