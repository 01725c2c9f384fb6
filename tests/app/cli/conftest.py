"""Commands in this process, with real files of their own and a server on a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tzlocal

from claudeusage_app.cli import main
from claudeusage_app.settings import LinkSettings, change_settings
from claudeusage_app.token_files import FileCredentials
from tests.commands import Run, Said, ended
from tests.small_server import ACCOUNT, TOKEN, SmallServer, listening


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
        return ended(main(words), capsys)

    return running


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallServer]:
    """Serve, and name server and token in the environment."""
    with listening() as made:
        monkeypatch.setenv("CLAUDEUSAGE_API", made.origin)
        monkeypatch.setenv("CLAUDEUSAGE_TOKEN", TOKEN)
        yield made


@pytest.fixture
def linked(server: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallServer:
    """Link to the server, with the token in a file, and nothing of it in the environment."""
    monkeypatch.delenv("CLAUDEUSAGE_TOKEN")
    monkeypatch.delenv("CLAUDEUSAGE_API")
    program = tmp_path / "program"
    FileCredentials(program).set(server.origin, TOKEN)
    link = LinkSettings(server.origin, ACCOUNT, f"{server.origin}/u/anonymous-1", "file")
    change_settings(program / "settings.toml", link=link)
    return server
