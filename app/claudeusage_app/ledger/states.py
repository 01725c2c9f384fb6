"""The state of every response, kept for good, without a word of any transcript.

The rule by which two states become one is the core's `merge`; here it is only applied to what the
file holds, inside one write transaction, so that two processes never lose each other's lines.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from itertools import islice
from typing import NamedTuple, TypeAlias, cast

from claudeusage_app.errors import LedgerDamaged
from claudeusage_app.ledger.database import Database, Row, Value
from claudeusage_core.models import ModelNames
from claudeusage_core.responses import (
    Best,
    Era,
    Owner,
    Owners,
    Response,
    ResponseKey,
    State,
    merge,
    response_of,
)
from claudeusage_core.usage import CopyClass, Extra, ModelKey, TokenCounts, Usage

_AT_ONCE = 500
_COLUMNS = (
    "id, era, time_ms, best_class, best_time_ms, model, input, output, cache_write_5m,"
    " cache_write_1h, cache_read, web_searches, deciding_prompt, flags, cost_usd, extras,"
    " owner0_ms, owner0_elsewhere, owner0_session, owner1_ms, owner1_elsewhere, owner1_session,"
    " owner2_ms, owner2_elsewhere, owner2_session, held_in"
)
_STORE = f"INSERT OR REPLACE INTO responses ({_COLUMNS}) VALUES ({', '.join('?' * 26)})"  # noqa: S608 -- constants
_OWNER = (
    "CASE best_class WHEN 0 THEN owner0_session WHEN 1 THEN owner1_session ELSE owner2_session END"
)
_FAST, _US, _BATCH, STOPPED = 1, 2, 4, 8
_BEFORE_ALL = -(2**63)
_BROKEN_ROW = "The ledger holds a response that makes no sense."
_ORDERED_BYTES = 12
_ORDERED_BYTES_OF_NAMES = 3
_ORDER = 2 * (_ORDERED_BYTES + 2)
"""How many hexadecimal digits of a token sort as the first letters of its session id do."""
_CHANCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

_ExtraRow: TypeAlias = tuple[str, int, int, int, int, int]


class Kept(NamedTuple):
    """A state as it lies in the ledger."""

    number: int
    """A keyed hash of the response's identity, with its era."""
    era: Era
    state: State
    held_in: int
    """The folders that held a copy of it: bit n for the one with number n."""


class States:
    """The responses of one ledger."""

    def __init__(self, database: Database) -> None:
        """Read the small tables that responses refer to."""
        self._database = database
        self._salt = database.salt
        self._models: dict[str, int] = {}
        self._model_names: dict[int, ModelKey] = {}
        self._sessions: dict[str, int] = {}
        self._session_tokens: dict[int, str] = {}
        self._hidden_sessions: dict[str, str] = {}
        self._shown_sessions: dict[str, str] = {}
        self._names: tuple[str, ...] = ()

    def know(self, sessions: Iterable[str]) -> None:
        """Take the ids of *sessions* that transcripts on disk belong to, to tell their order."""
        self._names = tuple(sessions)

    def add(self, states: Mapping[ResponseKey, State], held_in: Mapping[ResponseKey, int]) -> bool:
        """Merge *states*, made by `hidden`, into the ledger and say whether any changed.

        *held_in* has a bit for each folder that held a copy. Call it inside a write transaction.
        """
        self._refresh()
        fresh = (Kept(self._id(key), key.era, state, held_in[key]) for key, state in states.items())
        return self._merge({each.number: each for each in fresh})

    def take(self, kept: Iterable[Kept]) -> None:
        """Merge what another ledger with the same salt holds. Call it inside a write transaction.

        Its folders have the numbers that they have here.
        """
        self._refresh()
        waiting = iter(kept)
        while some := {each.number: each for each in islice(waiting, _AT_ONCE)}:
            self._merge(some)

    def everything(self) -> Iterator[Kept]:
        """Yield every state, billable or not, of every era.

        Raise `LedgerDamaged` where a row is none that this program writes.
        """
        self._refresh()
        query = f"SELECT {_COLUMNS} FROM responses WHERE id > ? ORDER BY id LIMIT {_AT_ONCE}"  # noqa: S608 -- constants
        last = _BEFORE_ALL
        while rows := self._database.rows(query, last):
            for row in rows:
                yield self._checked(row)
            last = rows[-1][0]

    def _checked(self, row: Row) -> Kept:
        try:
            kept = self._kept(row)
            if self._row(kept) == row and _counts_are_right(kept):
                return kept
        except (ValueError, LookupError, TypeError) as error:
            raise LedgerDamaged(_BROKEN_ROW) from error
        raise LedgerDamaged(_BROKEN_ROW)

    def _merge(self, fresh: Mapping[int, Kept]) -> bool:
        known = {each.number: each for each in self._load(fresh)}
        changed = False
        rows: list[tuple[Value, ...]] = []
        for number, each in fresh.items():
            before = known.get(number)
            if before is None:
                after, held_in = each.state, each.held_in
            else:
                after = merge(*self._in_order(before.state, each.state))
                held_in = before.held_in | each.held_in
                if after == before.state and held_in == before.held_in:
                    continue
            changed |= before is None or after != before.state
            rows.append(self._row(Kept(number, each.era, after, held_in)))
        self._database.execute_many(_STORE, rows)
        return changed

    def hidden(self, state: State) -> State:
        """Return a state with its sessions hidden; only such states are merged and kept."""
        first, second, third = (
            None if owner is None else owner._replace(session=self._hidden_session(owner.session))
            for owner in state.owners
        )
        return State(state.best, (first, second, third))

    def responses(self, from_ms: int | None = None) -> Iterator[Response]:
        """Yield every response that is billable, or those from a moment on, by owner's time."""
        return self._select("" if from_ms is None else " AND time_ms >= ?", from_ms)

    def responses_of(self, session: str) -> Iterator[Response]:
        """Yield every billable response that a session, given by its own id, owns."""
        self._refresh()
        number = self._sessions.get(self._hidden_session(session))
        return iter(()) if number is None else self._select(f" AND {_OWNER} = ?", number)

    def price_again(self, names: ModelNames) -> None:
        """Give models that were unknown their canonical id, where the table now knows them.

        Call it inside a write transaction.
        """
        self._refresh()
        known = names.hashed()
        for hidden in known.keys() & self._models.keys():
            number, target = self._models[hidden], self._model_number(known[hidden])
            self._database.execute("UPDATE responses SET model = ? WHERE model = ?", target, number)
            self._database.execute("DELETE FROM models WHERE id = ?", number)
        for hidden in known.keys() & self._models_of_extras():
            self._database.execute(
                "UPDATE responses SET extras = replace(extras, ?, ?) WHERE extras IS NOT NULL",
                json.dumps(hidden),
                json.dumps(known[hidden]),
            )
        self._models.clear()

    def _models_of_extras(self) -> set[str]:
        rows = self._database.rows("SELECT extras FROM responses WHERE extras IS NOT NULL")
        return {each[0] for row in rows for each in cast("list[_ExtraRow]", json.loads(row[0]))}

    def _select(self, condition: str, value: int | None) -> Iterator[Response]:
        self._refresh()
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM responses WHERE era = 0 AND time_ms IS NOT NULL{condition}",  # noqa: S608 -- constants
            *([] if value is None else [value]),
        )
        for row in rows:
            response = response_of(self._state(row))
            if response is not None:
                yield response

    def _refresh(self) -> None:
        self._models = {n: i for i, n in self._database.rows("SELECT id, name FROM models")}
        self._model_names = {number: ModelKey(name) for name, number in self._models.items()}
        rows = self._database.rows("SELECT id, token FROM sessions")
        self._sessions = {token.hex(): number for number, token in rows}
        self._session_tokens = {number: token for token, number in self._sessions.items()}

    def _load(self, numbers: Iterable[int]) -> Iterator[Kept]:
        wanted = list(numbers)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            query = f"SELECT {_COLUMNS} FROM responses WHERE id IN ({marks})"  # noqa: S608 -- constants
            for row in self._database.rows(query, *some):
                yield self._kept(row)

    def _kept(self, row: Row) -> Kept:
        return Kept(row[0], Era(row[1]), self._state(row), row[25])

    def _id(self, key: ResponseKey) -> int:
        digest = self._keyed(key.identity.encode("utf-8", "surrogatepass"))
        return int.from_bytes(digest, "big", signed=True) >> 1 << 1 | key.era

    def _hidden_session(self, session: str) -> str:
        """Hide a session id behind a keyed hash that sorts as the first letters of the id do.

        Of two copies of one moment the smaller session id owns the response, on every computer
        and after every new reading; so the order has to outlive the id. Claude Code's own ids are
        chance and sort by twelve letters; anything else may be a name, and sorts by three.
        """
        known = self._hidden_sessions.get(session)
        if known is None:
            raw = session.encode("utf-8", "surrogatepass")
            kept = _ORDERED_BYTES if _CHANCE.fullmatch(session) else _ORDERED_BYTES_OF_NAMES
            order = int.from_bytes(raw[:kept].ljust(_ORDERED_BYTES, b"\0"), "big")
            factor = int.from_bytes(self._salt[:2], "big") | 0x8001
            known = (order * factor).to_bytes(_ORDERED_BYTES + 2, "big").hex()
            known = self._hidden_sessions[session] = known + self._keyed(raw).hex()
            self._shown_sessions[known] = session
        return known

    def _in_order(self, kept: State, state: State) -> tuple[State, State]:
        """Return two states whose owners `merge` puts in the order of their session ids.

        Where the letters that are kept do not tell which of two ids is the smaller, the ids
        themselves do, if both are at hand; else the owner that is kept remains.
        """
        ours, theirs = list(kept.owners), list(state.owners)
        for each in CopyClass:
            one, other = ours[each], theirs[each]
            if one is None or other is None or one == other or one[:2] != other[:2]:
                continue
            first, second = self._shown(one.session), self._shown(other.session)
            if first is not None and second is not None:
                ours[each] = theirs[each] = one if first < second else other
            elif one.session[:_ORDER] == other.session[:_ORDER]:
                theirs[each] = one
        return State(kept.best, cast("Owners", tuple(ours))), State(
            state.best, cast("Owners", tuple(theirs))
        )

    def _shown(self, token: str) -> str | None:
        """Return the session id behind a token, None where no line or file has named it."""
        if token not in self._shown_sessions:
            names, self._names = self._names, ()
            for name in names:
                self._hidden_session(name)
        return self._shown_sessions.get(token)

    def _keyed(self, value: bytes) -> bytes:
        return hashlib.blake2b(value, key=self._salt, digest_size=8).digest()

    def _row(self, kept: Kept) -> tuple[Value, ...]:
        response = response_of(kept.state)
        owners: list[Value] = []
        for owner in kept.state.owners:
            owners += (
                (None, None, None)
                if owner is None
                else (owner.time_ms, owner.elsewhere, self._session_number(owner.session))
            )
        time_ms = None if response is None else response.time_ms
        best = self._best_columns(kept.state.best)
        return (kept.number, int(kept.era), time_ms, *best, *owners, kept.held_in)

    def _best_columns(self, best: Best | None) -> tuple[Value, ...]:
        if best is None:
            return (None,) * 13
        usage, tokens = best.usage, best.usage.tokens
        flags = usage.fast * _FAST | usage.us_inference * _US | usage.batch * _BATCH
        extras = [
            [
                each.model,
                each.tokens.input,
                each.tokens.output,
                each.tokens.cache_write_5m,
                each.tokens.cache_write_1h,
                each.tokens.cache_read,
            ]
            for each in usage.extras
        ]
        return (
            int(best.copy_class),
            best.time_ms,
            self._model_number(usage.model),
            tokens.input,
            tokens.output,
            tokens.cache_write_5m,
            tokens.cache_write_1h,
            tokens.cache_read,
            usage.web_searches,
            usage.deciding_prompt,
            flags | usage.stopped * STOPPED,
            usage.cost_usd,
            json.dumps(extras) if extras else None,
        )

    def _state(self, row: Row) -> State:
        return State(self._best(row), self._owners(row[16:25]))

    def _owners(self, columns: Row) -> Owners:
        def owner(time_ms: int | None, elsewhere: int, session: int) -> Owner | None:
            if time_ms is None:
                return None
            return Owner(time_ms, bool(elsewhere), self._session_tokens[session])

        return (owner(*columns[0:3]), owner(*columns[3:6]), owner(*columns[6:9]))

    def _best(self, row: Row) -> Best | None:
        if row[3] is None:
            return None
        flags = row[13]
        extras = cast("list[_ExtraRow]", json.loads(row[15])) if row[15] else []
        usage = Usage(
            model=self._model_names[row[5]],
            tokens=TokenCounts(*row[6:11]),
            web_searches=row[11],
            deciding_prompt=row[12],
            fast=bool(flags & _FAST),
            us_inference=bool(flags & _US),
            batch=bool(flags & _BATCH),
            stopped=bool(flags & STOPPED),
            cost_usd=row[14],
            extras=tuple(Extra(ModelKey(each[0]), TokenCounts(*each[1:])) for each in extras),
        )
        return Best(CopyClass(row[3]), row[4], usage)

    def _model_number(self, model: ModelKey) -> int:
        number = self._models.get(model)
        if number is None:
            number = self._insert("models", "name", model)
            self._models[model] = number
            self._model_names[number] = model
        return number

    def _session_number(self, token: str) -> int:
        number = self._sessions.get(token)
        if number is None:
            number = self._insert("sessions", "token", bytes.fromhex(token))
            self._sessions[token] = number
            self._session_tokens[number] = token
        return number

    def _insert(self, table: str, column: str, value: Value) -> int:
        row = self._database.row(
            f"INSERT INTO {table} ({column}) VALUES (?) RETURNING id",  # noqa: S608 -- constants
            value,
        )
        if row is None:
            raise AssertionError
        return int(row[0])


def _counts_are_right(kept: Kept) -> bool:
    """SQLite keeps whatever it is given, in a column of any type."""
    counts = [kept.held_in]
    if kept.state.best is not None:
        usage = kept.state.best.usage
        counts += [usage.web_searches, usage.deciding_prompt]
        for tokens in (usage.tokens, *(each.tokens for each in usage.extras)):
            counts += astuple(tokens)
    return all(type(count) is int and count >= 0 for count in counts)
