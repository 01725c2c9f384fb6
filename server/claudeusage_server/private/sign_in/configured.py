"""The providers that the operator has configured."""

from collections.abc import Mapping

from claudeusage_server.private.context import Context
from claudeusage_server.private.identities import PROVIDERS
from claudeusage_server.private.sign_in.client import Conversations
from claudeusage_server.private.sign_in.github import GitHubSignIn
from claudeusage_server.private.sign_in.google import GoogleSignIn
from claudeusage_server.private.sign_in.provider import Provider
from claudeusage_server.settings import GitHub, Google


def providers(context: Context) -> Mapping[str, Provider]:
    """Make the providers, by the key under which their identities are stored."""
    google, github, around = context.settings.google, context.settings.github, context.surroundings
    seconds = context.settings.patience.provider

    def conversations(key: str, known: Google | GitHub) -> Conversations:
        return Conversations(PROVIDERS[key], known.client_id, known.client_secret, seconds)

    found: dict[str, Provider] = {}
    if github:
        found["github"] = GitHubSignIn(github, conversations("github", github))
    if google:
        found["google"] = GoogleSignIn(google, conversations("google", google), around)
    return found
