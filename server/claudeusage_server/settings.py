"""What the operator decides: where the server listens and stores, and whether it is public."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from claudeusage_server.start_errors import (
    ProviderMissing,
    PublicWithoutHttps,
)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8787
PORTS = {"http": 80, "https": 443}
"""The port of an address that names none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often something may be asked, in the notation of the `limits` package."""

    uploads: str = "600/minute"
    """Uploads and reads with one token."""
    device_starts: str = "30/minute"
    """Device authorizations begun by one visitor: an address, or a network of 64 bits of IPv6."""
    wrong_codes: str = "10/10minute"
    """User codes that were not found, for one account."""
    local_proofs: str = "600/minute"
    """Handshakes of local sign-in, in all."""
    device_polls: str = "600/minute"
    """Questions of one visitor's computers whether they were approved."""
    sign_ins: str = "60/10minute"
    """Sign-ins begun or ended by one visitor."""
    token_requests: str = "3000/minute"  # noqa: S105 -- a limit
    """Requests of one visitor with whatever tokens; not counted on a local server."""
    dashboard: str = "600/10minute"
    """Pages and forms of one account's dashboard."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client is waited for, in seconds."""

    head: float = 20
    """From the opening of a connection, or the last answer on it, to the head of a request."""
    body: float = 60
    """From the head of a request to the end of its body: 4 MiB at 70 kB a second."""
    answer: float = 60
    """For an answer that is ready to be taken off the server."""
    provider: float = 10
    """For a sign-in provider, over all that one step asks of it."""


@dataclass(frozen=True, slots=True)
class Google:
    """This server as Google knows it; *issuer* has another value in tests only."""

    client_id: str
    client_secret: str = field(repr=False)
    issuer: str = "https://accounts.google.com"


@dataclass(frozen=True, slots=True)
class GitHub:
    """This server as GitHub knows it, and where GitHub's three endpoints are."""

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str = "https://github.com/login/oauth/authorize"
    token_url: str = "https://github.com/login/oauth/access_token"  # noqa: S105 -- an address
    user_url: str = "https://api.github.com/user"


@dataclass(frozen=True, slots=True)
class Proxies:
    """The reverse proxies whose headers are believed, and which headers those are."""

    trusted: tuple[Network, ...] = ()
    country_header: str | None = None
    """Names the visitor's country, two letters."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `create_app` has to be told."""

    data: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    public_url: str | None = None
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
    google: Google | None = None
    github: GitHub | None = None
    proxies: Proxies = field(default_factory=Proxies)
    country_database: Path | None = None
    """A file in MaxMind's format, from which countries are told where no proxy tells them."""
    review: bool = True

    @property
    def reviews(self) -> bool:
        """Whether implausible rows wait for their owner: never on a local server."""
        return self.review and not self.local

    @property
    def local(self) -> bool:
        """Whether only this computer can reach it: loopback, no public address, no provider."""
        return self.public_url is None and not self.has_provider and is_loopback(self.host)

    @property
    def has_provider(self) -> bool:
        """Whether anybody can sign in by way of another site."""
        return bool(self.google or self.github)

    @property
    def origin(self) -> str:
        """The address without a path, as a browser writes an origin."""
        if self.public_url:
            return self.public_url.rstrip("/")
        return f"http://{authority(bracketed(self.host), self.port, 'http')}"

    def origin_at(self, host: str) -> str:
        """Return the origin of a request whose ``Host`` is answered.

        On loopback a server has several names, and whoever came by one of them stays there.
        """
        return self.origin if self.public_url else f"http://{host.lower()}"

    @property
    def secure(self) -> bool:
        """Whether the server is reached through https."""
        return self.origin.startswith("https://")

    @property
    def authorities(self) -> frozenset[str]:
        """The values of ``Host`` that are answered."""
        if self.public_url:
            parts = urlsplit(self.public_url)
            port = parts.port or PORTS.get(parts.scheme, 0)
            return frozenset({authority(parts.hostname or "", port, parts.scheme)})
        names = {bracketed(self.host), "localhost"}
        return frozenset(authority(name, self.port, "http") for name in names)

    @property
    def cookie(self) -> str:
        """The session cookie's name: with the port on loopback, where ports share cookies."""
        return "__Host-claudeusage" if self.secure else f"claudeusage-{self.port}"


def refuse_unsafe_exposure(settings: Settings) -> None:
    """Raise where a server that others can reach could not sign anybody in safely."""
    if settings.public_url is None and is_loopback(settings.host):
        return
    if not settings.secure:
        raise PublicWithoutHttps
    if not settings.has_provider:
        raise ProviderMissing


def is_loopback(host: str) -> bool:
    """Say whether only this computer reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bracketed(host: str) -> str:
    """Write a host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def authority(name: str, port: int, scheme: str) -> str:
    """Write a host and its port, which is left out where it is the scheme's own."""
    return name if port == PORTS.get(scheme) else f"{name}:{port}"
