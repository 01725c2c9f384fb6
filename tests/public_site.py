"""A public server with every real part: the program, a proxy that speaks TLS, both providers."""

import re
import ssl
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from claudeusage_server.settings import GitHub, Google
from tests.github_stand_in import GitHubStandIn, github_stand_in
from tests.openid_provider import openid_provider
from tests.processes import listening
from tests.reverse_proxy import ReverseProxy, reverse_proxy
from tests.tls import Certificate, certificate

SERVER_PROGRAM = str(Path(sys.executable).with_name("claudeusage-server"))
_LISTENING = re.compile(r"Listening on 127\.0\.0\.1:(\d+) for (https://localhost:\d+)\.")


class PublicSite:
    """Where it is, and what stands around it."""

    def __init__(
        self, folder: Path, proxy: ReverseProxy, shown: Certificate, github: GitHubStandIn
    ) -> None:
        self.folder = folder
        self.proxy = proxy
        self.shown = shown
        self.github = github
        self.config = folder / "server.toml"
        self.data = folder / "data"
        self.providers: tuple[str, ...] = ()
        """The origins of the providers."""
        self._talks: list[Path] = []
        self._running = ExitStack()

    @property
    def origin(self) -> str:
        """Return the public address."""
        return self.proxy.origin

    def settle(self, google: Google, github: GitHub) -> None:
        """Write the file of settings, for its owner only."""
        self.providers = (google.issuer, self.github.origin)
        self.config.touch(0o600)
        self.config.write_text(
            _CONFIG.format(data=self.data, origin=self.origin, google=google, github=github)
        )

    def start(self) -> None:
        """Start the program, again where it ran before: it makes a cut then."""
        self._running.close()
        folder = self.folder / f"start-{len(self._talks)}"
        folder.mkdir()
        environ = {"HOME": str(folder), "LANG": "C.UTF-8"}
        command = (SERVER_PROGRAM, "serve", "--config", str(self.config))
        server = self._running.enter_context(listening(folder, environ, *command))
        self._talks.append(server.talk)
        found = _LISTENING.search(server.talk.read_text())
        assert found, server.talk.read_text()
        assert server.origin == found[2] == self.origin
        self.proxy.upstream = int(found[1])

    def stop(self) -> None:
        """End the program."""
        self._running.close()

    def trusting(self) -> ssl.SSLContext:
        """Return what trusts the site's certificate, and no other."""
        return ssl.create_default_context(cafile=self.shown.chain)

    def log(self) -> str:
        """Return everything that it ever said to its operator."""
        return "".join(talk.read_text() for talk in self._talks)


@contextmanager
def public_site(folder: Path) -> Generator[PublicSite]:
    """Serve until the block ends."""
    shown = certificate(folder, name="DNS:localhost")
    with ExitStack() as stack:
        proxy = stack.enter_context(reverse_proxy(shown))
        github = stack.enter_context(github_stand_in())
        callback = f"{proxy.origin}/sign-in/google/callback"
        site = PublicSite(folder, proxy, shown, github)
        site.settle(stack.enter_context(openid_provider([callback])), github.settings)
        stack.callback(site.stop)
        site.start()
        yield site


_CONFIG = """\
data = "{data}"
port = 0
public_url = "{origin}"

[google]
client_id = "{google.client_id}"
client_secret = "{google.client_secret}"
issuer = "{google.issuer}"

[github]
client_id = "{github.client_id}"
client_secret = "{github.client_secret}"
authorize_url = "{github.authorize_url}"
token_url = "{github.token_url}"
user_url = "{github.user_url}"

[proxies]
trusted = ["127.0.0.1"]
"""
