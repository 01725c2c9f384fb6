"""How identifiers and secrets are stored: as hashes that only this server can make.

A machine's id is keyed with the pepper and its account, so that equal ids of two accounts differ.
Tokens, session ids and codes have 128 bits and more of their own and need no key.
"""

import hashlib
import hmac

from sqlalchemy import text

from claudeusage_server.database import Store
from claudeusage_server.surroundings import Surroundings

_ADD = text("INSERT INTO keys (name, value) VALUES ('pepper', :value) ON CONFLICT DO NOTHING")
_GET = text("SELECT value FROM keys WHERE name = 'pepper'")


class Hashes:
    """The hashes of one server."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def machine(self, account: str, machine: str) -> str:
        """Hash a computer's id as it came on the wire."""
        return self._keyed("machine", account, machine)

    def user_code(self, code: str) -> str:
        """Hash a user code, which is short and therefore keyed."""
        return self._keyed("user-code", code)

    def device_token(self, device_code: str) -> str:
        """Derive the token of an approved device code, so that a lost answer can be repeated."""
        return "cu_live_" + self._keyed("device-token", device_code)[:48]

    def form_token(self, session: str) -> str:
        """Derive what a form of this session carries."""
        return self._keyed("form", session)

    def of_attempt(self, part: str, secret: str, *bound: str) -> str:
        """Derive a part of a sign-in attempt from its *secret* and from what it is *bound* to."""
        return self._keyed("attempt", part, secret, *bound)

    def _keyed(self, *parts: str) -> str:
        message = "\0".join(parts).encode()
        return hmac.new(self._pepper, message, hashlib.sha256).hexdigest()


def stored(secret: str) -> str:
    """Hash a token, a session id or a code."""
    return hashlib.sha256(secret.encode()).hexdigest()


def load_hashes(store: Store, surroundings: Surroundings) -> Hashes:
    """Read the store's pepper; draw one where it has none."""
    with store.write() as connection:
        connection.execute(_ADD, {"value": surroundings.random_hex(32)})
        value: str = connection.execute(_GET).scalar_one()
    return Hashes(bytes.fromhex(value))
