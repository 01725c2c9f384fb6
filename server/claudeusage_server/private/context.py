"""What every private route works with; made once by the wiring."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from claudeusage_server.database import Store
from claudeusage_server.private.countries import Countries
from claudeusage_server.private.hashes import Hashes
from claudeusage_server.private.reviewer import Reviewer
from claudeusage_server.private.tokens import bearer
from claudeusage_server.settings import Settings
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.frame import Frame
from claudeusage_server.web.rates import Rates
from claudeusage_server.web.visitor import counted_as


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that private routes share.

    *publish* copies one account to the public store, now or soon; it never fails. *publish_at_once*
    is for what its owner changed or took away, which waits for no cut: it raises `StoreBusy` where
    the public store cannot follow yet, and is tried again. What is taken away is noted with
    `removals.note_copy` in the transaction that does so.
    """

    settings: Settings
    store: Store
    hashes: Hashes
    rates: Rates
    surroundings: Surroundings
    frame: Frame
    local_secret: bytes
    publish: Callable[[str], None]
    publish_at_once: Callable[[str], None]
    countries: Countries
    reviewer: Reviewer

    def token(self, request: Request) -> str:
        """Return the hash of a request's sync token, which is counted; raise `TokenDead`."""
        if not self.settings.local:
            # Else there could be as many counters as somebody can think up tokens.
            limit = self.settings.limits.token_requests
            self.rates.count("visitor", self.visitor(request), limit)
        token = bearer(request.headers.get("authorization", ""))
        self.rates.count("token", token, self.settings.limits.uploads)
        return token

    def visitor(self, request: Request) -> str:
        """Return what a visitor is counted under by `rates`; it is kept nowhere."""
        return counted_as(request, self.settings.proxies)

    def origin(self, request: Request) -> str:
        """Return the origin under which a request reached this server."""
        return self.settings.origin_at(request.headers.get("host", ""))
