"""A ledger carried to another computer: written whole, and taken in whole or not at all."""

import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claudeusage_app.collect import Collector
from claudeusage_app.errors import FileExists, FileNotWritten
from claudeusage_app.ledger.checking import faults
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerFileInvalid, LedgerNotComparable, LedgerTooNew
from claudeusage_app.ledger.exchange import export, take_in
from claudeusage_app.ledger.folders import Folders, Held
from claudeusage_app.ledger.history import made_upload, made_uploads
from claudeusage_app.ledger.journal import Journal
from claudeusage_app.ledger.states import States
from claudeusage_app.ledger.tails import Tails
from claudeusage_app.ledger.uploads import Account
from claudeusage_core.payload import Known, make_request
from claudeusage_core.wire import Day, SyncAnswer, receipt
from claudeusage_resources.price_table import shipped_prices
from tests.transcript_lines import usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TABLES = ("facts", "responses", "models", "sessions", "folders", "uploads", "sent", "accepted")


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    """Give the ledger of one computer, with two responses."""
    with Database(tmp_path / "old" / "ledger-1.sqlite3") as database:
        count(database, tmp_path / "old-projects", 1, 2)
        database.execute("INSERT INTO sent VALUES ('o', 'a', '2026-11-20', 'd')")
        database.execute("INSERT INTO accepted VALUES ('o', 'a', 'f', 't')")
        upload(database, "2026-11-20")
        database.set_fact("zone", "Asia/Tokyo")
        yield database


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Database]:
    """Give the empty ledger of another computer."""
    with Database(tmp_path / "new" / "ledger-2.sqlite3") as database:
        yield database


def count(database: Database, projects: Path, *numbers: int) -> None:
    write_transcript(projects, *(usage_line(number, AT, output=number) for number in numbers))
    Collector(database, shipped_prices()).collect((projects,))


def upload(database: Database, *dates: str) -> None:
    """Have some empty days uploaded and applied."""
    days = tuple(
        Day(date=each, active_seconds=0, sessions_active=0, sessions_started=0, models=())
        for each in dates
    )
    request = make_request(days, machine="ab" * 32, prices="2026-11-22", sequence=len(days))
    nothing = dict.fromkeys(("unchanged", "stale", "kept", "refused", "review"), ())
    told = {**nothing, "applied": dates, "receipt": receipt(request.body())}
    answer = SyncAnswer.model_validate(told)
    Journal(database, Account("o", "a")).answered(request, answer, Known(), NOW)


def outputs(database: Database) -> list[int]:
    return sorted(each.usage.tokens.output for each in States(database).responses())


def exported(database: Database, folder: Path, name: str = "export") -> Path:
    export(database, folder / name, overwrite=False)
    return folder / name


def contents(database: Database) -> list[object]:
    return [sorted(database.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES]  # noqa: S608 -- constants


def test_an_export_is_one_file_for_its_owner_only(old: Database, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    path = exported(old, tmp_path)
    assert set(tmp_path.iterdir()) - before == {path}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_ledger_becomes_what_was_exported(
    old: Database, new: Database, tmp_path: Path
) -> None:
    assert take_in(new, exported(old, tmp_path), NOW, instead=False).responses == 2
    assert contents(new) == contents(old)
    assert new.fact("zone") == "Asia/Tokyo"
    assert faults(new) == ()


def test_what_was_taken_in_is_not_counted_again_from_transcripts(
    old: Database, new: Database, tmp_path: Path
) -> None:
    take_in(new, exported(old, tmp_path), NOW, instead=False)
    count(new, tmp_path / "new-projects", 2, 3)
    assert outputs(new) == [1, 2, 3]


def test_nothing_of_how_far_the_other_computers_transcripts_were_read_is_taken_in(
    old: Database, new: Database, tmp_path: Path
) -> None:
    take_in(new, exported(old, tmp_path), NOW, instead=False)
    assert new.rows("SELECT * FROM tails") == []
    assert new.rows("SELECT * FROM skips") == []


def test_an_export_of_the_same_ledger_is_merged(old: Database, tmp_path: Path) -> None:
    path = exported(old, tmp_path)
    count(old, tmp_path / "old-projects", 3)
    Folders(old).take_out(tmp_path / "old-projects")
    assert outputs(old) == []
    count(old, tmp_path / "more", 2, 4)
    assert take_in(old, path, NOW, instead=False).responses == 1
    assert outputs(old) == [1, 2, 4]
    assert Folders(old).held([tmp_path / "old-projects", tmp_path / "more"]) == (
        Held(2, 1),
        Held(2, 1),
    )


def test_merging_keeps_the_uploads_of_both_once(old: Database, tmp_path: Path) -> None:
    upload(old, "2026-11-20", "2026-11-21")
    path = exported(old, tmp_path)
    old.execute("DELETE FROM uploads WHERE days = 2")
    upload(old, "2026-11-20", "2026-11-21", "2026-11-22")
    take_in(old, path, NOW, instead=False)
    made = made_uploads(old)
    assert sorted(each.days for each in made) == [1, 2, 3]
    assert len({each.number for each in made}) == 3


def test_a_ledger_that_is_replaced_has_the_uploads_of_the_file(
    old: Database, new: Database, tmp_path: Path
) -> None:
    take_in(new, exported(old, tmp_path), NOW, instead=False)
    assert made_uploads(new) == made_uploads(old)
    assert made_upload(new, 1) == made_upload(old, 1)


def test_merging_twice_changes_nothing(old: Database, tmp_path: Path) -> None:
    path = exported(old, tmp_path)
    before = contents(old)
    assert take_in(old, path, NOW, instead=False).responses == 0
    assert contents(old) == before


def test_models_that_an_older_table_hid_are_known_after_the_next_scan(
    old: Database, tmp_path: Path
) -> None:
    prices = shipped_prices()
    older = prices._replace(generated="2026-01-01", models={})
    with Database(tmp_path / "old" / "ledger-9.sqlite3") as beside:
        write_transcript(tmp_path / "beside", usage_line(7, AT))
        Collector(beside, older).collect((tmp_path / "beside",))
    take_in(old, tmp_path / "old/ledger-9.sqlite3", NOW, instead=False)
    Collector(old, prices).collect(())
    assert {each.usage.model for each in States(old).responses()} == {"claude-opus-5-5"}


def test_ledgers_of_one_folder_share_their_key_and_can_be_merged(
    old: Database, tmp_path: Path
) -> None:
    with Database(tmp_path / "old" / "ledger-9.sqlite3") as beside:
        count(beside, tmp_path / "beside", 2, 7)
    assert take_in(old, tmp_path / "old/ledger-9.sqlite3", NOW, instead=False).responses == 1
    assert outputs(old) == [1, 2, 7]


def test_ledgers_begun_apart_are_not_mixed(old: Database, new: Database, tmp_path: Path) -> None:
    count(new, tmp_path / "new-projects", 2, 3)
    before = contents(new)
    with pytest.raises(LedgerNotComparable, match="--replace"):
        take_in(new, exported(old, tmp_path), NOW, instead=False)
    assert contents(new) == before


def test_the_ledger_whose_place_is_taken_is_kept(
    old: Database, new: Database, tmp_path: Path
) -> None:
    count(new, tmp_path / "new-projects", 2, 3)
    before = contents(new)
    taken = take_in(new, exported(old, tmp_path), NOW, instead=True)
    assert contents(new) == contents(old)
    assert taken.aside == new.path.with_name("ledger-2.sqlite3.replaced-20261122T120000Z")
    assert taken.aside is not None
    with Database(taken.aside) as aside:
        assert contents(aside) == before
    count(new, tmp_path / "new-projects", 2, 3)
    assert outputs(new) == [1, 2, 3]


def test_a_ledger_that_takes_the_place_has_no_transcripts_that_need_not_be_read(
    old: Database, new: Database, tmp_path: Path
) -> None:
    Tails(old).seal(b"seal", old.version_of_others)
    count(new, tmp_path / "new-projects", 3)
    take_in(new, exported(old, tmp_path), NOW, instead=True)
    assert not Tails(new).sealed(b"seal")


def test_another_process_sees_the_old_rows_or_the_new_ones(
    old: Database, new: Database, tmp_path: Path
) -> None:
    with Database(new.path) as other:
        take_in(new, exported(old, tmp_path), NOW, instead=False)
        assert contents(other) == contents(old)


@pytest.mark.parametrize(
    "content", [b"", b"no ledger at all" * 300, b"SQLite format 3\0" + b"\0" * 5000]
)
def test_a_file_that_is_no_ledger_is_refused(new: Database, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(LedgerFileInvalid, match="no ledger"):
        take_in(new, path, NOW, instead=False)
    assert path.read_bytes() == content


def test_a_missing_file_and_another_database_are_refused(new: Database, tmp_path: Path) -> None:
    with pytest.raises(LedgerFileInvalid):
        take_in(new, tmp_path / "nowhere", NOW, instead=False)
    connection = sqlite3.connect(tmp_path / "other")
    connection.execute("CREATE TABLE facts (name, value)")
    connection.close()
    with pytest.raises(LedgerFileInvalid, match="no salt"):
        take_in(new, tmp_path / "other", NOW, instead=False)


def test_an_export_of_a_newer_version_is_refused(
    old: Database, new: Database, tmp_path: Path
) -> None:
    path = exported(old, tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(LedgerTooNew):
        take_in(new, path, NOW, instead=False)


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE responses SET input = -1",
        "UPDATE responses SET more = '[['",
        """UPDATE responses SET more = '{"owners": [[1, 2]]}'""",
        "UPDATE responses SET model = 999",
        "UPDATE responses SET session = 999",
        "UPDATE responses SET input = 'many'",
        """UPDATE responses SET more = '{"web_searches": 1.5}'""",
        """UPDATE responses SET more = '{"extras": [["other", 1, 2, 3, 4, -5]]}'""",
        "UPDATE responses SET held_in = 'everywhere'",
        "UPDATE responses SET flags = 7 << 5",
    ],
)
def test_rows_that_make_no_sense_are_refused_whole(
    old: Database, new: Database, tmp_path: Path, broken: str
) -> None:
    path = exported(old, tmp_path)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(broken)
    connection.close()
    with pytest.raises(LedgerFileInvalid, match="is damaged"):
        take_in(new, path, NOW, instead=False)
    assert outputs(new) == []


def test_nothing_is_overwritten_unasked(old: Database, tmp_path: Path) -> None:
    (tmp_path / "export").write_text("mine")
    with pytest.raises(FileExists, match="--force"):
        exported(old, tmp_path)
    assert (tmp_path / "export").read_text() == "mine"
    export(old, tmp_path / "export", overwrite=True)
    with Database(tmp_path / "export") as database:
        assert outputs(database) == [1, 2]


def test_an_export_never_takes_the_place_of_the_ledger(old: Database, tmp_path: Path) -> None:
    (tmp_path / "link").hardlink_to(old.path)
    before = old.path.stat().st_ino
    for target in (old.path, tmp_path / "link"):
        with pytest.raises(FileNotWritten, match="is the ledger"):
            export(old, target, overwrite=True)
    assert old.path.stat().st_ino == before


def test_a_folder_that_is_not_there_is_told(old: Database, tmp_path: Path) -> None:
    with pytest.raises(FileNotWritten, match="nowhere"):
        exported(old, tmp_path / "nowhere")


def test_nothing_is_left_beside_the_ledger(old: Database, new: Database, tmp_path: Path) -> None:
    before = sorted(new.path.parent.iterdir())
    take_in(new, exported(old, tmp_path), NOW, instead=False)
    assert sorted(new.path.parent.iterdir()) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE responses SET time_ms = -1000000000000000000",
        "UPDATE responses SET time_ms = 9000000000000000000",
        "UPDATE responses SET time_ms = 'then'",
        "UPDATE responses SET time_ms = 1795000000000.5",
        "UPDATE responses SET time_ms = 0",
        "UPDATE responses SET lag_ms = 'then'",
        """UPDATE responses SET more = '{"cost_usd": 1e999}'""",
        """UPDATE responses SET more = '{"cost_usd": -1.0}'""",
        """UPDATE responses SET more = '{"cost_usd": "dear"}'""",
        """UPDATE responses SET more = '{"extras": [[5, 1, 2, 3, 4, 5]]}'""",
        "UPDATE models SET name = '/home/somebody/model'",
        "UPDATE models SET name = CAST(x'ff' AS TEXT)",
        "UPDATE sessions SET token = 'session'",
        "UPDATE uploads SET at = 'then'",
        "UPDATE uploads SET at = '2026-11-20T10:00:00'",
        "UPDATE uploads SET origin = x'00'",
        "UPDATE uploads SET days = 'many'",
        "UPDATE uploads SET answer = x'7b7d'",
        "UPDATE uploads SET body = x'7b7d'",
        "UPDATE facts SET value = 'Nowhere/Land' WHERE name = 'zone'",
        "UPDATE facts SET value = zeroblob(100) WHERE name = 'salt'",
        "UPDATE facts SET value = 'text' WHERE name = 'salt'",
    ],
)
@pytest.mark.parametrize("begun_together", [True, False])
def test_a_ledger_that_no_transcript_can_make_is_not_taken_in(
    old: Database, new: Database, tmp_path: Path, change: str, *, begun_together: bool
) -> None:
    if begun_together:
        take_in(new, exported(old, tmp_path), NOW, instead=False)
    before = contents(new)
    bad = exported(old, tmp_path, "bad")
    with sqlite3.connect(bad) as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(LedgerFileInvalid):
        take_in(new, bad, NOW, instead=True)
    assert contents(new) == before


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE held",
        "ALTER TABLE sent ADD COLUMN more",
        "CREATE TABLE more (words TEXT)",
        "CREATE TRIGGER more AFTER INSERT ON facts BEGIN DELETE FROM responses; END",
    ],
)
def test_a_file_with_other_tables_is_not_taken_in(
    old: Database, new: Database, tmp_path: Path, change: str
) -> None:
    bad = exported(old, tmp_path)
    with sqlite3.connect(bad) as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(LedgerFileInvalid, match="other tables"):
        take_in(new, bad, NOW, instead=False)
    assert outputs(new) == []
