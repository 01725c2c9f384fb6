"""The computers of an account, the ids that each answers to, and computers that repeat another.

Ids are stored hashed (`claudeusage_server.private.hashes`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, groupby

from sqlalchemy import Connection, text

from claudeusage_server.errors import OtherMachine, TooManyMachines
from claudeusage_server.private.tokens import Token

_RESOLVE = text("SELECT machine FROM machine_names WHERE account = :account AND name = :name")
_NUMBER = text("SELECT COALESCE(MAX(number), 0) + 1 FROM machines WHERE account = :account")
_ADD = text(
    "INSERT INTO machines (account, machine, number, label, added_on, separate_from)"
    " VALUES (:account, :machine, :number, NULL, :added_on, :separate_from)"
)
_ADD_NAME = text("INSERT INTO machine_names VALUES (:account, :name, :machine)")
_NAMES = text("SELECT COUNT(*) FROM machine_names WHERE account = :account AND machine = :machine")
_SEPARATE = text(
    "SELECT separate_from FROM machines WHERE account = :account AND machine = :machine"
)
_IN_ORDER = text(
    "SELECT d.date, d.digest, d.machine FROM days d JOIN machines m USING (account, machine)"
    " WHERE d.account = :account ORDER BY d.date, d.digest, m.number"
)
_DIGESTS = text("SELECT machine, date, digest FROM days WHERE account = :account")
_DIGESTS_OF = text("SELECT date, digest FROM days WHERE account = :account AND machine = :machine")

_COUNT = text("SELECT COUNT(*) FROM machines WHERE account = :account")

MOST_MACHINES = 100
"""Of one account: so many rows of a day can be added up, and compared, whatever is in them."""

TWIN_DAYS = 3
"""This many equal rows make a new computer the twin of another."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A computer; days that equal those of *separate_from* are not stored for it."""

    machine: str
    separate_from: str | None = None


def find_machine(connection: Connection, account: str, name: str) -> Machine | None:
    """Find the computer that answers to a hashed id."""
    values = {"account": account, "name": name}
    machine: str | None = connection.execute(_RESOLVE, values).scalar_one_or_none()
    if machine is None:
        return None
    values = {"account": account, "machine": machine}
    return Machine(machine, connection.execute(_SEPARATE, values).scalar_one())


def find_own_machine(connection: Connection, token: Token, name: str) -> Machine | None:
    """Find the computer of a hashed id; raise `OtherMachine` where the token is another's."""
    machine = find_machine(connection, token.account, name)
    if token.machine is not None and (machine is None or machine.machine != token.machine):
        raise OtherMachine
    return machine


def add_machine(
    connection: Connection, account: str, name: str, today: str, separate_from: str | None
) -> Machine:
    """Add a computer that answers to the hashed id *name*; raise `TooManyMachines`."""
    if connection.execute(_COUNT, {"account": account}).scalar_one() >= MOST_MACHINES:
        raise TooManyMachines
    number: int = connection.execute(_NUMBER, {"account": account}).scalar_one()
    values = {
        "account": account,
        "machine": name,
        "number": number,
        "added_on": today,
        "separate_from": separate_from,
    }
    connection.execute(_ADD, values)
    name_machine(connection, account, name, name)
    return Machine(name, separate_from)


def name_machine(connection: Connection, account: str, name: str, machine: str) -> None:
    """Let a computer answer to one more hashed id."""
    values = {"account": account, "name": name, "machine": machine}
    connection.execute(_ADD_NAME, values)


def is_shared(connection: Connection, account: str, machine: str) -> bool:
    """Say whether a computer answers to several ids."""
    values = {"account": account, "machine": machine}
    return bool(connection.execute(_NAMES, values).scalar_one() > 1)


def find_twin(connection: Connection, account: str, rows: Iterable[tuple[str, str]]) -> str | None:
    """Find the computer with at least `TWIN_DAYS` of these (date, digest); the likest one."""
    offered = set(rows)
    equal: Counter[str] = Counter()
    if len(offered) >= TWIN_DAYS:
        for machine, date, digest in connection.execute(_DIGESTS, {"account": account}):
            equal[machine] += (date, digest) in offered
    count, machine = max(((equal[machine], machine) for machine in sorted(equal)), default=(0, ""))
    return machine if count >= TWIN_DAYS else None


def find_repeating(connection: Connection, account: str) -> dict[str, str]:
    """Find the computers that repeat an earlier one, as `find_twin` tells: each with the likest."""
    equal: Counter[tuple[str, str]] = Counter()
    rows = connection.execute(_IN_ORDER, {"account": account})
    for _day, group in groupby(rows, key=lambda row: (row.date, row.digest)):
        machines = [row.machine for row in group]
        equal.update((later, earlier) for earlier, later in combinations(machines, 2))
    found: dict[str, str] = {}
    for (later, earlier), count in equal.most_common():
        if count >= TWIN_DAYS:
            found.setdefault(later, earlier)
    return found


def digests(connection: Connection, account: str, machine: str) -> dict[str, str]:
    """Read the digest of every stored day of a computer."""
    found = connection.execute(_DIGESTS_OF, {"account": account, "machine": machine})
    return {row.date: row.digest for row in found}


def twin_digests(connection: Connection, account: str, machine: Machine) -> dict[str, str]:
    """Read the digest of every day that counts once, for the computer that this one repeats."""
    if machine.separate_from is None:
        return {}
    return digests(connection, account, machine.separate_from)
