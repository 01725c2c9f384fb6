"""Somebody who comes to a public site with a browser and a computer of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, Request

from claudeusage_resources.sample import sample_transcripts
from tests.browser import console
from tests.processes import PATIENCE_SECONDS, Ran, claudeusage, ended
from tests.public_site import PublicSite

Theme = Literal["light", "dark"]
WIDTHS = (1280, 390)


class Computer:
    """A home with transcripts, and the real command line client in it."""

    def __init__(self, folder: Path, site: PublicSite, *, ago: timedelta = timedelta()) -> None:
        """Have the sample's transcripts, up to some time *ago*."""
        self._site = site
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "CLAUDE_CONFIG_DIR": str(folder / "claude"),
            "CLAUDEUSAGE_CONFIG_DIR": str(folder / "claudeusage"),
            "SSL_CERT_FILE": str(site.shown.chain),
        }
        for each in sample_transcripts(datetime.now(UTC) - ago):
            file = folder / "claude" / "projects" / each.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(each.text, "utf-8")

    def run(self, *arguments: str, given: bytes = b"") -> Ran:
        """Run ``claudeusage``."""
        return claudeusage(*arguments, environ=self.environ, given=given)

    def told(self, *arguments: str) -> dict[str, Any]:
        """Return what ``claudeusage`` tells as JSON."""
        done = self.run(*arguments, "--json")
        assert done.code == 0, done.err
        found: dict[str, Any] = json.loads(done.out)
        return found

    def uploaded(self) -> None:
        """Upload everything."""
        done = self.run("sync", "--yes")
        assert done.code == 0, done.err

    def linked_with(self, token: str) -> None:
        """Link with a token from the dashboard, as a computer without a browser is."""
        store = ("--store", "file", "--another-computer")
        done = self.run("link", "--token", "-", *store, self._site.origin, given=token.encode())
        assert done.code == 0, done.err

    @contextmanager
    def linking(self) -> Generator[tuple["subprocess.Popen[str]", str, str]]:
        """Run ``claudeusage link``; give the process, the address to open and the code."""
        command = (sys.executable, "-P", "-m", "claudeusage_app", "link", self._site.origin)
        process = subprocess.Popen(
            (*command, "--store", "file"),
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process, ended(process):
            assert process.stdout is not None
            address, code = (process.stdout.readline().strip() for _ in range(2))
            yield process, address, code


class Visitor:
    """Somebody at a browser, of which everything is noted that a public site must not do."""

    def __init__(self, site: PublicSite, context: BrowserContext, output: Path) -> None:
        self.site = site
        self.said = console(context)
        self.elsewhere = list[str]()
        self.context = context
        self._output = output
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.on("request", self._asked)
        self.page = context.new_page()

    def open(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.site.origin + path)
        return self.page

    def press(self, name: str) -> None:
        """Press a button or a link, and wait for the page behind it."""
        wanted = self.page.get_by_role("button", name=name, exact=True)
        wanted = wanted.or_(self.page.get_by_role("link", name=name, exact=True))
        with self.page.expect_navigation():
            wanted.first.click()

    def sign_in(self, provider: str, account: str) -> None:
        """Sign in, from the sign-in page on."""
        self.open("/sign-in")
        self.go_through(provider, account)

    def go_through(self, provider: str, account: str) -> None:
        """Sign in from the sign-in page that is open, at a provider that asks who that is."""
        self.press(f"Continue with {provider}")
        self.agree(account)

    def agree(self, account: str) -> None:
        """Answer at the provider, and come back."""
        self.page.get_by_label("Account").fill(account)
        self.page.get_by_role("button", name="Agree").click()
        self.page.wait_for_url(self.site.origin + "/**")

    def is_signed_in(self) -> bool:
        """Say whether the dashboard opens."""
        self.open("/dashboard")
        return self.page.get_by_role("heading", name="Your dashboard").count() == 1

    def new_token(self) -> str:
        """Create a token on the dashboard."""
        self.open("/dashboard")
        self.press("Create a token…")
        self.press("Create the token")
        return self.page.locator(".secret code").inner_text()

    def public_address(self) -> str:
        """Return the path of the own profile, from the dashboard."""
        self.open("/dashboard")
        link = self.page.get_by_role("link", name="public profile")
        return link.get_attribute("href") or ""

    def look(self, name: str) -> None:
        """Take pictures of the open page: wide and narrow, light and dark."""
        themes: tuple[Theme, Theme] = ("light", "dark")
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            for theme in themes:
                self.page.emulate_media(color_scheme=theme)
                picture = self._output / f"public-{name}-{width}-{theme}.png"
                self.page.screenshot(path=picture, full_page=True)
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        self.page.emulate_media(color_scheme=themes[0])

    def _asked(self, request: Request) -> None:
        allowed = (self.site.origin, *self.site.providers)
        inside = [each for each in allowed if request.url.startswith(each + "/")]
        if not inside and not request.url.startswith("data:"):
            self.elsewhere.append(request.url)


@contextmanager
def visitor(
    site: PublicSite, chromium: Browser, output: Path, *, scripts: bool = True
) -> Generator[Visitor]:
    """Give somebody a browser of their own; what it saw is looked at when the block ends."""
    context = chromium.new_context(
        ignore_https_errors=True,
        java_script_enabled=scripts,
        viewport={"width": WIDTHS[0], "height": 900},
    )
    somebody = Visitor(site, context, output)
    yield somebody
    for cookie in context.cookies(site.origin):
        assert cookie.get("name", "").startswith("__Host-")
        assert cookie.get("httpOnly")
        assert cookie.get("secure")
    context.close()
    assert somebody.said == []
    assert somebody.elsewhere == []
