"""Google: OpenID Connect, with addresses and keys that are discovered from the issuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet, KeySetSerialization
from pydantic import BaseModel, ConfigDict, JsonValue

from claudeusage_server.errors import ProviderFailed
from claudeusage_server.private.identities import PROVIDERS
from claudeusage_server.private.sign_in.client import Client, Conversations
from claudeusage_server.private.sign_in.id_token import Expected, subject_of
from claudeusage_server.private.sign_in.provider import Asked
from claudeusage_server.settings import Google
from claudeusage_server.surroundings import Surroundings

NAME = PROVIDERS["google"]
DISCOVERY = "/.well-known/openid-configuration"
KEPT_SECONDS = 3600
"""How long what was discovered is believed; a key that is not known is looked for at once."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False


class _Keys(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    keys: list[dict[str, JsonValue]]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    id_token: str


@dataclass(slots=True)
class _Discovered:
    document: _Document
    at: int
    keys: KeySet | None = None


class GoogleSignIn:
    """The server's side of signing in with Google."""

    def __init__(
        self, settings: Google, conversations: Conversations, surroundings: Surroundings
    ) -> None:
        self._settings = settings
        self._conversations = conversations
        self._surroundings = surroundings
        self._known: _Discovered | None = None

    async def authorize_url(self, asked: Asked) -> str:
        """Ask for nothing but who the person is."""
        async with self._conversations.begin(asked.callback) as client:
            document = (await self._discovered(client)).document
            address = document.authorization_endpoint
            return client.authorize_url(address, asked, scope="openid", nonce=asked.nonce)

    async def subject(self, asked: Asked, code: str, answer: Mapping[str, str]) -> str:
        """Return the subject of a checked ID token; everything else is dropped."""
        async with self._conversations.begin(asked.callback) as client:
            known = await self._discovered(client)
            self._refuse_other_issuer(known.document, answer)
            tokens = await client.tokens(known.document.token_endpoint, asked, code)
            token = _Answer.model_validate(tokens).id_token
            expected = Expected(
                issuer=self._settings.issuer,
                client_id=self._settings.client_id,
                nonce=asked.nonce,
                now=self._surroundings.seconds(),
            )
            if known.keys is not None:
                try:
                    return subject_of(token, known.keys, expected)
                except InvalidKeyIdError:  # it may be a new one
                    pass
            known.keys = await _keys(client, known.document.jwks_uri)
            return subject_of(token, known.keys, expected)

    async def _discovered(self, client: Client) -> _Discovered:
        now = self._surroundings.seconds()
        if self._known is None or now - self._known.at >= KEPT_SECONDS:
            read = await client.read(self._settings.issuer.rstrip("/") + DISCOVERY)
            document = _Document.model_validate_json(read)
            if document.issuer != self._settings.issuer:
                raise ProviderFailed(NAME, "the discovered issuer is another")
            self._known = _Discovered(document, now)
        return self._known

    def _refuse_other_issuer(self, document: _Document, answer: Mapping[str, str]) -> None:
        """Hold an answer to the issuer that it names, as RFC 9207 has it."""
        named = document.authorization_response_iss_parameter_supported
        if answer.get("iss", "" if named else self._settings.issuer) != self._settings.issuer:
            raise ProviderFailed(NAME, "the code came from another issuer")


async def _keys(client: Client, address: str) -> KeySet:
    """Read the keys that may have signed; those of other kinds may be of a kind that is unknown."""
    found = _Keys.model_validate_json(await client.read(address)).keys
    fit = [key for key in found if key.get("kty") == "RSA"]
    return KeySet.import_key_set(cast("KeySetSerialization", {"keys": fit}))
