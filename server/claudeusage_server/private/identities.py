"""Identities: the providers by which somebody signs in to one account, each with its subject."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, text

from claudeusage_server.errors import IdentityTaken, LastIdentity, ProviderLinked

PROVIDERS: Mapping[str, str] = {"github": "GitHub", "google": "Google"}
"""What each provider is called, in the order in which they are offered."""

_OWNER = text("SELECT account FROM identities WHERE provider = :provider AND subject = :subject")
_PROVIDERS = text("SELECT provider FROM identities WHERE account = :account")
_ADD = text("INSERT INTO identities VALUES (:account, :provider, :subject)")
_REMOVE = text("DELETE FROM identities WHERE account = :account AND provider = :provider")


def linked_providers(connection: Connection, account: str) -> list[str]:
    """Name the providers by which an account is signed in to, in the order of `PROVIDERS`."""
    found = set(connection.execute(_PROVIDERS, {"account": account}).scalars())
    return [provider for provider in PROVIDERS if provider in found]


def link_identity(connection: Connection, account: str, provider: str, subject: str) -> None:
    """Let an account be signed in to by one more provider.

    Raises `IdentityTaken` where the identity is another account's, and `ProviderLinked` where the
    account has another identity of this provider.
    """
    identity = {"provider": provider, "subject": subject}
    owner: str | None = connection.execute(_OWNER, identity).scalar_one_or_none()
    if owner == account:
        return
    if owner is not None:
        raise IdentityTaken(PROVIDERS[provider])
    if provider in linked_providers(connection, account):
        raise ProviderLinked(PROVIDERS[provider])
    connection.execute(_ADD, {"account": account, **identity})


def unlink_provider(
    connection: Connection, account: str, provider: str, offered: Collection[str]
) -> None:
    """Forget an account's identity at a provider.

    Raises `LastIdentity` where no other of the providers that the server has *offered* is linked,
    for nobody could sign in to the account any more.
    """
    linked = linked_providers(connection, account)
    if provider not in linked:
        return
    if not set(offered).intersection(linked) - {provider}:
        raise LastIdentity(PROVIDERS[provider])
    connection.execute(_REMOVE, {"account": account, "provider": provider})
