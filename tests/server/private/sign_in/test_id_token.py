"""ID tokens that are not to be believed, each wrong in one thing, and signed for real."""

import pytest
from joserfc.jwk import RSAKey

from claudeusage_server.private.sign_in.id_token import LEEWAY_SECONDS
from tests.server.handmade_provider import (
    CLIENT_ID,
    E_MAIL,
    KEYS,
    SUBJECT,
    TOKEN,
    Claims,
    HandmadeProvider,
    signed,
    signed_with_a_secret,
)
from tests.server.sign_in import SESSION, begin, come_back, identities, nothing_came_of
from tests.server.world import NOON, Logs, World

NOW = int(NOON.timestamp())


def signed_in(world: World, provider: HandmadeProvider) -> bool:
    """Go the whole way, and say whether it ended in a session of the right account."""
    asked = begin(world)
    answer = come_back(world, asked, code=provider.agree(asked), iss=provider.origin)
    if answer.status_code != 303:
        nothing_came_of(world, answer)
        return False
    assert answer.headers["location"] == "/dashboard"
    assert set(world.cookies) == {SESSION}
    assert [found[1:] for found in identities(world)] == [("google", SUBJECT)]
    return True


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"aud": [CLIENT_ID]},
        {"azp": CLIENT_ID},
        {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID},
        {"exp": NOW - LEEWAY_SECONDS + 1},
        {"iat": NOW + LEEWAY_SECONDS},
        {"email": None},
    ],
)
def test_a_token_that_is_right_signs_in(
    here: World, provider: HandmadeProvider, claims: Claims
) -> None:
    provider.claims = claims
    assert signed_in(here, provider)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "0" * 64},
        {"nonce": None},
        {"nonce": ""},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": "another", "azp": CLIENT_ID},
        {"aud": None},
        {"azp": "another"},
        {"iss": "https://accounts.google.com"},
        {"iss": None},
        {"exp": NOW - LEEWAY_SECONDS},
        {"exp": None},
        {"exp": "never"},
        {"iat": NOW + LEEWAY_SECONDS + 1},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "ä"},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_signs_nobody_in(
    here: World, provider: HandmadeProvider, logs: Logs, claims: Claims
) -> None:
    provider.claims = claims
    assert not signed_in(here, provider)
    no_word_of_it(provider, logs)


def no_word_of_it(provider: HandmadeProvider, logs: Logs) -> None:
    for secret in (*provider.secrets, SUBJECT, E_MAIL):
        assert secret not in logs.text
    assert "signing in with Google failed: it refused, or its answer is not" in logs.text


def test_a_token_without_a_signature_signs_nobody_in(
    here: World, provider: HandmadeProvider, logs: Logs
) -> None:
    provider.sign = lambda header, claims: signed_with_a_secret(
        {**header, "alg": "none"}, claims, b"x"
    )
    assert not signed_in(here, provider)
    no_word_of_it(provider, logs)


@pytest.mark.parametrize("secret", ["public key", "client secret"])
def test_a_token_signed_with_what_others_know_signs_nobody_in(
    here: World, provider: HandmadeProvider, logs: Logs, secret: str
) -> None:
    known = {
        "public key": provider.key.as_pem(private=False),
        "client secret": provider.settings.client_secret.encode(),
    }[secret]
    provider.sign = lambda header, claims: signed_with_a_secret(
        {**header, "alg": "HS256"}, claims, known
    )
    assert not signed_in(here, provider)
    no_word_of_it(provider, logs)


@pytest.mark.parametrize("algorithm", ["RS384", "PS256"])
def test_another_algorithm_of_the_right_key_signs_nobody_in(
    here: World, provider: HandmadeProvider, algorithm: str
) -> None:
    provider.sign = lambda header, claims: signed(
        {**header, "alg": algorithm}, claims, provider.key
    )
    assert not signed_in(here, provider)


@pytest.mark.parametrize("name", ["own", "other"])
def test_a_token_signed_with_a_key_that_is_not_published_signs_nobody_in(
    here: World, provider: HandmadeProvider, other_key: RSAKey, logs: Logs, name: str
) -> None:
    provider.published = [provider.key]
    provider.sign = lambda header, claims: signed({**header, "kid": name}, claims, other_key)
    assert not signed_in(here, provider)
    no_word_of_it(provider, logs)


def test_a_token_that_was_changed_signs_nobody_in(here: World, provider: HandmadeProvider) -> None:
    def changed(header: Claims, claims: Claims) -> str:
        head, _, signature = signed(header, {**claims, "sub": "1"}, provider.key).split(".")
        return ".".join((head, signed(header, claims, provider.key).split(".")[1], signature))

    provider.sign = changed
    assert not signed_in(here, provider)


def test_keys_are_kept_and_fetched_once_more_where_one_is_new(
    here: World, provider: HandmadeProvider, other_key: RSAKey
) -> None:
    assert signed_in(here, provider)
    assert signed_in(here, provider)
    assert provider.asked_for.count(KEYS) == 1
    provider.key = other_key
    here.cookies.clear()
    assert signed_in(here, provider)
    assert provider.asked_for.count(KEYS) == 2


def test_an_unknown_key_is_looked_for_once(
    here: World, provider: HandmadeProvider, other_key: RSAKey
) -> None:
    assert signed_in(here, provider)
    here.execute("DELETE FROM accounts")
    here.cookies.clear()
    provider.published, provider.key = [provider.key], other_key
    assert not signed_in(here, provider)
    assert provider.asked_for.count(KEYS) == 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": "a", "token_type": "Bearer"}',
        b'{"access_token": "a", "token_type": "Bearer", "id_token": 7}',
        b'{"access_token": "a", "token_type": "Bearer", "id_token": "a.b"}',
        b'{"access_token": "a", "token_type": "Bearer", "id_token": ""}',
        b'{"access_token": "a", "token_type": "Bearer", "id_token": "ab\\u00e4.c.d"}',
    ],
)
def test_what_is_no_token_signs_nobody_in(
    here: World, provider: HandmadeProvider, body: bytes
) -> None:
    provider.spoiled[TOKEN] = lambda answer: answer._replace(body=body)
    assert not signed_in(here, provider)
