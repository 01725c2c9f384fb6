"""What the dashboard says after something was done: a sentence for each code, and no other text."""

from enum import StrEnum


class Notice(StrEnum):
    """What stands behind ``?done=``."""

    RENAMED = "renamed"
    MERGED = "merged"
    MACHINE_REMOVED = "machine-removed"
    REVOKED = "revoked"
    SAVED = "saved"
    OTHER_NAME = "other-name"


_WORDS = {
    Notice.RENAMED: "The label is saved. Only you see it.",
    Notice.MERGED: "The two computers are one. Both go on uploading.",
    Notice.MACHINE_REMOVED: "The computer and its days are removed, in public too.",
    Notice.REVOKED: "The token is revoked. It opens nothing any more.",
    Notice.SAVED: "Saved. What is taken away is gone in public now; the rest follows with the cut.",
    Notice.OTHER_NAME: "Nothing was deleted: what was typed is not the account’s name.",
}


def notice_words(code: str) -> str:
    """Return the sentence of a code; nothing for what is none."""
    return _WORDS[Notice(code)] if code in set(Notice) else ""
