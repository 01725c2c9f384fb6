"""A stand-in for GitHub's three endpoints, which keeps to what GitHub does with them.

It has no accounts: whoever types a number is the person of that number. A wrong code is answered
with 200, as GitHub does.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from claudeusage_server.settings import GitHub
from tests.loopback import Answer, Request, loopback

CLIENT_ID, CLIENT_SECRET = "github-id", "github-secret"
LOGIN, E_MAIL = "login-of-this-person", "person@mail.example"

_FORM = (
    '<!DOCTYPE html><html lang="en"><title>Provider</title><link rel="icon" href="data:,">'
    '<form method="post"><input name="account" aria-label="Account">'
    '<button name="agree" value="yes">Agree</button>'
    '<button name="agree" value="no">Cancel</button></form>'
)
_HTML = (("Content-Type", "text/html"),)


class _Grant(NamedTuple):
    person: str
    challenge: str
    callback: str


@dataclass
class GitHubStandIn:
    """What it has given out, and what it was told."""

    origin: str = ""
    codes: dict[str, _Grant] = field(default_factory=dict[str, _Grant])
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    secrets: list[str] = field(default_factory=list[str])
    """Everything that nobody but the two sides may ever know."""
    person: dict[str, object] = field(default_factory=dict[str, object])
    """What of a person's answer is to be otherwise."""

    @property
    def settings(self) -> GitHub:
        """Return how a server finds it."""
        return GitHub(
            CLIENT_ID,
            CLIENT_SECRET,
            authorize_url=f"{self.origin}/login/oauth/authorize",
            token_url=f"{self.origin}/login/oauth/access_token",
            user_url=f"{self.origin}/user",
        )

    def agree(self, asked: dict[str, str], person: str) -> str:
        """Return the code for a person who agrees to what was *asked*."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "scope" not in asked
        code = secrets.token_hex(20)
        self.codes[code] = _Grant(person, asked["code_challenge"], asked["redirect_uri"])
        self.secrets.append(code)
        return code

    def answer(self, request: Request) -> Answer:
        """Answer as the endpoint does."""
        parts = urlsplit(request.path)
        match request.method, parts.path:
            case "GET", "/login/oauth/authorize":
                return Answer(200, _FORM.encode(), _HTML)
            case "POST", "/login/oauth/authorize":
                return self._decided(dict(parse_qsl(parts.query)), _form(request))
            case "POST", "/login/oauth/access_token":
                return self._exchanged(_form(request))
            case "GET", "/user":
                return self._told(request)
            case _:
                return Answer(404, b"{}")

    def _decided(self, asked: dict[str, str], form: dict[str, str]) -> Answer:
        agreed = form["agree"] == "yes"
        answer = (
            {"code": self.agree(asked, form["account"])} if agreed else {"error": "access_denied"}
        )
        back = f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}"
        return Answer(302, b"", (("Location", back),))

    def _exchanged(self, form: dict[str, str]) -> Answer:
        grant = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        self.secrets.append(verifier)
        digest = hashlib.sha256(verifier.encode()).digest()
        known = form.get("client_id") == CLIENT_ID and form.get("client_secret") == CLIENT_SECRET
        if (
            grant is None
            or not known
            or form.get("redirect_uri") != grant.callback
            or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != grant.challenge
        ):
            return _json({"error": "bad_verification_code", "error_description": "The code"})
        token = "gho_" + secrets.token_hex(18)
        self.tokens[token] = grant.person
        self.secrets.append(token)
        return _json({"access_token": token, "scope": "", "token_type": "bearer"})

    def _told(self, request: Request) -> Answer:
        token = (request.header("authorization") or "").removeprefix("Bearer ")
        if token not in self.tokens:
            return Answer(401, b'{"message":"Bad credentials"}')
        number = int(self.tokens[token])
        return _json({"login": LOGIN, "id": number, "email": E_MAIL, **self.person})


@contextmanager
def github_stand_in() -> Generator[GitHubStandIn]:
    """Stand in on a free port until the block ends."""
    made = GitHubStandIn()
    with loopback(made.answer) as there:
        made.origin = there.origin
        yield made


def _json(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode())


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode()))
