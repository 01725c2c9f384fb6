"""What is checked of a row before it counts in public: each limit, and its words for people.

The page ``/checks`` and the owner's dashboard are made of what is here, and docs/plausibility.md is
held to it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from claudeusage_core import figures

LONGEST_DAY = 90_000
"""Seconds of the longest calendar day there is: 25 hours, when clocks are set back."""
MOST_OUTPUT = 128_000
"""Output tokens of one message."""
MOST_PROMPT = 2_000_000
"""Input, cache reads and cache writes of one message, in tokens."""
BESIDE_TOKENS = 1_000_000
"""Micro-USD that a message may cost beside its tokens: a hundred web searches."""
HISTORY_DAYS = 45
"""Days older than this at their upload are history."""
GROWTH_DAYS = 7
"""An account has grown when it has a day this much later than its first upload."""


class ReviewReason(StrEnum):
    """Why a row counts for its owner only. Of several the first here is told."""

    NO_MESSAGES = "no_messages"
    ACTIVE_TIME = "active_time"
    SESSIONS_STARTED = "sessions_started"
    SESSIONS_ACTIVE = "sessions_active"
    OUTPUT = "output_per_message"
    PROMPT = "prompt_per_message"
    COST_ABOVE = "cost_above"
    COST_BELOW = "cost_below"
    HISTORY = "history"


class Check(NamedTuple):
    """The words for a check: the rule that is published, a row that fails it, and what to do."""

    rule: str
    title: str
    remedy: str


_MEND = (
    "See `claudeusage doctor` on that computer, and take out folders that hold no transcripts of"
    " Claude Code's own with `claudeusage folders remove`. A day is checked again when it is"
    " uploaded with other numbers."
)
_PRICE = (
    "Update the program on that computer, so that its price table is the newest, and sync again."
    " A day is checked again when it is uploaded with other numbers."
)
_WAIT = (
    "Nothing has to be done but to go on syncing: these days are shown once a day is uploaded that"
    f" is {figures.plural(GROWTH_DAYS, 'day')} later than the account's first upload."
)

CHECKS: Mapping[ReviewReason, Check] = MappingProxyType(
    {
        ReviewReason.NO_MESSAGES: Check(
            "A day with tokens has messages.", "There are tokens, and no messages", _MEND
        ),
        ReviewReason.ACTIVE_TIME: Check(
            f"Active time is at most {figures.count(LONGEST_DAY)} seconds, as long as the longest"
            " day.",
            "Active time is longer than the longest day",
            _MEND,
        ),
        ReviewReason.SESSIONS_STARTED: Check(
            "No more sessions start than are active.",
            "More sessions started than were active",
            _MEND,
        ),
        ReviewReason.SESSIONS_ACTIVE: Check(
            "No more sessions are active than there are messages.",
            "There are more sessions than messages",
            _MEND,
        ),
        ReviewReason.OUTPUT: Check(
            f"Output is at most {figures.count(MOST_OUTPUT)} tokens per message.",
            "There is more output than these messages can have",
            _MEND,
        ),
        ReviewReason.PROMPT: Check(
            "The prompt, which is input, cache reads and cache writes, is at most"
            f" {figures.count(MOST_PROMPT)} tokens per message.",
            "Prompts are larger than these messages can have",
            _MEND,
        ),
        ReviewReason.COST_ABOVE: Check(
            "Cost is at most what the tokens cost in their dearest reading, and"
            f" {figures.money_exact(BESIDE_TOKENS)} per message for web searches.",
            "Cost is above the dearest reading of these tokens",
            _PRICE,
        ),
        ReviewReason.COST_BELOW: Check(
            "Cost is at least what the tokens cost in their cheapest reading.",
            "Cost is below the cheapest reading of these tokens",
            _PRICE,
        ),
        ReviewReason.HISTORY: Check(
            f"On a new account, days that are more than {HISTORY_DAYS} days old when they are"
            f" uploaded wait until a day is there that is {GROWTH_DAYS} days later than the first"
            " upload.",
            f"Older than {HISTORY_DAYS} days on a new account",
            _WAIT,
        ),
    }
)
"""Every check, in the order in which they are made."""
