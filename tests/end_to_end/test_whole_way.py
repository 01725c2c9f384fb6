"""From a transcript line to a public page, with real processes, a real keyring and a browser."""

import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize

from claudeusage_resources.sample import sample_transcripts
from tests.browser import browser
from tests.keyring_service import keyring_service
from tests.processes import RunningServer, claudeusage, ended, eventually, served

WIDE: ViewportSize = {"width": 1280, "height": 1900}


@pytest.fixture
def environ(tmp_path: Path) -> Generator[dict[str, str]]:
    """Give an installation with a keyring and two months of transcripts."""
    projects = tmp_path / "claude" / "projects"
    for each in sample_transcripts(datetime.now(UTC)):
        file = projects / each.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(each.text, "utf-8")
    with keyring_service(tmp_path) as found:
        yield found | {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
            "CLAUDEUSAGE_CONFIG_DIR": str(tmp_path / "claudeusage"),
        }


def test_what_was_previewed_is_received_and_shown_in_public(
    tmp_path: Path, environ: dict[str, str], output: Path
) -> None:
    with served(tmp_path, environ) as server:
        profile = _link_in_a_browser(server, environ, output)

        refused = claudeusage("sync", environ=environ)
        assert (refused.code, refused.out) == (4, b"")

        preview = claudeusage("preview", "--json", environ=environ)
        assert preview.code == 0, preview.err

        uploaded = claudeusage("sync", "--yes", environ=environ)
        assert uploaded.code == 0, uploaded.err
        assert _received(tmp_path) == [hashlib.sha256(preview.out).hexdigest()]

        again = claudeusage("sync", environ=environ)
        assert (again.code, again.out) == (0, b"")
        assert "Everything is already there." in again.err
        assert _received(tmp_path) == [hashlib.sha256(preview.out).hexdigest()]

        assert _public_totals(profile, output) == _totals(preview.out)


def test_the_token_is_in_the_keyring_and_nowhere_else(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    with served(tmp_path, environ):
        linked = claudeusage("link", "--bundled", environ=environ)
        assert linked.code == 0, linked.err
        token = _token(environ, tmp_path)
        assert re.fullmatch("cu_live_[0-9a-f]{48}", token)
        files = [file for file in (tmp_path / "claudeusage").rglob("*") if file.is_file()]
        assert not [file.name for file in files if token.encode() in file.read_bytes()]

        assert claudeusage("unlink", environ=environ).code == 0
        assert _token(environ, tmp_path) == ""


def test_a_lost_answer_is_made_good_by_the_next_sync(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    with served(tmp_path, environ) as server:
        assert claudeusage("link", "--bundled", environ=environ).code == 0
        origin = server.origin
    down = claudeusage("sync", "--yes", environ=environ)
    assert down.code == 5
    assert origin in down.err
    assert down.out == b""
    with served(tmp_path, environ | {}, "--port", origin.rsplit(":", 1)[1]):
        assert claudeusage("sync", "--yes", environ=environ).code == 0


def test_a_dead_token_is_told_and_loses_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    with served(tmp_path, environ) as server:
        dead = environ | {
            "CLAUDEUSAGE_API": server.origin,
            "CLAUDEUSAGE_TOKEN": "cu_live_" + "0" * 48,
        }
        refused = claudeusage("sync", "--yes", environ=dead)
        assert refused.code == 3
        assert "does not accept this computer's token" in refused.err
        assert "0000" not in refused.err


def test_a_port_in_use_is_told_in_one_sentence(tmp_path: Path, environ: dict[str, str]) -> None:
    with served(tmp_path, environ) as server:
        port = server.origin.rsplit(":", 1)[1]
        other = str(tmp_path / "other-server")
        second = claudeusage("serve", "--port", port, "--data", other, environ=environ)
    assert second.code == 1
    assert second.out == b""
    assert port in second.err
    assert "Traceback" not in second.err


def test_no_program_of_the_folder_it_is_started_in_is_run(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / "uvicorn.py").write_text('raise SystemExit("this must not run")\n')
    shown = claudeusage("demo", "--once", environ=environ, folder=folder)
    assert shown.code == 0, shown.err


def test_a_demo_that_is_stopped_early_says_so_by_its_exit_code(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = (sys.executable, "-m", "claudeusage_app", "demo", "--once")
    demo = subprocess.Popen(
        command,
        env=environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with ended(demo):
        eventually(lambda: list(scratch.rglob("server.log")))
        demo.send_signal(signal.SIGHUP)
        assert demo.wait(30) == 130
    assert list(scratch.iterdir()) == []


def test_the_demo_ends_after_its_upload_and_leaves_nothing(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    shown = claudeusage("demo", "--once", environ=environ | {"TMPDIR": str(scratch)})
    assert shown.code == 0, shown.err
    assert re.fullmatch(
        rb"http://127\.0\.0\.1:\d+/u/anonymous-[a-z0-9]{8}", shown.out.splitlines()[-1]
    )
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "claudeusage").exists()
    assert not (tmp_path / "home").exists()


def _link_in_a_browser(server: RunningServer, environ: dict[str, str], output: Path) -> str:
    command = (sys.executable, "-m", "claudeusage_app", "link", server.origin)
    linking = subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with ended(linking), browser() as chromium:
        assert linking.stdout is not None
        assert linking.stderr is not None
        approval = linking.stdout.readline().strip()
        user_code = linking.stdout.readline().strip()
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        eventually(lambda: "sign-in?code=" in server.talk.read_text())
        sign_in = re.search(r"http://\S+/sign-in\?code=\w+", server.talk.read_text())
        assert sign_in is not None
        page.goto(sign_in.group())
        page.screenshot(path=output / "sign-in.png")
        page.get_by_role("button").first.click()
        page.goto(approval)
        assert user_code in page.content()
        page.screenshot(path=output / "device.png")
        page.get_by_role("button", name="Approve").click()
        page.wait_for_load_state()
        page.screenshot(path=output / "device-approved.png")
        told, _ = linking.communicate(timeout=30)
    assert linking.returncode == 0
    profile = re.search(r"http://\S+/u/\S+", told)
    assert profile is not None
    return profile.group()


def _received(tmp_path: Path) -> list[str]:
    """Return the receipts that the server made of the bytes that it got."""
    with sqlite3.connect(tmp_path / "claudeusage" / "server" / "private.sqlite3") as store:
        rows = store.execute("SELECT receipt FROM receipts").fetchall()
    return [row[0].removeprefix("sha256:") for row in rows]


def _totals(body: bytes) -> dict[str, int]:
    """Add up an upload's rows from its bytes alone."""
    days = json.loads(body)["days"]
    models = [model for day in days for model in day["models"]]
    kinds = [name for name in models[0] if name.endswith("_tokens")]
    return {
        "cost": sum(model["cost_microusd"] for model in models),
        "tokens": sum(model[kind] for model in models for kind in kinds),
        "active": sum(day["active_seconds"] for day in days),
        "sessions": sum(day["sessions_started"] for day in days),
        "messages": sum(model["messages"] for model in models),
    }


def _public_totals(profile: str, output: Path) -> dict[str, int]:
    with browser() as chromium:
        page = chromium.new_page(viewport=WIDE)
        page.goto(f"{profile}?period=all")
        page.screenshot(path=output / "profile-all.png", full_page=True)
        cost, tokens, active, sessions = (
            int(page.locator("dl.figures data").nth(place).get_attribute("value") or "")
            for place in range(4)
        )
        messages = page.locator("table.models tfoot data").nth(1).get_attribute("value")
    return {
        "cost": cost,
        "tokens": tokens,
        "active": active,
        "sessions": sessions,
        "messages": int(messages or ""),
    }


def _token(environ: dict[str, str], tmp_path: Path) -> str:
    asking = (
        "import keyring, pathlib, tomllib;"
        f"print(keyring.get_password('claudeusage', {_origin(tmp_path)!r}) or '')"
    )
    command = (sys.executable, "-c", asking)
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, check=True
    ).stdout.strip()


def _origin(tmp_path: Path) -> str:
    return (tmp_path / "claudeusage" / "server" / "address").read_text().strip()
