"""The checks of a row: where each begins to fail, and that no honest row fails any."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core import wire
from claudeusage_core.aggregate import day_rows
from claudeusage_core.moments import milliseconds
from claudeusage_core.payload import day_of
from claudeusage_core.responses import Response
from claudeusage_core.usage import DailyUsage, Extra, ModelKey, TokenCounts, Usage
from claudeusage_resources.price_table import shipped_prices
from claudeusage_server.checks import ReviewReason
from claudeusage_server.private.plausibility import Plausibility, is_history
from tests import corpus
from tests.core.samples import EXPECTED, NOW, needs_real_transcripts, rows_below
from tests.server.world import Plain, day, model

PRICES = shipped_prices()
PLAUSIBILITY = Plausibility(PRICES)
MILLION = 10**6
KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")

Makes = Callable[[int], Plain]


def row(*models: Plain, **members: object) -> wire.Day:
    few = {"sessions_active": 1, "sessions_started": 1}
    return wire.day_object(day("2026-11-20", *models, **(few | members)))


def reason(*models: Plain, prices: str = PRICES.generated, **members: object) -> str | None:
    return PLAUSIBILITY.reason(row(*models, **members), prices)


def tokens(name: str, cost: int | None, messages: int = 0, **counts: int) -> Plain:
    """Return a model's part of a day, with no tokens but those that are named."""
    named = {f"{kind}_tokens": counts.get(kind, 0) for kind in KINDS}
    return model(messages, cost, model=name, **named)


def unpriced(name: str, messages: int, **counts: int) -> Plain:
    return tokens(name, None, messages, **counts)


MANY = model(9, None, model="other")
ONE = tokens("other", None, messages=1)
"""One message without tokens, so that nothing but cost is in question."""


LIMITS: list[tuple[ReviewReason, int, Makes]] = [
    (ReviewReason.ACTIVE_TIME, 90_000, lambda n: _plain(1, ONE, active_seconds=n)),
    (ReviewReason.SESSIONS_STARTED, 3, lambda n: _plain(3, MANY, sessions_started=n)),
    (ReviewReason.SESSIONS_ACTIVE, 3, lambda n: _plain(n, ONE, unpriced("claude-opus-5", 2))),
    (ReviewReason.OUTPUT, 256_000, lambda n: _plain(1, ONE, unpriced("other", 1, output=n))),
    (ReviewReason.PROMPT, 4_000_000, lambda n: _plain(1, ONE, unpriced("other", 1, input=n))),
]


@pytest.mark.parametrize(
    ("expected", "last_good", "make"), LIMITS, ids=[each[0] for each in LIMITS]
)
def test_each_number_may_reach_its_limit_and_no_further(
    expected: ReviewReason, last_good: int, make: Makes
) -> None:
    assert PLAUSIBILITY.reason(wire.day_object(make(last_good)), PRICES.generated) is None
    assert PLAUSIBILITY.reason(wire.day_object(make(last_good + 1)), PRICES.generated) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_of_any_kind_need_a_message(kind: str) -> None:
    def of(number: int, messages: int) -> str | None:
        part = unpriced("other", messages, **{kind: number})
        return PLAUSIBILITY.reason(wire.day_object(_plain(messages, part)), PRICES.generated)

    assert of(0, 0) is None
    assert of(1, 0) == ReviewReason.NO_MESSAGES
    assert of(1, 1) is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "output"])
def test_every_kind_but_output_is_of_the_prompt(kind: str) -> None:
    def of(number: int) -> str | None:
        one_each = dict.fromkeys((each for each in KINDS if each != "output"), 1)
        return reason(unpriced("other", 1, **{**one_each, "output": 128_000, kind: number}))

    assert of(2_000_000 - 3) is None
    assert of(2_000_000 - 2) == ReviewReason.PROMPT


def _plain(sessions: int, *models: Plain, **members: object) -> Plain:
    of_sessions = {"sessions_active": sessions, "sessions_started": min(sessions, 1)}
    return day("2026-11-20", *models, **(of_sessions | {"active_seconds": 0} | members))


@pytest.mark.parametrize(
    ("name", "counts", "messages", "least", "most"),
    [
        # Opus 4.8: 5, 25, 6.25, 10 and 0.50 USD; twice that when fast, 1.1 times that in the US.
        ("claude-opus-4-8", {"input": MILLION}, 0, Fraction("2.5"), Fraction(11)),
        ("claude-opus-4-8", {"output": MILLION}, 0, Fraction("12.5"), Fraction(55)),
        ("claude-opus-4-8", {"cache_write_5m": MILLION}, 0, Fraction("3.125"), Fraction("13.75")),
        ("claude-opus-4-8", {"cache_write_1h": MILLION}, 0, Fraction(5), Fraction(22)),
        ("claude-opus-4-8", {"cache_read": MILLION}, 0, Fraction("0.25"), Fraction("1.1")),
        # Haiku 5.5 has a long context, at five times the price.
        ("claude-haiku-5-5", {"input": MILLION}, 0, Fraction("0.05"), Fraction("0.55")),
        # Sonnet 5.5 became cheaper, and Opus 4.6 lost its long context while it could be fast.
        ("claude-sonnet-5-5", {"cache_read": MILLION}, 0, Fraction("0.05"), Fraction("0.22")),
        ("claude-opus-4-6", {"input": MILLION}, 0, Fraction("2.5"), Fraction(66)),
        # No more than a dollar beside the tokens of each message.
        ("claude-opus-5-5", {}, 3, Fraction(0), Fraction(3)),
        ("claude-opus-4-8", {"input": MILLION}, 2, Fraction("2.5"), Fraction(13)),
    ],
)
def test_cost_may_lie_between_the_cheapest_and_the_dearest_reading(
    name: str, counts: dict[str, int], messages: int, least: Fraction, most: Fraction
) -> None:
    def of(cost: Fraction, off: int = 0) -> str | None:
        part = tokens(name, int(cost * MILLION) + off, messages, **counts)
        return reason(part, tokens("other", None, messages=9))

    assert of(most) is None
    assert of(most, 1) == ReviewReason.COST_ABOVE
    assert of(least) is None
    assert not least or of(least, -1) == ReviewReason.COST_BELOW


def test_fractions_of_a_micro_dollar_speak_for_the_owner() -> None:
    part = {"cache_read": 1}  # of Opus 4.8: 0.5 micro-USD, so 0.25 to 1.1
    assert reason(ONE, tokens("claude-opus-4-8", 0, **part)) is None
    assert reason(ONE, tokens("claude-opus-4-8", 2, **part)) is None
    assert reason(ONE, tokens("claude-opus-4-8", 3, **part)) == ReviewReason.COST_ABOVE


def test_a_cost_is_judged_over_all_models_that_are_known() -> None:
    one = tokens("claude-opus-4-8", 11 * MILLION, input=MILLION)
    other = tokens("claude-sonnet-5-5", 220_000, cache_read=MILLION)
    assert reason(ONE, one, other) is None
    assert reason(ONE, one, other | {"cost_microusd": 220_001}) == ReviewReason.COST_ABOVE


@pytest.mark.parametrize("name", ["other", "claude-opus-9"])
def test_the_cost_of_an_unknown_model_is_not_judged(name: str) -> None:
    assert reason(tokens(name, 10**15, messages=1)) is None
    assert reason(ONE, tokens(name, 0, input=MILLION)) is None


def test_the_cost_of_an_unknown_model_excuses_no_known_one_that_is_too_dear() -> None:
    covered = tokens("claude-opus-4-8", 0, input=MILLION)
    assert reason(covered, tokens("other", 5 * MILLION, messages=1)) is None
    assert reason(covered, tokens("other", None, messages=1)) == ReviewReason.COST_BELOW
    dear = tokens("claude-opus-4-8", 11 * MILLION + 1, input=MILLION)
    assert reason(dear, tokens("other", 5 * MILLION, messages=1)) == ReviewReason.COST_ABOVE


def test_a_model_without_a_cost_has_no_cost_to_judge() -> None:
    assert reason(tokens("claude-opus-5-5", None, messages=1, input=MILLION)) is None


def test_a_newer_price_table_than_the_servers_is_not_judged() -> None:
    dear = tokens("claude-opus-5-5", 10**12, messages=1)
    tomorrow = date.fromisoformat(PRICES.generated) + timedelta(days=1)
    assert reason(dear, prices=PRICES.generated) == ReviewReason.COST_ABOVE
    assert reason(dear, prices="2024-01-01") == ReviewReason.COST_ABOVE
    assert reason(dear, prices=tomorrow.isoformat()) is None
    assert reason(dear, prices=tomorrow.isoformat(), active_seconds=90_001) == "active_time"


def test_of_several_reasons_the_first_that_is_published_is_told() -> None:
    bad = tokens("claude-opus-5-5", 10**12, messages=1, output=10**6, input=10**7)
    assert reason(bad, sessions_active=2) == ReviewReason.SESSIONS_ACTIVE
    assert reason(bad) == ReviewReason.OUTPUT


def test_history_begins_after_45_days() -> None:
    today = date(2026, 11, 22)
    assert not is_history(row(date="2026-10-08"), today)
    assert is_history(row(date="2026-10-07"), today)


NAMES = st.sampled_from([*PRICES.models, "other", "?0123456789abcdef"]).map(ModelKey)
PROMPTS = st.integers(0, 200_000) | st.integers(0, 3)
TOKENS = st.builds(TokenCounts, PROMPTS, st.integers(0, 40_000), PROMPTS, PROMPTS, PROMPTS)
USAGES = st.builds(
    Usage,
    model=NAMES,
    tokens=TOKENS,
    web_searches=st.integers(0, 100),
    deciding_prompt=st.integers(0, 1_000_000),
    fast=st.booleans(),
    us_inference=st.booleans(),
    batch=st.booleans(),
    cost_usd=st.none() | st.floats(0, 1_000),
    stopped=st.booleans(),
    extras=st.lists(st.builds(Extra, NAMES, TOKENS), max_size=1).map(tuple),
)
RESPONSES = st.builds(
    Response,
    time_ms=st.integers(milliseconds(NOW - timedelta(days=400)), milliseconds(NOW)),
    session=st.sampled_from(["a", "b", "c"]),
    usage=USAGES.filter(lambda used: used.billable),
)
SAME_DAY = st.integers(0, 40_000_000).map(lambda late: milliseconds(NOW) - late)


@given(
    st.lists(RESPONSES, min_size=1, max_size=6)
    | st.lists(st.builds(Response._replace, RESPONSES, time_ms=SAME_DAY), min_size=1, max_size=12),
    st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]),
)
def test_what_the_client_counts_is_plausible(found: list[Response], zone: str) -> None:
    assert_plausible(day_rows(found, PRICES, ZoneInfo(zone)))


@pytest.mark.parametrize("seed", range(4))
def test_every_oddity_of_transcripts_is_plausible(tmp_path: Path, seed: int) -> None:
    corpus.write(tmp_path, size=1_000_000, seed=seed)
    rows = rows_below(tmp_path, ZoneInfo("America/Havana"))
    assert len(rows) > 9
    # A few lines of a corpus claim a million million tokens.
    honest = [each for each in rows if each.tokens.total < 10**12]
    assert len(honest) >= len(rows) / 2
    assert_plausible(honest)


@needs_real_transcripts
@pytest.mark.parametrize("zone", [UTC, ZoneInfo("America/St_Johns")], ids=str)
@pytest.mark.parametrize("tree", [f"tree{number:02d}" for number in range(1, 18)])
def test_real_transcripts_are_plausible(tree: str, zone: ZoneInfo) -> None:
    rows = rows_below(EXPECTED.parent / tree / "projects", zone)
    assert rows
    assert_plausible(rows)


def assert_plausible(rows: Iterable[DailyUsage]) -> None:
    for each in rows:
        sent = day_of(each)
        found = PLAUSIBILITY.reason(sent, PRICES.generated)
        assert found is None, (found, PLAUSIBILITY.cost_range(sent, PRICES.generated), sent)
