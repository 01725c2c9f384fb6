"""How the state of a response is a row: narrow, because nearly all have little to say.

What few responses have is in the column ``more``; see migration 2 for the columns' meaning.
"""

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, cast

from claudeusage_app.ledger.database import Row, Value
from claudeusage_core.responses import Best, Era, Owner, Owners, Response, State
from claudeusage_core.usage import CopyClass, Extra, ModelKey, TokenCounts, Usage

if TYPE_CHECKING:
    from claudeusage_core.gathering import Usual

COLUMNS = (
    "id, time_ms, session, model, input, output, cache_write_5m, cache_write_1h, cache_read,"
    " flags, lag_ms, held_in, more"
)
MORE = 12
"""The place of the column ``more``."""
_COUNTS = slice(4, 9)
_FAST, _US, _BATCH, STOPPED, _ELSEWHERE = 1, 2, 4, 8, 16
_CLASS_SHIFT = 5

_ExtraRow: TypeAlias = tuple[str, int, int, int, int, int]
_OwnerRow: TypeAlias = tuple[int, int, int]


class Kept(NamedTuple):
    """A state as it lies in the ledger."""

    number: int
    """A keyed hash of the response's identity; the lowest bit is its era."""
    state: State
    held_in: int
    """The folders that held a copy of it: bit n for the one with number n."""

    @property
    def era(self) -> Era:
        """Whether its copies are from before 2024."""
        return Era(self.number & 1)


class Numbers(Protocol):
    """The small numbers that stand for models and sessions in rows."""

    def model_number(self, model: ModelKey, /) -> int: ...

    def model(self, number: int, /) -> ModelKey: ...

    def session_number(self, token: str, since_ms: int, /) -> int: ...

    def session(self, number: int, /) -> str: ...


def usual_row(number: int, usual: "Usual", model: int, session: int) -> tuple[Value, ...]:
    """Return the row of a usual response, with the numbers of its model and session."""
    counts, first_ms = usual.usage, usual.first_ms
    written, hour, split = counts.cache_creation_input_tokens, 0, counts.cache_creation
    if split is not None:
        hour = split.ephemeral_1h_input_tokens
        written = max(written, split.ephemeral_5m_input_tokens + hour)
    flags = usual.copy_class << _CLASS_SHIFT
    if usual.stopped:
        flags |= STOPPED
    if usual.elsewhere:
        flags |= _ELSEWHERE
    if counts.speed == "fast":
        flags |= _FAST
    if counts.inference_geo == "us":
        flags |= _US
    if counts.service_tier == "batch":
        flags |= _BATCH
    return (
        number,
        first_ms,
        session,
        model,
        counts.input_tokens,
        counts.output_tokens,
        written - hour,
        hour,
        counts.cache_read_input_tokens,
        flags,
        usual.best_ms - first_ms,
        usual.held_in,
        None,
    )


class Codec(NamedTuple):
    """Turns states into rows and back."""

    numbers: Numbers

    def row(self, kept: Kept) -> tuple[Value, ...]:
        """Return the row of a state."""
        best, owners = kept.state.best, kept.state.owners
        if best is None:
            more = json.dumps({"owners": self._owner_rows(owners)})
            return (kept.number, None, None, None, 0, 0, 0, 0, 0, 0, 0, kept.held_in, more)
        owner = owners[best.copy_class]
        if owner is None:
            raise AssertionError
        counts = kept.era is Era.CURRENT
        only = owners.count(None) == len(owners) - 1
        usage, tokens = best.usage, best.usage.tokens
        more_members = self._more(usage)
        if not counts or not only:
            more_members["owners"] = self._owner_rows(owners)
        return (
            kept.number,
            owner.time_ms if counts else None,
            self.numbers.session_number(owner.session, owner.time_ms) if counts else None,
            self.numbers.model_number(usage.model),
            tokens.input,
            tokens.output,
            tokens.cache_write_5m,
            tokens.cache_write_1h,
            tokens.cache_read,
            usage.fast * _FAST
            | usage.us_inference * _US
            | usage.batch * _BATCH
            | usage.stopped * STOPPED
            | owner.elsewhere * _ELSEWHERE
            | best.copy_class << _CLASS_SHIFT,
            best.time_ms - owner.time_ms,
            kept.held_in,
            json.dumps(more_members) if more_members else None,
        )

    def response(self, row: Row) -> Response:
        """Return the response that a row with a moment describes.

        Raise `ValueError` and kin where no such row was ever written.
        """
        if min(row[_COUNTS]) < 0:
            raise ValueError
        return Response(row[1], self.numbers.session(row[2]), self._usage(row))

    def kept(self, row: Row) -> Kept:
        """Return the state that a row holds."""
        more = cast("dict[str, Any]", json.loads(row[MORE])) if row[MORE] else {}
        copy_class = CopyClass(row[9] >> _CLASS_SHIFT)
        owners: Owners = (None, None, None)
        if "owners" in more:
            owners = self._owners(more["owners"])
        elif row[1] is not None:
            owner = Owner(row[1], bool(row[9] & _ELSEWHERE), self.numbers.session(row[2]))
            owners = cast(
                "Owners", tuple(owner if each is copy_class else None for each in CopyClass)
            )
        best = None
        if row[3] is not None:
            owner_of_best = owners[copy_class]
            if owner_of_best is None:
                raise ValueError
            best = Best(copy_class, owner_of_best.time_ms + row[10], self._usage(row))
        return Kept(row[0], State(best, owners), row[11])

    def _more(self, usage: Usage) -> dict[str, object]:
        more: dict[str, object] = {}
        if usage.web_searches:
            more["web_searches"] = usage.web_searches
        if usage.deciding_prompt != usage.tokens.prompt:
            more["deciding_prompt"] = usage.deciding_prompt
        if usage.cost_usd is not None:
            more["cost_usd"] = usage.cost_usd
        if usage.extras:
            more["extras"] = [
                (
                    each.model,
                    each.tokens.input,
                    each.tokens.output,
                    each.tokens.cache_write_5m,
                    each.tokens.cache_write_1h,
                    each.tokens.cache_read,
                )
                for each in usage.extras
            ]
        return more

    def _usage(self, row: Row) -> Usage:
        tokens, flags = TokenCounts(*row[4:9]), row[9]
        fast, us, batch = bool(flags & _FAST), bool(flags & _US), bool(flags & _BATCH)
        stopped, model = bool(flags & STOPPED), self.numbers.model(row[3])
        if not row[MORE]:
            return Usage(model, tokens, 0, tokens.prompt, fast, us, batch, None, stopped)
        more = cast("dict[str, Any]", json.loads(row[MORE]))
        extras = cast("list[_ExtraRow]", more.get("extras", ()))
        deciding = more.get("deciding_prompt")
        return Usage(
            model=model,
            tokens=tokens,
            web_searches=more.get("web_searches", 0),
            deciding_prompt=tokens.prompt if deciding is None else deciding,
            fast=fast,
            us_inference=us,
            batch=batch,
            cost_usd=more.get("cost_usd"),
            stopped=stopped,
            extras=tuple(Extra(ModelKey(each[0]), TokenCounts(*each[1:])) for each in extras),
        )

    def _owner_rows(self, owners: Owners) -> list[_OwnerRow | None]:
        return [
            None
            if owner is None
            else (
                owner.time_ms,
                int(owner.elsewhere),
                self.numbers.session_number(owner.session, owner.time_ms),
            )
            for owner in owners
        ]

    def _owners(self, rows: list[_OwnerRow | None]) -> Owners:
        first, second, third = (
            None if row is None else Owner(row[0], bool(row[1]), self.numbers.session(row[2]))
            for row in rows
        )
        return (first, second, third)
