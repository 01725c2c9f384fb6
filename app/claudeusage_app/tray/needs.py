"""What the tray needs of the program that it shows."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from claudeusage_app.collect import Collected, Progress
from claudeusage_app.hinted import Hinted
from claudeusage_app.installation import Today
from claudeusage_app.places import Places
from claudeusage_app.settings import Settings

if TYPE_CHECKING:
    from claudeusage_app.linked import Link
    from claudeusage_app.sync import Prepared, Uploaded


class TrayProgram(Protocol):
    """The members of `claudeusage_app.program.Program` that the tray uses, from any thread."""

    @property
    def label(self) -> str: ...
    @property
    def places(self) -> Places: ...
    @property
    def settings(self) -> Settings: ...

    def roots(self) -> tuple[Path, ...]: ...
    def collect(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        hinted: Hinted | None = None,
    ) -> Collected: ...
    def today(self) -> Today: ...
    def link(self) -> "Link | None": ...
    def last_upload(self) -> datetime | None: ...
    def prepare_upload(self) -> "Prepared | None": ...
    def assumed_upload(self) -> "Prepared": ...
    def accept(self, prepared: "Prepared") -> None: ...
    def upload(self, prepared: "Prepared") -> "Uploaded": ...
