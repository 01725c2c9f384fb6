"""A desktop of its own for a test: X display, session bus, window manager, and a tray."""

import os
import select
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

TRAYER = ("trayer", "--edge", "top", "--align", "right", "--height", "24", "--widthtype", "request")
PANEL = ("xfce4-panel", "--disable-wm-check")
PATIENCE = 20.0

_PANEL_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="{dark}"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="30"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="icon-size" type="int" value="24"/>
    </property>
  </property>
</channel>
"""


class Desktop:
    """A running desktop; `environment` is what a program needs to appear on it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)

    def picture(self, path: Path) -> None:
        """Save what the whole screen shows."""
        self.run("import", "-window", "root", str(path))

    def windows(self, title: str) -> list[str]:
        """Return the ids of the visible windows of this title."""
        found = self.run("xdotool", "search", "--onlyvisible", "--name", f"^{title}$", check=False)
        return found.split()

    def run(self, *command: str, check: bool = True) -> str:
        """Run a program on this desktop and return what it prints."""
        return subprocess.run(
            command,
            env=self.environment,
            check=check,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=PATIENCE,
        ).stdout


@contextmanager
def desktop(folder: Path, *, dark: bool = False) -> Generator[Desktop]:
    """Start a display, a bus and a window manager; everything of them lies in *folder*."""
    environment = _environment(folder)
    settings = folder / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
    settings.mkdir(parents=True)
    (settings / "xfce4-panel.xml").write_text(_PANEL_SETTINGS.format(dark=str(dark).lower()))
    with ExitStack() as running:
        screen = running.enter_context(_display(environment))
        environment["DISPLAY"] = f":{screen}"
        environment["DBUS_SESSION_BUS_ADDRESS"] = running.enter_context(_bus(environment))
        running.enter_context(program(("openbox",), environment))
        there = Desktop(environment)
        until(lambda: there.run("xdotool", "get_num_desktops", check=False), "window manager")
        yield there


@contextmanager
def program(
    command: Sequence[str], environment: Mapping[str, str]
) -> Generator["subprocess.Popen[str]"]:
    """Run a program for as long as the block lasts."""
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def until(found: Callable[[], Found | None], what: str, patience: float = PATIENCE) -> Found:
    """Ask again and again until there is an answer that counts, and return it."""
    deadline = time.monotonic() + patience
    while not (answer := found()):
        assert time.monotonic() < deadline, f"there was no {what} within {patience:.0f} s"
        select.select((), (), (), 0.05)
    return answer


def _environment(folder: Path) -> dict[str, str]:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    places = {"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data"}
    for name in places.values():
        (folder / name).mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_CURRENT_DESKTOP": "XFCE",
        "NO_AT_BRIDGE": "1",
        **{name: str(folder / place) for name, place in places.items()},
    }


@contextmanager
def _display(environment: Mapping[str, str]) -> Generator[int]:
    reader, writer = os.pipe()
    command = ("Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp")
    with (
        os.fdopen(reader) as told,
        subprocess.Popen(
            command,
            env=dict(environment),
            pass_fds=(writer,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        os.close(writer)
        try:
            ready, _, _ = select.select((told,), (), (), PATIENCE)
            assert ready, "Xvfb did not start"
            yield int(told.readline())
        finally:
            _end(process)


@contextmanager
def _bus(environment: Mapping[str, str]) -> Generator[str]:
    command = ("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1")
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            _end(process)


def _end(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
