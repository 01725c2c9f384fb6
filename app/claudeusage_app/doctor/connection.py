"""The token and the server: where the one is kept, and what the other answers."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from claudeusage_app.bounded import answer_within
from claudeusage_app.credentials import KeyringCredentials, backend_name
from claudeusage_app.doctor.report import (
    CredentialFacts,
    OriginalFacts,
    Problem,
    Section,
    ServerFacts,
    code_of,
    problem_of,
)
from claudeusage_app.errors import ServerUnreachable
from claudeusage_app.installation import TOKEN as TOKEN_VARIABLE
from claudeusage_app.link import asked_link, credentials
from claudeusage_app.link_errors import CredentialsUnavailable, TokenFileOpen
from claudeusage_app.linked import server_origin
from claudeusage_app.original import original_link
from claudeusage_app.program import Program
from claudeusage_app.settings import LinkSettings
from claudeusage_core.errors import ClaudeusageError
from claudeusage_core.wire import TOKEN, masked

ACCEPTED = "accepted"
NOT_ASKED = "not_asked"


def look_at_credentials(
    program: Program, kept: LinkSettings | None, seconds: float
) -> tuple[CredentialFacts, tuple[Problem, ...]]:
    """Try where tokens are kept, waiting so many *seconds* at most for a keyring."""
    given = program.environ.get(TOKEN_VARIABLE)
    if given:
        facts = CredentialFacts("environment", None, None, token=True)
        return facts, () if TOKEN.fullmatch(given) else (_malformed(),)
    store = "memory" if program.memory is not None else "keyring" if kept is None else kept.store
    facts = CredentialFacts(store, None, None, token=None)
    if store == "keyring":
        return _try_keyring(facts, kept, seconds)
    if kept is None:
        return facts, ()
    try:
        token = credentials(program, kept.store).get(kept.origin)
    except TokenFileOpen:
        return facts, (_token_file_open(),)
    except CredentialsUnavailable:
        return facts, (_token_file_unreadable(),)
    return replace(facts, token=token is not None), tuple(_missing(token))


def _try_keyring(
    facts: CredentialFacts, kept: LinkSettings | None, seconds: float
) -> tuple[CredentialFacts, tuple[Problem, ...]]:
    keyring = KeyringCredentials()
    try:
        facts = replace(facts, backend=answer_within(seconds, backend_name))
        answer_within(seconds, keyring.probe)
        facts = replace(facts, works=True)
        if kept is None:
            return facts, ()
        origin = kept.origin
        token = answer_within(seconds, lambda: keyring.get(origin))
        return replace(facts, token=token is not None), tuple(_missing(token))
    except CredentialsUnavailable as error:
        problem = problem_of(Section.CREDENTIALS, error)
    except TimeoutError:
        problem = Problem(
            Section.CREDENTIALS,
            "keyring_silent",
            f"The keyring did not answer within {seconds:g} seconds.",
            "It may be waiting for its password: unlock it, then run this again.",
        )
    # Without a link nothing is kept there, so that nothing is wrong.
    return replace(facts, works=False), () if kept is None else (problem,)


def look_at_server(
    program: Program, kept: LinkSettings | None, found: CredentialFacts, seconds: float
) -> tuple[ServerFacts, tuple[Problem, ...]]:
    """Ask the server whose token this is, where there is one."""
    try:
        origin = server_origin(program)
    except ClaudeusageError as error:
        facts = ServerFacts(kept is not None, None, code_of(error))
        return facts, (problem_of(Section.SERVER, error),)
    token = found.token is True
    kept_for_it = kept is not None and kept.origin == origin
    linked = origin is not None and (token or kept_for_it)
    facts = ServerFacts(linked, origin and _shown(origin), NOT_ASKED)
    if origin is None or not token:
        return facts, ()
    wrong = _asked(program, seconds)
    if wrong is None:
        return replace(facts, answer=ACCEPTED), ()
    return replace(facts, answer=code_of(wrong)), (problem_of(Section.SERVER, wrong),)


def look_at_original(
    program: Program, kept: LinkSettings | None, found: CredentialFacts
) -> OriginalFacts | None:
    """Look for the original client's link where there is none of ours, nor a token for one."""
    if kept is not None or found.token:
        return None
    try:
        link = original_link(program.environ)
    except ClaudeusageError:
        return OriginalFacts(None, None)
    return None if link is None else OriginalFacts(_shown(link.origin), masked(link.token))


def _asked(program: Program, seconds: float) -> ClaudeusageError | None:
    """Ask the server, and return what went wrong."""
    try:
        answer_within(seconds, lambda: asked_link(program))
    except TimeoutError:
        return ServerUnreachable()
    except ClaudeusageError as error:
        return error
    return None


def _shown(origin: str) -> str:
    """Return an origin as it may be shown: a server on this very computer has its name."""
    host = urlsplit(origin).hostname or ""
    if host.partition(".")[0] == socket.gethostname().partition(".")[0].lower():
        return "this computer"
    return origin


def _missing(token: str | None) -> Iterator[Problem]:
    if token is None:
        yield Problem(
            Section.CREDENTIALS,
            "token_missing",
            "The token for the linked server is not there.",
            "Link this computer again with `claudeusage link`. Nothing was lost.",
        )
    elif not TOKEN.fullmatch(token):
        yield _malformed()


def _malformed() -> Problem:
    return Problem(
        Section.CREDENTIALS,
        "token_malformed",
        "What is kept as the token is none.",
        f"Correct {TOKEN_VARIABLE}, or link this computer again with `claudeusage link`.",
    )


def _token_file_open() -> Problem:
    return Problem(
        Section.CREDENTIALS,
        "token_open_to_others",
        "Others on this computer may read or replace the file with the token, so it is not used.",
        "Link this computer again with `claudeusage link --store file`, and remove the old token"
        " on the server's page.",
    )


def _token_file_unreadable() -> Problem:
    return Problem(
        Section.CREDENTIALS,
        "token_file_unreadable",
        "The file with the token could not be read, or holds none.",
        "Check that it belongs to you, or link this computer again with `claudeusage link`.",
    )
