"""Names that say where a folder comes from, and never where it is."""

from pathlib import Path

import pytest

from claudeusage_app.doctor.naming import folder_names, place_name
from claudeusage_app.places import default_folders


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "secret-home"))
    return tmp_path / "secret-home"


def test_usual_folders_are_written_with_the_home_as_a_tilde(home: Path) -> None:
    del home
    names = folder_names({}, default_folders({}))
    assert names == ("~/.claude/projects", "~/.config/claude/projects")


def test_a_folder_for_configuration_elsewhere_has_its_variables_name(
    home: Path, tmp_path: Path
) -> None:
    del home
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "secret")}
    names = folder_names(environ, default_folders(environ))
    assert names == ("~/.claude/projects", "$XDG_CONFIG_HOME/claude/projects")


def test_a_variable_that_is_ignored_names_nothing(home: Path) -> None:
    del home
    environ = {"XDG_CONFIG_HOME": "relative"}
    assert folder_names(environ, default_folders(environ))[1] == "~/.config/claude/projects"


def test_a_named_folder_has_the_variables_name(tmp_path: Path) -> None:
    environ = {"CLAUDE_CONFIG_DIR": str(tmp_path / "secret")}
    assert folder_names(environ, default_folders(environ)) == ("$CLAUDE_CONFIG_DIR",)


def test_named_folders_are_numbered_as_they_are_written(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    environ = {"CLAUDE_CONFIG_DIR": f"{one}, ,{one / 'projects'},{two}"}
    assert folder_names(environ, default_folders(environ)) == (
        "$CLAUDE_CONFIG_DIR, 1st entry",
        "$CLAUDE_CONFIG_DIR, 3rd entry",
    )


def test_many_named_folders_have_english_ordinals(tmp_path: Path) -> None:
    environ = {"CLAUDE_CONFIG_DIR": ",".join(str(tmp_path / str(n)) for n in range(23))}
    names = folder_names(environ, default_folders(environ))
    assert [names[n].split()[1] for n in (1, 10, 11, 12, 20, 21, 22)] == [
        *("2nd", "11th", "12th", "13th", "21st", "22nd", "23rd")
    ]


def test_a_folder_that_was_added_is_numbered(home: Path, tmp_path: Path) -> None:
    folders = (tmp_path / "a", home / ".claude/projects", tmp_path / "b")
    names = ("added folder 1", "~/.claude/projects", "added folder 2")
    assert folder_names({}, folders) == names


def test_a_usual_folder_is_known_through_a_link(home: Path, tmp_path: Path) -> None:
    (home / ".claude").mkdir(parents=True)
    (tmp_path / "link").symlink_to(home / ".claude")
    assert folder_names({}, [tmp_path / "link" / "projects"]) == ("~/.claude/projects",)


def test_without_a_home_a_folder_still_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "~")
    assert folder_names({}, [tmp_path]) == ("added folder 1",)
    assert place_name({}, tmp_path, "XDG_DATA_HOME") == "the system's usual place"


def test_a_place_of_this_program_is_named_by_what_decides_it(home: Path, tmp_path: Path) -> None:
    usual = home / ".local" / "share" / "claudeusage"
    other = tmp_path / "secret" / "claudeusage"
    named = {"XDG_DATA_HOME": str(tmp_path / "secret")}
    assert place_name({}, usual, "XDG_DATA_HOME") == "~/.local/share/claudeusage"
    assert place_name(named, other, "XDG_DATA_HOME") == "$XDG_DATA_HOME/claudeusage"
    assert place_name({}, other, "XDG_DATA_HOME") == "the system's usual place"
    own = named | {"CLAUDEUSAGE_CONFIG_DIR": str(other)}
    assert place_name(own, other, "XDG_DATA_HOME") == "$CLAUDEUSAGE_CONFIG_DIR"
