"""The page that publishes the checks, and its document, are those of the code."""

import re
from html import unescape
from pathlib import Path

from claudeusage_server import checks
from claudeusage_server.checks import CHECKS, ReviewReason
from tests.server.world import World

DOCUMENT = (Path(__file__).parents[2] / "docs" / "plausibility.md").read_text("utf-8")


def test_every_reason_has_its_words_in_the_order_of_the_checks() -> None:
    assert list(CHECKS) == list(ReviewReason)
    for check in CHECKS.values():
        assert check.rule.endswith(".")
        assert not check.title.endswith(".")


def test_the_document_lists_every_check_as_the_code_has_it() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (.+) \|$", DOCUMENT, re.MULTILINE)[1:]  # but the head
    assert listed == [(reason.value, check.rule) for reason, check in CHECKS.items()]


def test_the_rules_name_the_limits_that_are_checked() -> None:
    rules = {reason: check.rule for reason, check in CHECKS.items()}
    assert f"{checks.LONGEST_DAY:,} seconds" in rules[ReviewReason.ACTIVE_TIME]
    assert f"{checks.MOST_OUTPUT:,} tokens" in rules[ReviewReason.OUTPUT]
    assert f"{checks.MOST_PROMPT:,} tokens" in rules[ReviewReason.PROMPT]
    assert f"${checks.BESIDE_TOKENS // 10**6}.00" in rules[ReviewReason.COST_ABOVE]
    for days in (checks.HISTORY_DAYS, checks.GROWTH_DAYS):
        assert f"{days} days" in rules[ReviewReason.HISTORY]


def test_the_page_shows_every_check_and_is_linked(public_world: World) -> None:
    page = unescape(public_world.get("/checks").text)
    for reason, check in CHECKS.items():
        for words in (reason.value, check.rule):
            assert f">{words}" in page
    assert len(page.encode()) < 60_000
    assert 'href="/checks"' in public_world.get("/privacy").text


def test_a_server_that_does_not_check_says_so(world: World, public_world: World) -> None:
    says = "This server does not check"
    assert says in world.get("/checks").text
    assert says not in public_world.get("/checks").text


def test_the_page_is_the_same_for_everybody_and_known_again(public_world: World) -> None:
    answer = public_world.get("/checks")
    public_world.sign_in_as("somebody")
    assert public_world.get("/checks").content == answer.content
    headers = {"If-None-Match": answer.headers["etag"]}
    assert public_world.request("GET", "/checks", headers=headers).status_code == 304
