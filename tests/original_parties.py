"""Original clients beside ledgers, whose every answer is held against a model of the server."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import cast

import httpx

from claudeusage_server.private.deletion import delete_account
from tests.original_model import NAMES, OriginalModel
from tests.server.original_client import OriginalClient, Record
from tests.server.world import JSON, World, authorised
from tests.small_server import Members, canonical
from tests.sync_parties import Both, Fault


class BothForAll(Both):
    """A real server and its model, given the same by either client."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.original_model = OriginalModel()
        self.model = self.original_model
        self.original_log: list[tuple[str, bytes]] = []
        """Every body of an original client, with its token, whether it arrived or not."""

    def delete(self, account: str) -> None:
        """Delete an account with all that it has."""
        self._touched = True
        delete_account(self.world.app.context, account)
        self.original_model.delete(account)

    def ingest(self, token: str, body: bytes) -> httpx.Response:
        """Deliver a body to the server and to the model, which have to agree."""
        self._touched = True
        answer = self.world.request("POST", "/api/ingest", body, JSON | authorised(token))
        today = self.world.clock.now.date()
        _compare(answer, *self.original_model.ingest(token, body, today))
        self.cover(token, json.loads(body)["machineId"])
        return answer

    def cover(self, token: str, machine: str) -> httpx.Response:
        """Ask the server and the model how far uploads reach."""
        answer = self.world.get(f"/api/coverage?machineId={machine}", token)
        _compare(answer, *self.original_model.cover(token, machine))
        return answer


def _compare(answer: httpx.Response, status: int, expected: Members) -> None:
    said = cast("Members", answer.json())
    assert answer.status_code == status, said
    if status == HTTPStatus.UNAUTHORIZED:
        said = {"code": said["code"]}
    said.pop("updatedAt", None)
    assert said == expected


@dataclass
class Original:
    """An original client: its transcripts, and how far it knows its uploads to reach."""

    both: BothForAll
    account: str
    machine: str
    token: str
    records: list[Record] = field(default_factory=list[Record])
    watermark: str = ""

    def sync(self, fault: Fault, *, full: bool = False, since: str = "") -> None:
        """Upload what came after the watermark; everything; or everything from a day on."""
        chosen = self._after("" if full or since else self.watermark)
        chosen = [each for each in chosen if each.stamp >= since]
        if chosen:
            self.send(chosen, fault)
        elif not full and not since:
            self._cover()

    def send(self, records: Sequence[Record], fault: Fault) -> None:
        """Upload some records, which are sorted by time; everything where the token is dead."""
        written = OriginalClient(self.both.world).body(records)
        body = canonical(written | {"machineId": self.machine})
        self.both.original_log.append((self.token, body))
        if fault is Fault.LOST:
            return
        answer = self.both.ingest(self.token, body)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            self.token = self.both.link(self.account)
            self.send(self._after(""), fault)
        elif answer.status_code == HTTPStatus.OK and fault is not Fault.UNANSWERED:
            self.watermark = max(self.watermark, records[-1].stamp)

    def check_coverage(self) -> None:
        """Assert that after a sync over a good network everything is covered, or refused."""
        told = json.loads(self.both.cover(self.token, self.machine).content)
        if told.get("hasData") and self.records:
            reached = told["machineWindowEnd"]
            assert reached is None or reached >= max(each.stamp for each in self.records)

    def check_everything_is_there(self) -> None:
        """Assert that no day has less than the transcripts; after everything was sent."""
        machine = self.both.model.machines[self.account, self.machine]
        counted = Counter(each.stamp[:10] for each in self.records if each.model in NAMES)
        last = (self.both.world.clock.now + timedelta(days=1)).date().isoformat()
        for when in {when for when in counted if when <= last}:
            row = machine.rows.get(when)
            if row is not None or machine.separate_from is None:
                assert row is not None, when
                assert row.accounting or row.size[0] >= counted[when], when

    def _after(self, moment: str) -> list[Record]:
        return sorted(each for each in self.records if each.stamp > moment)

    def _cover(self) -> None:
        answer = self.both.cover(self.token, self.machine)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            self.token = self.both.link(self.account)
            answer = self.both.cover(self.token, self.machine)
        told = cast("Members", answer.json())
        if answer.status_code != HTTPStatus.OK:
            return
        frontier = told["machineWindowEnd"]
        missing = self._after(frontier or "")
        if missing and (frontier is not None or not told["hasData"]):
            self.send(missing, Fault.NONE)
