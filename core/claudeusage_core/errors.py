"""What can go wrong in the core, each with a title and a remedy.

    ClaudeusageError
    ├── PriceTableInvalid   a price table that cannot be read
    ├── LinkRefused         the device authorization was denied or ran out
    └── AnswerInvalid       a server's answer that the protocol does not know

The client and the server hang their own errors under ``ClaudeusageError``.
"""


class ClaudeusageError(Exception):
    """An error that a person can act upon: one sentence of title, one of remedy."""

    title = "Something went wrong."
    remedy = ""

    def __init__(self, title: str = "", remedy: str = "") -> None:
        """Take a *title* and a *remedy* for this case; the class has the usual ones."""
        self.title = title or self.title
        self.remedy = remedy or self.remedy
        super().__init__(f"{self.title} {self.remedy}".strip())


class PriceTableInvalid(ClaudeusageError):
    """A price table lacks a member, or one has the wrong form."""

    title = "The price table could not be read."
    remedy = "Install claudeusage again, or remove the table that was added."


class LinkRefused(ClaudeusageError):
    """The person said no, or nobody answered in time."""

    title = "This computer was not linked."
    remedy = "Run `claudeusage link` again to get a new code."


class AnswerInvalid(ClaudeusageError):
    """A server said something that is not in the protocol."""

    title = "The server gave an answer that this version does not understand."
    remedy = "Check the server's address, or update claudeusage."
