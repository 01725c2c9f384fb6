"""Run one command and write down what it took, from a process too small to show in its memory.

python3 -I -S launcher.py RESULT sampled|plain COMMAND...

The memory of a process counts from before its first own instruction, when it is still a copy of
the one that started it. Hence this one in between, which imports hardly anything. What RESULT
gets: seconds, CPU seconds of all processes, peak bytes of the largest, exit code; and where it
was *sampled*, the peak bytes of each process, the first one's before those of its descendants.
"""

import os
import sys
import time

BETWEEN_SAMPLES = 0.002
KIBIBYTE = 1024


def measured(command: list[str], *, sampled: bool) -> list[float]:
    started = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    peaks: dict[int, int] = {}
    while True:
        ended, status, usage = os.wait4(process, os.WNOHANG if sampled else 0)
        if ended:
            break
        sample(process, peaks)
        time.sleep(BETWEEN_SAMPLES)
    took = time.perf_counter() - started
    largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else KIBIBYTE)
    code = os.waitstatus_to_exitcode(status)
    return [took, usage.ru_utime + usage.ru_stime, largest, code, *peaks.values()]


def sample(process: int, peaks: dict[int, int]) -> None:
    """Note the peak so far of a process and of its descendants, where the system tells it."""
    try:
        with open(f"/proc/{process}/status", encoding="utf-8") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    peaks[process] = int(line.split()[1]) * KIBIBYTE
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children", encoding="utf-8") as children:
                for child in children.read().split():
                    sample(int(child), peaks)
    except OSError:  # it has ended, or the system has no /proc
        return


if __name__ == "__main__":
    _, result, how, *words = sys.argv
    numbers = measured(words, sampled=how == "sampled")
    with open(result, "w", encoding="utf-8") as file:
        file.write(" ".join(map(repr, numbers)))
