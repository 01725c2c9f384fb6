"""What belongs to an account beside its days: computers, sync tokens and receipts, read for show.

A form names a computer or a token by the first letters of its hash, which only say which of the
account's own is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from claudeusage_server.errors import NothingHere
from claudeusage_server.private.machines import find_repeating
from claudeusage_server.private.receipts import Receipt

_REFERENCE = 12
"""Letters of a hash in a form."""

_MACHINES = text(
    """
    SELECT m.machine, m.number, m.label, MIN(d.date) AS first, MAX(d.date) AS last,
           COUNT(d.date) AS days
    FROM machines m LEFT JOIN days d USING (account, machine)
    WHERE m.account = :account GROUP BY m.machine, m.number, m.label ORDER BY m.number
    """
)
_UPLOADED = text(
    "SELECT machine, MAX(received_at) AS at FROM receipts WHERE account = :account GROUP BY machine"
)
_USED = text(
    "SELECT machine, MAX(used_on) AS day FROM tokens"
    " WHERE account = :account AND machine IS NOT NULL GROUP BY machine"
)
_TOKENS = text(
    "SELECT token, hint, label, created_on, used_on, machine FROM tokens WHERE account = :account"
    " ORDER BY COALESCE(used_on, created_on) DESC, created_on DESC, token"
)
_RECEIPTS = text(
    "SELECT received_at, receipt, days, model_rows, bytes FROM receipts WHERE account = :account"
    " ORDER BY number DESC"
)


@dataclass(frozen=True, slots=True)
class OwnMachine:
    """A computer: the days that it covers, and when it was last heard of, as far as is known.

    *uploaded_at* is in seconds since 1970, and only known of an account's last uploads; *used_on*
    is the UTC day on which one of its tokens was last used.
    """

    machine: str
    name: str
    label: str
    first: date | None
    last: date | None
    days: int
    uploaded_at: int | None
    used_on: date | None

    @property
    def reference(self) -> str:
        """What a form calls it by."""
        return self.machine[:_REFERENCE]


@dataclass(frozen=True, slots=True)
class OwnToken:
    """A sync token: *hint* is how it ends; *machine* is None until its first upload."""

    token: str
    hint: str
    label: str | None
    created_on: date
    used_on: date | None
    machine: str | None

    @property
    def reference(self) -> str:
        """What a form calls it by."""
        return self.token[:_REFERENCE]


@dataclass(frozen=True, slots=True)
class Belongings:
    """Everything of one account."""

    machines: Mapping[str, OwnMachine]
    repeating: Mapping[str, str]
    """The computers that repeat another, each with that."""
    tokens: list[OwnToken]
    """The last used one first."""
    receipts: list[Receipt]
    """The last one first."""

    def machine(self, reference: str) -> OwnMachine:
        """Find a computer by what a form calls it; raise `NothingHere`."""
        for machine in self.machines.values():
            if machine.reference == reference:
                return machine
        raise NothingHere("You have no such computer here.", "Go back to the dashboard.")

    def token(self, reference: str) -> OwnToken:
        """Find a token by what a form calls it; raise `NothingHere`."""
        for token in self.tokens:
            if token.reference == reference:
                return token
        raise NothingHere("You have no such token here.", "Go back to the dashboard.")


def read_belongings(connection: Connection, account: str) -> Belongings:
    """Read what belongs to an account."""
    values = {"account": account}
    uploaded = {row.machine: row.at for row in connection.execute(_UPLOADED, values)}
    used = {row.machine: row.day for row in connection.execute(_USED, values)}
    machines = [
        OwnMachine(
            machine=row.machine,
            name=row.label or f"Computer {row.number}",
            label=row.label or "",
            first=_day(row.first),
            last=_day(row.last),
            days=row.days,
            uploaded_at=uploaded.get(row.machine),
            used_on=_day(used.get(row.machine)),
        )
        for row in connection.execute(_MACHINES, values)
    ]
    return Belongings(
        {machine.machine: machine for machine in machines},
        find_repeating(connection, account),
        [
            OwnToken(
                token=row.token,
                hint=row.hint,
                label=row.label,
                created_on=date.fromisoformat(row.created_on),
                used_on=_day(row.used_on),
                machine=row.machine,
            )
            for row in connection.execute(_TOKENS, values)
        ],
        [Receipt(*row) for row in connection.execute(_RECEIPTS, values)],
    )


def _day(text_: str | None) -> date | None:
    return None if text_ is None else date.fromisoformat(text_)
