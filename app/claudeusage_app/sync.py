"""The upload: one stored preview, shown, accepted and posted byte for byte.

What is accepted is what is posted, even if a line arrives meanwhile. An answer that is lost is
made good by asking again: the server is told states, never differences.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from claudeusage_app.api import USER_AGENT, Api, upload_headers
from claudeusage_app.errors import (
    AnswerMismatched,
    ComputerUnclear,
    PreviewNotAccepted,
    Refused,
    UploadOvertaken,
)
from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.journal import TWIN, Journal, last_sequence
from claudeusage_app.ledger.uploads import Account, last_answered
from claudeusage_app.reviewed import Reviewed
from claudeusage_core.payload import (
    NO_WISH,
    Known,
    Wish,
    changed_days,
    day_of,
    make_request,
    only_there,
    overruled,
)
from claudeusage_core.preview import Preview, only_there_line, preview_of
from claudeusage_core.usage import DailyUsage
from claudeusage_core.wire import (
    DAYS_PATH,
    Day,
    ServerDays,
    SyncAnswer,
    SyncRequest,
    masked,
    receipt,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The stored upload: the very bytes that are shown, and posted if they are accepted."""

    request: SyncRequest
    preview: Preview
    body: bytes
    known: Known
    account: Account
    headers: tuple[tuple[str, str], ...]
    """The headers as sent, the token masked."""
    accepted_before: bool
    """Whether a preview for this server, account and schema was accepted before."""
    last_upload: datetime | None
    server_unasked: bool = False
    """Whether the server can only tell after the upload which of these days it has."""
    same_computer: bool = False
    """Whether a person said that days which this ledger never sent are its own computer's."""
    only_there: str = ""
    """A sentence about the days that only the server has; empty where there are none."""
    assumed: bool = False
    """Whether this only assumes a server that has none of these days: it cannot be accepted."""
    method: str = "PUT"

    @property
    def origin(self) -> str:
        """The server that the upload goes to."""
        return self.account.origin

    @property
    def address(self) -> str:
        """The address that the upload goes to."""
        return self.account.origin + DAYS_PATH


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How many days the server took, and which not."""

    applied: int
    unchanged: int
    stale: int
    kept: int
    counted_elsewhere: int
    refused: int
    receipt: str
    at: datetime
    reviewed: Reviewed = ()
    only_there: str = ""
    """A sentence about the days that only the server has; empty where there are none."""

    @property
    def review(self) -> int:
        """How many days count for their owner only."""
        return len(self.reviewed)

    @classmethod
    def of(cls, answer: SyncAnswer, at: datetime) -> "Uploaded":
        """Count the members of an answer."""
        return cls(
            len(answer.applied),
            len(answer.unchanged),
            len(answer.stale),
            sum(kept.reason != TWIN for kept in answer.kept),
            sum(kept.reason == TWIN for kept in answer.kept),
            len(answer.refused),
            answer.receipt,
            at,
            tuple((each.date, each.reason) for each in answer.review),
        )


@dataclass(frozen=True, slots=True)
class Numbers:
    """What this computer has to say: its rows, its id, and the table they were priced by."""

    rows: Sequence[DailyUsage]
    today: date
    machine: str
    prices: str

    def request(self, days: tuple[Day, ...], sequence: int, wish: Wish = NO_WISH) -> SyncRequest:
        """Make the request that uploads some *days*."""
        return make_request(
            days, machine=self.machine, prices=self.prices, sequence=sequence, wish=wish
        )


class Uploads:
    """Prepares and makes the uploads of one ledger to one account."""

    def __init__(self, database: Database, account: Account, token: str) -> None:
        """Take the ledger, the *account* and the *token* that opens it."""
        self._database = database
        self._account = account
        self._token = token
        self._journal = Journal(database, account)
        self.only_there = ""
        """A sentence about the days that only the server has, as far as the last look told."""

    def prepare(
        self,
        numbers: Numbers,
        server: ServerDays,
        now: datetime,
        *,
        same_computer: bool = False,
        wish: Wish = NO_WISH,
    ) -> Prepared | None:
        """Make the next upload, or return the stored one while nothing changed; None if not due.

        Raise `ComputerUnclear` where the server holds days of this computer that this ledger
        never sent, unless *same_computer* says that they are its own. A recount is one only where
        there is something that it replaces.
        """
        self._journal.heed(now)
        known = self.look(numbers, server)
        foreign = () if server.shared else self._journal.never_sent(known)
        if foreign and not same_computer:
            raise ComputerUnclear
        self._journal.recover(known, server.sequence, now)
        self._journal.confirm(map(day_of, numbers.rows), known)
        offered = replace(known, held={}) if wish.recount else known
        days = changed_days(numbers.rows, numbers.today, offered, wish.since)
        if not days:
            self._journal.forget_acknowledged(foreign)
            self._journal.drop_pending()
            return None
        if wish.recount and not overruled(days, known):
            wish = replace(wish, recount=False)
        request = self._stored(numbers.request(days, 1, wish), server)
        if request is None:
            sequence = max(last_sequence(self._database), server.sequence) + 1
            request = numbers.request(days, sequence, wish)
            self._journal.keep_pending(request)
        return Prepared(
            request=request,
            preview=preview_of(
                request, self._journal.last_sent(), _unchanged(numbers.rows, request.days)
            ),
            body=request.body(),
            known=known,
            account=self._account,
            headers=shown_headers(self._token, len(request.body())),
            accepted_before=self._journal.accepted(),
            last_upload=last_answered(self._database, self._account),
            server_unasked=not server.sequence and not server.days,
            same_computer=same_computer,
            only_there=self.only_there,
        )

    def upload(self, prepared: Prepared, api: Api, now: datetime) -> Uploaded:
        """Post the accepted bytes and keep the answer.

        Raise `PreviewNotAccepted` where nobody has said yes to this account and these fields, and
        `UploadOvertaken` where a later upload has arrived before.
        """
        if prepared.assumed or not self._journal.accepted():
            raise PreviewNotAccepted
        if self._journal.pending() != (prepared.request.sequence, prepared.body):
            raise UploadOvertaken
        if prepared.same_computer:
            self._journal.forget_acknowledged(self._journal.never_sent(prepared.known))
        self._journal.sending(prepared.request, now)
        try:
            answer = api.put_days(self._token, prepared.body)
            if answer.receipt != receipt(prepared.body):
                raise AnswerMismatched  # noqa: TRY301 -- kept as any other answer
        except (Refused, AnswerMismatched) as error:
            self._journal.refused(prepared.request, error.title)
            raise
        overtaken = self._is_overtaken(prepared.request, answer, api)
        self._journal.answered(prepared.request, answer, prepared.known, now, overtaken=overtaken)
        if overtaken:
            raise UploadOvertaken
        return Uploaded.of(answer, now)

    def look(self, numbers: Numbers, server: ServerDays) -> Known:
        """Join what the *server* holds with what this ledger sent; see *only_there*."""
        known = self._journal.known(server)
        first = min((row.date.isoformat() for row in numbers.rows), default=None)
        self.only_there = only_there_line(only_there(numbers.rows, known), first)
        return known

    def _is_overtaken(self, request: SyncRequest, answer: SyncAnswer, api: Api) -> bool:
        """Say whether a later upload came first; else what is stale meets newer counting rules.

        The answer is the same for both, but only the one of them may be offered again.
        """
        if not answer.stale or len(answer.stale) < len(request.days):
            return False
        return api.days(self._token).sequence > request.sequence

    def _stored(self, due: SyncRequest, server: ServerDays) -> SyncRequest | None:
        """Return the stored request if, but for its sequence, it is the one that is *due*."""
        pending = self._journal.pending()
        if pending is None or pending[0] <= server.sequence:
            return None
        sequence, body = pending
        again = due.model_copy(update={"sequence": sequence})
        return again if again.body() == body else None


def assumed_upload(
    database: Database, numbers: Numbers, origin: str, since: date | None = None
) -> Prepared:
    """Show what would leave if a server held nothing. It is not stored and cannot be accepted.

    *origin* is empty where no server is named.
    """
    days = changed_days(numbers.rows, numbers.today, Known(), since)
    request = numbers.request(days, last_sequence(database) + 1)
    return Prepared(
        request=request,
        preview=preview_of(request, {}, 0),
        body=request.body(),
        known=Known(),
        account=Account(origin, ""),
        headers=shown_headers("", len(request.body())),
        accepted_before=False,
        last_upload=None,
        assumed=True,
    )


def shown_headers(token: str, length: int) -> tuple[tuple[str, str], ...]:
    """Return the headers of an upload as they are shown: the token masked but for its end."""
    sent = upload_headers(token)
    sent["Authorization"] = f"Bearer {masked(token)}"
    sent |= {
        "Content-Length": str(length),
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
    }
    return tuple(sent.items())


def _unchanged(rows: Iterable[DailyUsage], sent: tuple[Day, ...]) -> int:
    going = {day.date for day in sent}
    return sum(day_of(row).date not in going for row in rows)
