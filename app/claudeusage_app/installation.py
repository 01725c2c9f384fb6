"""One installation of the program on this computer: its folders, its ledger and its figures."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self
from zoneinfo import ZoneInfo

from claudeusage_app.at_hand import AtHand
from claudeusage_app.collect import Collector
from claudeusage_app.errors import FoldersNotAdopted, SettingsInvalid
from claudeusage_app.hinted import Hinted
from claudeusage_app.identity import kept_zone
from claudeusage_app.ledger.damage import opened
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.errors import LedgerChanged, LedgerDamaged
from claudeusage_app.ledger.states import States
from claudeusage_app.looked import Collected
from claudeusage_app.places import Places, is_absent
from claudeusage_app.prices import prices_in_force
from claudeusage_app.progress import Progress
from claudeusage_app.scope import Scope, adopted, scope
from claudeusage_app.today import Today, today_of
from claudeusage_core.aggregate import day_rows, session_rows
from claudeusage_core.moments import milliseconds
from claudeusage_core.pricing import PriceTable
from claudeusage_core.responses import Response, counts_by
from claudeusage_core.usage import DailyUsage, SessionUsage

if TYPE_CHECKING:
    from claudeusage_app.credentials import Credentials
    from claudeusage_app.settings import Settings

SERVER = "CLAUDEUSAGE_API"
TOKEN = "CLAUDEUSAGE_TOKEN"  # noqa: S105 -- the variable's name


class Installation(NamedTuple):
    """One installation. Its methods may be called from any thread; each opens the ledger anew."""

    environ: Mapping[str, str]
    places: Places
    clock: Callable[[], datetime]
    label: str = ""
    """Empty, or a word that says what this is not: ``demo``."""
    memory: "Credentials | None" = None
    """Where tokens are kept instead of the keyring, for an installation that is thrown away."""
    always_adopted: bool = False
    """Whether the adopted folders are used whatever the environment names, as in the tray."""
    at_hand: AtHand | None = None
    """What is kept from one call to the next, where all calls are made on one thread."""

    @classmethod
    def open(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Wire up the installation that the environment names."""
        found = os.environ if environ is None else environ
        return cls(found, Places.of(found), lambda: datetime.now(UTC))

    def on_one_thread(self) -> Self:
        """Return the same for one long-lived thread: it keeps the ledger open until `close`."""
        return self._replace(at_hand=AtHand())

    def close(self) -> None:
        """Let go of what is at hand."""
        if self.at_hand is not None:
            self.at_hand.close()

    @property
    def settings(self) -> "Settings":
        """The settings as they stand in the file."""
        from claudeusage_app.settings import read_settings

        return read_settings(self.places.settings)

    @property
    def prices(self) -> PriceTable:
        """The price table in force, by which models are known and uploads are priced."""
        imported = self.places.imported_prices
        return self.at_hand.prices(imported) if self.at_hand else prices_in_force(imported).table

    def roots(self) -> tuple[Path, ...]:
        """Return the folders whose transcripts are counted here."""
        return self._scope().folders

    def refuse_other_folders(self) -> None:
        """Raise `FoldersNotAdopted` where the folders in force are not this computer's own."""
        found, settings = self._scope(), self._kept_settings()
        if settings is not None and adopted(settings) not in {None, found}:
            raise FoldersNotAdopted

    def refuse_to_adopt(self) -> None:
        """Raise what `adopt` would, without adopting: before anything is asked of a server."""
        self.refuse_other_folders()
        try:
            "".join(map(str, self.roots())).encode()
        except UnicodeEncodeError as error:
            from claudeusage_app.settings import NAME_NOT_TEXT, NAME_REMEDY

            raise SettingsInvalid(NAME_NOT_TEXT, NAME_REMEDY) from error

    def adopt(self) -> None:
        """Make the folders in force this computer's own, and their ledger the main one.

        Raise `FoldersNotAdopted` where other folders were adopted before.
        """
        self.refuse_other_folders()
        settings = self.settings
        if settings.folders is None or settings.ledger is None:
            from claudeusage_app.settings import change_settings

            found = self._scope()
            names = [str(each.absolute()) for each in found.folders]
            change_settings(self.places.settings, folders=names, ledger=found.ledger)

    @contextmanager
    def ledger(self) -> Generator[Database]:
        """Open the ledger of the folders in force; a new one where it is damaged."""
        opening = self.at_hand.ledger if self.at_hand else opened
        with opening(self.ledger_path, self.clock) as database:
            yield database

    @property
    def ledger_path(self) -> Path:
        """Where the ledger of the folders in force is."""
        return self.places.data / self._scope().ledger

    def collect(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        hinted: Hinted | None = None,
    ) -> Collected:
        """Read what is new in the transcripts, or in the *hinted* ones, into the ledger.

        It is read again, into what is there then, where the ledger was damaged or its folders
        were changed by another process.
        """
        with suppress(LedgerDamaged, LedgerChanged):
            return self._collect(on_progress, hinted)
        return self._collect(on_progress, None)

    def _collect(
        self, on_progress: Callable[[Progress], None] | None, hinted: Hinted | None
    ) -> Collected:
        with self.ledger() as database:
            kept_zone(database)
            collector = Collector(database, self.prices)
            looked = collector.look(self.roots(), hinted)
            if not looked.is_large:
                found = collector.read(looked, on_progress)
                if self.at_hand is not None:
                    self.at_hand.wrote(found.written)
                return found
        from claudeusage_app import shares

        self.close()  # no ledger may be open where a process divides
        among = shares.processes()
        found = shares.read(self.ledger, self.prices, looked, on_progress, among=among)
        if self.at_hand is not None:
            self.at_hand.wrote(found.written)
        return found

    def today(self) -> Today:
        """Return today's figures of the ledger as it is."""
        with self.ledger() as database:
            zone, prices = kept_zone(database), self._shown_prices(database)
            return today_of(database, zone, prices, self.clock(), self.at_hand)

    def figures(self, zone: ZoneInfo | None = None) -> tuple[DailyUsage, ...]:
        """Return all day rows of the ledger as it is, in its own zone or another."""
        with self.ledger() as database:
            prices = self._shown_prices(database)
            return self.figures_of(database, zone or kept_zone(database), prices)

    def zone(self, asked: ZoneInfo | None) -> ZoneInfo:
        """Return the zone that was *asked* for, else the one whose days are kept."""
        if asked is not None:
            return asked
        with self.ledger() as database:
            return kept_zone(database)

    def sessions(self) -> tuple[SessionUsage, ...]:
        """Return all sessions of the ledger as it is, by the time of their start."""
        with self.ledger() as database:
            return session_rows(self._counted(database), self._shown_prices(database))

    def figures_of(
        self, database: Database, zone: ZoneInfo, prices: PriceTable
    ) -> tuple[DailyUsage, ...]:
        """Return all day rows of an open ledger by one price table."""
        return day_rows(self._counted(database), prices, zone)

    def _shown_prices(self, database: Database) -> PriceTable:
        """Return the table with this person's own prices laid over: shown here, never uploaded."""
        prices = self.prices
        if is_absent(self.places.own_prices):
            return prices
        from claudeusage_app.own_prices import read_own_prices
        from claudeusage_core.models import ModelNames
        from claudeusage_core.own_prices import laid_over

        names = ModelNames(prices.names, database.salt)
        own = read_own_prices(self.places.own_prices, names)
        return laid_over(prices, own, names) if own else prices

    def _counted(self, database: Database) -> Iterator[Response]:
        """Yield the responses that are in the figures by the clock of now."""
        return self._counting(States(database).responses())

    def _counting(self, responses: Iterable[Response]) -> Iterator[Response]:
        now_ms = milliseconds(self.clock())
        return (each for each in responses if counts_by(each.time_ms, now_ms))

    def session(self, session: str) -> SessionUsage | None:
        """Return one session, given by its own id, so far; None where nothing is known of it."""
        with self.ledger() as database:
            responses = self._counting(States(database).responses_of(session))
            rows = session_rows(responses, self._shown_prices(database))
        return next(iter(rows), None)

    def skipped(self) -> dict[str, int]:
        """Return how many transcript lines were passed over, by reason."""
        from claudeusage_app.ledger.tails import Tails

        with self.ledger() as database:
            return Tails(database).skipped()

    def _scope(self) -> Scope:
        settings = self._kept_settings()
        return scope(settings, self.environ, always_adopted=self.always_adopted)

    def _kept_settings(self) -> "Settings | None":
        return None if is_absent(self.places.settings) else self.settings
