"""The tests of widgets need no display."""

import os
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from claudeusage_app.tray.bridge import Bridge
from claudeusage_app.tray.situation import Situation

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def bridge(qapp: QApplication) -> Iterator[Bridge]:
    """Give a bridge that no worker can be the last one to let go of: it belongs to this thread."""
    made = Bridge(Situation(), qapp)
    yield made
    made.deleteLater()
