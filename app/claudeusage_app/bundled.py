"""The bundled server on this computer: it proves itself, and links in one step.

The handshake of docs/local-sign-in.md: both sides show that they can read the server's data
folder, and the secret in it never crosses the wire.
"""

import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from claudeusage_app.addresses import is_loopback, origin_of
from claudeusage_app.api import Api
from claudeusage_app.errors import AddressInvalid, ServerNotProven, ServerUnreachable

START_IT = "Start it with `claudeusage serve`, then try again."


def running_at(data: Path) -> str:
    """Return the origin of the server that runs on a data folder; raise `ServerUnreachable`."""
    try:
        return origin_of((data / "address").read_text("utf-8").strip())
    except (OSError, ValueError, AddressInvalid) as error:
        title = "The bundled server is not running."
        raise ServerUnreachable(title, START_IT) from error


class BundledServer:
    """A server on loopback whose data folder can be read here."""

    def __init__(self, api: Api, origin: str, data: Path) -> None:
        """Speak to the server at *origin* with the secret of its *data* folder."""
        self._api = api
        self._host = urlsplit(origin).netloc
        if not is_loopback(urlsplit(origin).hostname or ""):
            raise AddressInvalid("The bundled server is never on another computer.")
        self._data = data

    def prove(self) -> str:
        """Let the server prove that it is this folder's; return its challenge."""
        nonce = secrets.token_hex(32)
        answer = self._api.post("/api/local/proof", {"nonce": nonce})
        expected = self._hmac(f"claudeusage-server-proof:{self._host}:{nonce}")
        said = answer.get("proof", "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, expected.encode("ascii")):
            raise ServerNotProven
        return answer.get("challenge", "")

    def ask(self, action: str) -> dict[str, str]:
        """Have one *action* done, ``link`` or ``sign-in-code``, and return the answer's members."""
        challenge = self.prove()
        proof = self._hmac(f"claudeusage-client-proof:{action}:{self._host}:{challenge}")
        return self._api.post(f"/api/local/{action}", {"challenge": challenge, "proof": proof})

    def _hmac(self, text: str) -> str:
        try:
            key = bytes.fromhex((self._data / "local-secret").read_text("ascii").strip())
        except (OSError, ValueError) as error:
            title = f"The secret of the bundled server in {self._data} could not be read."
            raise ServerUnreachable(title, START_IT) from error
        return hmac.new(key, text.encode("ascii"), hashlib.sha256).hexdigest()
