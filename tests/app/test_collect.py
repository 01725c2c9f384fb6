"""The scan: what is new goes into the ledger, whole or not at all, and never counts twice."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerChanged
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.tails import Tails
from claudeusage_app.looked import Collected
from claudeusage_app.progress import Progress
from claudeusage_resources.price_table import shipped_prices
from tests.transcript_lines import append, usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"
SHIPPED = shipped_prices()
NEW = SHIPPED.models["claude-opus-5"]._replace(id="claude-opus-9", names=("claude-opus-9",))
NEWER = SHIPPED._replace(generated="2027-01-01", models={**SHIPPED.models, NEW.id: NEW})


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    return tmp_path / "claude" / "projects"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "data" / "ledger.sqlite3") as opened:
        yield opened


def collect(database: Database, *folders: Path) -> Collected:
    return Collector(database, shipped_prices()).collect(folders)


def models(database: Database) -> set[str]:
    return {each.usage.model for each in States(database).responses()}


def outputs(database: Database) -> list[int]:
    return sorted(each.usage.tokens.output for each in States(database).responses())


def test_reading_twice_changes_nothing(database: Database, projects: Path) -> None:
    write_transcript(projects, usage_line(1, AT), usage_line(2, AT))
    first, second = collect(database, projects), collect(database, projects)
    assert (first.changed, second.changed) == (True, False)
    assert outputs(database) == [100, 100]


def test_another_price_table_changes_the_figures_without_a_new_line(
    database: Database, projects: Path
) -> None:
    write_transcript(projects, usage_line(1, AT, model=NEW.id))
    assert [collect(database, projects).changed, collect(database, projects).changed] == [1, 0]
    newer = Collector(database, NEWER).collect((projects,))
    assert newer.changed
    assert models(database) == {NEW.id}


def test_what_was_read_by_an_older_table_is_not_added_to_a_ledger_that_has_a_newer_one(
    database: Database, projects: Path
) -> None:
    write_transcript(projects, usage_line(1, AT, model=NEW.id))

    def price_by_another_process(_: Progress) -> None:
        with Database(database.path) as other:
            Collector(other, NEWER).collect(())

    older = Collector(database, shipped_prices())
    with pytest.raises(LedgerChanged):
        older.collect((projects,), price_by_another_process)
    Collector(database, NEWER).collect((projects,))
    assert models(database) == {NEW.id}


def test_what_was_forgotten_is_read_again_though_no_transcript_changed(
    database: Database, projects: Path
) -> None:
    write_transcript(projects, usage_line(1, AT))
    assert [collect(database, projects).changed for _ in range(3)] == [True, False, False]
    with database.writing():
        database.execute("DELETE FROM responses")
        Tails(database).forget()
    assert collect(database, projects).changed
    assert outputs(database) == [100]


def test_a_change_after_readings_that_found_nothing_is_read(
    database: Database, projects: Path
) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    assert [collect(database, projects).changed for _ in range(3)] == [True, False, False]
    append(path, usage_line(2, AT))
    assert [collect(database, projects).changed for _ in range(3)] == [True, False, False]
    assert outputs(database) == [100, 100]


def test_what_was_appended_is_added(database: Database, projects: Path) -> None:
    path = write_transcript(projects, usage_line(1, AT, output=1))
    collect(database, projects)
    append(path, usage_line(1, AT, output=260))
    assert collect(database, projects).changed
    assert outputs(database) == [260]


def test_a_deleted_truncated_or_rewritten_transcript_lowers_nothing(
    database: Database, projects: Path
) -> None:
    one = write_transcript(projects, usage_line(1, AT), usage_line(2, AT), session="one")
    two = write_transcript(projects, usage_line(3, AT, output=500), session="two")
    three = write_transcript(projects, usage_line(4, AT), session="three")
    collect(database, projects)
    one.write_text("")
    two.unlink()
    three.write_text(usage_line(5, AT, output=7) + "\n")
    collect(database, projects)
    assert outputs(database) == [7, 100, 100, 100, 500]


def test_a_moved_transcript_counts_once(database: Database, projects: Path) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    collect(database, projects)
    path.rename(path.with_name("moved.jsonl"))
    assert not collect(database, projects).changed
    assert outputs(database) == [100]


def test_a_restored_transcript_counts_once(database: Database, projects: Path) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    content = path.read_bytes()
    collect(database, projects)
    path.unlink()
    collect(database, projects)
    path.write_bytes(content)
    assert not collect(database, projects).changed


def test_a_cut_last_line_is_read_when_it_is_whole(database: Database, projects: Path) -> None:
    text = f"{usage_line(1, AT)}\n{usage_line(2, AT)}\n".encode()
    path = write_transcript(projects)
    for end in range(0, len(text), 101):
        path.write_bytes(text[:end])
        collect(database, projects)
    path.write_bytes(text)
    collect(database, projects)
    assert outputs(database) == [100, 100]
    assert Tails(database).skipped() == {}


def test_two_folders_are_one_reading(database: Database, projects: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write_transcript(projects, usage_line(1, AT), session="one")
    write_transcript(other, usage_line(1, AT, output=9), usage_line(2, AT), session="two")
    collected = collect(database, projects, other, tmp_path / "missing")
    assert collected.transcripts == 2
    assert collected.folders == (projects, other, tmp_path / "missing")
    assert outputs(database) == [100, 100]


@pytest.mark.parametrize("number", range(8))  # each ledger hides ids in another way
@pytest.mark.parametrize("at_once", [True, False])
def test_a_resumed_history_is_its_parents_however_alike_the_ids_are(
    database: Database, projects: Path, at_once: bool, number: int
) -> None:
    ids = [f"session-{number}", f"session-{number}-resumed"]
    for session in ids[::-1]:
        write_transcript(projects, usage_line(1, AT, session=session), session=session)
        if not at_once:
            collect(database, projects)
    collect(database, projects)
    (response,) = States(database).responses()
    assert [*States(database).responses_of(ids[0])] == [response]
    assert [*States(database).responses_of(ids[1])] == []


def test_skipped_lines_are_counted_once_with_their_reason(
    database: Database, projects: Path
) -> None:
    path = write_transcript(
        projects,
        '{"type":"assistant","message":{"usage":{"output_tokens":1}}}',
        '{"type":"assistant","message":{"usage":{"output_tok',
        '{"type":"assistant","message":{"model":"claude-opus-5-5"}}',
        usage_line(1, "yesterday"),
        '{"type":"user","toolUseResult":{"usage":{"output_tokens":1}}}',
        "\ufeff",
    )
    expected = {"no_model": 1, "no_timestamp": 1, "no_usage": 1, "not_understood": 1}
    collect(database, projects)
    assert Tails(database).skipped() == expected
    append(path, "", '{"type":"assistant","message":5}')
    collect(database, projects)
    assert Tails(database).skipped() == expected | {"no_usage": 2}


def test_no_file_is_ever_fatal(database: Database, projects: Path) -> None:
    garbage = (b"", b"\0" * 5000, b"\xff\xfe\x00", b"null\n[1]\n", b"[" * 200_000, b'{"usage":')
    for number, content in enumerate(garbage):
        path = projects / "p" / f"{number}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content + b"\r\n" + usage_line(number, AT).encode() + b"\r\n")
    assert collect(database, projects).unreadable == 0
    assert outputs(database) == [100] * len(garbage)


def test_a_folder_that_cannot_be_listed_is_counted_as_unreadable(
    database: Database, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_transcript(projects, usage_line(1, AT))
    monkeypatch.chdir(projects)
    for _ in range(30):  # until the path is longer than a path may be
        Path("long" * 50).mkdir()
        os.chdir("long" * 50)
    collected = collect(database, projects)
    assert collected.unreadable == 1
    assert outputs(database) == [100]


def test_progress_ends_with_every_file_and_byte(database: Database, projects: Path) -> None:
    for number in range(3):
        write_transcript(projects, usage_line(number, AT), session=f"session-{number}")
    told: list[Progress] = []
    Collector(database, shipped_prices()).collect((projects,), told.append)
    size = sum(each.stat().st_size for each in projects.rglob("*.jsonl"))
    assert [each.files_done for each in told] == [1, 2, 3]
    assert told[-1] == Progress(3, 3, size, size)


def test_progress_is_told_within_a_large_file_too(database: Database, projects: Path) -> None:
    path = write_transcript(projects, *("x" * 999 for _ in range(2_000)))
    told: list[Progress] = []
    collector = Collector(database, shipped_prices())
    collector.collect((projects,), told.append)
    assert [each.files_done for each in told] == [0] * (len(told) - 1) + [1]
    steps = [each.bytes_done for each in told]
    assert steps == sorted(set(steps))
    assert 5 < len(steps) < 50
    assert {each.bytes for each in told} == {path.stat().st_size}


def test_progress_counts_only_what_is_new(database: Database, projects: Path) -> None:
    path = write_transcript(projects, usage_line(1, AT))
    collect(database, projects)
    append(path, usage_line(2, AT))
    told: list[Progress] = []
    Collector(database, shipped_prices()).collect((projects,), told.append)
    assert told == [Progress(1, 1, path.stat().st_size // 2, path.stat().st_size // 2)]


def test_a_scan_of_many_records_is_written_in_parts_and_adds_up(
    database: Database, projects: Path
) -> None:
    count = 45_000
    lines = [usage_line(number, AT, output=1) for number in range(count)]
    lines.insert(30_000, '{"type":"assistant","message":5}')
    write_transcript(projects, *lines)
    collect(database, projects)
    assert len(outputs(database)) == count
    assert Tails(database).skipped() == {"no_usage": 1}
    assert not collect(database, projects).changed


def test_two_ledgers_share_no_key(tmp_path: Path, projects: Path) -> None:
    write_transcript(projects, usage_line(1, AT))
    kept: list[set[bytes]] = []
    for name in ("one", "two"):
        with Database(tmp_path / name / "ledger.sqlite3") as database:
            collect(database, projects)
            kept.append(set(Tails(database).all()))
    assert not kept[0] & kept[1]
