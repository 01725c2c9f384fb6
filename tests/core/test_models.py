"""Many spellings, one canonical id, and nothing else that may leave."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_core.models import MODEL_ID, ModelNames, normalised
from tests.core.samples import NAMES, PRICES


@pytest.mark.parametrize(
    ("raw", "model"),
    [
        ("claude-opus-4-6", "claude-opus-4-6"),
        ("  Claude-Opus-4-6 ", "claude-opus-4-6"),
        ("claude-opus-4-6[1m]", "claude-opus-4-6"),
        ("claude-opus-4-6 [1m]", "claude-opus-4-6"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5"),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("claude-sonnet-4-0", "claude-sonnet-4"),
        ("claude-4-sonnet", "claude-sonnet-4"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("us-gov.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("anthropic.claude-v2:1", "claude-2"),
        ("anthropic.claude-v2", "claude-2"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:profile/us.anthropic.claude-opus-4-6-v1:0",
            "claude-opus-4-6",
        ),
        ("claude-opus-4-1@20250805", "claude-opus-4-1"),
        ("claude-opus-4-6@default", "claude-opus-4-6"),
        ("claude-opus-4-6@latest", "claude-opus-4-6"),
        ("anthropic/claude-opus-4.6", "claude-opus-4-6"),
        ("openrouter/anthropic/claude-3.7-sonnet:thinking", "claude-3-7-sonnet"),
        ("claude-sonnet-4-thinking-16000", "claude-sonnet-4"),
        ("claude-sonnet-4-thinking\nand more", "claude-sonnet-4"),
        ("claude-opus-5", "claude-opus-5"),
        ("claude-opus-5-5", "claude-opus-5-5"),
    ],
)
def test_old_and_new_names_become_one_id(raw: str, model: str) -> None:
    assert NAMES.canonical(raw) == model


@pytest.mark.parametrize(
    "raw",
    [
        "claude-opus-4-10",
        "claude-opus-5-5-5",
        "claude-opus-4-6-2026",
        "claude-opus-4-6-202601011",
        "xclaude-opus-4-6",
        "claude-opus",
        "claude-v9",
        "claude-opus-4-6-v\u0661",
        "glm-4.7",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
        "/models/claude-opus-4-6",
        " /models/claude-opus-4-6",
        "./claude-opus-4-6",
        "~/claude-opus-4-6",
        "C:\\models\\claude-opus-4-6",
        "c:/models/claude-opus-4-6",
        "models\\claude-opus-4-6",
        "",
        "[1m]",
    ],
)
def test_names_are_known_whole_or_not_at_all(raw: str) -> None:
    assert NAMES.canonical(raw) == "other"


def test_every_name_of_the_table_is_its_model_also_with_a_date() -> None:
    for model, names in PRICES.names.items():
        for name in names:
            assert NAMES.canonical(name) == model
            assert NAMES.canonical(f"{name}-20260101") == model
            assert NAMES.canonical(f"us.anthropic.{name}-20260101-v1:0") == model
            assert normalised(name) == name


def test_no_two_models_of_the_table_share_a_name() -> None:
    names = [name for spellings in PRICES.names.values() for name in spellings]
    assert len(set(names)) == len(names)


@given(
    st.text() | st.from_regex(re.compile(r"[a-z./@:~\\\[\]-]*claude-opus-4-6.*"), fullmatch=True)
)
def test_only_a_canonical_id_or_other_may_leave(raw: str) -> None:
    shown = NAMES.canonical(raw)
    assert MODEL_ID.fullmatch(shown)
    assert shown in PRICES.models or shown == "other"


@given(st.text(min_size=4))
def test_a_name_that_the_table_lacks_is_kept_as_a_hash_only(raw: str) -> None:
    assert re.fullmatch(r"other|\?[0-9a-f]{16}", NAMES.key(f"unknown {raw}"))


def test_an_unknown_name_is_hashed_without_its_date_under_a_key() -> None:
    names = ModelNames(PRICES.names, b"salt")
    assert names.key("claude-opus-9") == names.key("anthropic/claude-opus-9-20270101")
    assert names.key("claude-opus-9") != names.key("claude-opus-10")
    assert names.key("claude-opus-9") != ModelNames(PRICES.names, b"pepper").key("claude-opus-9")
    assert names.canonical("claude-opus-9") == "other"


def test_a_newer_table_finds_what_it_knows_among_the_hashes() -> None:
    old = ModelNames({}, b"salt")
    newer = ModelNames({"claude-opus-9": ("claude-opus-9", "claude-9-opus")}, b"salt")
    for spelling in ("claude-opus-9-20270101", "us.anthropic.claude-9-opus-v1:0"):
        assert newer.hashed()[old.key(spelling)] == "claude-opus-9"
