"""Publish: the only way from the private store to the public one, and a list of what may take it.

It is a function of the private state: every field is named here and in `copies`, and doing it again
changes nothing. What an owner takes away goes at once, and lets nothing through that waits for the
cut.
"""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.exc import DBAPIError

from claudeusage_server import board, copies
from claudeusage_server.cuts import public_through
from claudeusage_server.database import Store
from claudeusage_server.model_totals import total
from claudeusage_server.private.deletion import remove_account
from claudeusage_server.private.erasures import (
    Erasure,
    ask_erasure,
    erasures_asked,
    forget_erasures,
)
from claudeusage_server.private.former_names import forget_expired_names
from claudeusage_server.private.published import (
    NOTHING,
    Published,
    keep_published,
    read_published,
)
from claudeusage_server.private.removals import (
    Removals,
    accounts_with_removals,
    forget_removals,
    read_removals,
)
from claudeusage_server.public_countries import clear_rare_countries, show_countries
from claudeusage_server.surroundings import Surroundings
from claudeusage_server.web.guard import log_failure

EVERYTHING = date.max
"""How far a live profile is published."""

_STAMP_BYTES = 7

_ACCOUNT = text(
    "SELECT public_id, name, display_name, anonymous, anonymous_name, visible, on_board, live,"
    " country, show_country, joined_on, generation,"
    " EXISTS (SELECT 1 FROM changed_days d WHERE d.account = a.account) AS has_days"
    " FROM accounts a WHERE account = :account"
)
_PROFILE = text(
    "SELECT public_id, name, display_name, anonymous, country, generation FROM profiles"
    " WHERE public_id IN :public_ids"
).bindparams(bindparam("public_ids", expanding=True))
_SET_ASIDE = text("UPDATE profiles SET name = public_id WHERE public_id IN :public_ids").bindparams(
    bindparam("public_ids", expanding=True)
)
_WITHDRAW = text("DELETE FROM profiles WHERE public_id IN :public_ids").bindparams(
    bindparam("public_ids", expanding=True)
)
_SHOW = text(
    "INSERT INTO profiles (public_id, name, display_name, anonymous, on_board, country,"
    " joined_month, live, through, generation) VALUES (:public_id, :name, :display_name,"
    " :anonymous, :on_board, :country, :joined_month, :live, :through, :generation)"
    " ON CONFLICT (public_id) DO UPDATE SET name = excluded.name,"
    " display_name = excluded.display_name, anonymous = excluded.anonymous,"
    " on_board = excluded.on_board, country = excluded.country, live = excluded.live,"
    " joined_month = excluded.joined_month, through = excluded.through,"
    " generation = excluded.generation"
)
_ACCOUNTS = text("SELECT account FROM accounts ORDER BY account")


class _Occasion(Enum):
    """Why an account is published."""

    UPLOAD = auto()
    OWNER = auto()
    CUT = auto()


@dataclass(frozen=True, slots=True)
class _State:
    """An account's row, None where it is gone, what is known of its copy, and what is to go."""

    row: Row[tuple[object, ...]] | None
    published: Published
    removals: Removals

    @property
    def shown(self) -> bool:
        """Whether anything of it is to be public."""
        return self.row is not None and bool(self.row.visible) and not self.removals.whole


class Publisher:
    """Sees both stores."""

    def __init__(self, private: Store, public: Store, surroundings: Surroundings) -> None:
        self._private = private
        self._public = public
        self._surroundings = surroundings

    def after_upload(self, account: str, now: datetime) -> None:
        """Publish a live account whole, and a new one up to the last cut; else wait for the cut."""
        self._publish(account, now, _Occasion.UPLOAD)

    def at_once(self, account: str, now: datetime) -> None:
        """Publish what an owner changed or took away, and delete an account that is to go."""
        self._publish(account, now, _Occasion.OWNER)

    def at_cut(self, now: datetime) -> None:
        """Publish every account up to the date of the last cut.

        One that fails keeps none of the others from it; what it failed with is raised at the end.
        """
        with self._private.read() as connection:
            noted = accounts_with_removals(connection)
            accounts = connection.execute(_ACCOUNTS).scalars().all()
        failures = self._publish_each(noted, now, _Occasion.OWNER)
        failures += self._publish_each(accounts, now, _Occasion.CUT)
        with self._both() as (private, public):
            _follow(public, show_countries(private, public))
            forget_expired_names(private, int(now.timestamp()))
        board.fill(self._public, public_through(now))
        self.erase_traces()
        if failures:
            raise failures[0]

    def resume(self, now: datetime) -> None:
        """Carry out every removal that was noted and not carried out.

        One that fails keeps none of the others from it; what it failed with is raised at the end.
        """
        with self._private.read() as connection:
            accounts = accounts_with_removals(connection)
        failures = self._publish_each(accounts, now, _Occasion.OWNER)
        if failures:
            raise failures[0]

    def has_traces(self) -> bool:
        """Say whether the files may still hold something that was deleted."""
        with self._private.read() as connection:
            return bool(erasures_asked(connection))

    def erase_traces(self) -> None:
        """Rebuild the files that may hold something; `has_traces` tells whether that did."""
        with self._private.read() as connection:
            asked = erasures_asked(connection)
        if not asked or not self._public.rebuild():
            return
        if Erasure.BOTH_FILES not in asked or self._private.rebuild():
            with self._private.write() as connection:
                forget_erasures(connection, asked)

    def _publish_each(
        self, accounts: Sequence[str], now: datetime, occasion: _Occasion
    ) -> list[Exception]:
        """Publish some accounts, and return what those failed with that could not be.

        A store that is busy or full is raised at once: the others would fail alike.
        """
        failures: list[Exception] = []
        for account in accounts:
            try:
                self._publish(account, now, occasion)
            except DBAPIError as error:  # raised by the callers, after the others
                log_failure("an account could not be published", error)
                failures.append(error)
        return failures

    def _publish(self, account: str, now: datetime, occasion: _Occasion) -> None:
        with self._private.read() as private, self._public.read() as public:
            state = _read(private, account)
            if not _is_due(state, public, now, occasion):
                return
        with self._both() as (private, public):
            state = _read(private, account)
            if state.row is not None and not state.removals.whole:
                stamp = int.from_bytes(self._surroundings.random_bytes(_STAMP_BYTES), "big")
                _Writing(private, public, account, state.row, state, stamp).follow(now, occasion)
        if state.removals.public_ids:
            if state.row is None or state.removals.whole:
                self._delete(account, state.removals.public_ids)
            for store in (self._public, self._private):
                store.truncate()

    @contextmanager
    def _both(self) -> Generator[tuple[Connection, Connection]]:
        """Lock both stores, the private one last: uploads go on while the other is waited for.

        It is committed last too: what it says is published is there.
        """
        with ExitStack() as last, ExitStack() as first:
            public = first.enter_context(self._public.write())
            private = last.enter_context(self._private.write())
            yield private, public

    def _delete(self, account: str, public_ids: Sequence[str]) -> None:
        """Remove the public copy, then the account, then the note of it."""
        with self._public.write() as public:
            withdraw(public, public_ids)
        # Brings it to the disk: else the copy could come back with the power, and the note not.
        self._public.truncate()
        with self._private.write() as private:
            remove_account(private, account)
            forget_removals(private, account)


@dataclass(frozen=True, slots=True)
class _Writing:
    """One account's copy as it is brought up to date, with both stores locked."""

    private: Connection
    public: Connection
    account: str
    row: Row[tuple[object, ...]]
    state: _State
    stamp: int

    def follow(self, now: datetime, occasion: _Occasion) -> None:
        """Make the public store follow the private one, as far as the occasion lets it."""
        row, published = self.row, self.state.published
        through = EVERYTHING if row.live else public_through(now)
        begun = published.begun or bool(row.has_days)
        if not self.state.shown:
            self._hide()
            if occasion is _Occasion.CUT:
                self._keep(Published(through, row.generation, self.stamp, begun))
        elif _waits_for_cut(row, published, occasion):
            through = min(published.through, through)
            self._lower(through.isoformat())
            self._keep(Published(through, published.generation, self.stamp, begun=True))
        else:
            self._copy(through, afresh=occasion is _Occasion.OWNER)
            self._keep(Published(through, row.generation, self.stamp, begun))
        forget_removals(self.private, self.account)

    def _copy(self, through: date, *, afresh: bool) -> None:
        """Copy every date that changed, or all of them."""
        public_id = self.row.public_id
        profile, last = self._profile(public_id), through.isoformat()
        known = self.state.published
        if afresh or profile is None or profile.generation != known.stamp:
            dates = copies.all_dates(self.private, self.account, last)
            copy = copies.private_copy(self.private, self.account, dates)
            self._show(last)
            copies.replace_all(self.public, public_id, copy)
            total(self.public, public_id)
            board.lower(self.public, public_id)
            return
        before = min(known.through, through).isoformat()
        dates = copies.changed_dates(self.private, self.account, known.generation, before, last)
        copy = copies.private_copy(self.private, self.account, dates)
        self._show(last)
        copies.clear_after(self.public, public_id, last)
        copies.replace_dates(self.public, public_id, dates, copy)
        total(self.public, public_id)

    def _lower(self, last: str) -> None:
        """Take away what is there no more, also where the profile gets another address."""
        source = self._source()
        dates = copies.all_dates(self.private, self.account, last)
        now = copies.private_copy(self.private, self.account, dates)
        if source is None:
            # It was hidden: what came since the last cut waits for the next.
            generation = self.state.published.generation
            dates = copies.unchanged_dates(self.private, self.account, generation, last)
            copy = copies.private_copy(self.private, self.account, dates)
        else:
            copy = copies.lowered(copies.public_copy(self.public, source.public_id, last), now)
        self._show(last)
        copies.replace_all(self.public, self.row.public_id, copy)
        total(self.public, self.row.public_id)
        board.lower(self.public, self.row.public_id)

    def _show(self, last: str) -> None:
        """Write the profile; a country that is not shown yet waits for the cut."""
        row, source = self.row, self._source()
        wanted = row.country if row.show_country and not row.anonymous else None
        country = wanted if source is not None and source.country == wanted else None
        name = row.anonymous_name if row.anonymous else row.name
        display_name = None if row.anonymous else row.display_name
        self._erase_names(source, name, display_name)
        earlier = self._earlier()
        # A name may have been given up and taken back before the public store could follow.
        self.public.execute(_SET_ASIDE, {"public_ids": earlier})
        self.public.execute(
            _SHOW,
            {
                "public_id": row.public_id,
                "name": name,
                "display_name": display_name,
                "anonymous": row.anonymous,
                "on_board": row.on_board,
                "country": country,
                "joined_month": row.joined_on[:7],
                "live": row.live,
                "through": last,
                "generation": self.stamp,
            },
        )
        if source is not None and source.public_id != row.public_id:
            board.move(self.public, source.public_id, row.public_id)
        board.follow(self.public, row.public_id)
        withdraw(self.public, earlier)
        if source is not None and source.country != country:
            _follow(self.public, clear_rare_countries(self.public))

    def _hide(self) -> None:
        """Remove every copy."""
        self._erase_names(self._source())
        withdraw(self.public, [*self._earlier(), self.row.public_id])

    def _erase_names(self, source: Row[tuple[object, ...]] | None, *kept: str | None) -> None:
        """Ask that no chosen name of the profile as it was stays in the file, but those *kept*."""
        if source is None or source.anonymous:
            return
        if {source.name, source.display_name} - {*kept, None}:
            ask_erasure(self.private, Erasure.PUBLIC_FILE)

    def _earlier(self) -> list[str]:
        """Return the public ids that the account has no longer."""
        return [each for each in self.state.removals.public_ids if each != self.row.public_id]

    def _source(self) -> Row[tuple[object, ...]] | None:
        """Find the profile as it is public now, if need be under its earlier public id."""
        earlier = [self._profile(each) for each in self.state.removals.public_ids]
        return self._profile(self.row.public_id) or next(
            (found for found in earlier if found), None
        )

    def _profile(self, public_id: str) -> Row[tuple[object, ...]] | None:
        return _profile(self.public, public_id)

    def _keep(self, published: Published) -> None:
        keep_published(self.private, self.account, published)


def withdraw(public: Connection, public_ids: Sequence[str]) -> None:
    """Take profiles out of the public store and off the board.

    Whom they leave with a country that is rare now has none any more.
    """
    if not public_ids:
        return
    for public_id in public_ids:
        board.leave(public, public_id)
    public.execute(_WITHDRAW, {"public_ids": list(public_ids)})
    _follow(public, clear_rare_countries(public))


def _follow(public: Connection, public_ids: Sequence[str]) -> None:
    """Let the board show the countries that some profiles have now.

    Which countries can be chosen there depends also on profiles that are not on it.
    """
    for public_id in public_ids:
        board.follow(public, public_id)
    if public_ids:
        board.change(public)


def _read(private: Connection, account: str) -> _State:
    row = private.execute(_ACCOUNT, {"account": account}).one_or_none()
    published = NOTHING if row is None else read_published(private, account)
    return _State(row, published, read_removals(private, account))


def _is_due(state: _State, public: Connection, now: datetime, occasion: _Occasion) -> bool:
    """Say whether anything is to be written at all."""
    row = state.row
    if state.removals.public_ids:
        return True
    if row is None:
        return False
    profile = _profile(public, row.public_id)
    if not state.shown:
        return profile is not None or occasion is _Occasion.CUT
    if occasion is _Occasion.OWNER:
        return True
    if _waits_for_cut(row, state.published, occasion):
        return False
    through = EVERYTHING if row.live else public_through(now)
    there = None if profile is None else (profile.generation, state.published.through)
    return there != (state.published.stamp, through) or state.published.generation != row.generation


def _waits_for_cut(row: Row[tuple[object, ...]], published: Published, occasion: _Occasion) -> bool:
    return occasion is not _Occasion.CUT and not row.live and published.begun


def _profile(public: Connection, public_id: str) -> Row[tuple[object, ...]] | None:
    return public.execute(_PROFILE, {"public_ids": [public_id]}).one_or_none()
