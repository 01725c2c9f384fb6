"""The running day gives what the day's row gives, in whatever order its responses come."""

from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.aggregate import day_rows
from claudeusage_core.models import ModelNames
from claudeusage_core.own_prices import OwnPrice, laid_over
from claudeusage_core.pricing import Rates
from claudeusage_core.responses import Response
from claudeusage_core.running_day import RunningDay
from claudeusage_core.usage import Extra, ModelKey, TokenCounts
from tests.core.samples import PRICES, usage

BERLIN = ZoneInfo("Europe/Berlin")
LONG_DAY = date(2026, 10, 25)
NAMES = ModelNames(PRICES.names)
OWN = laid_over(PRICES, {"claude-haiku-5-5": OwnPrice(Rates(1, 2, 3, 4, 5), None)}, NAMES)
EMPTY = RunningDay(LONG_DAY, BERLIN, OWN)
MODELS = ("claude-opus-5-5", "claude-haiku-5-5", "?123", "other")

tokens = st.builds(TokenCounts, st.integers(0, 9), st.integers(0, 10**7))
responses = st.builds(
    Response,
    st.integers(EMPTY.first_ms - 400_000, EMPTY.end_ms + 400_000),
    st.sampled_from(("one", "two", "three")),
    st.builds(
        usage,
        st.sampled_from(MODELS),
        tokens,
        extras=st.lists(
            st.builds(Extra, st.sampled_from(MODELS).map(ModelKey), tokens), max_size=2
        ).map(tuple),
    ),
)


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | responses), max_size=40))
def test_it_is_the_row_of_the_responses_that_were_put_last(
    puts: list[tuple[int, Response | None]],
) -> None:
    day = RunningDay(LONG_DAY, BERLIN, OWN)
    kept: dict[int, Response] = {}
    for number, response in puts:
        if response is None:
            day.remove(number)
            kept.pop(number, None)
        else:
            day.put(number, response)
            kept[number] = response
    near = (each for each in kept.values() if EMPTY.first_ms <= each.time_ms < EMPTY.end_ms)
    row = next((each for each in day_rows(near, OWN, BERLIN) if each.date == LONG_DAY), None)
    found = (day.messages, day.sessions, day.tokens, day.unpriced_tokens, day.own_models)
    if row is None:
        assert found == (0, 0, 0, 0, frozenset())
        assert (day.cost_microusd, day.active_seconds) == (0, 0)
        return
    assert found == (
        row.messages,
        row.sessions_active,
        row.tokens.total,
        row.unpriced_tokens,
        row.own_models,
    )
    assert (day.cost_microusd, day.active_seconds) == (row.cost_microusd or 0, row.active_seconds)
