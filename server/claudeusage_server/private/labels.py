"""Labels: what an owner calls a computer or a token, on the dashboard only."""

import unicodedata

from claudeusage_server.errors import LabelRefused

LONGEST_LABEL = 40
"""Characters, counted as they are stored."""


def read_label(typed: str) -> str | None:
    """Return a typed label as it is stored, None where nothing was typed; raise `LabelRefused`."""
    label = unicodedata.normalize("NFC", typed).strip()
    if len(label) > LONGEST_LABEL or any(_is_control(letter) for letter in label):
        raise LabelRefused(field="label")
    return label or None


def _is_control(letter: str) -> bool:
    """Say whether a character would not be seen, or would turn the text around it."""
    return unicodedata.category(letter) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
