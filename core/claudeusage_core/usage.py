"""Token counts, one response's usage, and one day's usage: the values that the core adds up."""

from datetime import date
from enum import IntEnum
from typing import NamedTuple, NewType

ModelKey = NewType("ModelKey", str)
"""A canonical model id, ``other``, or ``?`` and a keyed hash where the price table lacks the name.

Never the text of a transcript: see `claudeusage_core.models`.
"""

OTHER = "other"
UNKNOWN_PREFIX = "?"


class TokenCounts(NamedTuple):
    """Tokens of one or many responses. The five kinds are disjoint; output contains thinking."""

    input: int = 0
    output: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0

    def __add__(self, other: "TokenCounts") -> "TokenCounts":  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] -- no tuple is to be chained to it
        """Add kind by kind."""
        return TokenCounts(
            self.input + other.input,
            self.output + other.output,
            self.cache_write_5m + other.cache_write_5m,
            self.cache_write_1h + other.cache_write_1h,
            self.cache_read + other.cache_read,
        )

    @property
    def prompt(self) -> int:
        """The size of the prompt: input, cache reads and cache writes."""
        return self.input + self.cache_read + self.cache_write_5m + self.cache_write_1h

    @property
    def total(self) -> int:
        """All tokens, prompt and output."""
        return self.prompt + self.output


class Extra(NamedTuple):
    """Tokens that a response spent under a model of its own choosing: an advisor, a compaction."""

    model: ModelKey
    tokens: TokenCounts


class Usage(NamedTuple):
    """What one copy of a response says was used, and everything that pricing it needs."""

    model: ModelKey
    tokens: TokenCounts
    web_searches: int = 0
    deciding_prompt: int = 0
    """The size of the single request that is held against the long-context threshold."""
    fast: bool = False
    us_inference: bool = False
    batch: bool = False
    cost_usd: float | None = None
    """What old versions of Claude Code wrote themselves; finite and not negative."""
    stopped: bool = False
    extras: tuple[Extra, ...] = ()

    @property
    def billable(self) -> bool:
        """Whether anything was used at all."""
        return bool(self.tokens.total or self.web_searches or self.extras)


class CopyClass(IntEnum):
    """Which copies of a response are believed first."""

    PLAIN = 0
    SIDECHAIN = 1
    FORKED = 2


class UsageRecord(NamedTuple):
    """One line of a transcript that reports usage: one copy of a response."""

    identity: str
    copy_class: CopyClass
    time_ms: int
    """Milliseconds since 1970, UTC."""
    session: str
    own_file: bool
    """Whether the session id names the file that the line stands in."""
    usage: Usage


class ModelUsage(NamedTuple):
    """One model's part of a day. *cost_microusd* is None where nothing could be priced."""

    model: str
    messages: int
    tokens: TokenCounts
    cost_microusd: int | None
    unpriced_tokens: int = 0
    """Tokens of responses that no price could be found for."""
    own_price: bool = False
    """Whether the cost rests on a person's own price."""


class SessionUsage(NamedTuple):
    """One session, from its first response to its last; subagents are in their parent's.

    *active_seconds* counts the pauses between its own responses only.
    """

    started_ms: int
    ended_ms: int
    active_seconds: int
    messages: int
    tokens: TokenCounts
    cost_microusd: int | None
    unpriced_tokens: int
    own_models: frozenset[str] = frozenset()
    """The models whose cost rests on a person's own price."""


class DailyUsage(NamedTuple):
    """One local calendar day. Only ``sessions_started`` may be summed over days."""

    date: date
    active_seconds: int
    sessions_active: int
    sessions_started: int
    models: tuple[ModelUsage, ...]

    @property
    def messages(self) -> int:
        """Responses of the day, over all models."""
        return sum(row.messages for row in self.models)

    @property
    def tokens(self) -> TokenCounts:
        """Tokens of the day, over all models."""
        return sum((row.tokens for row in self.models), TokenCounts())

    @property
    def unpriced_tokens(self) -> int:
        """Tokens of the day that no price could be found for."""
        return sum(row.unpriced_tokens for row in self.models)

    @property
    def own_models(self) -> frozenset[str]:
        """The models whose cost rests on a person's own price."""
        return frozenset(row.model for row in self.models if row.own_price)

    @property
    def cost_microusd(self) -> int | None:
        """The sum of the models' costs, None where none could be priced."""
        priced = [row.cost_microusd for row in self.models if row.cost_microusd is not None]
        return sum(priced) if priced else None
