"""An OpenID provider made by hand, every answer of which a test can spoil.

Unspoiled it keeps to the protocol: codes work once, for the client, callback and challenge that
they were asked with.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from claudeusage_server.settings import Google
from tests.loopback import Answer, Request
from tests.server.world import NOON

CLIENT_ID, CLIENT_SECRET = "google-id", "google-secret"
SUBJECT, E_MAIL = "110169484474386276334", "somebody@mail.example"
DISCOVERY, KEYS, TOKEN = "/.well-known/openid-configuration", "/keys", "/token"

Spoil = Callable[[Answer], Answer]
Claims = dict[str, object]


class _Grant(NamedTuple):
    callback: str
    challenge: str
    nonce: str


def key(name: str) -> RSAKey:
    """Make a key that signs ID tokens."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


def signed(header: dict[str, object], claims: Claims, by: RSAKey) -> str:
    """Sign an ID token."""
    return jwt.encode(header, claims, by, algorithms=[str(header["alg"])])


def signed_with_a_secret(header: dict[str, object], claims: Claims, secret: bytes) -> str:
    """Sign an ID token with HS256, or not at all where the header says so."""
    parts = [_base64(json.dumps(part).encode()) for part in (header, claims)]
    signature = hmac.digest(secret, ".".join(parts).encode(), "sha256")
    return ".".join([*parts, "" if header["alg"] == "none" else _base64(signature)])


@dataclass
class HandmadeProvider:
    """What it has, what it gave out, and what of its answers is to be otherwise."""

    key: RSAKey
    origin: str
    now: Callable[[], int] = lambda: int(NOON.timestamp())
    """In seconds since 1970."""
    published: list[RSAKey] = field(default_factory=list[RSAKey])
    """The keys that are told; its own where none is listed."""
    claims: Claims = field(default_factory=dict[str, object])
    """Claims that are otherwise; one that is None is left out."""
    sign: Callable[[dict[str, object], Claims], str] | None = None
    spoiled: dict[str, Spoil] = field(default_factory=dict[str, Spoil])
    """What becomes of the answer at a path."""
    discovered: dict[str, object] = field(default_factory=dict[str, object])
    secrets: list[str] = field(default_factory=list[str])
    """Everything that nobody but the two sides may ever know."""
    asked_for: list[str] = field(default_factory=list[str])
    _codes: dict[str, _Grant] = field(default_factory=dict[str, _Grant])

    @property
    def settings(self) -> Google:
        """Return how a server finds it."""
        return Google(CLIENT_ID, CLIENT_SECRET, issuer=self.origin)

    def agree(self, asked: dict[str, str]) -> str:
        """Return the code for a person who agrees to what was *asked*."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["scope"] == "openid"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_hex(20)
        self._codes[code] = _Grant(asked["redirect_uri"], asked["code_challenge"], asked["nonce"])
        self.secrets += [code, asked["nonce"], asked["state"]]
        return code

    def answer(self, request: Request) -> Answer:
        """Answer as the endpoint does, or as a test wants it."""
        path = request.path
        self.asked_for.append(path)
        match path:
            case "/.well-known/openid-configuration":
                answer = _json(200, self._document())
            case "/keys":
                keys = KeySet(list(self.published or [self.key]))
                answer = _json(200, dict(keys.as_dict(private=False)))
            case "/token":
                answer = self._exchanged(dict(parse_qsl(request.body.decode())))
            case _:
                answer = Answer(404, b"")
        return self.spoiled[path](answer) if path in self.spoiled else answer

    def _document(self) -> dict[str, object]:
        return {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}{TOKEN}",
            "jwks_uri": f"{self.origin}{KEYS}",
            "authorization_response_iss_parameter_supported": True,
            **self.discovered,
        }

    def _exchanged(self, form: dict[str, str]) -> Answer:
        grant = self._codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        known = form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET
        fits = grant is not None and form.get("redirect_uri") == grant.callback
        if grant is None or not known or not fits or _base64(digest) != grant.challenge:
            return _json(400, {"error": "invalid_grant", "error_description": E_MAIL})
        token, access = self._id_token(grant), "ya29." + secrets.token_hex(20)
        self.secrets += [verifier, token, access]
        tokens = {"access_token": access, "token_type": "Bearer", "id_token": token}
        return _json(200, tokens)

    def _id_token(self, grant: _Grant) -> str:
        now = self.now()
        claims: Claims = {
            "iss": self.origin,
            "aud": CLIENT_ID,
            "sub": SUBJECT,
            "nonce": grant.nonce,
            "iat": now,
            "exp": now + 3600,
            "email": E_MAIL,
            **self.claims,
        }
        present = {name: value for name, value in claims.items() if value is not None}
        header: dict[str, object] = {"alg": "RS256", "kid": self.key.kid}
        return self.sign(header, present) if self.sign else signed(header, present, self.key)


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
