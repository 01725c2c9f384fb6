"""GitHub: OAuth 2 without any scope, and one question for the number of whoever agreed."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, PositiveInt

from claudeusage_server.private.sign_in.client import Conversations
from claudeusage_server.private.sign_in.provider import Asked
from claudeusage_server.settings import GitHub


class _User(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    id: PositiveInt


class GitHubSignIn:
    """The server's side of signing in with GitHub."""

    def __init__(self, settings: GitHub, conversations: Conversations) -> None:
        self._settings = settings
        self._conversations = conversations

    async def authorize_url(self, asked: Asked) -> str:
        """Ask for no scope: the public number of a person is enough."""
        async with self._conversations.begin(asked.callback) as client:
            return client.authorize_url(self._settings.authorize_url, asked)

    async def subject(
        self,
        asked: Asked,
        code: str,
        answer: Mapping[str, str],  # noqa: ARG002 -- it has nothing but the code
    ) -> str:
        """Return a person's number, never the login: that can be given to somebody else."""
        async with self._conversations.begin(asked.callback) as client:
            await client.tokens(self._settings.token_url, asked, code)
            user = await client.read(self._settings.user_url, with_token=True)
            return str(_User.model_validate_json(user).id)
