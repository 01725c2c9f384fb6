"""The journal of uploads, as the command ``uploads`` shows it."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from claudeusage_app.ledger.database import Database
from tests.commands import Run
from tests.small_server import TOKEN, SmallServer
from tests.transcript_lines import append, usage_line, write_transcript

DAYS = ("2026-11-18", "2026-11-19")
SECRETS = ("An answer.", "-home-somebody-work", "msg_0", "req_0", "11111111-2222")
"""What a transcript of these tests holds, and nobody may read of an upload."""


def lines() -> list[str]:
    return [usage_line(number, f"{day}T09:00:00Z") for number, day in enumerate(DAYS, 1)]


def ledger_of(tmp_path: Path) -> Path:
    (ledger,) = (tmp_path / "program").glob("ledger-*.sqlite3")
    return ledger


@pytest.fixture
def _uploaded(run: Run, projects: Path, server: SmallServer) -> None:
    """Upload two days, of which one is refused; then a further one, which its server keeps."""
    server.refuses["2026-11-19"] = "number_too_large"
    path = write_transcript(projects, *lines())
    assert run("sync", "--yes").code == 0
    append(path, usage_line(3, "2026-11-20T09:00:00Z"))
    assert run("sync").code == 0


@pytest.mark.usefixtures("_uploaded")
def test_every_upload_is_listed_with_the_newest_first(run: Run, server: SmallServer) -> None:
    said = run("uploads")
    head, second, first, total = said.out.splitlines()
    assert said.code == 0
    assert " ".join(head.split()) == "N When Server Days Model rows Bytes Outcome Receipt"
    assert [line.split()[0] for line in (second, first)] == ["2", "1"]
    assert server.origin in first
    assert "1 applied, 1 refused" in first
    assert first.endswith("  " + hashlib.sha256(server.uploads[0]).hexdigest()[:12])
    assert first.split()[4:7] == ["2", "2", f"{len(server.uploads[0]):,}"]
    assert total.split() == ["Total", "3", "3", f"{sum(map(len, server.uploads)):,}"]
    assert "claudeusage uploads N" in said.err


@pytest.mark.usefixtures("_uploaded")
def test_one_upload_is_shown_whole(run: Run, server: SmallServer) -> None:
    said = run("uploads", "1")
    assert (said.code, said.err) == (0, "")
    assert f"PUT {server.origin}/api/v2/days" in said.out
    assert "2 days, 2 model rows" in said.out
    assert '"code":"number_too_large"' in said.out
    assert "sha256:" in said.out
    assert said.out.endswith(f"\n{server.uploads[0].decode()}\n")


@pytest.mark.usefixtures("_uploaded")
def test_the_body_of_an_upload_is_printed_byte_for_byte(run: Run, server: SmallServer) -> None:
    for number, body in enumerate(server.uploads, 1):
        said = run("uploads", str(number), "--json")
        assert (said.code, said.out, said.err) == (0, body.decode(), "")


@pytest.mark.usefixtures("_uploaded")
def test_the_list_as_json_has_numbers_and_no_bodies(run: Run, server: SmallServer) -> None:
    said = run("uploads", "--json")
    second, first = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert [second["number"], first["number"]] == [2, 1]
    assert first["outcome"] == {"applied": 1, "refused": 1}
    assert (first["server"], first["bytes"]) == (server.origin, len(server.uploads[0]))
    assert (first["days"], first["model_rows"]) == (2, 2)
    assert first["body_kept"] is True
    assert "claude-opus" not in said.out


@pytest.mark.usefixtures("_uploaded")
def test_a_body_that_was_thinned_is_said_to_be_gone(run: Run, tmp_path: Path) -> None:
    with closing(sqlite3.connect(ledger_of(tmp_path))) as connection, connection:
        connection.execute("UPDATE uploads SET body = NULL WHERE id = 1")
    said = run("uploads", "1", "--json")
    assert (said.code, said.out) == (1, "")
    assert "kept for a year" in said.err
    shown = run("uploads", "1")
    assert shown.code == 0
    assert "2 days, 2 model rows" in shown.out
    assert "kept for a year" in shown.err
    assert "kept for a year" not in run("uploads", "2").err


@pytest.mark.usefixtures("_uploaded")
@pytest.mark.parametrize("words", [("3",), ("3", "--json"), ("0",)])
def test_a_number_of_no_upload_is_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    said = run("uploads", *words)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"There is no upload {words[0]}. See `claudeusage uploads`.\n"


@pytest.mark.parametrize("word", ["one", "-1", "1e3", "²", "9" * 30])
def test_what_is_no_number_is_wrong_usage(run: Run, word: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run("uploads", word)
    assert ended.value.code == 2


def test_before_the_first_upload_it_says_what_to_do(run: Run) -> None:
    said = run("uploads")
    assert (said.code, said.out) == (0, "")
    assert "claudeusage preview" in said.err
    assert run("uploads", "--json").out == "[]\n"


def test_an_upload_whose_answer_was_lost_is_listed_once_it_is_known(
    run: Run, projects: Path, server: SmallServer
) -> None:
    write_transcript(projects, *lines())
    server.loses_answers = True
    assert run("sync", "--yes").code == 5
    assert "  no answer" in run("uploads").out
    server.loses_answers = False
    assert run("sync").err == "Everything is already there.\n"
    assert "arrived, answer lost" in run("uploads").out
    assert json.loads(run("uploads", "--json").out)[0]["outcome"] is None
    assert "lost" in run("uploads", "1").out


def test_what_was_not_taken_is_listed_with_its_exact_body(
    run: Run, projects: Path, server: SmallServer
) -> None:
    write_transcript(projects, *lines())
    server.grants[TOKEN].machine = "ab" * 32
    refused = run("sync", "--yes")
    assert (refused.code, len(server.uploads)) == (1, 1)
    assert "  not taken" in run("uploads").out
    (listed,) = json.loads(run("uploads", "--json").out)
    assert (listed["outcome"], listed["receipt"]) == (None, None)
    assert run("uploads", "1", "--json").out == server.uploads[0].decode()
    assert "machine_other" in run("uploads", "1").out
    status = json.loads(run("status", "--json").out)
    assert (status["last_upload"], status["last_answer"]) == (None, None)
    assert run("ledger", "check").code == 0


def test_what_a_server_answered_cannot_write_to_the_terminal(
    run: Run, projects: Path, server: SmallServer
) -> None:
    write_transcript(projects, *lines())
    server.refuses["2026-11-19"] = "\x1b[31mred"
    run("sync", "--yes")
    shown = run("uploads").out + run("uploads", "1").out
    assert "red" in shown
    assert "\x1b" not in shown


@pytest.mark.usefixtures("_uploaded")
def test_nothing_of_a_transcript_but_counts_is_in_the_journal(
    run: Run, tmp_path: Path, projects: Path
) -> None:
    held = b"".join(path.read_bytes() for path in projects.rglob("*.jsonl")).decode()
    assert all(secret in held + str(list(projects.iterdir())) for secret in SECRETS)
    shown = run("uploads").out + run("uploads", "1").out + run("uploads", "--json").out
    with Database(ledger_of(tmp_path)) as database:
        kept = repr(database.rows("SELECT * FROM uploads"))
    for secret in SECRETS:
        assert secret not in shown + kept


def test_days_that_count_for_their_owner_only_are_told_and_stay_in_the_list(
    run: Run, projects: Path, server: SmallServer
) -> None:
    server.reviews = {"2026-11-18": "sessions_active", "2026-11-19": "a_new_code"}
    write_transcript(projects, *lines())
    synced = run("sync", "--yes")
    assert synced.code == 0
    for words in ("(2026-11-18): more sessions than messages.", "(2026-11-19): a_new_code."):
        assert words in synced.err
        assert words in run("uploads", "1").out
    assert "2 applied, 2 under review" in run("uploads").out
