"""Measure what a person waits for: the start of ``claudeusage today``, beside a bare Python."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

REPEATS = 15
CLAUDEUSAGE = str(Path(sys.executable).parent / "claudeusage")


def seconds(command: Sequence[str], environ: Mapping[str, str]) -> float:
    """Return the median time of a command, after one run that warms the caches."""
    subprocess.run(command, env=environ, check=True, capture_output=True)
    times: list[float] = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        subprocess.run(command, env=environ, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        environ = {
            **os.environ,
            "HOME": home,
            "CLAUDE_CONFIG_DIR": str(Path(home, ".claude")),
            "CLAUDEUSAGE_CONFIG_DIR": str(Path(home, ".claudeusage")),
        }
        Path(home, ".claude", "projects").mkdir(parents=True)
        bare = seconds((sys.executable, "-c", "pass"), environ)
        today = seconds((CLAUDEUSAGE, "today"), environ)
    print(f"bare Python        {bare * 1000:6.1f} ms")
    print(f"claudeusage today  {today * 1000:6.1f} ms   {today / bare:.1f} times")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
