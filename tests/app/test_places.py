"""Where the program keeps its files, and where transcripts are looked for."""

from pathlib import Path

import pytest

from claudeusage_app.errors import PlaceUnknown
from claudeusage_app.places import Places, default_folders, distinct, expanded


def test_one_variable_puts_every_file_of_the_program_into_one_folder(tmp_path: Path) -> None:
    places = Places.of({"CLAUDEUSAGE_CONFIG_DIR": str(tmp_path)})
    assert (places.config, places.data) == (tmp_path, tmp_path)
    assert places.settings == tmp_path / "settings.toml"
    assert places.server == tmp_path / "server"


def test_a_tilde_in_it_is_the_home_folder() -> None:
    assert Places.of({"CLAUDEUSAGE_CONFIG_DIR": "~/here"}).config == Path.home() / "here"


def test_without_it_the_systems_usual_folders_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAUDEUSAGE_CONFIG_DIR")
    places = Places.of({})
    assert places.config.name == places.data.name == "claudeusage"
    assert places.config.is_relative_to(Path.home())


def test_both_usual_folders_are_looked_at() -> None:
    home = Path.home()
    assert default_folders({}) == (
        home / ".claude" / "projects",
        home / ".config" / "claude" / "projects",
    )
    assert default_folders({"XDG_CONFIG_HOME": "/xdg"})[1] == Path("/xdg/claude/projects")


@pytest.mark.parametrize("ignored", ["", "relative", "./here"])
def test_a_configuration_folder_that_is_not_absolute_is_ignored(ignored: str) -> None:
    assert default_folders({"XDG_CONFIG_HOME": ignored}) == default_folders({})


def test_the_environment_may_name_several_and_end_in_projects() -> None:
    names = "/one, /two/projects ,,~/three, , /four/projects/,/projects/five"
    assert default_folders({"CLAUDE_CONFIG_DIR": names}) == (
        Path("/one/projects"),
        Path("/two/projects"),
        Path.home() / "three" / "projects",
        Path("/four/projects"),
        Path("/projects/five/projects"),
    )


def test_a_folder_named_twice_is_one(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    names = f"{tmp_path},{tmp_path}/projects,{tmp_path}/link,{tmp_path}/./projects/"
    assert default_folders({"CLAUDE_CONFIG_DIR": names}) == (tmp_path / "projects",)


@pytest.mark.parametrize("blank", [",", " , ,", "\t"])
def test_nothing_but_commas_names_no_folder(blank: str) -> None:
    assert default_folders({"CLAUDE_CONFIG_DIR": blank}) == default_folders({})


def test_a_blank_variable_is_none() -> None:
    assert default_folders({"CLAUDE_CONFIG_DIR": " "}) == default_folders({})


def test_folders_are_told_apart_by_their_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    folders = [tmp_path / "link", tmp_path / "real", tmp_path / "other", tmp_path / "other"]
    assert distinct(folders) == (tmp_path / "link", tmp_path / "other")


def test_a_path_in_a_home_that_nobody_has_is_told() -> None:
    with pytest.raises(PlaceUnknown):
        expanded("~nobody-of-this-name/x")
