"""Session ids, hidden behind keyed hashes that keep just enough of their order.

Of two copies of one moment the smaller session id owns the response, on every computer and after
every new reading; so the order has to outlive the id: docs/decisions/0007-order-of-sessions.md.
"""

import re
from collections.abc import Iterable

from claudeusage_core.hashes import blake2b

_ORDERED_BYTES = 12
_ORDERED_BYTES_OF_NAMES = 3
ORDER = 2 * (_ORDERED_BYTES + 2)
"""How many hexadecimal digits of a token sort as the first letters of its session id do."""
_CHANCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class SessionTokens:
    """The tokens of one ledger, and the ids behind those that this scan has met."""

    def __init__(self, salt: bytes) -> None:
        """Take the ledger's *salt*."""
        self._salt = salt
        self._tokens: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._names: Iterable[str] = ()

    def know(self, sessions: Iterable[str]) -> None:
        """Take the ids of *sessions* that transcripts on disk belong to, to tell their order."""
        self._names = sessions

    def token(self, session: str) -> str:
        """Hide a session id behind a keyed hash that sorts as the first letters of the id do.

        Claude Code's own ids are chance and sort by twelve letters; anything else may be a name,
        and sorts by three.
        """
        known = self._tokens.get(session)
        if known is None:
            raw = session.encode("utf-8", "surrogatepass")
            kept = _ORDERED_BYTES if _CHANCE.fullmatch(session) else _ORDERED_BYTES_OF_NAMES
            order = int.from_bytes(raw[:kept].ljust(_ORDERED_BYTES, b"\0"), "big")
            factor = int.from_bytes(self._salt[:2], "big") | 0x8001
            hidden = blake2b(raw, key=self._salt, digest_size=8).hexdigest()
            known = (order * factor).to_bytes(_ORDERED_BYTES + 2, "big").hex() + hidden
            self._tokens[session] = known
            self._ids[known] = session
        return known

    def id(self, token: str) -> str | None:
        """Return the session id behind a token, None where no line or file has named it."""
        if token not in self._ids:
            names, self._names = self._names, ()
            for name in names:
                self.token(name)
        return self._ids.get(token)
