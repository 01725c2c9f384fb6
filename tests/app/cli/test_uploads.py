"""Which yes lets an upload leave: to its preview, and to a recount."""

import json
from pathlib import Path

import pytest

from claudeusage_core.wire import fields_digest
from tests.commands import Run
from tests.small_server import TOKEN, Grant, Row, SmallServer, digest_of
from tests.terminals import answered
from tests.transcript_lines import append, usage_line, write_transcript

DAY = "2026-11-20"
AT = f"{DAY}T10:00:00.000Z"
ASSUME = "CLAUDEUSAGE_ASSUME_YES"


def hold_more(server: SmallServer, *days: str) -> None:
    """Have the server hold another row of more messages for *days*."""
    (rows,) = server.rows.values()
    for day in days:
        plain = json.loads(json.dumps(rows[day].day))
        plain["models"][0]["messages"] += 10
        rows[day] = Row(plain, digest_of(plain), 1)


@pytest.fixture
def _kept(run: Run, projects: Path, server: SmallServer, tmp_path: Path) -> None:
    """Have a re-installed computer upload a day for which its server holds more."""
    write_transcript(projects, usage_line(1, AT), usage_line(2, "2026-11-19T10:00:00Z"))
    assert run("sync", "--yes").code == 0
    hold_more(server, DAY)
    for path in (tmp_path / "program").glob("ledger-*"):
        path.unlink()
    said = run("sync", "--yes")
    assert said.code == 0
    assert "Everything is already there." not in said.err


@pytest.mark.usefixtures("_kept")
def test_a_kept_day_is_told_with_what_can_be_done(run: Run, projects: Path) -> None:
    write_transcript(projects, usage_line(3, AT), session="2" * 8)
    said = run("sync")
    assert said.out.endswith("; none was taken.\n")
    assert "1 day was kept as it was: the server holds more for it." in said.err
    assert "claudeusage sync --recount" in said.err


@pytest.mark.usefixtures("_kept")
def test_without_a_terminal_a_recount_names_the_days_and_sends_nothing(
    run: Run, server: SmallServer
) -> None:
    before = len(server.uploads)
    said = run("sync", "--recount")
    assert said.code == 4
    assert f"The server holds more for {DAY}." in said.err
    assert "2026-11-19" not in said.err
    assert "sync --recount --yes" in said.err
    assert len(server.uploads) == before


@pytest.mark.usefixtures("_kept")
def test_with_a_yes_a_recount_names_the_days_and_replaces_them(
    run: Run, server: SmallServer
) -> None:
    said = run("sync", "--recount", "--yes")
    assert said.code == 0
    assert f"The server holds more for {DAY}." in said.err
    assert json.loads(server.uploads[-1])["recount"] is True
    assert server.stored()[DAY].size[0] == 1


@pytest.mark.usefixtures("_kept")
@pytest.mark.parametrize(("word", "code", "messages"), [("y", 0, 1), ("n", 2, 11), ("", 2, 11)])
def test_on_a_terminal_a_recount_asks(
    server: SmallServer, word: str, code: int, messages: int
) -> None:
    said = answered(word, "sync", "--recount")
    assert said.code == code
    assert f"The server holds more for {DAY}." in said.err
    assert "Replace them? [y/N]" in said.err
    assert server.stored()[DAY].size[0] == messages


def test_a_day_that_was_never_offered_is_named_as_one_that_may_be_more(
    run: Run, projects: Path, server: SmallServer, tmp_path: Path
) -> None:
    write_transcript(projects, usage_line(1, AT))
    run("sync", "--yes")
    hold_more(server, DAY)
    for path in (tmp_path / "program").glob("ledger-*"):
        path.unlink()
    said = run("sync", "--recount")
    assert said.code == 4
    assert f"For {DAY} the server holds numbers that this ledger never sent" in said.err


def test_where_there_is_nothing_to_replace_a_recount_is_a_usual_upload(
    run: Run, projects: Path, server: SmallServer
) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    first = run("sync", "--recount", "--yes")
    assert "tells what it holds only after an upload" in first.err
    append(path, usage_line(2, AT))
    said = run("sync", "--recount")
    assert said.code == 0
    assert "nothing that a recount would replace" in said.err
    assert not any("recount" in json.loads(body) for body in server.uploads)
    assert len(server.uploads) == 2


def test_a_yes_in_the_environment_accepts_what_it_shows(
    run: Run, projects: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_transcript(projects, usage_line(1, AT))
    monkeypatch.setenv(ASSUME, "1")
    said = run("sync")
    assert said.code == 0
    assert f"PUT {server.origin}" in said.out
    assert "claude-opus-5-5" in said.out
    assert f"Accepted by {ASSUME}=1: uploads to {server.origin} of wire schema 2" in said.err
    assert fields_digest()[:12] in said.err
    assert len(server.uploads) == 1


def test_a_yes_in_the_environment_is_recorded_like_any_other(
    run: Run, projects: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    monkeypatch.setenv(ASSUME, "1")
    run("sync")
    append(path, usage_line(2, AT))
    again = run("sync")
    assert (again.out, again.err) == (f"Uploaded 1 day to {server.origin}.\n", "")
    monkeypatch.delenv(ASSUME)
    append(path, usage_line(3, AT))
    assert run("sync").code == 0
    server.grants[TOKEN] = Grant(account="account-2")
    append(path, usage_line(4, AT))
    assert run("sync").code == 4
    assert len(server.uploads) == 3


@pytest.mark.parametrize("value", ["0", "no", "yes", "true", " 1"])
def test_another_value_is_refused_before_anything_is_sent(
    run: Run, projects: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    write_transcript(projects, usage_line(1, AT))
    monkeypatch.setenv(ASSUME, value)
    said = run("sync")
    assert (said.code, said.out) == (2, "")
    assert f"{ASSUME} is set to something else than 1" in said.err
    assert server.requests == []


def test_an_empty_value_is_no_yes(
    run: Run, projects: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_transcript(projects, usage_line(1, AT))
    monkeypatch.setenv(ASSUME, "")
    assert run("sync").code == 4
    assert server.uploads == []


@pytest.mark.usefixtures("_kept")
def test_a_yes_in_the_environment_is_none_to_a_recount(
    run: Run, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(server.uploads)
    monkeypatch.setenv(ASSUME, "1")
    assert run("sync", "--recount").code == 4
    assert len(server.uploads) == before


def test_a_yes_in_the_environment_does_not_say_whose_days_these_are(
    run: Run, projects: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    run("sync", "--yes")
    hold_more(server, DAY)
    append(path, usage_line(2, AT))
    monkeypatch.setenv(ASSUME, "1")
    said = run("sync")
    assert (said.code, said.out) == (1, "")
    assert "sync --same-computer" in said.err
    assert len(server.uploads) == 1


def test_a_yes_in_the_environment_does_not_say_what_a_twin_is(
    run: Run, projects: Path, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = (18, 19, 20)
    write_transcript(projects, *(usage_line(day, f"2026-11-{day}T09:00:00Z") for day in days))
    run("sync", "--yes")
    server.rows = {"cd" * 32: server.stored()}
    server.grants[TOKEN] = Grant()
    monkeypatch.setenv(ASSUME, "1")
    said = run("sync")
    assert said.code == 1
    assert "sync --twin merge" in said.err
    assert [list(rows) for rows in server.rows] == [list("cd" * 32)]


def test_the_status_says_what_became_of_the_last_upload(
    run: Run, projects: Path, server: SmallServer
) -> None:
    server.refuses[DAY] = "date_out_of_range"
    write_transcript(projects, usage_line(1, AT), usage_line(2, "2026-11-19T10:00:00Z"))
    before = json.loads(run("status", "--json").out)
    assert (before["preview_accepted"], before["last_answer"]) == (False, None)
    run("sync", "--yes")
    after = json.loads(run("status", "--json").out)
    assert (after["preview_accepted"], after["last_answer"]) == (True, {"applied": 1, "refused": 1})
    said = run("status")
    assert "Preview accepted  yes" in said.out
    assert "Last answer       2 days: 1 applied, 1 refused" in said.out
    assert "claudeusage uploads" in said.err


def test_days_of_every_fate_are_told_apart(run: Run, projects: Path, server: SmallServer) -> None:
    server.refuses[DAY] = "date_out_of_range"
    write_transcript(projects, usage_line(1, AT))
    said = run("sync", "--yes")
    assert said.out.endswith(f"Sent 1 day to {server.origin}; none was taken.\n")
    assert "1 day was refused by the server." in said.err


def test_a_lock_that_cannot_be_taken_is_named(
    run: Run, projects: Path, server: SmallServer, tmp_path: Path
) -> None:
    write_transcript(projects, usage_line(1, "2026-11-20T10:00:00Z"))
    assert run("sync", "--yes").code == 0
    (lock,) = (path for path in (tmp_path / "program").glob("*.lock") if "damage" not in path.name)
    lock.unlink()
    lock.mkdir()
    said = run("sync")
    assert (said.code, said.out) == (1, "")
    assert f"The ledger's lock {lock} could not be taken" in said.err
    assert len(server.uploads) == 1
