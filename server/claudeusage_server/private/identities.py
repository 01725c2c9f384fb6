"""Identities: the providers by which somebody signs in to one account, each with its subject."""

from sqlalchemy import Connection, text

from claudeusage_server.private.accounts import LOCAL_PROVIDER

_PROVIDERS = text("SELECT provider FROM identities WHERE account = :account ORDER BY provider")


def linked_providers(connection: Connection, account: str) -> list[str]:
    """Name the providers by which an account is signed in to."""
    found = connection.execute(_PROVIDERS, {"account": account}).scalars()
    return [provider for provider in found if provider != LOCAL_PROVIDER]
