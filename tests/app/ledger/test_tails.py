"""How far each transcript was read, and what was passed over in it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.tails import Move, Tail, Tails
from claudeusage_core.transcript import SkipReason


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "ledger.sqlite3") as opened:
        yield opened


def tail(read_to: int) -> Tail:
    return Tail(size=read_to, mtime_ns=1, inode=2, read_to=read_to, ending=b"%d" % read_to)


def move(
    database: Database,
    before: Tail | None,
    after: Tail,
    *,
    restarted: bool = False,
    skipped: dict[str, int] | None = None,
) -> None:
    with database.writing():
        told = Counter({SkipReason(each): lines for each, lines in (skipped or {}).items()})
        Tails(database).move([Move(b"file", before, after, restarted, told)])


def test_a_tail_moves_on(database: Database) -> None:
    move(database, None, tail(10))
    move(database, tail(10), tail(20))
    assert Tails(database).all() == {b"file": tail(20)}


def test_where_another_process_moved_the_tail_its_word_stands(database: Database) -> None:
    move(database, None, tail(10), skipped={"no_model": 1})
    move(database, None, tail(5), skipped={"no_model": 1})
    move(database, tail(9), tail(30), skipped={"no_model": 1})
    assert Tails(database).all() == {b"file": tail(10)}
    assert Tails(database).skipped() == {"no_model": 1}


def test_skipped_lines_add_up_by_reason(database: Database) -> None:
    move(database, None, tail(10), skipped={"no_model": 1, "not_understood": 2})
    move(database, tail(10), tail(20), skipped={"not_understood": 3})
    assert Tails(database).skipped() == {"no_model": 1, "not_understood": 5}


def test_a_file_read_from_its_first_byte_again_forgets_what_was_skipped(
    database: Database,
) -> None:
    move(database, None, tail(10), skipped={"no_model": 1})
    move(database, tail(10), tail(5), restarted=True, skipped={"not_understood": 1})
    assert Tails(database).skipped() == {"not_understood": 1}


def test_a_file_is_known_by_a_keyed_hash_of_its_path(database: Database, tmp_path: Path) -> None:
    path = "/home/somebody/caf\udce9/s.jsonl"
    key = Tails(database).file_key(path)
    with Database(tmp_path / "other.sqlite3") as other:
        assert Tails(other).file_key(path) != key
    assert len(key) == 16
    assert b"somebody" not in key


def test_a_seal_lasts_until_a_tail_moves(database: Database) -> None:
    Tails(database).seal(b"seal", database.version_of_others)
    assert Tails(database).sealed(b"seal")
    assert not Tails(database).sealed(b"another")
    move(database, None, tail(10))
    assert not Tails(database).sealed(b"seal")


def test_nothing_is_sealed_where_another_process_wrote_meanwhile(database: Database) -> None:
    version = database.version_of_others
    with Database(database.path) as other:
        move(other, None, tail(10))
    Tails(database).seal(b"seal", version)
    assert not Tails(database).sealed(b"seal")
