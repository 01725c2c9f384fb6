"""Rows on their way into the store: each is marked there with what keeps it from being public.

Old days of a new account are marked too, and let go once the account has grown.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, bindparam, text

from claudeusage_core.pricing import PriceTable
from claudeusage_server.checks import GROWTH_DAYS, ReviewReason
from claudeusage_server.database import Store
from claudeusage_server.private import rows
from claudeusage_server.private.accounts import raise_generation
from claudeusage_server.private.plausibility import Plausibility, is_history
from claudeusage_server.private.rows import Counting, HashedDay, Marks, Owner

# An account with rows and without a date is older than the date is kept, and has grown.
_BEGIN = text(
    "UPDATE accounts SET first_upload_on = :today WHERE account = :account"
    " AND first_upload_on IS NULL AND NOT EXISTS (SELECT 1 FROM days WHERE account = :account)"
)
_BEGUN = text("SELECT first_upload_on FROM accounts WHERE account = :account")
_ANY_FROM = text(
    "SELECT 1 FROM days WHERE account = :account AND date >= :first AND review IS NULL LIMIT 1"
)
_MARKED = text("SELECT DISTINCT account FROM days WHERE review IS NOT NULL ORDER BY account")
_RELEASE = text(
    "UPDATE days SET review = NULL WHERE account = :account AND review IN :reasons RETURNING date"
).bindparams(bindparam("reasons", expanding=True))


class Reviewer:
    """Stores rows; one that is off marks none."""

    def __init__(self, prices: PriceTable, *, on: bool) -> None:
        self._plausibility = Plausibility(prices)
        self._on = on

    def replace_rows(  # noqa: PLR0913, PLR0917 -- what is stored, whose it is, and when
        self,
        connection: Connection,
        owner: Owner,
        counting: Counting,
        removed: Sequence[str],
        stored: Sequence[HashedDay],
        today: date,
    ) -> None:
        """Replace rows as `rows.replace_rows` does; *today* is UTC's."""
        if not (self._on and stored):
            rows.replace_rows(connection, owner, counting, removed, stored, {})
            return
        values = {"account": owner.account, "today": today.isoformat()}
        connection.execute(_BEGIN, values)
        waits = not _has_grown(connection, owner.account)
        marks = self._marks(stored, counting.prices, today if waits else None)
        rows.replace_rows(connection, owner, counting, removed, stored, marks)
        if _has_grown(connection, owner.account):
            _release(connection, owner.account, [ReviewReason.HISTORY])

    def release_all(self, store: Store) -> None:
        """Let go of every row where this is off: what was marked before is public from now on."""
        if self._on:
            return
        with store.read() as connection:
            accounts = connection.execute(_MARKED).scalars().all()
        if accounts:
            with store.write() as connection:
                for account in accounts:
                    _release(connection, account, list(ReviewReason))

    def _marks(self, stored: Sequence[HashedDay], prices: str, waiting: date | None) -> Marks:
        """Return a reason for each date that has one; history waits where *waiting* is today."""
        marks: dict[str, str] = {}
        for day, _digest in stored:
            reason = self._plausibility.reason(day, prices)
            if reason is None and waiting is not None and is_history(day, waiting):
                reason = ReviewReason.HISTORY
            if reason is not None:
                marks[day.date] = reason
        return marks


def grown_from(connection: Connection, account: str) -> date | None:
    """Return the first date whose row lets an account's history go; None where none waits."""
    begun: str | None = connection.execute(_BEGUN, {"account": account}).scalar_one()
    return None if begun is None else date.fromisoformat(begun) + timedelta(days=GROWTH_DAYS)


def _has_grown(connection: Connection, account: str) -> bool:
    first = grown_from(connection, account)
    if first is None:
        return True
    values = {"account": account, "first": first.isoformat()}
    return connection.execute(_ANY_FROM, values).first() is not None


def _release(connection: Connection, account: str, reasons: Collection[ReviewReason]) -> None:
    values = {"account": account, "reasons": list(reasons)}
    dates = sorted(set(connection.execute(_RELEASE, values).scalars()))
    if dates:
        rows.mark_changed(connection, account, dates, raise_generation(connection, account))
