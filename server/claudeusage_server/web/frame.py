"""The frame of every page: header, rule, footer, and the templates inside it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from claudeusage_core import figures
from claudeusage_server.settings import Settings
from claudeusage_server.web.assets import asset, versioned
from claudeusage_server.web.style import style_sheet

_TEMPLATES = Path(__file__).parent / "templates"
STYLE_PATH = "/static/site.css"
ICON_PATH = "/static/icon.svg"
SCRIPT_PATH = "/static/site.js"
HTML = "text/html; charset=utf-8"


class Frame:
    """Renders templates; everything in them is escaped."""

    def __init__(self, settings: Settings) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._everywhere = {
            "local": settings.local,
            "origin": settings.origin,
            "reviews": settings.reviews,
            "style": versioned(STYLE_PATH, style_sheet()),
            "script": versioned(SCRIPT_PATH, asset("site.js")),
            "icon": versioned(ICON_PATH, asset("icon.svg")),
        }
        self._environment.tests.update(unknown=_is_unknown)
        self._environment.filters.update(
            money=figures.money,
            money_exact=figures.money_exact,
            tokens=figures.tokens,
            count=figures.count,
            duration=figures.duration,
            coded=coded,
        )

    def render(self, template: str, values: Mapping[str, object]) -> bytes:
        """Render a template to the bytes of a page."""
        return (
            self._environment.get_template(template).render({**self._everywhere, **values}).encode()
        )

    def private_page(
        self, template: str, values: Mapping[str, object], status: int = 200
    ) -> Response:
        """Render a page that belongs to one person and is stored nowhere."""
        return Response(
            self.render(template, values),
            status_code=status,
            media_type=HTML,
            headers={"Cache-Control": "no-store"},
        )


def coded(text: str) -> Markup:
    """Set what stands between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part
        for number, part in enumerate(parts)
    )


def etag(body: bytes) -> str:
    """Return the entity tag of ready bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def public_answer(
    request: Request, body: bytes, tag: str, media_type: str, headers: Mapping[str, str]
) -> Response:
    """Answer with ready bytes that are the same for everybody, or with 304 where they are known."""
    fresh = {"Cache-Control": "no-cache", "ETag": tag, **headers}
    known = request.headers.get("if-none-match", "")
    if tag in (entry.strip().removeprefix("W/") for entry in known.split(",")):
        return Response(status_code=304, headers=fresh)
    return Response(body, media_type=media_type, headers=fresh)


def _is_unknown(value: object) -> bool:
    return value == figures.UNKNOWN
