"""What is known at a moment, and what the icon and the menu say of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from claudeusage_app.addresses import is_on
from claudeusage_app.errors import (
    ComputerUnclear,
    NotLinked,
    PreviewNotAccepted,
    ServerBusy,
    ServerNotVerified,
    ServerUnreachable,
    TwinFound,
    UploadOvertaken,
    UploadUnderWay,
)
from claudeusage_app.link_errors import KeyringNotReady
from claudeusage_app.progress import Forecast, reading_line
from claudeusage_app.reviewed import in_short
from claudeusage_app.today import Today
from claudeusage_core import figures
from claudeusage_core.errors import ClaudeusageError

if TYPE_CHECKING:
    from claudeusage_app.linked import Link
    from claudeusage_app.sync import Uploaded

NOT_A_BILL = "API-equivalent, not a bill"


class IconState(StrEnum):
    """What the icon tells by shape and colour."""

    IDLE = "idle"
    SCANNING = "scanning"
    SYNCING = "syncing"
    PAUSED = "paused"
    OFFLINE = "offline"
    WAITING = "waiting"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that the workers have found out, as one value."""

    label: str = ""
    today: Today | None = None
    reading: Forecast | None = None
    """How far a scan is, once it takes long enough to be worth a word."""
    link: "Link | None" = None
    last_upload: datetime | None = None
    automatic: bool = True
    """Whether what has changed is uploaded without a word."""
    paused_until: datetime | None = None
    syncing: bool = False
    scan_error: ClaudeusageError | None = None
    sync_error: ClaudeusageError | None = None
    answer: str = ""
    """A sentence about the last time that Sync now was chosen."""


@dataclass(frozen=True, slots=True)
class TrayView:
    """What the tray shows."""

    state: IconState
    glyphs: str
    tooltip: str
    today_line: str
    state_line: str
    reading: str
    """How far a long scan is, empty while there is none."""
    profile: str
    """The address to open, or empty where there is none that may be opened."""
    automatic: bool
    paused: bool


def tray_view(situation: Situation, now: datetime) -> TrayView:
    """Put *situation* into words and a state."""
    today = current(situation.today, now)
    line = today_line(today)
    shown = [f"claudeusage, {situation.label}" if situation.label else "", line, NOT_A_BILL]
    if today and today.unpriced_tokens:
        shown.append(f"and {figures.tokens(today.unpriced_tokens)} tokens unpriced")
    if today and today.own_models:
        shown.append("partly at your own prices")
    reading = reading_line(situation.reading) if situation.reading else ""
    return TrayView(
        state=icon_state(situation),
        glyphs=figures.tray_label(today.cost_microusd) if today else "$0",
        tooltip="\n".join(filter(None, (*shown, reading))),
        today_line=f"{situation.label}: {line}" if situation.label else line,
        state_line=state_line(situation, now),
        reading=reading,
        profile=profile_address(situation.link),
        automatic=situation.automatic,
        paused=situation.paused_until is not None,
    )


def current(today: Today | None, now: datetime) -> Today | None:
    """Return the figures of the running day: nothing yet, once their own day is over."""
    if today is None or now < today.until:
        return today
    return today._replace(
        cost_microusd=0,
        sessions=0,
        active_seconds=0,
        messages=0,
        tokens=0,
        unpriced_tokens=0,
        own_models=frozenset(),
    )


def today_line(today: Today | None) -> str:
    """Write today's exact figures in one line."""
    if today is None:
        return "Today: not counted yet"
    cost = figures.money_exact(today.cost_microusd)
    sessions = figures.plural(today.sessions, "session")
    return f"Today {cost} · {sessions} · {figures.duration(today.active_seconds)}"


def icon_state(situation: Situation) -> IconState:
    """Choose the one state that matters most."""
    if situation.syncing:
        return IconState.SYNCING
    match situation.scan_error or situation.sync_error:
        case ServerNotVerified():
            return IconState.PROBLEM
        case ServerUnreachable() | ServerBusy():
            quiet = IconState.OFFLINE
        case KeyringNotReady() | PreviewNotAccepted() | ComputerUnclear() | TwinFound():
            quiet = IconState.WAITING
        case None | NotLinked() | UploadOvertaken() | UploadUnderWay():
            quiet = _unhindered(situation)
        case _:
            return IconState.PROBLEM
    return IconState.SCANNING if situation.reading else quiet


def _unhindered(situation: Situation) -> IconState:
    if situation.paused_until is not None:
        return IconState.PAUSED
    waits = situation.link is not None and situation.last_upload is None
    return IconState.WAITING if waits else IconState.IDLE


def state_line(situation: Situation, now: datetime) -> str:
    """Say the state in words."""
    if situation.syncing:
        return "Talking to the server…"
    if situation.reading:
        return reading_line(situation.reading)
    error, synced = situation.scan_error or situation.sync_error, synced_line(situation, now)
    if error is not None and not isinstance(error, NotLinked):
        return _trouble_line(error, synced)
    if situation.paused_until is not None:
        return f"{paused_line(situation.paused_until, now)} · {synced}"
    return situation.answer or synced


def _trouble_line(error: ClaudeusageError, synced: str) -> str:
    """Say what is waited for, or what is wrong."""
    match error:
        case KeyringNotReady():
            return "Waiting for your keyring"
        case ServerUnreachable() if not isinstance(error, ServerNotVerified):
            return f"Offline, {_lower(synced)}"
        case ServerBusy():
            return f"The server is busy, {_lower(synced)}"
        case _:
            return error.title


def paused_line(until: datetime, now: datetime) -> str:
    """Say until when nothing is uploaded, in the zone of *now*."""
    local = until.astimezone(now.tzinfo)
    when = f"{local:%H:%M}" if local.date() == now.date() else "tomorrow"
    return f"Paused until {when}"


def synced_line(situation: Situation, now: datetime) -> str:
    """Say when the last upload was."""
    if situation.last_upload is not None:
        return f"Synced {ago(now - situation.last_upload)}"
    if situation.link is None:
        return "Not linked to a server"
    return "Nothing has been sent yet"


def ago(age: timedelta) -> str:
    """Write an age in words."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:  # noqa: PLR2004 -- minutes of an hour
        return f"{figures.plural(minutes, 'minute')} ago"
    hours = minutes // 60
    if hours < 24:  # noqa: PLR2004 -- hours of a day
        return f"{figures.plural(hours, 'hour')} ago"
    return f"{figures.plural(hours // 24, 'day')} ago"


def answer_line(uploaded: "Uploaded | None") -> str:
    """Say what became of an upload, where it is more than "synced"."""
    if uploaded is None:
        return "Everything is already there"
    parts = (
        (uploaded.refused, "refused"),
        (uploaded.kept, "kept as they were"),
        (uploaded.counted_elsewhere, "counted for another computer"),
        (uploaded.stale, "already newer there"),
    )
    told = [f"{figures.plural(number, 'day')} {what}" for number, what in parts if number]
    if uploaded.reviewed:
        told.append(in_short(uploaded.reviewed))
    return f"Synced, {', '.join(told)}" if told else ""


def profile_address(link: "Link | None") -> str:
    """Return the profile's address if it is one on the linked server, else nothing."""
    return link.profile if link and is_on(link.origin, link.profile) else ""


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
