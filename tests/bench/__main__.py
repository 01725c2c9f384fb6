"""Measure what a person waits for, each row beside the one that it is held against."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from claudeusage_resources.sample import sample_transcripts

REPEATS = 15
ROOT = Path(__file__).resolve().parents[2]
CLAUDEUSAGE = str(Path(sys.executable).parent / "claudeusage")
COPIES = 25


def seconds(
    command: Sequence[str], environ: Mapping[str, str], before: Callable[[], None] = lambda: None
) -> float:
    """Return the median time of a command, after one run that warms the caches."""
    times: list[float] = []
    for _ in range(REPEATS + 1):
        before()
        started = time.perf_counter()
        subprocess.run(command, env=environ, check=True, capture_output=True, cwd=ROOT)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def write_corpus(projects: Path) -> int:
    """Write the sample transcripts many times over and return their size in bytes."""
    total = 0
    for number in range(COPIES):
        for each in sample_transcripts(datetime.now(UTC)):
            file = projects / str(number) / each.path
            file.parent.mkdir(parents=True, exist_ok=True)
            total += file.write_text(each.text.replace('"msg_', f'"msg_{number:02d}'), "utf-8")
    return total


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        config, projects = Path(home, ".claudeusage"), Path(home, ".claude", "projects")
        environ = {
            **os.environ,
            "HOME": home,
            "CLAUDE_CONFIG_DIR": str(projects),
            "CLAUDEUSAGE_CONFIG_DIR": str(config),
        }
        environ.pop("DISPLAY", None)
        projects.mkdir(parents=True)

        def forget() -> None:
            for ledger in config.glob("ledger-*"):
                ledger.unlink()

        bare = seconds((sys.executable, "-c", "pass"), environ)
        today = seconds((CLAUDEUSAGE, "today"), environ)
        clone = seconds((sys.executable, "-m", "app", "today"), environ)
        size = write_corpus(projects)
        count = seconds(("grep", "-rcF", "usage", str(projects)), environ)
        first = seconds((CLAUDEUSAGE, "today"), environ, forget)
        again = seconds((CLAUDEUSAGE, "today"), environ)
    print(f"bare Python                        {bare * 1000:7.1f} ms")
    print(f"claudeusage today, no transcripts  {today * 1000:7.1f} ms  {today / bare:.1f} times")
    print(f"python3 -m app today               {clone * 1000:7.1f} ms  {clone / today:.2f} times")
    print(f"grep of {size / 1e6:3.0f} MB                     {count * 1000:7.1f} ms")
    print(f"claudeusage today, first reading   {first * 1000:7.1f} ms  {first / count:.1f} times")
    print(f"claudeusage today, nothing changed {again * 1000:7.1f} ms  {again / first:.2f} times")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
