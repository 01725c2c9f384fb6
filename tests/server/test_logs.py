"""The log: what a line is like, and that no library writes a word of its own into it."""

import logging
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from claudeusage_server.logs import LibraryFormatter, OurFormatter, line
from tests.processes import PATIENCE_SECONDS
from tests.server.test_cli import serving

CANARY = "canary7f3a"
LINE = re.compile(
    r'time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ level=(\w+) event=("[^"]*"|\w+)'
    r'(?: \w+=(?:"(?:[^"\\]|\\.)*"|[^\s"=]+))*'
)

LIBRARIES = f"""
import asyncio, gc, logging, sys, threading, warnings
from claudeusage_server.logs import log_to

log_to(sys.stderr)
for name in ("httpx", "httpx2", "uvicorn.access", "alembic.runtime.migration"):
    logging.getLogger(name).info("GET https://a.example/?code={CANARY}")
for name in ("authlib", "uvicorn.error", "sqlalchemy.engine", "h11"):
    logging.getLogger(name).error("failed for %s", "{CANARY}")
warnings.warn("{CANARY}")

async def failing():
    raise RuntimeError("{CANARY}")

async def main():
    asyncio.create_task(failing())
    await asyncio.sleep(0)
    gc.collect()

asyncio.run(main())

def fail():
    raise LookupError("{CANARY}")

thread = threading.Thread(target=fail)
thread.start()
thread.join()

class Fails:
    def __del__(self):
        raise KeyError("{CANARY}")

Fails()
gc.collect()
"""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/u/{name}", "/u/{name}"),
        ("", '""'),
        ("two words", '"two words"'),
        ('say "a"', '"say \\"a\\""'),
        ("a=b", '"a=b"'),
        ("two\nlines", '"two lines"'),
        ("a\\b", '"a\\\\b"'),
        (200, "200"),
        (1.26, "1.3"),
    ],
)
def test_a_value_that_is_no_word_is_quoted(value: str | float, written: str) -> None:
    assert line("request", value=value) == f"event=request value={written}"


def record(name: str, message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "", 0, message, arguments, None)


def test_a_line_begins_with_time_and_level() -> None:
    made = record("claudeusage_server.access", line("request", status=200))
    made.created = 0
    written = OurFormatter().format(made)
    assert written == "time=1970-01-01T00:00:00Z level=warning event=request status=200"
    plain = OurFormatter().format(record("claudeusage_server.error", "the cut was not made"))
    assert plain.endswith(' level=warning event="the cut was not made"')


def test_a_librarys_words_and_arguments_are_dropped() -> None:
    written = LibraryFormatter().format(record("authlib", f"{CANARY} %s", CANARY))
    assert written.endswith(" level=warning event=library logger=authlib")


def test_no_library_writes_a_word_of_its_own() -> None:
    done = subprocess.run(
        (sys.executable, "-c", LIBRARIES),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    lines = done.stderr.splitlines()
    assert all(LINE.fullmatch(each) for each in lines)
    said = [each.partition("Z ")[2] for each in lines]
    assert said == [
        "level=error event=library logger=authlib",
        "level=error event=library logger=uvicorn.error",
        "level=error event=library logger=sqlalchemy.engine",
        "level=error event=library logger=h11",
        "level=warning event=library logger=py.warnings",
        "level=error event=library logger=asyncio error=RuntimeError",
        'level=error event="thread failed" error=LookupError',
        'level=error event="not raised" error=KeyError',
    ]


def test_a_request_is_one_line_without_a_value_of_it(tmp_path: Path) -> None:
    headers = {"User-Agent": CANARY, "X-Forwarded-For": "203.0.113.77", "Cookie": f"a={CANARY}"}
    paths = (f"/u/{CANARY}?period={CANARY}", f"/{CANARY}", f"/device?code={CANARY}", "/healthz")
    with serving(tmp_path / "data") as (address, _process):
        for path in paths:
            asked = urllib.request.Request(address + path, headers=headers)
            try:
                urllib.request.urlopen(asked).close()
            except urllib.error.HTTPError as error:
                error.close()
    talk = (tmp_path / "talk.txt").read_text()
    logged = [each for each in talk.splitlines() if each.startswith("time=")]
    assert all(LINE.fullmatch(each) for each in logged)
    told = [re.findall(r"(\w+)=(\S+)", each.partition(" level=")[2]) for each in logged]
    assert [dict(each)["route"] for each in told][:3] == ["/u/{name}", "-", "/device"]
    assert told[-1][-4:-2] == [("route", "/healthz"), ("status", "200")]
    for secret in (CANARY, "203.0.113.77"):
        assert secret not in talk
    assert not any("127.0.0.1" in each for each in logged)
