"""Model names: many spellings, one canonical id, and nothing else that may leave.

Raw model strings hold account ids and local paths. `ModelNames.key` is the door: behind it there
are only canonical ids, ``other``, and keyed hashes of names that the price table does not know.
What a key is shown as, the price table says.
"""

import re
from collections.abc import Iterable, Mapping

from claudeusage_core.hashes import blake2b
from claudeusage_core.usage import OTHER, UNKNOWN_PREFIX, ModelKey

SYNTHETIC = "<synthetic>"
MODEL_ID = re.compile(r"(claude-[a-z0-9-]{1,40}|other)", re.ASCII)
"""The form of every id that may leave."""

_PATH = re.compile(r"^(?:[/.~]|[A-Za-z]:)|\\")
_TAG = re.compile(r"\s*\[[^\]]*\]$")
_BEDROCK_VENDOR = re.compile(r"^([a-z-]+\.)?anthropic\.")
_BEDROCK_VERSION = re.compile(r"(?<!^claude)-v\d+(:\d+)?$", re.ASCII)
_LATEST = re.compile(r"(@default|@latest|-latest)$")
_THINKING = re.compile(r"-thinking.*", re.DOTALL)
_DATE_TAIL = re.compile(r"-\d{8}$", re.ASCII)


def normalised(raw: str) -> str | None:
    """Bring a model name to the spelling that price tables list; None for a path to a file.

    The steps are those of ``normalisation`` in the price table.
    """
    name = raw.strip()
    if _PATH.search(name):
        return None
    name = _TAG.sub("", name.lower()).rsplit("/", 1)[-1]
    name = _BEDROCK_VERSION.sub("", _BEDROCK_VENDOR.sub("", name))
    name = re.sub("[@.:]", "-", _LATEST.sub("", name))
    return _THINKING.sub("", name)


def spelling(raw: str) -> str | None:
    """Return the spelling, without a date, that one model's names have in common."""
    name = normalised(raw)
    return None if name is None else _DATE_TAIL.sub("", name)


class ModelNames:
    """The names that one price table knows, by whole names only."""

    def __init__(self, names: Mapping[str, Iterable[str]], salt: bytes = b"") -> None:
        """Take the table's names by canonical id, and the *salt* for names that it lacks."""
        self._ids = {name: model for model, spellings in names.items() for name in spellings}
        self._salt = salt
        self._keys: dict[str, ModelKey] = {}

    def key(self, raw: str) -> ModelKey:
        """Return the canonical id, a keyed hash of a name that the table lacks, or ``other``."""
        known = self._keys.get(raw)
        if known is None:
            known = self._keys[raw] = self._find(raw)
        return known

    def canonical(self, raw: str) -> str:
        """Return the canonical id of a raw name, or ``other``."""
        key = self.key(raw)
        return OTHER if key.startswith(UNKNOWN_PREFIX) else key

    def hashed(self) -> dict[ModelKey, ModelKey]:
        """Return what each listed name was stored as while the table lacked it."""
        return {self._hash(name): ModelKey(model) for name, model in self._ids.items()}

    def _find(self, raw: str) -> ModelKey:
        name = normalised(raw)
        if name is None:
            return ModelKey(OTHER)
        model = self._ids.get(name) or self._ids.get(_DATE_TAIL.sub("", name))
        return ModelKey(model) if model else self._hash(_DATE_TAIL.sub("", name))

    def _hash(self, name: str) -> ModelKey:
        digest = blake2b(name.encode("utf-8", "replace"), key=self._salt, digest_size=8)
        return ModelKey(UNKNOWN_PREFIX + digest.hexdigest())
