"""What a preview shows is what a sync sends, byte for byte, with the command line as processes."""

import json
import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.loopback import Answer, Answering, Loopback, Request, loopback
from tests.processes import Ran, claudeusage
from tests.small_server import TOKEN, SmallServer
from tests.transcript_lines import append, usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"
LATER = "2026-11-21T10:00:00.000Z"
UNREACHABLE = 5
"""The exit code where the server did not answer."""


class Computer:
    """An installation that is linked to a server, and one transcript."""

    def __init__(self, folder: Path, server: SmallServer) -> None:
        self.server = server
        self.transcript = write_transcript(folder / "claude" / "projects", usage_line(1, AT))
        self._output = folder / "preview.json"
        self._environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "CLAUDE_CONFIG_DIR": str(folder / "claude"),
            "CLAUDEUSAGE_CONFIG_DIR": str(folder / "program"),
            "CLAUDEUSAGE_API": server.origin,
            "CLAUDEUSAGE_TOKEN": TOKEN,
        }

    def tries(self, *arguments: str) -> Ran:
        """Run the program."""
        return claudeusage(*arguments, environ=self._environ)

    def runs(self, *arguments: str) -> Ran:
        """Run the program to a good end."""
        done = self.tries(*arguments)
        assert done.code == 0, done.err
        return done

    def preview(self, *arguments: str) -> bytes:
        """Return the file that ``claudeusage preview --json > file`` makes."""
        self._output.write_bytes(self.runs("preview", "--json", *arguments).out)
        return self._output.read_bytes()


@pytest.fixture
def server() -> SmallServer:
    return SmallServer()


@pytest.fixture
def there(server: SmallServer) -> Generator[Loopback]:
    """Serve on a socket."""
    with loopback(server.answer) as made:
        server.origin = made.origin
        yield made


@pytest.fixture
def computer(tmp_path: Path, server: SmallServer, there: Loopback) -> Computer:
    assert there.origin == server.origin
    return Computer(tmp_path, server)


def messages(body: bytes) -> dict[str, int]:
    days = json.loads(body)["days"]
    return {day["date"]: sum(each["messages"] for each in day["models"]) for day in days}


def test_the_previewed_file_is_the_body_of_the_upload(computer: Computer) -> None:
    first = computer.preview()
    computer.runs("sync", "--yes")
    assert computer.server.uploads == [first]
    append(computer.transcript, usage_line(2, LATER))
    second = computer.preview()
    computer.runs("sync")
    assert computer.server.uploads == [first, second]
    assert (messages(first), messages(second)) == ({AT[:10]: 1}, {LATER[:10]: 1})


def test_a_preview_stays_the_same_until_it_is_sent(computer: Computer) -> None:
    previews = {computer.preview() for _ in range(3)}
    computer.runs("sync", "--yes")
    assert previews == {*computer.server.uploads}


def test_a_line_after_the_preview_is_in_what_is_shown_and_sent_next(computer: Computer) -> None:
    before = computer.preview()
    append(computer.transcript, usage_line(2, AT))
    shown = computer.runs("sync", "--yes").out.decode()
    (sent,) = computer.server.uploads
    assert (messages(before), messages(sent)) == ({AT[:10]: 1}, {AT[:10]: 2})
    assert f"Content-Length: {len(sent)}\n" in shown
    assert f"{len(sent)} bytes" in shown
    assert json.loads(sent)["sequence"] == json.loads(before)["sequence"] + 1


def test_a_line_that_arrives_during_a_sync_waits_for_the_next_one(
    computer: Computer, there: Loopback
) -> None:
    previewed = computer.preview()
    late = [usage_line(2, AT)]
    there.answer = _meanwhile(there.answer, lambda: append(computer.transcript, *late[:1]))
    computer.runs("sync", "--yes")
    assert computer.server.uploads == [previewed]
    late.clear()
    computer.runs("sync")
    assert messages(computer.server.uploads[-1]) == {AT[:10]: 2}


def test_a_preview_that_was_accepted_is_sent_again_as_it_was_where_it_did_not_arrive(
    computer: Computer, there: Loopback
) -> None:
    previewed = computer.preview()
    answer = there.answer

    def but_uploads(request: Request) -> Answer | None:
        return None if request.method == "PUT" else answer(request)

    there.answer = but_uploads
    assert computer.tries("sync", "--yes").code == UNREACHABLE
    there.answer = answer
    assert computer.preview() == previewed
    computer.runs("sync")
    assert computer.server.uploads == [previewed]


def _meanwhile(answer: Answering, happens: Callable[[], None]) -> Answering:
    """Let something happen before it is told which days the server has."""

    def answering(request: Request) -> Answer | None:
        if (request.method, request.path) == ("GET", "/api/v2/days"):
            happens()
        return answer(request)

    return answering
