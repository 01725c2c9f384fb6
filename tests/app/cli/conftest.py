"""Commands in this process, with real files of their own and a server on a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tzlocal

from claudeusage_app.cli import main
from tests.commands import Run, Said
from tests.loopback import loopback
from tests.small_server import TOKEN, SmallServer


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the folder of transcripts, in a life in UTC without a display."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("CLAUDEUSAGE_CONFIG_DIR", str(tmp_path / "program"))
    tzlocal.reload_localzone()
    yield tmp_path / "claude" / "projects"
    monkeypatch.undo()
    tzlocal.reload_localzone()


@pytest.fixture
def run(projects: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on these folders."""
    del projects

    def running(*words: str) -> Said:
        code = main(words)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return running


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallServer]:
    """Serve, and name server and token in the environment."""
    made = SmallServer()
    with loopback(made.answer) as there:
        made.origin = there.origin
        monkeypatch.setenv("CLAUDEUSAGE_API", there.origin)
        monkeypatch.setenv("CLAUDEUSAGE_TOKEN", TOKEN)
        yield made
