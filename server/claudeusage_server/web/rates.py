"""How often something may be asked: counted in memory, under keyed hashes that change daily.

A window begins with its first request and ends as a whole, so that who is refused is told exactly
when the next one begins, and each visitor costs one number.
"""

import hashlib
from math import ceil
from time import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from claudeusage_server.errors import TooManyRequests
from claudeusage_server.surroundings import Surroundings


class Rates:
    """Counters by purpose and by who asks; neither addresses nor tokens are kept."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._day = ""
        self._key = b""

    def count(self, purpose: str, who: str, limit: str) -> None:
        """Count one request; raise `TooManyRequests` above *limit*."""
        item, hashed = parse(limit), self._hash(who)
        if not self._limiter.hit(item, purpose, hashed):
            ends, _ = self._limiter.get_window_stats(item, purpose, hashed)
            raise TooManyRequests(max(1, ceil(ends - time())))

    def within(self, purpose: str, who: str, limit: str) -> bool:
        """Count one request, and say whether it is within *limit*."""
        return self._limiter.hit(parse(limit), purpose, self._hash(who))

    def spent(self, purpose: str, who: str, limit: str) -> bool:
        """Say whether nothing is left, without counting."""
        return not self._limiter.test(parse(limit), purpose, self._hash(who))

    def _hash(self, who: str) -> str:
        today = self._surroundings.now().date().isoformat()
        if today != self._day:
            self._day, self._key = today, self._surroundings.random_bytes(32)
        return hashlib.blake2b(who.encode(), key=self._key, digest_size=16).hexdigest()
