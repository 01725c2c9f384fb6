"""Names: which are taken as they are, which are brought into shape, and which are refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claudeusage_server.errors import NameRefused
from claudeusage_server.private import names
from tests.server.world import World

ANYTHING = st.text(max_size=60) | st.text("aZ9- ._\u0301\u200b\u202e\U0001f600é", max_size=45)


def is_refused(name: str) -> bool:
    """Say whether this is neither a username nor a display name."""
    for take in (names.username, names.display_name):
        try:
            take(name)
        except NameRefused:
            continue
        return False
    return True


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("ada", "ada"), ("  Ada-Lovelace ", "ada-lovelace"), ("7x", "7x"), ("a" * 39, "a" * 39)],
)
def test_a_username_is_lowered_and_trimmed(typed: str, stored: str) -> None:
    assert names.username(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "a" * 40,
        "-ada",
        "ada-",
        "a--b",
        "a_b",
        "a.b",
        "a b",
        "ad\u00e4",
        "\u212aim",
        "a\nb",
    ],
)
def test_anything_else_is_no_username(typed: str) -> None:
    with pytest.raises(NameRefused) as refused:
        names.username(typed)
    assert (refused.value.status, refused.value.code) == (422, "name_refused")
    assert refused.value.field == "username"
    assert refused.value.remedy.endswith(".")


@pytest.mark.parametrize(
    "typed",
    [
        *("admin", "Support", "api", "claude", "anthropic", "claudeusage", "claude-usage", "adm1n"),
        *("claude-support", "anonymous", "anonymous-k7m2x9qd", "anonym0us-k7m2x9qd", "anonymously"),
    ],
)
def test_nobody_passes_for_the_operator_or_for_somebody_anonymous(typed: str) -> None:
    assert is_refused(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *("Admin!", "\uff41dmin", "\u0430dmin", "ad\u200bmin", "a d m i n", "CLAUDE  support"),
        *("\u0410nonymous-k7m2x9qd", "Cl\u00e0ude", "An\u00f6nymous", "Anonymous k7m2x9qd"),
    ],
)
def test_nor_by_a_display_name_that_only_looks_like_it(typed: str) -> None:
    with pytest.raises(NameRefused):
        names.display_name(typed)


def test_a_name_that_merely_contains_a_reserved_word_is_taken() -> None:
    assert names.username("claude-fan") == "claude-fan"
    assert names.display_name("Claude Monet") == "Claude Monet"


def test_every_first_part_of_an_address_is_reserved(public_world: World, world: World) -> None:
    for each in (public_world, world):
        assert {"/", "/u/{name}", "/privacy", "/api/v2/days", "/sign-in"} <= each.app.paths
        for path in each.app.paths:
            first = path.split("/")[1].split(".")[0]
            assert not first or is_refused(first) or first in names.ROUTES, path


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada \t\u00a0 Lovelace\n", "Ada Lovelace"),
        ("Jose\u0301", "Jos\u00e9"),
        ("\u5b89\u5fb7", "\u5b89\u5fb7"),
        ("\u0639\u0627\u0626\u0634\u0629", "\u0639\u0627\u0626\u0634\u0629"),
        ("\u1019\u103c\u102d\u102f\u1037", "\u1019\u103c\u102d\u102f\u1037"),
        ("Ada \U0001f680", "Ada \U0001f680"),
        ("7", "7"),
    ],
)
def test_a_display_name_is_free_text(typed: str, stored: str) -> None:
    assert names.display_name(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        *("", "   ", "a" * 40, "!?", "\U0001f680", "\u0301", "\u0301a"),
        *("a\u0301\u0316\u0302\u0330", "a" + "\u20dd" * 3),  # towers of marks
        *("a\x00b", "a\x1bb", "a\x85b", "a\u2028b"),  # controls
        *("a\u202eb", "a\u2066b", "\u200eab"),  # bidi
        *("a\u200bb", "a\u200db", "a\ufeffb", "a\u2060b", "a\u00adb", "a\u034fb"),  # no width
        *("a\ufe0f", "a\U000e0100", "a\U000e0041", "a\u180bb"),  # variations and tags
        *("a\ue000", "a\U000f0000", "a\ud800", "a\u0378", "a\uffff"),  # not characters
        *("\u3164", "a\u115fb", "a\uffa0b", "a\u2800b"),  # letters that nobody sees
    ],
)
def test_anything_else_is_no_display_name(typed: str) -> None:
    with pytest.raises(NameRefused) as refused:
        names.display_name(typed)
    assert refused.value.field == "display_name"


@given(ANYTHING)
def test_what_is_taken_as_a_username_is_an_address(typed: str) -> None:
    try:
        name = names.username(typed)
    except NameRefused:
        return
    assert name.isascii()
    assert name == name.lower()
    assert all(part.isalnum() for part in name.split("-"))
    assert 2 <= len(name) <= 39
    assert names.username(name) == name


@given(ANYTHING)
def test_what_is_taken_as_a_display_name_is_seen_whole(typed: str) -> None:
    try:
        name = names.display_name(typed)
    except NameRefused:
        return
    assert name == unicodedata.normalize("NFC", " ".join(name.split()))
    assert 1 <= len(name) <= 39
    assert any(character.isalnum() for character in name)
    assert not {unicodedata.category(each) for each in name} & {"Cc", "Cf", "Cn", "Co", "Cs"}
    assert names.display_name(name) == name


@given(st.text("abcdefghjkmnpqrstuvwxyz23456789", min_size=8, max_size=8))
def test_no_anonymous_name_is_ever_taken(drawn: str) -> None:
    assert is_refused(f"anonymous-{drawn}")
    assert is_refused(f"Anonymous {drawn}")
