"""What a long-lived thread keeps at hand changes no figure, whatever else happens to the files."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claudeusage_app.hinted import Hinted
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerDamaged, LedgerTooNew
from claudeusage_app.places import Places
from tests.core.samples import PRICES_TEXT
from tests.transcript_lines import append, usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = "2026-11-22T10:00:00.000Z"

steps = st.lists(
    st.tuples(
        st.sampled_from(("hinted", "walk", "elsewhere")),
        st.integers(1, 6),
        st.integers(0, 30 * 60),
        st.integers(1, 500),
    ),
    max_size=12,
)


def install(folder: Path, settings: str = "program") -> Installation:
    environ = {
        "CLAUDEUSAGE_CONFIG_DIR": str(folder / settings),
        "CLAUDE_CONFIG_DIR": str(folder / "claude"),
    }
    return Installation(environ, Places.of(environ), lambda: NOW)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Installation]:
    made = install(tmp_path).on_one_thread()
    yield made
    made.close()


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    return write_transcript(tmp_path / "claude/projects", usage_line(1, AT))


def hint(*paths: Path) -> Hinted:
    return Hinted(frozenset(str(path.resolve()) for path in paths), frozenset())


def contents(program: Installation) -> object:
    """Return what a ledger holds of responses and transcripts."""
    with program.ledger() as database:
        queries = ("SELECT * FROM responses ORDER BY id", "SELECT * FROM tails ORDER BY file")
        return [database.rows(query) for query in queries]


@settings(max_examples=40)
@given(steps)
def test_todays_figures_are_those_of_a_program_that_keeps_nothing(
    found: list[tuple[str, int, int, int]],
) -> None:
    """Lines are read by a hint, by a walk and by another process; some are before midnight."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = write_transcript(folder / "claude/projects")
        begun = datetime(2026, 11, 21, 23, 45, tzinfo=UTC)
        program, other = install(folder).on_one_thread(), install(folder)
        for how, number, after, output in found:
            at = (begun + timedelta(seconds=after)).isoformat()
            append(path, usage_line(number, at, output=output))
            if how == "elsewhere":
                other.collect()
            else:
                program.collect(None, hint(path) if how == "hinted" else None)
            assert program.today() == other.today()
        program.close()


def test_a_hinted_look_leaves_the_ledger_as_a_walk_does(tmp_path: Path) -> None:
    files = [
        write_transcript(
            tmp_path / "claude/projects", usage_line(each, AT), session=f"s{each}", project=where
        )
        for each, where in enumerate(("a", "b", "a/s1/subagents", "c"))
    ]
    hinting, walking = install(tmp_path), install(tmp_path, settings="other")
    linked = hinting.collect().linked
    copytree(hinting.places.data, walking.places.data)
    for number, each in enumerate(files[:3], 10):
        append(each, usage_line(number, AT))
    looked = hinting.collect(None, Hinted(hint(*files[:3]).paths, linked))
    walked = walking.collect()
    assert (looked.transcripts, walked.transcripts) == (3, 4)
    assert contents(hinting) == contents(walking)


def test_the_ledger_is_opened_once(program: Installation, transcript: Path) -> None:
    program.collect()
    with program.ledger() as first:
        pass
    append(transcript, usage_line(2, AT))
    program.collect(None, hint(transcript))
    assert program.today().messages == 2
    with program.ledger() as second:
        assert second is first


def test_a_ledger_that_was_replaced_is_opened_anew(program: Installation, transcript: Path) -> None:
    program.collect()
    program.ledger_path.rename(program.ledger_path.with_name("before"))
    assert program.today().messages == 0
    assert transcript.exists()
    program.collect()
    assert program.today().messages == 1


def test_a_ledger_that_a_newer_program_has_migrated_is_left_alone(
    program: Installation, transcript: Path
) -> None:
    program.collect()
    with Database(program.ledger_path) as newer:
        newer.execute("PRAGMA user_version = 99")
    append(transcript, usage_line(2, AT))
    with pytest.raises(LedgerTooNew):
        program.collect(None, hint(transcript))


def test_a_ledger_that_turns_out_to_be_damaged_is_set_aside(
    program: Installation, transcript: Path
) -> None:
    program.collect()
    with program.ledger() as database:
        database.execute("UPDATE responses SET time_ms = 'never'")
    with pytest.raises(LedgerDamaged), program.ledger():
        raise LedgerDamaged
    assert list(program.ledger_path.parent.glob("*.damaged-*"))
    program.collect()
    assert program.today().messages == 1
    assert transcript.exists()


def test_a_price_table_that_was_imported_meanwhile_is_in_force(
    program: Installation, transcript: Path
) -> None:
    program.collect()
    table = json.loads(PRICES_TEXT) | {"generated": "2030-01-01"}
    program.places.imported_prices.write_text(json.dumps(table))
    assert program.prices.generated == "2030-01-01"
    assert program.collect(None, hint(transcript)).changed


def test_own_prices_that_were_written_meanwhile_count(
    program: Installation, transcript: Path
) -> None:
    append(transcript, usage_line(2, AT, model="local"))
    program.collect()
    assert program.today().unpriced_tokens
    prices = "input=1\noutput=1\ncache_write_5m=1\ncache_write_1h=1\ncache_read=1"
    program.places.own_prices.write_text(f"[local]\n{prices}\n")
    assert not program.today().unpriced_tokens
