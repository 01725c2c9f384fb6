"""What the server takes from outside itself: the time and randomness."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A clock in UTC and a source of secret bytes; a test brings its own."""

    now: Callable[[], datetime] = _utc_now
    random_bytes: Callable[[int], bytes] = secrets.token_bytes

    def seconds(self) -> int:
        """Whole seconds since 1970."""
        return int(self.now().timestamp())

    def random_hex(self, size: int) -> str:
        """Return *size* secret bytes as hexadecimal text."""
        return self.random_bytes(size).hex()

    def random_word(self, alphabet: str, length: int) -> str:
        """Draw *length* letters of *alphabet*, each with the same chance."""
        fair = 256 - 256 % len(alphabet)
        letters = ""
        while len(letters) < length:
            byte = self.random_bytes(1)[0]
            if byte < fair:
                letters += alphabet[byte % len(alphabet)]
        return letters
