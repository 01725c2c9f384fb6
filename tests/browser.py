"""A real browser: Debian's Chromium, without a window and without a word to the outside."""

import re
from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_OWN_STATUS = re.compile(r"Failed to load resource: .* a status of 40[34] ")
"""What the browser says of a page that says itself that something was refused or is not there."""


@contextmanager
def browser() -> Generator[Browser]:
    """Run Chromium until the block ends."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield running
        finally:
            running.close()


def console(context: BrowserContext) -> list[str]:
    """Return what the consoles of all pages of a context will have said, errors too."""
    said = list[str]()

    def hear(message: ConsoleMessage) -> None:
        if not _OWN_STATUS.match(message.text) or "/static/" in message.location["url"]:
            said.append(f"{message.type}: {message.text}")

    context.on("console", hear)
    context.on("weberror", lambda problem: said.append(str(problem.error)))
    return said
