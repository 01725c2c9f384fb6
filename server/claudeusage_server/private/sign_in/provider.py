"""A provider: somebody else's site that tells who a person is, and nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Asked:
    """What one attempt sends to a provider, and expects to come back. *verifier* is for PKCE."""

    callback: str
    state: str
    nonce: str
    verifier: str


class Provider(Protocol):
    """A site at which a person can sign in."""

    async def authorize_url(self, asked: Asked) -> str:
        """Return the address at which a person agrees; raise `ProviderFailed`."""
        ...

    async def subject(self, asked: Asked, code: str, answer: Mapping[str, str]) -> str:
        """Return who agreed, as the provider numbers people; raise `ProviderFailed`.

        *answer* is all that the provider sent with the *code*.
        """
        ...
