"""That a faulty page is found, fault by fault; one that has none is let through."""

from collections.abc import Mapping

import httpx
import pytest

from tests.server.look import findings
from tests.server.visits import visit

SOUND = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sound</title>'
    '<meta name="viewport" content="width=device-width"></head><body>'
    "<header><h1>Sound</h1></header><main><!-- here --></main></body></html>"
)
FAULTS = {
    '<p style="color: #aaa; background: #fff">Pale</p>': "axe color-contrast",
    '<img src="/picture.svg">': "axe image-alt",
    '<button type="button" style="height: 50px; width: 50px"></button>': "nameless",
    '<button type="button" style="height: 20px; width: 60px">Low</button>': "small",
    '<div style="width: 2000px">Wide</div>': "px wider than 390",
    '<div style="width: 350px">Less wide</div>': "px wider than 320",
    '<a href="/2" tabindex="2">2</a> <a href="/1" tabindex="1">1</a>': "not reached in order",
    '<a href="/1" tabindex="-1">1</a>': "not reached in order",
    f"<p>{'long ' * 12_000}</p>": "bytes",
}


class Faulty:
    """A server with one page."""

    origin = "https://usage.example"

    def __init__(self, fault: str = "") -> None:
        self.page = SOUND.replace("<!-- here -->", fault)

    def request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Answer with the page, and anything but its address with an empty picture."""
        assert (method, content) == ("GET", None), headers
        if path == "/":
            return httpx.Response(200, html=self.page)
        picture = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
        return httpx.Response(200, headers={"Content-Type": "image/svg+xml"}, content=picture)


def test_each_fault_is_found_and_a_sound_page_let_through() -> None:
    server = Faulty()
    with visit(server, 390) as shown:
        for fault, said in {"": "", **FAULTS}.items():
            server.page = Faulty(fault).page
            shown.set_viewport_size({"width": 390, "height": 900})
            shown.goto(server.origin)
            found = findings.too_large(server.page.encode()) + findings.sideways(shown, 390)
            found += findings.accessibility(shown) + findings.small_targets(shown)
            found += findings.unreached(shown) + findings.sideways(shown, findings.SMALLEST)
            if said:
                assert any(said in each for each in found), (fault[:80], found)
            else:
                assert found == []


@pytest.mark.parametrize(
    "fault",
    [
        '<script>console.error("amiss")</script>',
        '<script>throw new Error("amiss")</script>',
        '<img alt="" src="https://elsewhere.example/picture.svg">',
    ],
)
def test_what_goes_to_the_console_or_elsewhere_is_found(fault: str) -> None:
    server = Faulty(fault)
    with pytest.raises(AssertionError), visit(server, 390) as shown:
        shown.goto(server.origin)


def test_what_is_no_valid_html_is_found() -> None:
    sources = {
        "sound": "<p>One<p>Two",
        "doubled": '<p id="one">One</p><p id="one">Two</p>',
        "unclosed": "<div>",
        "misplaced": "<p><table><tr><td>1</table></p>",
        "unknown": "<bogus>1</bogus>",
    }
    pages = {name: Faulty(source).page.encode() for name, source in sources.items()}
    found = findings.invalid(pages)
    assert set(found) == set(sources) - {"sound"}
    assert any("no-dup-id" in each for each in found["doubled"])
