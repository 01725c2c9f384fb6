"""A real browser at a server inside a test: what it asks for is answered by the world itself."""

from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal, Protocol

import httpx
from playwright.sync_api import Page, Route

from tests.browser import browser, console


class Answering(Protocol):
    """Whatever answers requests at an address: a world, mostly."""

    origin: str

    def request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Answer one request."""
        ...


@contextmanager
def visit(
    world: Answering,
    width: int,
    theme: Literal["light", "dark"] = "light",
    *,
    scripts: bool = True,
) -> Generator[Page]:
    """Give a page at the world's address; nothing may go elsewhere, nor to the console.

    Until it is left only the page may ask the world for anything.
    """
    foreign: list[str] = []
    with ThreadPoolExecutor(1) as thread, browser() as running:

        def answer(route: Route) -> None:
            asked = route.request
            if not asked.url.startswith(world.origin):
                foreign.append(asked.url)
                route.abort()
                return
            headers = {**asked.headers, "host": world.origin.partition("//")[2]}
            path = asked.url.removeprefix(world.origin)
            body = asked.post_data_buffer
            got = thread.submit(world.request, asked.method, path, body, headers).result()
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

        context = running.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            java_script_enabled=scripts,
        )
        context.route("**/*", answer)
        said = console(context)
        yield context.new_page()
        context.close()
    assert said == []
    assert foreign == []
