"""The program as both front ends call it: an installation that can upload."""

from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import TYPE_CHECKING

from claudeusage_app.installation import Installation

if TYPE_CHECKING:
    from claudeusage_app.link import Connection
    from claudeusage_app.linked import Link
    from claudeusage_app.sync import Prepared, Uploaded
    from claudeusage_core.payload import Wish


class Program(Installation):
    """An installation that can upload. What it needs for that is loaded when it is used."""

    def change_settings(self, **changes: object) -> None:
        """Write some settings, None to remove one; raise `SettingsInvalid` where that fails."""
        from claudeusage_app.settings import change_settings

        change_settings(self.places.settings, **changes)

    def link(self) -> "Link | None":
        """Return where this computer uploads to, as far as the settings know."""
        from claudeusage_app.linked import known_link

        return known_link(self)

    def last_upload(self) -> datetime | None:
        """Return when an upload to the linked account was last answered."""
        from claudeusage_app.linked import known_link, last_upload

        return last_upload(self, known_link(self))

    def connected(self, *, patient: bool = False) -> "AbstractContextManager[Connection]":
        """Hold the ledger and the server, so that no other upload comes in between.

        Where nobody answers, a *patient* one asks again a few times.
        """
        from claudeusage_app.api import once
        from claudeusage_app.link import connected
        from claudeusage_app.retrying import again

        return connected(self, again if patient else once)

    def prepare_upload(
        self, *, same_computer: bool = False, wish: "Wish | None" = None
    ) -> "Prepared | None":
        """Make or find the stored preview, asking the server what it has; None if all is there."""
        from claudeusage_core.payload import NO_WISH

        with self.connected() as connection:
            return connection.prepare(same_computer=same_computer, wish=wish or NO_WISH)

    def assumed_upload(self, since: date | None = None) -> "Prepared":
        """Return what would leave if the server held nothing: for looking at, not for sending."""
        from claudeusage_app.link import numbers_of
        from claudeusage_app.linked import server_origin
        from claudeusage_app.sync import assumed_upload

        with self.ledger() as database:
            numbers = numbers_of(self, database)
            return assumed_upload(database, numbers, server_origin(self) or "", since)

    def accept(self, prepared: "Prepared") -> None:
        """Keep that a person has seen *prepared* and said yes."""
        from claudeusage_app.ledger.journal import Journal

        self.adopt()
        with self.ledger() as database:
            Journal(database, prepared.account).accept(self.clock())

    def upload(self, prepared: "Prepared") -> "Uploaded":
        """Post the accepted bytes; raise `PreviewNotAccepted` where nobody has said yes."""
        with self.connected() as connection:
            return connection.upload(prepared)
