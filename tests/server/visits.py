"""A real browser at a server inside a test: what it asks for is answered by the world itself."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Page, Route

from tests.browser import browser
from tests.server.world import World


@contextmanager
def visit(
    world: World,
    width: int,
    theme: Literal["light", "dark"] = "light",
    *,
    scripts: bool = True,
) -> Generator[Page]:
    """Give a page at the world's address; nothing may go elsewhere, nor to the console.

    Until it is left only the page may ask the world for anything.
    """
    said: list[str] = []
    with ThreadPoolExecutor(1) as thread, browser() as running:

        def answer(route: Route) -> None:
            asked = route.request
            assert asked.url.startswith(world.origin), asked.url
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
        page = context.new_page()
        # That a page itself was not found is said there too.
        page.on(
            "console",
            lambda message: said.extend([message.text] * (message.location["url"] != page.url)),
        )
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        context.close()
    assert said == []
