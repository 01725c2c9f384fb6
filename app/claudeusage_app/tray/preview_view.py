"""What the preview window says of an upload at each stage of it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from claudeusage_app.addresses import plain
from claudeusage_app.errors import NotLinked
from claudeusage_app.reviewed import sentences
from claudeusage_app.tray.situation import answer_line
from claudeusage_core import figures
from claudeusage_core.errors import ClaudeusageError

if TYPE_CHECKING:
    from claudeusage_app.linked import Link
    from claudeusage_app.sync import Prepared, Uploaded


class Stage(Enum):
    """Where an upload is between the question and the answer."""

    READING = auto()
    READY = auto()
    NOTHING = auto()
    SENDING = auto()
    SENT = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The stored upload and what became of it so far."""

    stage: Stage
    prepared: "Prepared | None" = None
    link: "Link | None" = None
    error: ClaudeusageError | None = None
    sent: "Uploaded | None" = None

    @property
    def may_upload(self) -> bool:
        """Whether there is something to send, and somewhere to send it."""
        if self.prepared is None or self.prepared.assumed or self.link is None:
            return False
        return self.stage in (Stage.READY, Stage.FAILED)

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to decide about."""
        done = self.stage in (Stage.NOTHING, Stage.SENT)
        return done or self.prepared is None or self.prepared.assumed

    @property
    def first_time(self) -> bool:
        """Whether no preview was accepted before, so that nothing is chosen for the person."""
        return self.prepared is None or not self.prepared.accepted_before


def heading(view: PreviewView) -> str:
    match view.stage:
        case Stage.READING:
            return "Reading what has changed"
        case Stage.NOTHING:
            return "Nothing to send"
        case Stage.SENT if view.sent:
            return f"{_days(view.sent.applied + view.sent.unchanged)} uploaded"
        case _ if view.prepared and view.prepared.assumed:
            return f"{_days(len(view.prepared.preview.days))} would be sent"
        case _ if view.prepared:
            days = len(view.prepared.preview.days)
            return f"{_days(days)} {'has' if days == 1 else 'have'} changed"
        case _:
            return "There is no preview"


def lead(view: PreviewView) -> str:
    """Write the sentence under the heading."""
    match view.stage:
        case Stage.READING:
            return "Nothing is sent by looking."
        case Stage.NOTHING:
            return "Everything is already there."
        case Stage.SENDING:
            return "Uploading these numbers…"
        case Stage.SENT:
            return _sent(view.sent)
        case Stage.READY | Stage.FAILED:
            return _nothing_else(view)


def _sent(uploaded: "Uploaded | None") -> str:
    if uploaded is None:
        return answer_line(None)
    not_taken = answer_line(replace(uploaded, reviewed=()))
    said = (
        f"{not_taken}." if not_taken else "",
        *sentences(uploaded.reviewed),
        uploaded.only_there,
    )
    return " ".join(filter(None, said)) or "The server has exactly these numbers."


def _nothing_else(view: PreviewView) -> str:
    if view.prepared is None:
        return ""
    if view.prepared.assumed:
        from claudeusage_core.preview import ASSUMED  # a quarter of the memory, until it is used

        return ASSUMED
    if view.prepared.last_upload is None:
        return "Nothing has been sent yet. This is all that will be."
    return "This is all that will be sent."


def cause(view: PreviewView) -> str:
    """Write what stands in the way, with its remedy, above the buttons."""
    if view.error is not None:
        return f"{view.error.title} {view.error.remedy}".strip()
    if view.stage is Stage.READY and view.link is None:
        return f"{NotLinked.title} {NotLinked.remedy}"
    return ""


def unsent_days(view: PreviewView, now: datetime) -> str:
    """Write the line under the table: what a day's mark means, and how many days stay."""
    if view.prepared is None:
        return ""
    return " ".join(filter(None, (_marked(view.prepared, now), view.prepared.only_there)))


def _marked(prepared: "Prepared", now: datetime) -> str:
    if prepared.last_upload is None:
        asked = "The server will tell which of these days it already has."
        return asked if prepared.server_unasked else ""
    since = f"changed since the last upload, {moment(prepared.last_upload, now)}"
    rest = prepared.preview.unchanged_days
    others = f"{figures.plural(rest, 'other day')} {'is' if rest == 1 else 'are'} not sent"
    return f"{since}. {others}, because nothing changed." if rest else f"{since}."


def moment(then: datetime, now: datetime) -> str:
    """Write ``14:02 today`` or ``14:02, 20 November``, in the zone of *now*."""
    local = then.astimezone(now.tzinfo)
    if local.date() == now.date():
        return f"{local:%H:%M} today"
    return f"{local:%H:%M}, {figures.day_long(local.date(), now.date())}"


def destination(view: PreviewView) -> tuple[str, str]:
    """Name the server, and the account in whose name this is."""
    if view.link is None:
        return "no server yet", "this computer is not linked"
    name = urlsplit(view.link.profile).path.rpartition("/")[2]
    return urlsplit(view.link.origin).netloc, f"as {plain(name)}" if name else ""


def amount(view: PreviewView) -> tuple[str, str]:
    """Say how much it is: days and rows, and bytes."""
    if view.prepared is None:
        return "nothing", ""
    preview = view.prepared.preview
    rows = figures.plural(preview.model_rows, "model row")
    return f"{_days(len(preview.days))}, {rows}", figures.plural(len(view.prepared.body), "byte")


def request_head(prepared: "Prepared") -> str:
    """Write method, address and headers as they are sent, the token masked."""
    headers = (f"{name}: {value}" for name, value in prepared.headers)
    return "\n".join((f"{prepared.method} {prepared.address}", *headers))


def indented(body: bytes) -> str:
    """Write the body for reading; these are not the bytes that are sent."""
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def _days(number: int) -> str:
    return figures.plural(number, "day")
