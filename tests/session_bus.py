"""What a test asks of a tray icon over the session bus: its tooltip, its menu, a click."""

# pyright: basic
# jeepney has no types.

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, Properties, new_method_call  # type: ignore[import-untyped]
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
from jeepney.io.blocking import DBusConnection, open_dbus_connection  # type: ignore[import-untyped]

ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
HOST = "org.kde.StatusNotifierWatcher"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the tray's menu."""

    number: int
    text: str
    enabled: bool


class SessionBus:
    """A connection to the bus of a test's desktop."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection

    def names(self) -> list[str]:
        """Return the names that programs own."""
        return [str(name) for name in self._ask(message_bus.ListNames())[0]]

    def has_host(self) -> bool:
        """Say whether a tray listens for icons."""
        return HOST in self.names()

    def item(self, process: int) -> "TrayItem | None":
        """Return the icon that a process shows."""
        if not self.has_host():
            return None
        watcher = DBusAddress("/StatusNotifierWatcher", HOST, HOST)
        for item in self.get(watcher, "RegisteredStatusNotifierItems"):
            name = str(item).partition("/")[0]
            owner = self._ask(message_bus.GetConnectionUnixProcessID(name))
            if owner[0] == process:
                return TrayItem(self, name)
        return None

    def get(self, address: DBusAddress, name: str) -> Any:  # noqa: ANN401 -- as the bus answers
        """Return a property's value."""
        return self._ask(Properties(address).get(name))[0][1]

    def call(self, address: DBusAddress, method: str, signature: str, *values: object) -> Any:  # noqa: ANN401 -- as the bus answers
        """Call a method and return its answers."""
        return self._ask(new_method_call(address, method, signature, values))

    def _ask(self, message: Any) -> Any:  # noqa: ANN401 -- as the bus answers
        reply = self._connection.send_and_get_reply(message, timeout=10)
        assert reply.header.message_type is MessageType.method_return, reply.body
        return reply.body


class TrayItem:
    """An icon in the tray, as its host sees it."""

    def __init__(self, bus: SessionBus, name: str) -> None:
        self._bus = bus
        self._item = DBusAddress("/StatusNotifierItem", name, ITEM)
        self._menu = DBusAddress("/MenuBar", name, MENU)

    @property
    def tooltip(self) -> str:
        """The title and the text of the tooltip."""
        _, _, title, text = self._bus.get(self._item, "ToolTip")
        return f"{title}\n{text}".strip()

    @property
    def pictures(self) -> dict[int, bytes]:
        """The icon's pixels by their width."""
        return {width: data for width, _, data in self._bus.get(self._item, "IconPixmap")}

    def menu(self) -> list[Entry]:
        """Return the menu's lines, as they are when it opens."""
        self._bus.call(self._menu, "AboutToShow", "i", 0)
        _, layout = self._bus.call(self._menu, "GetLayout", "iias", 0, -1, [])
        return list(_entries(layout))

    def choose(self, text: str) -> None:
        """Click the line of the menu that says so."""
        number = next(entry.number for entry in self.menu() if entry.text == text)
        self._bus.call(self._menu, "Event", "isvu", number, "clicked", ("s", ""), 0)

    def activate(self) -> None:
        """Click the icon."""
        self._bus.call(self._item, "Activate", "ii", 0, 0)


@contextmanager
def session_bus(address: str) -> Iterator[SessionBus]:
    """Connect to the bus at *address*."""
    with open_dbus_connection(address) as connection:
        yield SessionBus(connection)


class Announcements:
    """What icons in the tray announce: that they have a new tooltip, or a new picture."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self._waiting: list[str] = []

    def next(self, name: str, patience: float = 10) -> bool:
        """Wait for an announcement of this name; those of others wait on."""
        if name in self._waiting:
            self._waiting.remove(name)
            return True
        while (found := self._receive(time.monotonic() + patience)) != name:
            assert found, f"{name} was not announced"
            self._waiting.append(found)
        return True

    def forget(self, seconds: float) -> None:
        """Let so much time pass, and everything that is announced in it."""
        until = time.monotonic() + seconds
        while self._receive(until):
            pass
        self._waiting.clear()

    def _receive(self, until: float) -> str:
        """Return the name of the next announcement, nothing where none came in time."""
        while (left := until - time.monotonic()) > 0:
            try:
                message = self._connection.receive(timeout=left)
            except TimeoutError:
                break
            if message.header.message_type is MessageType.signal:
                name = str(message.header.fields[HeaderFields.member])
                if name.startswith("New"):
                    return name
        return ""


@contextmanager
def announcements(address: str) -> Iterator[Announcements]:
    """Listen on the bus at *address*."""
    with open_dbus_connection(address) as connection:
        rule = MatchRule(type="signal", interface=ITEM)
        connection.send_and_get_reply(message_bus.AddMatch(rule), timeout=10)
        yield Announcements(connection)


def _entries(layout: Any) -> Iterator[Entry]:  # noqa: ANN401 -- as the bus answers
    for _, entry in layout[2]:
        number, properties, _ = entry
        if not properties.get("visible", ("b", True))[1]:
            continue
        text = properties.get("label", ("s", ""))[1].replace("_", "")
        if text:
            yield Entry(number, text, properties.get("enabled", ("b", True))[1])
        yield from _entries(entry)
