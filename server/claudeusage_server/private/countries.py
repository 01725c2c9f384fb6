"""The country that a visitor comes from, told once at sign-up and never from a stored address."""

from starlette.requests import Request

from claudeusage_server.settings import Settings


class Countries:
    """Where visitors come from, as far as a trusted proxy or the operator's database tells."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, _request: Request) -> str | None:
        """Return two lower-case letters, None where the country is not known."""
        return None
