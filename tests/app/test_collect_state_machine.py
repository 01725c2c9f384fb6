"""Transcripts that are written, cut, moved and lost in any order give what one reading would."""

import json
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,  # pyright: ignore[reportUnknownVariableType] -- its factory
)

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.states import States
from claudeusage_core.aggregate import day_rows
from claudeusage_core.payload import day_of
from claudeusage_resources.price_table import shipped_prices
from tests import reference
from tests.core.samples import Line, encoded, line

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PRICES = shipped_prices()
SESSIONS = ("a-session", "b-session", "c-session")
"""They differ in what the ledger keeps of their order, whichever files are gone."""
NAMES = [
    *(f"p/{session}.jsonl" for session in SESSIONS),
    "p/a-session/subagents/agent-1.jsonl",
    "q/b-session/subagents/workflows/w/agent-2.jsonl",
    "agent-3.jsonl",
]
KINDS: tuple[Line, ...] = ({}, {"isSidechain": True}, {"forkedFrom": {}})


def _line(number: int) -> bytes:
    """Write one of many lines of few responses, each of a length of its own."""
    response, kind, session = number % 4, number // 4 % 3, number // 12 % 4
    counts: Line = {"input_tokens": number % 3, "output_tokens": number % 5 if number % 7 else 0}
    members = KINDS[kind] | {"padding": "x" * (40 * number)}
    return encoded(
        line(
            response,
            usage=counts if number % 11 else {},
            timestamp=f"2026-10-24T21:5{number * 7 % 10}:0{number % 3}.5Z",
            sessionId=(*SESSIONS, None)[session],
            **members,
        )
    )


LINES = [_line(number) for number in range(48)]
ENDS = (b"\n", b"\n", b"\n", b"\r\n", b"", b"\0\n", b" null\n", b"{\n")
Text: TypeAlias = list[tuple[int, bytes]]
TEXTS = st.lists(
    st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(ENDS)), min_size=1, max_size=4
)


def written(text: Text) -> bytes:
    return b"".join(LINES[number] + end for number, end in text)


class ShiftingTranscripts(RuleBasedStateMachine):
    """A folder of few transcripts, its ledger, and all that a scan could have seen in it."""

    names: Bundle[str] = Bundle("names")
    lost: Bundle[str] = Bundle("lost")

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._home = Path(tempfile.mkdtemp())
        self._folder = self._home / "projects"
        self._database = Database(self._home / "ledger.sqlite3")
        self._seen: set[reference.Copy] = set()
        self._lost: dict[str, bytes] = {}
        self._moment_ns = 1_790_000_000 * 10**9
        self._scanned = False

    def teardown(self) -> None:
        """Compare, and take all files away."""
        self.scan()
        self.what_was_seen_once_counts_once_and_for_good()
        self._database.close()
        shutil.rmtree(self._home)

    @initialize(target=names, name=st.sampled_from(NAMES), text=TEXTS)
    def first_file(self, name: str, text: Text) -> str:
        return self._write(name, written(text))

    @rule(target=names, name=st.sampled_from(NAMES), text=TEXTS)
    def append(self, name: str, text: Text) -> str:
        return self._write(name, self._read(name) + written(text))

    @rule(name=names, text=TEXTS, part=st.floats(0, 1))
    def append_a_part_and_see_it_before_the_rest(self, name: str, text: Text, part: float) -> None:
        before, data = self._read(name), written(text)
        self._write(name, before + data[: int(len(data) * part)])
        self.scan()
        self._write(name, before + data)

    @rule(name=names, part=st.floats(0, 1))
    def truncate(self, name: str, part: float) -> None:
        data = self._read(name)
        self._write(name, data[: int(len(data) * part)])

    @rule(name=names, text=TEXTS)
    def replace(self, name: str, text: Text) -> None:
        self._write(name, written(text), anew=True)

    @rule(name=names)
    def turn_the_lines_round(self, name: str) -> None:
        lines = self._read(name).split(b"\n")
        self._write(name, b"\n".join(reversed(lines)))

    @rule(target=names, name=consumes(names), other=st.sampled_from(NAMES))
    def move(self, name: str, other: str) -> str:
        path, to = self._folder / name, self._folder / other
        if not path.exists():
            return name
        to.parent.mkdir(parents=True, exist_ok=True)
        path.replace(to)
        return other

    @rule(target=lost, name=consumes(names))
    def delete(self, name: str) -> str:
        self._lost[name] = self._read(name)
        (self._folder / name).unlink(missing_ok=True)
        return name

    @rule(target=names, name=consumes(lost))
    def restore(self, name: str) -> str:
        return self._write(name, self._lost[name], anew=True)

    @rule()
    def scan(self) -> None:
        Collector(self._database, PRICES).collect((self._folder,))
        self._seen.update(reference.copies_below(self._folder))
        self._scanned = True

    @rule()
    def scan_in_parts(self) -> None:
        for part in (self._folder / "q", self._folder / "p", self._folder):
            Collector(self._database, PRICES).collect((part,))
        self._seen.update(reference.copies_below(self._folder))
        self._scanned = True

    @precondition(lambda self: self._scanned)
    @invariant()
    def what_was_seen_once_counts_once_and_for_good(self) -> None:
        self._scanned = False
        responses = States(self._database).responses()
        found = [day_of(row).row() for row in day_rows(responses, PRICES, BERLIN)]
        expected = reference.rows(self._seen, BERLIN, NOW)
        assert json.loads(json.dumps(found)) == expected

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        return path.read_bytes() if path.exists() else b""

    def _write(self, name: str, data: bytes, *, anew: bool = False) -> str:
        """Write a file, in place or as another one; no two files are of the same moment."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if anew:
            aside = self._home / "aside"
            aside.write_bytes(data)
            aside.replace(path)
        else:
            path.write_bytes(data)
        self._moment_ns += 1_000_000_000
        os.utime(path, ns=(self._moment_ns, self._moment_ns))
        return name


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        ShiftingTranscripts,
        settings=settings(max_examples=examples, stateful_step_count=steps),
    )


def test_what_was_seen_once_counts_once_and_for_good_in_any_order_of_changes() -> None:
    run(examples=60, steps=25)


@pytest.mark.long
def test_what_was_seen_once_counts_once_and_for_good_in_many_more_orders() -> None:
    run(examples=500, steps=50)
