"""A line appended to one of many transcripts: how soon the tray tells it, and what that costs.

The real app runs on a display of its own with a real panel. A line is told when the tooltip that
the app announces over the session bus has the new cost; the icon, when it announces a new one.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.desktop import PANEL, desktop, program, until
from tests.session_bus import Announcements, TrayItem, announcements, session_bus

APP = (sys.executable, "-m", "claudeusage_app")
TRANSCRIPTS = 5_000
LINES = 200
PAUSE_SECONDS = 0.35
IDLE_SECONDS = 60
_TOKENS_OF_A_CENT = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process has used so far."""

    cpu: float
    """Seconds."""
    wakeups: int

    @classmethod
    def of(cls, process: int) -> "Spent":
        """Read it; the kernel counts processor time in hundredths of a second here."""
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return cls(
            ticks / os.sysconf("SC_CLK_TCK"),
            sum(_switches(task) for task in Path(f"/proc/{process}/task").iterdir()),
        )


class Transcripts:
    """Many transcripts, of which some are of today."""

    def __init__(self, projects: Path) -> None:
        self._projects = projects
        self._written = 0
        now = datetime.now(UTC)
        for number in range(TRANSCRIPTS):
            age = timedelta(0) if number < 60 else _DAY + number * timedelta(minutes=9)
            self._write(number, now - age, lines=10, cents=1)

    def append(self, number: int, cents: int) -> None:
        """Append a response of so many cents of today to one of them."""
        self._write(number, datetime.now(UTC), lines=1, cents=cents)

    def _write(self, number: int, at: datetime, lines: int, cents: int) -> None:
        session = f"{number:08x}-0000-4000-8000-000000000000"
        path = self._projects / f"project-{number % 100}" / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(self._line(session, at, cents) for _ in range(lines))
        with path.open("a") as stream:
            stream.write(text)

    def _line(self, session: str, at: datetime, cents: int) -> str:
        self._written += 1
        return f"{json.dumps(_response(self._written, session, at, cents))}\n"


def main() -> int:
    """Measure, and print one line for each of it."""
    with _running() as (process, item, told, transcripts):
        for what, cents in (("tooltip", 1), ("icon", 100)):
            waited, spent = _append(process, item, told, transcripts, cents)
            median, most = statistics.median(waited), statistics.quantiles(waited, n=20)[-1]
            print(f"appended line, in the {what:7}   {median:6.1f} ms  95 %: {most:.1f} ms")
            print(f"appended line, CPU              {spent / LINES * 1000:6.2f} ms")
        before = Spent.of(process)
        time.sleep(IDLE_SECONDS)
        after = Spent.of(process)
        wakeups = (after.wakeups - before.wakeups) / IDLE_SECONDS
        print(
            f"idle, CPU in {IDLE_SECONDS} s              {(after.cpu - before.cpu) * 1000:6.0f} ms"
        )
        print(f"idle, wake-ups a second         {wakeups:6.2f}")
        print(f"idle, proportional memory       {_megabytes(process):6.1f} MB")
    return 0


@contextmanager
def _running() -> Generator[tuple[int, TrayItem, Announcements, Transcripts]]:
    with tempfile.TemporaryDirectory() as name, desktop(Path(name)) as screen:
        folder = Path(name)
        config = folder / "claudeusage"
        config.mkdir()
        (config / "settings.toml").write_text("walk_seconds = 86400\n")
        transcripts = Transcripts(folder / "claude" / "projects")
        environment = {
            **screen.environment,
            "CLAUDE_CONFIG_DIR": str(folder / "claude"),
            "CLAUDEUSAGE_CONFIG_DIR": str(config),
        }
        address = environment["DBUS_SESSION_BUS_ADDRESS"]
        with (
            session_bus(address) as bus,
            program(PANEL, environment),
            announcements(address) as told,
        ):
            until(bus.has_host, "panel")
            with program(APP, environment) as app:
                item = until(lambda: bus.item(app.pid), "icon")
                until(lambda: _cents(item) >= 600, "figures of all transcripts")
                yield app.pid, item, told, transcripts


def _append(
    process: int, item: TrayItem, told: Announcements, transcripts: Transcripts, cents: int
) -> tuple[list[float], float]:
    """Append lines, and return how many milliseconds each took, and the seconds of CPU of all."""
    waited: list[float] = []
    shown = _cents(item)
    before = Spent.of(process)
    for number in range(LINES):
        told.forget(PAUSE_SECONDS)
        began = time.perf_counter()
        transcripts.append(number, cents)
        shown += cents
        while told.next("NewToolTip") and _cents(item) != shown:
            pass
        if cents >= 100:
            told.next("NewIcon")
        waited.append((time.perf_counter() - began) * 1000)
    return waited, Spent.of(process).cpu - before.cpu


def _cents(item: TrayItem) -> int:
    _, dollar, amount = item.tooltip.partition("Today $")
    return round(float(amount.split(" ")[0].replace(",", "")) * 100) if dollar else 0


def _switches(task: Path) -> int:
    lines = (task / "status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))


def _megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _response(number: int, session: str, at: datetime, cents: int) -> dict[str, object]:
    return {
        "type": "assistant",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "sessionId": session,
        "requestId": f"req_{number}",
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "message": {
            "id": f"msg_{number:024d}",
            "role": "assistant",
            "model": "claude-opus-4-5-20251101",
            "stop_reason": "end_turn",
            "content": [],
            "usage": {"input_tokens": 0, "output_tokens": _TOKENS_OF_A_CENT * cents},
        },
    }


if __name__ == "__main__":
    raise SystemExit(main())
