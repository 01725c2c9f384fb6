"""What was shown, accepted, sent and answered: the ledger's memory of its uploads.

Everything is kept by server and account, so that another account never inherits an answer.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.uploads import Account
from claudeusage_core.payload import Known
from claudeusage_core.wire import (
    ACCOUNTING,
    FIRST_DAY,
    Day,
    RefusedDay,
    ServerDays,
    SyncAnswer,
    SyncRequest,
    canonical,
    day_object,
    fields_digest,
    read_request,
    receipt,
)

_EARLY = "refused_as_early"
"""The fact that holds the UTC day of the last such answer, and the dates that it refused."""

TWIN = "twin"
"""Why a day is kept that another computer of the account has already counted."""
BODIES_KEPT = timedelta(days=365)
"""How long the exact body of an upload is kept; its receipt, counts and digests stay for good."""
_SENT = "receipt = '' AND origin = ? AND account = ? AND sequence = ?"
"""The upload of a sequence, as long as it is not known to have arrived."""


class Journal:
    """The uploads of one ledger to one account."""

    def __init__(self, database: Database, account: Account) -> None:
        """Take the ledger's *database* and the *account* that is uploaded to."""
        self._database = database
        self._key = (account.origin, account.account)

    def known(self, server: ServerDays) -> Known:
        """Join what the server holds with what this ledger sent."""
        sent: defaultdict[str, set[str]] = defaultdict(set)
        for day, digest in self._database.rows(
            "SELECT date, digest FROM sent WHERE origin = ? AND account = ?", *self._key
        ):
            sent[day].add(digest)
        held = self._database.rows(
            "SELECT date, ours, theirs FROM held WHERE origin = ? AND account = ?", *self._key
        )
        return Known(server.days, sent, {day: (ours, theirs) for day, ours, theirs in held})

    def never_sent(self, known: Known) -> tuple[str, ...]:
        """Return the acknowledged dates whose row at the server this ledger never sent."""
        return tuple(
            day
            for day in sorted(self._acknowledged())
            if day in known.stored and known.stored[day] not in known.sent.get(day, ())
        )

    def forget_acknowledged(self, dates: tuple[str, ...]) -> None:
        """Forget that the rows of *dates* were this ledger's: it is the same computer.

        They are offered without ``was``, so that the server keeps what is more.
        """
        with self._database.writing():
            self._database.execute_many(
                "DELETE FROM acknowledged WHERE origin = ? AND account = ? AND date = ?",
                [(*self._key, date) for date in dates],
            )

    def recover(self, known: Known, sequence: int, at: datetime) -> None:
        """Keep an upload whose answer was lost, if the server has it, as made *at* the latest.

        *sequence* is the highest that the server has taken: its days alone might have come by an
        earlier body, or from another installation.
        """
        pending = self.pending()
        if pending is None or not pending[0] == sequence == self._database.fact("posted"):
            return
        try:
            request = read_request(pending[1])
        except ValueError:  # of another version
            return
        sent = all(day.digest in known.sent.get(day.date, ()) for day in request.days)
        there = (known.stored.get(day.date, "") == _stored_digest(day) for day in request.days)
        if sent and all(there):
            with self._database.writing():
                for day in request.days:
                    self._acknowledge(day)
                self._keep_upload(request, at, received=receipt(pending[1]))

    def heed(self, now: datetime) -> None:
        """Forget what was held for a reason that may be gone, so that it is offered again.

        That is everything once the counting rules are others, and each new day what came too early.
        """
        today, early = _utc_day(now), self._database.fact(_EARLY)
        if self._database.fact("held_under") != ACCOUNTING:
            with self._database.writing():
                self._database.execute("DELETE FROM held")
                self._database.set_fact("held_under", ACCOUNTING)
        if isinstance(early, str) and not early.startswith(today):
            with self._database.writing():
                self._database.execute_many(
                    "DELETE FROM held WHERE date = ?", [(date,) for date in early.split()[1:]]
                )
                self._database.set_fact(_EARLY, today)

    def confirm(self, days: Iterable[Day], known: Known) -> None:
        """Acknowledge rows that this ledger sent and the server has: an answer may be lost."""
        there = [
            day
            for day in days
            if known.stored.get(day.date) == day.digest
            and day.digest in known.sent.get(day.date, ())
        ]
        confirmed = self._acknowledged()
        with self._database.writing():
            for day in there:
                if confirmed.get(day.date) != day.digest:
                    self._acknowledge(day)

    def _acknowledged(self) -> dict[str, str]:
        rows = self._database.rows(
            "SELECT date, digest FROM acknowledged WHERE origin = ? AND account = ?", *self._key
        )
        return dict(rows)

    def last_sent(self) -> dict[str, Day]:
        """Return the row of each day that the server acknowledged last."""
        rows = self._database.rows(
            "SELECT date, day FROM acknowledged WHERE origin = ? AND account = ?", *self._key
        )
        return {day: day_object(json.loads(row)) for day, row in rows}

    def pending(self) -> tuple[int, bytes] | None:
        """Return the sequence and body that were shown last and are not answered yet."""
        row = self._database.row(
            "SELECT sequence, body FROM pending WHERE origin = ? AND account = ?", *self._key
        )
        return None if row is None else (row[0], bytes(row[1]))

    def keep_pending(self, request: SyncRequest) -> None:
        """Keep the upload that is about to be shown."""
        with self._database.writing():
            self._database.set_fact(
                "sequence", max(request.sequence, last_sequence(self._database))
            )
            self._database.execute(
                "INSERT OR REPLACE INTO pending (one, origin, account, sequence, body)"
                " VALUES (1, ?, ?, ?, ?)",
                *self._key,
                request.sequence,
                request.body(),
            )

    def drop_pending(self) -> None:
        """Forget the upload that was shown: there is nothing to send."""
        self._database.execute("DELETE FROM pending WHERE one = 1")

    def accepted(self) -> bool:
        """Say whether a preview of today's fields was accepted for this account."""
        row = self._database.row(
            "SELECT 1 FROM accepted WHERE origin = ? AND account = ? AND fields = ?",
            *self._key,
            fields_digest(),
        )
        return row is not None

    def accept(self, at: datetime) -> None:
        """Keep that a person has seen a preview and said yes."""
        self._database.execute(
            "INSERT OR IGNORE INTO accepted (origin, account, fields, at) VALUES (?, ?, ?, ?)",
            *self._key,
            fields_digest(),
            at.isoformat(),
        )

    def sending(self, request: SyncRequest, at: datetime) -> None:
        """Keep what is about to be put on the wire, in case no answer comes."""
        with self._database.writing():
            self._database.set_fact("posted", request.sequence)
            self._remember_sent([(day.date, day.digest) for day in request.days])
            self._keep_upload(request, at)

    def refused(self, request: SyncRequest, said: str) -> None:
        """Keep what was *said* of an upload that was not taken as a whole."""
        self._database.execute(
            f"UPDATE uploads SET answer = ? WHERE {_SENT}",  # noqa: S608 -- a constant
            canonical({"title": said}),
            *self._key,
            request.sequence,
        )

    def answered(
        self,
        request: SyncRequest,
        answer: SyncAnswer,
        known: Known,
        at: datetime,
        *,
        overtaken: bool = False,
    ) -> None:
        """Keep what became of each day of an upload; nothing did where it was *overtaken*."""
        days = {day.date: day for day in request.days}
        with self._database.writing():
            for date in {*answer.applied, *answer.unchanged} & days.keys():
                self._acknowledge(days[date])
            for kept in answer.kept:
                if kept.date not in days:
                    continue
                if kept.reason == TWIN:
                    self._hold(days[kept.date], known.stored.get(kept.date, ""))
                elif kept.digest not in known.sent.get(kept.date, ()):
                    self._hold(days[kept.date], kept.digest)
            refused = {each.date for each in answer.refused}
            early = {each.date for each in answer.refused if _is_early(each)}
            if early:
                self._database.set_fact(_EARLY, " ".join((_utc_day(at), *sorted(early))))
            stale = set[str]() if overtaken else {*answer.stale}
            for date in (refused | stale) & days.keys():
                self._hold(days[date], known.stored.get(date, ""))
            self._keep_upload(request, at, answer.body(), answer.receipt)

    def _keep_upload(
        self, request: SyncRequest, at: datetime, answer: bytes = b"", received: str = ""
    ) -> None:
        """Keep the body that was sent at last; it has arrived where it was *received*."""
        body = request.body()
        self._database.execute(
            f"DELETE FROM uploads WHERE {_SENT}",  # noqa: S608 -- a constant
            *self._key,
            request.sequence,
        )
        self._database.execute(
            "INSERT INTO uploads (at, origin, account, sequence, body, answer, receipt, days,"
            " model_rows, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _written(at),
            *self._key,
            request.sequence,
            body,
            answer,
            received,
            len(request.days),
            sum(len(day.models) for day in request.days),
            len(body),
        )
        self._database.execute(
            "UPDATE uploads SET body = NULL WHERE body IS NOT NULL AND at < ?",
            _written(at - BODIES_KEPT),
        )
        if received:
            self._database.execute("DELETE FROM pending WHERE sequence = ?", request.sequence)

    def _acknowledge(self, day: Day) -> None:
        if not day.models:
            self._database.execute(
                "DELETE FROM acknowledged WHERE origin = ? AND account = ? AND date = ?",
                *self._key,
                day.date,
            )
            return
        self._database.execute(
            "INSERT OR REPLACE INTO acknowledged (origin, account, date, digest, day)"
            " VALUES (?, ?, ?, ?, ?)",
            *self._key,
            day.date,
            day.digest,
            canonical(day.row()),
        )

    def _hold(self, day: Day, theirs: str) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO held (origin, account, date, ours, theirs)"
            " VALUES (?, ?, ?, ?, ?)",
            *self._key,
            day.date,
            day.digest,
            theirs,
        )

    def _remember_sent(self, rows: list[tuple[str, str]]) -> None:
        self._database.execute_many(
            "INSERT OR IGNORE INTO sent (origin, account, date, digest) VALUES (?, ?, ?, ?)",
            [(*self._key, date, digest) for date, digest in rows],
        )


def _written(at: datetime) -> str:
    """Write a moment so that text compares as time does."""
    return at.astimezone(UTC).isoformat()


def _stored_digest(day: Day) -> str:
    """Return the digest that the server shows for a day that it took; none for a removed one."""
    return day.digest if day.models else ""


def _is_early(refused: RefusedDay) -> bool:
    """Say whether a day was refused for a clock, here or there, that will come to agree with it."""
    return refused.code == "date_out_of_range" and refused.date >= FIRST_DAY


def _utc_day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def last_sequence(database: Database) -> int:
    """Return the highest sequence that this ledger ever gave to an upload."""
    sequence = database.fact("sequence")
    return sequence if isinstance(sequence, int) else 0
