"""The demo: the whole way from a transcript to a public page, in a folder that is thrown away."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from claudeusage_app.addresses import plain
from claudeusage_app.cli.desktop import why_no_tray
from claudeusage_app.cli.talk import INTERRUPTED, say, show
from claudeusage_app.cli.uploads import show_prepared
from claudeusage_app.credentials import MemoryCredentials
from claudeusage_app.errors import ServerUnreachable
from claudeusage_app.installation import SERVER, TOKEN
from claudeusage_app.link import link_bundled
from claudeusage_app.linked import Link
from claudeusage_app.places import CONFIG_DIR, TRANSCRIPTS_DIR, Places
from claudeusage_app.program import Program
from claudeusage_core import figures
from claudeusage_resources.sample import sample_transcripts

_STOP_SECONDS = 10
_ENDINGS = {getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)}


def run(*, once: bool) -> int:
    """Count, preview, upload and show the sample; then stay until Ctrl-C, unless only *once*."""
    for ending in _ENDINGS:
        signal.signal(ending, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="claudeusage-demo-") as folder:
        program = _program(Path(folder))
        try:
            with _server(program) as origin:
                link = _walk_through(program, origin)
                if not once:
                    _stay(program, link)
        except KeyboardInterrupt:
            say("The demo has ended; nothing of it is left.")
            return INTERRUPTED if once else 0
    return 0


def _walk_through(program: Program, origin: str) -> Link:
    for each in sample_transcripts(program.clock().astimezone()):
        file = program.roots()[0] / each.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(each.text, "utf-8")
    read = program.collect()
    today = program.today()
    say(
        f"Demo: {figures.plural(read.transcripts, 'sample transcript')} in a throw-away folder."
        f" Today: {figures.money(today.cost_microusd)}, API-equivalent, not a bill."
    )
    link = link_bundled(program, origin, "keyring")
    prepared = program.prepare_upload()
    if prepared is not None:
        show_prepared(prepared)
        program.accept(prepared)
        uploaded = program.upload(prepared)
        say(f"\nUploaded {figures.plural(uploaded.applied, 'day')} to the demo's own server.")
    show(plain(link.profile))
    return link


def _stay(program: Program, link: Link) -> None:
    has_tray = why_no_tray(os.environ) is None
    say(f"Open {plain(link.profile)} in a browser. Ctrl-C ends the demo.")
    if has_tray:
        from claudeusage_app import tray

        tray.run(program)
        return
    threading.Event().wait()


def _program(folder: Path) -> Program:
    outside = {TRANSCRIPTS_DIR, CONFIG_DIR, SERVER, TOKEN}
    environ = {name: value for name, value in os.environ.items() if name not in outside}
    environ |= {
        TRANSCRIPTS_DIR: str(folder / "claude"),
        CONFIG_DIR: str(folder / "claudeusage"),
    }
    made = Program(environ, Places.of(environ), lambda: datetime.now(UTC))
    return made._replace(label="demo", memory=MemoryCredentials())


@contextmanager
def _server(program: Program) -> Generator[str]:
    """Run the bundled server on a free port and give its origin."""
    command = [sys.executable, "-P", "-m", "claudeusage_server", "serve", "--port", "0"]
    command += ["--data", str(program.places.server)]
    log = program.places.data / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as talk:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=talk, env=dict(program.environ), text=True
        )
        try:
            line = process.stdout.readline().strip() if process.stdout else ""
            if not line:
                title = "The demo's server did not start."
                raise ServerUnreachable(title, plain(log.read_text("utf-8", "replace")))
            yield line
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
