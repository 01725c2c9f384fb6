"""The clone's environment: built aside, stamped last, never half there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from environment import Clone, SetupFailed, build, claim, current, packages_folder, program

RESOURCES = Path(__file__).parents[2] / "resources"

DRIVER = """
import sys
from environment import Clone, build
sys.path.insert(0, sys.argv[3])
from installing import install

def install_when_told(folder, extras):
    print("installing", flush=True)
    sys.stdin.readline()
    install(folder, extras)

build(Clone(sys.argv[1]), sys.argv[2], lambda text: print(text, flush=True), install_when_told)
"""

INSTALLING = """
import os
from environment import packages_folder, program

def install(folder, extras):
    os.makedirs(os.path.join(packages_folder(folder), "thing-1.0.dist-info"))
    os.makedirs(os.path.dirname(program(folder, "python")), exist_ok=True)
    open(program(folder, "python"), "w").close()
"""

PROJECT = """
[build-system]
requires = []
[project]
name = "thing"
[tool.hatch]
"""


def install(folder: str, extras: str) -> None:
    """Stand in for pip: an environment of one empty package."""
    del extras
    Path(packages_folder(folder), "thing-1.0.dist-info").mkdir(parents=True)
    python = Path(program(folder, "python"))
    python.parent.mkdir(exist_ok=True)
    python.touch()


def install_nothing(folder: str, extras: str) -> None:
    raise AssertionError((folder, extras))


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    root = tmp_path / "a clone"
    root.mkdir()
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "constraints.txt").write_text("thing==1.0\n")
    return Clone(str(root))


@pytest.fixture
def said() -> list[str]:
    return []


def environments(clone: Clone) -> list[str]:
    return sorted(entry.name for entry in os.scandir(clone.builds) if entry.is_dir())


class Shell:
    """A second process that builds, and installs only when it is told to."""

    def __init__(self, clone: Clone, tmp_path: Path) -> None:
        (tmp_path / "installing.py").write_text(INSTALLING)
        self.process = subprocess.Popen(
            (sys.executable, "-c", DRIVER, clone.root, "server", str(tmp_path)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(RESOURCES)},
        )

    def hears(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def finish(self) -> str:
        """Let it install; return what else it said."""
        rest, _ = self.process.communicate("go\n", timeout=30)
        assert self.process.returncode == 0
        return rest

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def shells(clone: Clone, tmp_path: Path) -> Iterator[tuple[Shell, Shell]]:
    first = Shell(clone, tmp_path)
    assert first.hears() == "installing"
    second = Shell(clone, tmp_path)
    yield first, second
    first.kill()
    second.kill()


def test_a_new_clone_has_no_environment(clone: Clone) -> None:
    assert current(clone, "server") is None


def test_a_built_environment_is_found_through_the_link(clone: Clone, said: list[str]) -> None:
    build(clone, "server", said.append, install)
    folder = current(clone, "server")
    assert folder
    assert folder == os.path.realpath(Path(clone.root, ".venv"))
    assert environments(clone) == [Path(folder).name]


def test_a_larger_profile_serves_a_smaller_one(clone: Clone, said: list[str]) -> None:
    build(clone, "app", said.append, install)
    assert current(clone, "server")
    assert current(clone, "app")
    assert not current(clone, "tests")
    build(clone, "server", said.append, install_nothing)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("constraints.txt", "thing==1.1\n", id="pin"),
        pytest.param("pyproject.toml", PROJECT.replace("thing", "other"), id="project"),
    ],
)
def test_other_dependencies_ask_for_another_environment(
    clone: Clone, said: list[str], file: str, text: str
) -> None:
    build(clone, "server", said.append, install)
    Path(clone.root, file).write_text(text)
    assert not current(clone, "server")


def test_the_settings_of_a_tool_do_not(clone: Clone, said: list[str]) -> None:
    build(clone, "server", said.append, install)
    Path(clone.root, "pyproject.toml").write_text(PROJECT + "[tool.other]\nline-length = 80\n")
    assert current(clone, "server")


def test_a_moved_clone_builds_anew(clone: Clone, said: list[str], tmp_path: Path) -> None:
    build(clone, "server", said.append, install)
    moved = Path(clone.root).rename(tmp_path / "elsewhere")
    assert not current(Clone(str(moved)), "server")


def test_an_environment_from_which_something_was_taken_is_not_used(
    clone: Clone, said: list[str]
) -> None:
    build(clone, "server", said.append, install)
    folder = current(clone, "server")
    assert folder
    Path(packages_folder(folder), "thing-1.0.dist-info").rmdir()
    assert not current(clone, "server")


def test_an_environment_whose_python_is_gone_is_not_used(clone: Clone, said: list[str]) -> None:
    build(clone, "server", said.append, install)
    Path(program(clone.link, "python")).unlink()
    assert not current(clone, "server")


def test_a_broken_stamp_is_no_stamp(clone: Clone, said: list[str]) -> None:
    build(clone, "server", said.append, install)
    Path(clone.link, "stamp.json").write_text('{"key": "')
    assert not current(clone, "server")


def test_of_two_shells_at_once_one_builds_and_the_other_waits(
    clone: Clone, shells: tuple[Shell, Shell]
) -> None:
    first, second = shells
    assert second.hears() == "Another set-up is at work in this folder; waiting for it."
    assert not current(clone, "server")
    first.finish()
    assert second.finish() == ""
    assert current(clone, "server")
    assert len(environments(clone)) == 1


def test_when_the_building_shell_is_killed_the_waiting_one_builds(
    clone: Clone, shells: tuple[Shell, Shell]
) -> None:
    first, second = shells
    assert second.hears().startswith("Another set-up")
    first.kill()
    assert second.hears() == "installing"
    second.finish()
    assert current(clone, "server")
    assert len(environments(clone)) == 1


def test_a_failed_build_changes_nothing(clone: Clone, said: list[str]) -> None:
    build(clone, "server", said.append, install)
    before = current(clone, "server")

    def install_half(folder: str, extras: str) -> None:
        install(folder, extras)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(clone, "app", said.append, install_half)
    assert current(clone, "server") == before
    assert len(environments(clone)) == 1


def test_a_program_keeps_the_environment_that_it_runs_from(clone: Clone, said: list[str]) -> None:
    build(clone, "server", said.append, install)
    runs_from = claim(clone, "server")
    assert runs_from
    build(clone, "app", said.append, install)
    assert current(clone, "server") != runs_from
    assert Path(program(runs_from, "python")).exists()


def test_an_environment_that_nobody_uses_goes_when_another_replaces_it(
    clone: Clone, said: list[str]
) -> None:
    build(clone, "server", said.append, install)
    before = environments(clone)
    build(clone, "app", said.append, install)
    assert len(environments(clone)) == 1
    assert environments(clone) != before


def test_a_venv_of_somebody_else_stays_as_it_is(clone: Clone, said: list[str]) -> None:
    theirs = Path(clone.root, ".venv")
    theirs.mkdir()
    (theirs / "pyvenv.cfg").write_text("theirs")
    build(clone, "server", said.append, install)
    folder = current(clone, "server")
    assert folder
    assert os.path.realpath(clone.link) == folder
    assert [entry.name for entry in theirs.iterdir()] == ["pyvenv.cfg"]


@pytest.mark.skipif(os.name == "nt", reason="permissions are told otherwise there")
def test_a_folder_that_cannot_be_written_is_named(clone: Clone, said: list[str]) -> None:
    Path(clone.builds).touch()
    with pytest.raises(SetupFailed, match=r"could not write to .*a clone"):
        build(clone, "server", said.append, install)


COUNT = """
import json, sys
events = []
sys.addaudithook(lambda event, _: events.append(event))
from environment import Clone, claim
events.clear()
assert claim(Clone(sys.argv[1]), "server")
looked = [event for event in events if event in ("open", "os.listdir", "os.scandir")]
print(json.dumps({"looked": len(looked), "modules": sorted(sys.modules)}))
"""


def test_a_second_start_reads_little(clone: Clone, said: list[str]) -> None:
    build(clone, "server", said.append, install)
    told = subprocess.run(
        (sys.executable, "-S", "-c", COUNT, clone.root),
        env={**os.environ, "PYTHONPATH": str(RESOURCES)},
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(told.stdout)
    assert found["looked"] < 40  # two files, a folder, the stamp twice, and the standard library
    assert not {"subprocess", "pathlib", "tempfile", "shutil"}.intersection(found["modules"])
