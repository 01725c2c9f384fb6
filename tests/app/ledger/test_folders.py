"""Which folder held which response, and what is left when a folder is taken out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from claudeusage_app.collect import Collector
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import FoldersTooMany, LedgerChanged
from claudeusage_app.ledger.folders import MOST_FOLDERS, Folders, Held
from claudeusage_app.ledger.states import States
from claudeusage_resources.price_table import shipped_prices
from tests.transcript_lines import append, usage_line, write_transcript

AT = "2026-11-20T10:00:00.000Z"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "data" / "ledger.sqlite3") as opened:
        yield opened


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return tmp_path / "one"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return tmp_path / "two"


def collect(database: Database, *roots: Path) -> bool:
    return Collector(database, shipped_prices()).collect(roots).changed


def outputs(database: Database) -> list[int]:
    return sorted(each.usage.tokens.output for each in States(database).responses())


def test_a_response_in_two_folders_is_counted_once_and_held_by_both(
    database: Database, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT), usage_line(2, AT))
    write_transcript(two, usage_line(2, AT), usage_line(3, AT))
    collect(database, one, two)
    assert Folders(database).held([one, two]) == (Held(2, 1), Held(2, 1))
    assert len(outputs(database)) == 3


def test_taking_a_folder_out_takes_what_no_other_held(
    database: Database, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT, output=1), usage_line(2, AT, output=2))
    write_transcript(two, usage_line(2, AT, output=2), usage_line(3, AT, output=3))
    collect(database, one, two)
    assert Folders(database).take_out(one) == 1
    assert outputs(database) == [2, 3]
    assert Folders(database).held([one, two]) == (Held(), Held(2, 2))


def test_what_the_other_folders_hold_is_read_again(
    database: Database, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT))
    path = write_transcript(two, usage_line(2, AT))
    collect(database, one, two)
    with database.writing():
        database.execute("DELETE FROM responses")
    assert not collect(database, one, two)
    Folders(database).take_out(one)
    assert collect(database, two)
    assert len(outputs(database)) == 1
    append(path, usage_line(3, AT))
    assert collect(database, two)


def test_a_deleted_transcript_of_another_folder_still_holds_its_responses(
    database: Database, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT))
    path = write_transcript(two, usage_line(1, AT))
    collect(database, one, two)
    path.unlink()
    Folders(database).take_out(one)
    collect(database, two)
    assert len(outputs(database)) == 1


def test_a_folder_added_around_another_holds_what_was_read_before(
    database: Database, one: Path
) -> None:
    write_transcript(one / "inside", usage_line(1, AT))
    collect(database, one / "inside")
    assert not collect(database, one / "inside", one)
    assert Folders(database).held([one / "inside", one]) == (Held(1, 0), Held(1, 0))
    Folders(database).take_out(one / "inside")
    assert len(outputs(database)) == 1


def test_a_file_reached_through_a_link_is_held_by_both_folders(
    database: Database, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT))
    two.mkdir()
    (two / "link").symlink_to(one / "-home-somebody-work")
    collect(database, one, two)
    assert Folders(database).held([one, two]) == (Held(1, 0), Held(1, 0))


def test_what_no_listed_folder_held_can_be_counted(
    database: Database, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT), usage_line(2, AT))
    write_transcript(two, usage_line(2, AT))
    collect(database, one, two)
    assert Folders(database).unlisted([one, two]) == 0
    assert Folders(database).unlisted([two]) == 1
    assert Folders(database).unlisted([one]) == 0


def test_a_folder_that_was_never_read_takes_nothing_out(
    database: Database, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT))
    collect(database, one)
    assert Folders(database).take_out(two) == 0
    assert len(outputs(database)) == 1
    assert Folders(database).held([two]) == (Held(),)


def test_taking_a_folder_out_leaves_no_session_of_its_own(
    database: Database, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT, session="first"), session="first")
    write_transcript(two, usage_line(2, AT, session="second"), session="second")
    collect(database, one, two)
    Folders(database).take_out(one)
    assert database.row("SELECT count(*) FROM sessions") == (1,)


def test_a_reading_that_began_before_a_folder_was_taken_out_puts_nothing_back(
    database: Database, tmp_path: Path, one: Path, two: Path
) -> None:
    write_transcript(one, usage_line(1, AT))
    path = write_transcript(two, usage_line(2, AT))
    collect(database, one, two)
    append(path, usage_line(3, AT))
    append(next(one.rglob("*.jsonl")), usage_line(4, AT))

    def take_out(_: object) -> None:
        with Database(tmp_path / "data" / "ledger.sqlite3") as other:
            Folders(other).take_out(one)

    with pytest.raises(LedgerChanged):
        Collector(database, shipped_prices()).collect((one, two), take_out)
    assert Folders(database).held([one])[0].responses == 0
    collect(database, two)
    assert len(outputs(database)) == 2


def test_numbers_are_given_again_and_there_are_62(database: Database, tmp_path: Path) -> None:
    folders = Folders(database)
    roots = [tmp_path / str(number) for number in range(MOST_FOLDERS)]
    assert folders.numbers(roots) == tuple(range(MOST_FOLDERS))
    with pytest.raises(FoldersTooMany):
        folders.numbers([tmp_path / "one more"])
    folders.take_out(roots[7])
    assert folders.numbers([tmp_path / "one more"]) == (7,)


def test_the_last_number_is_a_bit_like_any_other(
    database: Database, tmp_path: Path, one: Path
) -> None:
    Folders(database).numbers([tmp_path / str(number) for number in range(MOST_FOLDERS - 1)])
    write_transcript(one, usage_line(1, AT))
    collect(database, one)
    assert Folders(database).numbers([one]) == (MOST_FOLDERS - 1,)
    assert Folders(database).held([one]) == (Held(1, 1),)
    assert Folders(database).take_out(one) == 1
