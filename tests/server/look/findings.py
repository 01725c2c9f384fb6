"""What is wrong with a page: asked of the browser that shows it, and of a validator."""

import json
import subprocess
from collections.abc import Mapping

from playwright.sync_api import Page

from tests.node import NODE, package, program

MOST_BYTES = 60_000
SMALLEST = 320
ENLARGED = 640
"""What a window of 1280 has at 200 %."""

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE = """async tags => (await axe.run(document, {
    runOnly: tags, preload: false, resultTypes: ['violations'],
})).violations.flatMap(({id, nodes}) => nodes.map(each => `axe ${id} ${each.target}: `
    + each.any.concat(each.all, each.none).map(check => check.message).join('; ')))"""
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_NAMELESS = """() => [...document.querySelectorAll('input:not([type=hidden]), select, button, a')]
    .filter(each => !(each.labels?.length || each.ariaLabel || each.textContent.trim()))
    .map(each => 'nameless ' + each.outerHTML)"""
_SMALL = """() => [...document.querySelectorAll('main button, main a.button, main select')]
    .filter(each => each.offsetParent).map(each => [each.outerHTML, Math.max(each.offsetHeight,
        parseFloat(getComputedStyle(each, '::after').height) || 0)])
    .filter(([, height]) => height < 44).map(([html]) => 'small ' + html)"""
_LISTEN = """() => {
    const stops = 'a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled,'
        + ' textarea:enabled, summary';
    const group = each => [...document.getElementsByName(each.name)];
    const skipped = each => each.type === 'radio' && !each.checked
        && (group(each).some(other => other.checked) || group(each)[0] !== each);
    window.wanted = [...document.querySelectorAll(stops)]
        .filter(each => each.checkVisibility({visibilityProperty: true}) && !skipped(each));
    window.reached = [];
    document.addEventListener('focusin', ({target}) => window.reached.push(target));
    document.activeElement.blur();
    return window.wanted.length;
}"""
_UNREACHED = """() => {
    const reached = window.reached.filter(each => window.wanted.includes(each));
    return window.wanted.filter((each, at) => reached[at] !== each)
        .map(each => 'not reached in order ' + each.outerHTML);
}"""


def sideways(page: Page, width: int) -> list[str]:
    """Tell whether a page is wider than a window of so many pixels."""
    page.set_viewport_size({"width": width, "height": 900})
    over = page.evaluate(_SIDEWAYS)
    return [f"{over} px wider than {width}"] if over > 0 else []


def accessibility(page: Page) -> list[str]:
    """Return what axe finds, and controls without a name."""
    page.evaluate((package("axe-core") / "axe.min.js").read_text())
    return [*page.evaluate(_AXE, _RULES), *page.evaluate(_NAMELESS)]


def small_targets(page: Page) -> list[str]:
    """Return the controls that are less than 44 px high, with what enlarges them for a finger."""
    found: list[str] = page.evaluate(_SMALL)
    return found


def unreached(page: Page) -> list[str]:
    """Return what the Tab key does not reach, or not in the order of the page."""
    for _ in range(page.evaluate(_LISTEN) + 3):  # which boxes that scroll may take
        page.keyboard.press("Tab")
    found: list[str] = page.evaluate(_UNREACHED)
    return found


def too_large(source: bytes) -> list[str]:
    """Tell whether a page is larger than any may be."""
    return [f"{len(source)} bytes"] if len(source) >= MOST_BYTES else []


def invalid(sources: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return what is no valid HTML, by the name of the source."""
    ended = subprocess.run(
        (NODE, str(program("valid_html.js"))),
        input=json.dumps({name: source.decode() for name, source in sources.items()}),
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    found: dict[str, list[str]] = json.loads(ended.stdout)
    return found
