"""The list of folders: what each held, one more, one less, and what joins the main ledger."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tzlocal

from claudeusage_app.errors import FolderUnknown
from claudeusage_app.folders import add, held_by, listing, own, remove
from claudeusage_app.installation import Installation
from claudeusage_app.ledger.database import Database
from claudeusage_app.places import Places
from claudeusage_app.scope import ledger_name
from tests.transcript_lines import usage_line, write_transcript

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = "2026-11-22T10:00:00Z"


@pytest.fixture(autouse=True)
def _live_in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    tzlocal.reload_localzone()
    yield
    monkeypatch.undo()
    tzlocal.reload_localzone()


def install(folder: Path, claude: str | None = "one") -> Installation:
    environ = {"CLAUDEUSAGE_CONFIG_DIR": str(folder / "program")}
    if claude is not None:
        environ["CLAUDE_CONFIG_DIR"] = str(folder / claude)
    return Installation(environ, Places.of(environ), lambda: NOW)


@pytest.fixture
def program(tmp_path: Path) -> Installation:
    """Give an installation with the adopted folder ``one``, which holds a response."""
    write_transcript(tmp_path / "one/projects", usage_line(1, AT))
    made = install(tmp_path)
    made.adopt()
    made.collect()
    return install(tmp_path, None)


def messages(program: Installation) -> int:
    program.collect()
    return program.today().messages


def test_a_folder_that_is_added_is_counted_with_the_others(
    program: Installation, tmp_path: Path
) -> None:
    write_transcript(tmp_path / "two/projects", usage_line(1, AT), usage_line(2, AT))
    assert add(program, str(tmp_path / "two")) == tmp_path / "two/projects"
    assert messages(program) == 2
    assert [each.held.alone for each in listing(program).folders] == [0, 1]
    assert [each.transcripts for each in listing(program).folders] == [1, 1]


@pytest.mark.parametrize("given", ["one", "one/projects", "link"])
def test_a_folder_is_counted_once_by_whatever_name(
    program: Installation, tmp_path: Path, given: str
) -> None:
    (tmp_path / "link").symlink_to("one")
    assert add(program, str(tmp_path / given)) is None
    assert len(listing(program).folders) == 1


def test_a_folder_without_projects_below_it_is_taken_as_it_is(
    program: Installation, tmp_path: Path
) -> None:
    write_transcript(tmp_path / "backup", usage_line(2, AT))
    assert add(program, str(tmp_path / "backup")) == tmp_path / "backup"
    assert messages(program) == 2


def test_a_folder_that_is_not_there_is_not_added(program: Installation, tmp_path: Path) -> None:
    with pytest.raises(FolderUnknown, match="nowhere"):
        add(program, str(tmp_path / "nowhere"))
    assert len(listing(program).folders) == 1


def test_adding_a_folder_adopts_those_in_force(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    program = install(tmp_path)
    assert not listing(program).adopted
    add(program, str(tmp_path / "two"))
    assert install(tmp_path, None).roots() == (tmp_path / "one/projects", tmp_path / "two")
    assert listing(program).adopted


def test_the_adopted_folders_are_changed_whatever_the_environment_names(
    program: Installation, tmp_path: Path
) -> None:
    (tmp_path / "two/projects").mkdir(parents=True)
    add(own(install(tmp_path, "two")), str(tmp_path / "two"))
    assert program.roots() == (tmp_path / "one/projects", tmp_path / "two/projects")


def test_what_was_counted_while_a_folder_was_only_looked_at_joins_the_main_ledger(
    program: Installation, tmp_path: Path
) -> None:
    path = write_transcript(tmp_path / "two/projects", usage_line(1, AT), usage_line(2, AT))
    assert messages(install(tmp_path, "two")) == 2
    path.unlink()
    assert messages(program) == 1
    add(program, str(tmp_path / "two"))
    assert messages(program) == 2
    assert [each.held.responses for each in listing(program).folders] == [1, 2]


def test_a_ledger_with_another_key_stays_as_it_is(program: Installation, tmp_path: Path) -> None:
    write_transcript(tmp_path / "two/projects", usage_line(2, AT))
    looked_at = program.places.data / ledger_name([tmp_path / "two/projects"])
    with Database(looked_at) as database:
        database.set_fact("salt", bytes(32))
    messages(install(tmp_path, "two"))
    add(program, str(tmp_path / "two"))
    assert messages(program) == 2
    assert messages(install(tmp_path, "two")) == 1


def test_a_folder_that_is_taken_out_takes_what_only_it_held(
    program: Installation, tmp_path: Path
) -> None:
    write_transcript(tmp_path / "two/projects", usage_line(1, AT), usage_line(2, AT))
    add(program, str(tmp_path / "two"))
    assert messages(program) == 2
    folder, held = held_by(program, str(tmp_path / "two"))
    assert (held.responses, held.alone) == (2, 1)
    assert remove(program, folder) == 1
    assert messages(program) == 1
    assert program.roots() == (tmp_path / "one/projects",)
    assert listing(program).unlisted == 0


def test_a_folder_that_was_taken_out_of_the_settings_by_hand_can_still_be_taken_out(
    program: Installation, tmp_path: Path
) -> None:
    write_transcript(tmp_path / "two/projects", usage_line(2, AT))
    add(program, str(tmp_path / "two"))
    messages(program)
    text = program.places.settings.read_text().replace(f', "{tmp_path}/two/projects"', "")
    program.places.settings.write_text(text)
    assert listing(program).unlisted == 1
    folder, held = held_by(program, str(tmp_path / "two"))
    assert held.alone == 1
    assert remove(program, folder) == 1
    assert (listing(program).unlisted, messages(program)) == (0, 1)


def test_a_folder_that_was_never_in_the_list_cannot_be_taken_out(
    program: Installation, tmp_path: Path
) -> None:
    with pytest.raises(FolderUnknown, match="not in the list"):
        held_by(program, str(tmp_path / "two"))


def test_the_transcripts_of_a_folder_that_is_taken_out_stay(
    program: Installation, tmp_path: Path
) -> None:
    path = write_transcript(tmp_path / "two/projects", usage_line(2, AT))
    add(program, str(tmp_path / "two"))
    messages(program)
    remove(program, tmp_path / "two/projects")
    assert path.exists()
    assert messages(program) == 1
    add(program, str(tmp_path / "two"))
    assert messages(program) == 2
