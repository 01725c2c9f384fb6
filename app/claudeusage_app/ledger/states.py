"""The state of every response, kept for good, without a word of any transcript.

The rule by which two states become one is the core's `merge`; here it is only applied to what the
file holds, inside one write transaction, so that two processes never lose each other's lines.
"""

import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from claudeusage_app.ledger.database import Database, Row, Value
from claudeusage_app.ledger.errors import LedgerDamaged
from claudeusage_app.ledger.rows import COLUMNS, MORE, Codec, Kept, usual_row
from claudeusage_app.ledger.session_tokens import ORDER, SessionTokens
from claudeusage_core.hashes import blake2b
from claudeusage_core.responses import Era, Owners, Response, State, merge
from claudeusage_core.usage import CopyClass, ModelKey

if TYPE_CHECKING:
    from claudeusage_core.gathering import Gathering, Usual
    from claudeusage_core.models import ModelNames

_AT_ONCE = 500
_STORE = f"INSERT OR REPLACE INTO responses ({COLUMNS}) VALUES ({', '.join('?' * 13)})"  # noqa: S608 -- constants
_SIGNED = struct.Struct(">q")
_MOST_TOLD = 1_000
"""So many written responses are told one by one."""
_BEFORE_ALL = -(2**63)
_BROKEN_ROW = "The ledger holds a response that makes no sense."


class States:
    """The responses of one ledger.

    Numbers of models and sessions are remembered: whoever keeps one of these over several write
    transactions makes sure that no other process takes out a folder or another ledger in between.
    """

    def __init__(self, database: Database) -> None:
        """Read and write the ledger *database*."""
        self._database = database
        self._keyed = blake2b(key=database.salt, digest_size=_SIGNED.size)
        self._models: dict[str, int] = {}
        self._model_names: dict[int, ModelKey] = {}
        self._sessions: dict[str, int] = {}
        self._session_tokens: dict[int, str] = {}
        self._since: dict[int, int] = {}
        self._tokens = SessionTokens(database.salt)
        self._codec = Codec(self)
        self._written: set[int] | None = set()

    def know(self, sessions: Iterable[str]) -> None:
        """Take the ids of *sessions* that transcripts on disk belong to, to tell their order."""
        self._tokens.know(sessions)

    def add(self, gathered: "Gathering", names: "ModelNames") -> bool:
        """Merge what was gathered into the ledger and say whether anything changed.

        *names* turns a raw model name into what may be kept. Call it inside a write transaction.
        """
        usual = self._numbered(gathered.usual)
        kept = (
            Kept(self._id(key.identity, key.era), self._hidden(state), gathered.held_in[key])
            for key, state in gathered.others.items()
        )
        others = {each.number: each for each in kept}
        known = self._known([*usual, *others])
        for number in known.keys() & usual.keys():
            each = usual.pop(number)
            others[number] = Kept(number, self._hidden(gathered.state_of(each)), each.held_in)
        sessions = {each.session for each in usual.values()}
        self._learn_sessions(map(self._tokens.token, sessions))
        self._database.execute_many(_STORE, self._usual_rows(usual, names))
        changed = self._merge(others.values(), known)
        self._store_since()
        self._note(usual)
        return changed or bool(usual)

    def _numbered(self, usual: Mapping[str, "Usual"]) -> "dict[int, Usual]":
        """Return usual responses by their numbers, as `_id` makes them, one after another."""
        copy, unpack = self._keyed.copy, _SIGNED.unpack
        found: list[tuple[int, Usual]] = []
        for id_, each in usual.items():
            hashed = copy()
            hashed.update(id_.encode())
            found.append((unpack(hashed.digest())[0] & -2, each))
        return dict(found)

    def _learn_sessions(self, tokens: Iterable[str]) -> None:
        """Learn the numbers of sessions in few steps, giving new ones to those without."""
        waiting = [bytes.fromhex(each) for each in tokens if each not in self._sessions]
        for start in range(0, len(waiting), _AT_ONCE):
            some = waiting[start : start + _AT_ONCE]
            self._database.execute_many(
                "INSERT OR IGNORE INTO sessions (token) VALUES (?)", [(each,) for each in some]
            )
            marks = ", ".join("?" * len(some))
            query = f"SELECT token, id FROM sessions WHERE token IN ({marks})"  # noqa: S608 -- question marks
            self._sessions.update(
                (row[0].hex(), row[1]) for row in self._database.rows(query, *some)
            )

    def _usual_rows(
        self, usual: Mapping[int, "Usual"], names: "ModelNames"
    ) -> list[tuple[Value, ...]]:
        models: dict[str, int] = {}
        sessions: dict[str, int] = {}
        since = self._since
        rows: list[tuple[Value, ...]] = []
        for number, each in usual.items():
            raw, name, first_ms = each.model, each.session, each.first_ms
            model, session = models.get(raw), sessions.get(name)
            if model is None:
                model = models[raw] = self.model_number(names.key(raw))
            if session is None:
                token = self._tokens.token(name)
                session = sessions[name] = self.session_number(token, first_ms)
            if first_ms < since.get(session, first_ms + 1):
                since[session] = first_ms
            rows.append(usual_row(number, each, model, session))
        rows.sort()  # so that the file's pages are filled one after another
        return rows

    def take(self, kept: Iterable[Kept]) -> None:
        """Merge what another ledger with the same salt holds. Call it inside a write transaction.

        Its folders have the numbers that they have here.
        """
        waiting = iter(kept)
        while some := list(islice(waiting, _AT_ONCE)):
            self._merge(some, self._known([each.number for each in some]))
        self._store_since()

    def everything(self) -> Iterator[Kept]:
        """Yield every state, billable or not, of every era.

        Raise `LedgerDamaged` where a row is none that this program writes.
        """
        query = f"SELECT {COLUMNS} FROM responses WHERE id > ? ORDER BY id LIMIT {_AT_ONCE}"  # noqa: S608 -- constants
        last = _BEFORE_ALL
        while rows := self._database.rows(query, last):
            for row in rows:
                yield self._checked(row)
            last = rows[-1][0]

    @property
    def written(self) -> frozenset[int] | None:
        """The numbers of the responses that were written, None where they are too many to tell."""
        return None if self._written is None else frozenset(self._written)

    def numbered(self, from_ms: int) -> Iterator[tuple[int, Response]]:
        """Yield every response that counts, from a moment on, with its number."""
        query = f"SELECT {COLUMNS} FROM responses WHERE time_ms >= ?"  # noqa: S608 -- constants
        return ((row[0], self._codec.response(row)) for row in self._database.rows(query, from_ms))

    def numbered_as(self, numbers: Iterable[int]) -> Iterator[tuple[int, Response]]:
        """Yield those responses of some numbers that count."""
        query = f"SELECT {COLUMNS} FROM responses WHERE id = ? AND time_ms IS NOT NULL"  # noqa: S608 -- constants
        for number in numbers:
            row = self._database.row(query, number)
            if row is not None:
                yield number, self._codec.response(row)

    def responses(self, from_ms: int | None = None) -> Iterator[Response]:
        """Yield every response that counts, or those from a moment on, by owner's time."""
        condition = "IS NOT NULL" if from_ms is None else ">= ?"
        return self._select(condition, *([] if from_ms is None else [from_ms]))

    def responses_of(self, session: str) -> Iterator[Response]:
        """Yield every response that counts and that a session, given by its own id, owns."""
        row = self._database.row(
            "SELECT id, since_ms FROM sessions WHERE token = ?",
            bytes.fromhex(self._tokens.token(session)),
        )
        if row is None or row[1] is None:
            return iter(())
        return self._select(">= ? AND session = ?", row[1], row[0])

    def price_again(self, names: "ModelNames") -> None:
        """Give models that were unknown their canonical id, where the table now knows them.

        Call it inside a write transaction.
        """
        known = names.hashed()
        rows = self._database.rows("SELECT name, id FROM models")
        stored: dict[str, int] = dict(rows)
        for hidden in known.keys() & stored.keys():
            number, target = stored[hidden], self.model_number(known[hidden])
            self._database.execute("UPDATE responses SET model = ? WHERE model = ?", target, number)
            self._database.execute("DELETE FROM models WHERE id = ?", number)
        for hidden in known.keys() & self._models_of_extras():
            self._database.execute(
                "UPDATE responses SET more = replace(more, ?, ?) WHERE more IS NOT NULL",
                json.dumps(hidden),
                json.dumps(known[hidden]),
            )
        self._models.clear()
        self._model_names.clear()

    def model_number(self, model: ModelKey) -> int:
        """Return the number of a model, giving it one where it has none."""
        number = self._models.get(model)
        if number is None:
            row = self._database.row("SELECT id FROM models WHERE name = ?", model)
            row = row or self._database.row(
                "INSERT INTO models (name) VALUES (?) RETURNING id", model
            )
            number = self._models[model] = _number(row)
        return number

    def model(self, number: int) -> ModelKey:
        """Return the model of a number; raise `LookupError` where there is none."""
        if number not in self._model_names:
            rows = self._database.rows("SELECT id, name FROM models")
            self._model_names = {each: ModelKey(name) for each, name in rows}
        return self._model_names[number]

    def session_number(self, token: str, since_ms: int) -> int:
        """Return the number of a session that has a response at *since_ms*, giving it one."""
        self._learn_sessions([token])
        number = self._sessions[token]
        if since_ms < self._since.get(number, since_ms + 1):
            self._since[number] = since_ms
        return number

    def session(self, number: int) -> str:
        """Return the token of a session's number; raise `LookupError` where there is none."""
        token = self._session_tokens.get(number)
        if token is None:
            row = self._database.row("SELECT token FROM sessions WHERE id = ?", number)
            if row is None:
                raise LookupError
            token = self._session_tokens[number] = row[0].hex()
        return token

    def _merge(self, fresh: Iterable[Kept], known: Mapping[int, Kept]) -> bool:
        changed = False
        rows: list[tuple[Value, ...]] = []
        for each in fresh:
            before = known.get(each.number)
            if before is None:
                after = each
            else:
                state = merge(*self._in_order(before.state, each.state))
                after = Kept(each.number, state, before.held_in | each.held_in)
                if after == before:
                    continue
            changed |= before is None or after.state != before.state
            rows.append(self._codec.row(after))
        self._database.execute_many(_STORE, rows)
        self._note(cast("int", row[0]) for row in rows)
        return changed

    def _note(self, numbers: Iterable[int]) -> None:
        if self._written is not None:
            self._written.update(numbers)
            if len(self._written) > _MOST_TOLD:
                self._written = None

    def _known(self, numbers: list[int]) -> dict[int, Kept]:
        if self._database.row("SELECT 1 FROM responses LIMIT 1") is None:
            return {}
        found: dict[int, Kept] = {}
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            query = f"SELECT {COLUMNS} FROM responses WHERE id IN ({marks})"  # noqa: S608 -- constants
            for row in self._database.rows(query, *some):
                found[row[0]] = self._codec.kept(row)
        return found

    def _store_since(self) -> None:
        self._database.execute_many(
            "UPDATE sessions SET since_ms = ?1"
            " WHERE id = ?2 AND (since_ms IS NULL OR since_ms > ?1)",
            [(since_ms, number) for number, since_ms in self._since.items()],
        )
        self._since.clear()

    def _select(self, condition: str, *values: Value) -> Iterator[Response]:
        rows = self._database.rows(
            f"SELECT {COLUMNS} FROM responses WHERE time_ms {condition}",  # noqa: S608 -- constants
            *values,
        )
        if len(rows) > _AT_ONCE:
            sessions = self._database.rows("SELECT id, token FROM sessions")
            self._session_tokens = {number: token.hex() for number, token in sessions}
        return map(self._codec.response, rows)

    def _checked(self, row: Row) -> Kept:
        try:
            kept = self._codec.kept(row)
            again = self._codec.row(kept)
            same = again[:MORE] == row[:MORE] and self._codec.kept(again) == kept
            if same and _counts_are_right(kept):
                return kept
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise LedgerDamaged(_BROKEN_ROW) from error
        raise LedgerDamaged(_BROKEN_ROW)

    def _models_of_extras(self) -> set[str]:
        rows = self._database.rows("SELECT more FROM responses WHERE more IS NOT NULL")
        found = (cast("dict[str, Any]", json.loads(row[0])).get("extras", ()) for row in rows)
        return {each[0] for extras in found for each in extras}

    def _id(self, identity: str, era: Era) -> int:
        hashed = self._keyed.copy()
        hashed.update(identity.encode("utf-8", "surrogatepass"))
        (number,) = _SIGNED.unpack(hashed.digest())
        return int(number & -2 | era)

    def _hidden(self, state: State) -> State:
        """Return a state with its sessions hidden; only such states are kept."""
        first, second, third = (
            None if owner is None else owner._replace(session=self._tokens.token(owner.session))
            for owner in state.owners
        )
        return State(state.best, (first, second, third))

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
            first, second = self._tokens.id(one.session), self._tokens.id(other.session)
            if first is not None and second is not None:
                ours[each] = theirs[each] = one if first < second else other
            elif one.session[:ORDER] == other.session[:ORDER]:
                theirs[each] = one
        return State(kept.best, cast("Owners", tuple(ours))), State(
            state.best, cast("Owners", tuple(theirs))
        )


def _number(row: Row | None) -> int:
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
            counts += tokens
    return all(type(count) is int and count >= 0 for count in counts)
