"""ID tokens: a provider's signed word on who signed in, believed only after every check."""

from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import InvalidClaimError
from joserfc.jwk import KeySet

ALGORITHMS = ("RS256",)
"""Every OpenID provider has this one, and Google no other; a token cannot choose a weaker one."""

LEEWAY_SECONDS = 60
_LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say. *now* is in seconds since 1970."""

    issuer: str
    client_id: str
    nonce: str
    now: int


def subject_of(token: str, keys: KeySet, expected: Expected) -> str:
    """Return whom a token is about.

    Raises `joserfc.errors.InvalidKeyIdError` where none of the *keys* has signed it, and another
    `JoseError` where it is not to be believed.
    """
    claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    jwt.JWTClaimsRegistry(
        now=expected.now,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": expected.nonce},
    ).validate(claims)
    alone = claims["aud"] in (expected.client_id, [expected.client_id])
    if ("azp" in claims or not alone) and claims.get("azp") != expected.client_id:
        raise InvalidClaimError("azp")
    subject = str(claims["sub"])
    if len(subject) > _LONGEST_SUBJECT or not subject.isascii():
        raise InvalidClaimError("sub")
    return subject
