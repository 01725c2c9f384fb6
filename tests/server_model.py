"""What a server holds after any bodies, as the protocol alone has it: dictionaries and its rules.

Nothing of the product is used here, so that a mistake there cannot hide. See `tests.small_server`
for a server that can also be talked to.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast

from tests.small_server import MODEL, TWIN_DAYS, Members, Row, digest_of, size_of

FATES = ("applied", "unchanged", "stale", "kept", "refused", "review")


@dataclass(eq=False)
class Machine:
    """A computer of an account, whatever ids it answers to."""

    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    separate_from: "Machine | None" = None
    counted_elsewhere: set[str] = field(default_factory=set[str])
    """The digests that were not stored because *separate_from* had them."""


@dataclass
class Grant:
    """What a token opens."""

    account: str
    machine: Machine | None = None
    sequence: int = 0


@dataclass
class ServerModel:
    """The rows of every account, and the tokens that may change them."""

    grants: dict[str, Grant] = field(default_factory=dict[str, Grant])
    machines: dict[tuple[str, str], Machine] = field(default_factory=dict[tuple[str, str], Machine])
    """By account and id; merged computers are one under several ids."""

    def told(self, token: str) -> Members:
        """Return what a token is told of its computer."""
        grant = self.grants[token]
        rows = grant.machine.rows if grant.machine else {}
        return {
            "sequence": grant.sequence,
            "days": {day: row.digest for day, row in rows.items()},
            "shared": list(self.machines.values()).count(cast("Machine", grant.machine)) > 1,
        }

    def stored(self, account: str) -> list[dict[str, tuple[int, Members]]]:
        """Return the rows of each computer of an account: accounting and day by date."""
        machines = {id(each): each for (of, _), each in self.machines.items() if of == account}
        return [
            {day: (row.accounting, row.day) for day, row in machine.rows.items()}
            for machine in machines.values()
            if machine.rows
        ]

    def twins(self, token: str, body: bytes) -> list[Machine]:
        """Return the computers that a body repeats most, where it comes from a new one."""
        grant, upload = self.grants[token], json.loads(body)
        if (grant.account, upload["machine"]) in self.machines:
            return []
        offered = {(day["date"], digest_of(day)) for day in upload["days"] if day["models"]}
        equal: Counter[Machine] = Counter()
        for (account, _), machine in self.machines.items():
            if account == grant.account:
                held = {(day, row.digest) for day, row in machine.rows.items()}
                equal[machine] = len(held & offered)
        most = max([*equal.values(), TWIN_DAYS])
        return [machine for machine, count in equal.items() if count == most]

    def put(self, token: str, body: bytes, today: date) -> tuple[int, Members]:
        """Take a body on a day of UTC; return the status, and the fates or the code."""
        grant = self.grants.get(token)
        if grant is None:
            return 401, {"code": "token_dead"}
        upload = cast("Members", json.loads(body))
        name = grant.account, upload["machine"]
        machine = self.machines.get(name)
        if grant.machine is not None and machine is not grant.machine:
            return 403, {"code": "other_machine"}
        fates: dict[str, list[Any]] = {fate: [] for fate in FATES}
        if upload["sequence"] < grant.sequence:
            fates["stale"] = [day["date"] for day in upload["days"]]
            return 200, fates
        if machine is None:
            twins = self.twins(token, body)
            if twins and "twin" not in upload:
                return 409, {"code": "machine_twin"}
            machine = self._added(name, twins, upload.get("twin"))
        grant.machine, grant.sequence = machine, upload["sequence"]
        for day in upload["days"]:
            _take(machine, day, upload, today, fates)
        return 200, fates

    def _added(self, name: tuple[str, str], twins: list[Machine], wish: str | None) -> Machine:
        if twins and wish == "merge":
            self.machines[name] = twins[0]
        else:
            self.machines[name] = Machine(separate_from=twins[0] if twins else None)
        return self.machines[name]


def _take(
    machine: Machine, day: Members, upload: Members, today: date, fates: dict[str, list[Any]]
) -> None:
    when, was, digest = day["date"], day.pop("was", None), digest_of(day)
    row, twin = machine.rows.get(when), machine.separate_from
    if code := _fault(day, today):
        fates["refused"].append({"date": when, "code": code})
    elif row is None and twin and when in twin.rows and twin.rows[when].digest == digest:
        machine.counted_elsewhere.add(digest)
        fates["kept"].append({"date": when, "reason": "twin", "digest": digest})
    elif row.digest == digest and row.accounting if row else not day["models"]:
        fates["unchanged"].append(when)
    elif row is not None and upload["accounting"] < row.accounting:
        fates["stale"].append(when)
    elif row is None or was == row.digest or "recount" in upload or size_of(day) >= row.size:
        machine.rows.pop(when, None)
        if day["models"]:
            machine.rows[when] = Row(day, digest, upload["accounting"])
        fates["applied"].append(when)
    else:
        fewer = "messages" if size_of(day)[0] < row.size[0] else "tokens"
        kept = {"date": when, "reason": f"fewer_{fewer}", "digest": row.digest}
        fates["kept"].append(kept)


def _fault(day: Members, today: date) -> str | None:
    if not "2024-01-01" <= day["date"] <= (today + timedelta(days=1)).isoformat():
        return "date_out_of_range"
    if not all(MODEL.fullmatch(each["model"]) for each in day["models"]):
        return "model_invalid"
    return None
