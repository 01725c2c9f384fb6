"""Many syncs over a network that spoils them, between real processes: all is there, and once."""

import os
import sqlite3
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from claudeusage_app.credentials import MemoryCredentials
from claudeusage_app.errors import (
    Refused,
    ServerUnreachable,
    TokenRejected,
    TwinFound,
    UploadOvertaken,
)
from claudeusage_app.link import link_bundled
from claudeusage_app.program import Program
from claudeusage_core.errors import AnswerInvalid
from claudeusage_core.payload import day_of
from tests.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.processes import claudeusage, listening
from tests.small_server import Members, digest_of
from tests.sync_parties import OF_A_DAY, OF_A_MODEL
from tests.transcript_lines import append, usage_line, write_transcript

MOST_REQUESTS = 12
"""Of one sync: whose token this is, what is there, and the upload, each asked a few times."""
EXPECTED = (ServerUnreachable, Refused, AnswerInvalid)
SURPRISING = (TokenRejected, TwinFound, UploadOvertaken)
EXIT_CODES = {0, 1, Refused.exit_code, ServerUnreachable.exit_code}
MODELS = ("claude-opus-5-5", "claude-haiku-4-5", "claude-sonnet-4-5")


SERVER = """
import sys
from pathlib import Path
from claudeusage_server.commands import serve
from claudeusage_server.settings import Limits, Settings

serve(Settings(Path(sys.argv[1]), port=0, limits=Limits(uploads="1000000/minute")))
"""
"""The bundled server, but for how often one computer may ask: a day's uploads pass in a minute."""


class Computer:
    """A computer on which work is done, behind a network."""

    def __init__(self, folder: Path, origin: str, token: str, seed: int) -> None:
        self.environ = _environ(folder) | {
            "CLAUDEUSAGE_API": origin,
            "CLAUDEUSAGE_TOKEN": token,
        }
        self.responses = 0
        self._random = Random(seed)  # noqa: S311 -- it draws days
        self._copies = count(1)
        self._today = datetime.now(UTC)
        self._projects = folder / "claude" / "projects"
        self._transcript = write_transcript(self._projects)
        self._ages: dict[int, int] = {}

    @property
    def program(self) -> Program:
        """The program as both front ends call it."""
        return Program.open(self.environ)

    def work(self) -> None:
        """Have a response, and now and then find an earlier copy of an old one."""
        self.responses += 1
        number, days = self.responses, self._random.randrange(9)
        self._ages[number] = days
        append(self._transcript, self._line(number, days))
        if self._random.random() < 0.3:
            known = self._random.choice([*self._ages])
            self._ages[known] += 1
            session = f"0{next(self._copies):07}-2222-4333-8444-555555555555"
            line = self._line(known, self._ages[known], session=session)
            write_transcript(self._projects, line, session=session)

    def sync(self) -> bool:
        """Read the transcripts and upload; say whether there was anything to send."""
        program = self.program
        program.collect()
        prepared = program.prepare_upload()
        if prepared is not None:
            program.accept(prepared)
            program.upload(prepared)
        return prepared is not None

    def sync_by_a_process(self) -> None:
        """Do the same by ``claudeusage sync``."""
        done = claudeusage("sync", "--yes", environ=self.environ)
        assert done.code in EXIT_CODES, done.err
        assert "Traceback" not in done.err

    def rows(self) -> dict[str, str]:
        """Return the digest of each day of the ledger."""
        return {day.date: day.digest for day in map(day_of, self.program.figures())}

    def receipts(self) -> list[str]:
        """Return the hash of each body of which the journal says that it arrived."""
        with closing(sqlite3.connect(self.program.ledger_path)) as ledger:
            rows = ledger.execute("SELECT receipt FROM uploads WHERE receipt != ''").fetchall()
        return [row[0].removeprefix("sha256:") for row in rows]

    def _line(self, number: int, days: int, **members: str) -> str:
        at = (self._today - timedelta(days=days)).isoformat(timespec="milliseconds")
        moment = at.replace("+00:00", "Z")
        return usage_line(number, moment, model=MODELS[number % 3], output=number, **members)


@contextmanager
def _linked(folder: Path, seed: int) -> Generator[tuple[Computer, FaultProxy, Path]]:
    """Run a server and the proxy, and give a computer that knows the server by the proxy."""
    host = _environ(folder / "host")
    (folder / "host").mkdir()
    data = Program.open(host).places.server
    command = (sys.executable, "-P", "-c", SERVER, str(data))
    with listening(folder / "host", host, *command) as server:
        keep = MemoryCredentials()
        link_bundled(Program.open(host)._replace(memory=keep), server.origin, "keyring")
        token = keep.get(server.origin)
        assert token is not None
        with fault_proxy(folder, server.origin, seed) as proxy:
            computer = Computer(folder / "computer", proxy.origin, token, seed)
            yield computer, proxy, data / "private.sqlite3"


def _environ(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "CLAUDE_CONFIG_DIR": str(folder / "claude"),
        "CLAUDEUSAGE_CONFIG_DIR": str(folder / "program"),
    }


def _stored(store: Path) -> dict[str, Members]:
    """Return what the server holds: each day as it stands on the wire."""
    with closing(sqlite3.connect(store)) as connection:
        connection.row_factory = sqlite3.Row
        days = [dict(row) for row in connection.execute("SELECT * FROM days")]
        models = [dict(row) for row in connection.execute("SELECT * FROM day_models ORDER BY 1, 4")]
    assert len({day["date"] for day in days}) == len(days)
    return {
        day["date"]: {name: day[name] for name in OF_A_DAY}
        | {
            "models": [
                {name: model[name] for name in OF_A_MODEL}
                for model in sorted(models, key=lambda each: each["model"])
                if model["date"] == day["date"]
            ]
        }
        for day in days
    }


def _syncs_over_it(folder: Path, syncs: int, by_processes: int, seed: int) -> set[str]:
    """Sync so often, compare in the end, and return the faults that there were."""
    with _linked(folder, seed) as (computer, proxy, store):
        for number in range(syncs):
            computer.work()
            before = len(proxy.requests())
            if number % (syncs // by_processes) == 0:
                computer.sync_by_a_process()
            else:
                try:
                    computer.sync()
                except EXPECTED as error:
                    if isinstance(error, SURPRISING):
                        raise
            assert len(proxy.requests()) - before <= MOST_REQUESTS
        proxy.become_clean()
        computer.sync()
        assert not computer.sync(), "a sync after a good one has nothing to send"
        stored = _stored(store)
        assert {when: digest_of(day) for when, day in stored.items()} == computer.rows()
        messages = [model["messages"] for day in stored.values() for model in day["models"]]
        assert sum(messages) == computer.responses
        assert len(computer.receipts()) > syncs // 10
        assert {*computer.receipts()} <= proxy.taken()
        return proxy.faults()


def test_fifty_syncs_over_a_network_that_spoils_them_lose_and_double_nothing(
    tmp_path: Path,
) -> None:
    assert len(_syncs_over_it(tmp_path, syncs=50, by_processes=5, seed=1)) > 8


@pytest.mark.long
def test_a_thousand_syncs_over_a_network_that_spoils_them_lose_and_double_nothing(
    tmp_path: Path,
) -> None:
    assert _syncs_over_it(tmp_path, syncs=1_000, by_processes=20, seed=2) == {*Fault}
