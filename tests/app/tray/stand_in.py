"""A program that lives in memory: what the tray shows, without ledger, transcripts and server."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from claudeusage_app.hinted import Hinted
from claudeusage_app.ledger.uploads import Account
from claudeusage_app.linked import Link
from claudeusage_app.looked import Collected
from claudeusage_app.places import Places
from claudeusage_app.progress import Progress
from claudeusage_app.settings import Settings
from claudeusage_app.sync import Prepared, Uploaded
from claudeusage_app.today import Today
from claudeusage_core.errors import ClaudeusageError
from claudeusage_core.payload import Known, make_request
from claudeusage_core.preview import preview_of
from claudeusage_core.wire import Day, DayModel

NOW = datetime(2026, 11, 22, 14, 6, tzinfo=UTC)
ORIGIN = "https://usage.example"
LINK = Link(ORIGIN, "an-opaque-id", f"{ORIGIN}/u/northbeam")
UPLOADED = Uploaded(2, 0, 0, 0, 0, 0, "sha256:" + "0" * 64, NOW)
HEADERS = (
    ("Authorization", "Bearer cu_live_••••4f1c"),
    ("Content-Type", "application/json"),
    ("User-Agent", "claudeusage"),
)


def today(cost_microusd: int = 12_340_000, until: datetime | None = None) -> Today:
    """Return a day's figures."""
    return Today(
        date=NOW.date(),
        zone="UTC",
        cost_microusd=cost_microusd,
        sessions=3,
        active_seconds=7_821,
        messages=176,
        tokens=61_200_000,
        unpriced_tokens=0,
        until=until or NOW.replace(hour=0, minute=0) + timedelta(days=1),
    )


def model(name: str, messages: int, cost_microusd: int | None, scale: int = 1) -> DayModel:
    """Return a model's row of a day."""
    return DayModel(
        model=name,
        messages=messages,
        input_tokens=4_011 * scale,
        output_tokens=71_204 * scale,
        cache_write_5m_tokens=0,
        cache_write_1h_tokens=640_118 * scale,
        cache_read_tokens=44_601_220 * scale,
        cost_microusd=cost_microusd,
    )


def day(date: str, active: int, sessions: int, *models: DayModel) -> Day:
    """Return a day of an upload."""
    return Day(
        date=date,
        active_seconds=active,
        sessions_active=sessions,
        sessions_started=sessions,
        models=models,
    )


DAYS = (
    day(
        "2026-11-21",
        14_520,
        4,
        model("claude-opus-5-5", 51, 4_120_118),
        model("claude-sonnet-5-5", 40, 1_940_022),
    ),
    day(
        "2026-11-22",
        7_821,
        3,
        model("claude-haiku-5-5", 22, 720_118),
        model("claude-opus-5-5", 96, 8_310_400, 2),
        model("claude-sonnet-5-5", 58, 3_310_000, 2),
    ),
)
BEFORE = {
    "2026-11-21": day(
        "2026-11-21",
        14_520,
        4,
        model("claude-opus-5-5", 51, 4_120_118),
        model("claude-sonnet-5-5", 39, 1_910_022),
    ),
    "2026-11-22": day(
        "2026-11-22",
        5_460,
        2,
        model("claude-opus-5-5", 61, 5_620_400),
        model("claude-sonnet-5-5", 44, 2_600_000),
    ),
}


def prepared(days: tuple[Day, ...] = DAYS, *, accepted_before: bool = False) -> Prepared:
    """Return a stored upload of these days."""
    request = make_request(days, machine="9f" * 32, prices="2026-11-22", sequence=412)
    sent = BEFORE if accepted_before else {}
    return Prepared(
        request=request,
        preview=preview_of(request, sent, 241 if accepted_before else 0),
        body=request.body(),
        known=Known(),
        account=Account(ORIGIN, "an-opaque-id"),
        headers=HEADERS,
        accepted_before=accepted_before,
        last_upload=NOW - timedelta(minutes=4) if accepted_before else None,
    )


@dataclass
class StandIn:
    """What the tray calls, answered from memory; *fails* is raised where it is not None."""

    data: Path
    figures: Today = field(default_factory=today)
    linked: Link | None = LINK
    upload_ready: Prepared | None = field(default_factory=prepared)
    found: Callable[[], bool] = lambda: False
    fails: ClaudeusageError | None = None
    label: str = ""
    settings: Settings = field(default_factory=Settings)
    changes: dict[str, object] = field(default_factory=dict[str, object])
    accepted: list[bytes] = field(default_factory=list[bytes])
    uploaded: list[bytes] = field(default_factory=list[bytes])
    collected: int = 0
    closed: bool = False
    looks: list[frozenset[str] | None] = field(default_factory=list[frozenset[str] | None])
    """The paths of every look at hinted transcripts, None for a walk over everything."""

    @property
    def places(self) -> Places:
        return Places(self.data, self.data)

    def on_one_thread(self) -> Self:
        return self

    def close(self) -> None:
        self.closed = True

    def roots(self) -> tuple[Path, ...]:
        return (self.data / "projects",)

    def collect(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        hinted: Hinted | None = None,
    ) -> Collected:
        if on_progress:
            on_progress(Progress(1, 2, 10, 20))
        self.collected += 1
        self.looks.append(hinted.paths if hinted else None)
        return Collected(self.found(), 1, 0, self.roots())

    def today(self) -> Today:
        return self.figures

    def change_settings(self, **changes: object) -> None:
        self.changes |= changes

    def link(self) -> Link | None:
        return self.linked

    def last_upload(self) -> datetime | None:
        return NOW if self.uploaded else None

    def prepare_upload(self) -> Prepared | None:
        if self.fails:
            raise self.fails
        return self.upload_ready

    def assumed_upload(self) -> Prepared:
        return replace(prepared(), assumed=True)

    def accept(self, prepared: Prepared) -> None:
        self.accepted.append(prepared.body)

    def upload(self, prepared: Prepared) -> Uploaded:
        if self.fails:
            raise self.fails
        self.uploaded.append(prepared.body)
        return UPLOADED
