"""Both clients in any order, on one computer or several, leave what the protocol says."""

import json
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,  # pyright: ignore[reportUnknownVariableType] -- its factory
)

from claudeusage_app.errors import ComputerUnclear, TokenRejected
from claudeusage_core.payload import NO_WISH
from claudeusage_server.settings import Limits
from tests.end_to_end.test_sync_state_machine import (
    DAYS,
    MOST_PARTIES,
    SAME,
    WHEN,
    WHO,
    Syncing,
    run,
)
from tests.original_model import NAMES, ORIGINAL
from tests.original_parties import BothForAll, Original
from tests.server.original_client import Record, moment
from tests.server.world import World
from tests.small_server import Members, canonical
from tests.sync_parties import Fault, Party

BEGINNING = moment(f"{DAYS[0]} 09:00")
END = moment(f"{DAYS[-1]} 23:59")
MOST_ORIGINALS = 6
PAUSES = st.sampled_from([1, 0.5, 61, 599.9, 600, 90, 300, 3_600, 60_000])
FAULTS = st.sampled_from([Fault.NONE, Fault.NONE, Fault.LOST, Fault.UNANSWERED])


class Written(NamedTuple):
    """A record that is written so many seconds after the one before it."""

    pause: float
    session: str
    model: str
    output: int


WRITTEN = st.builds(
    Written,
    PAUSES,
    st.sampled_from("ab"),
    st.sampled_from([*NAMES, "<synthetic>"]),
    st.integers(1, 3),
)
SHARE = st.lists(WRITTEN, min_size=1, max_size=3)


class SyncingBesideTheOriginal(Syncing):
    """The same ledgers, and original clients on their computers or on others."""

    def __init__(self) -> None:
        """Begin without any original client."""
        super().__init__()
        self._all = BothForAll(self.world)
        self._both = self._all
        self._originals: list[Original] = []

    # Where the original client runs.

    @precondition(lambda self: len(self._originals) < MOST_ORIGINALS)
    @rule(who=WHO, share=SHARE, linked=st.booleans())
    def the_original_is_on_the_same_computer(
        self, who: int, share: list[Written], linked: bool
    ) -> None:
        party = self._party(who)
        home = party.account, party.machine
        if home in {(each.account, each.machine) for each in self._originals}:
            return
        token = self._all.link(party.account) if linked else party.token
        original = Original(self._all, party.account, party.machine, token)
        self._originals.append(original)
        _write(original, share)
        original.sync(Fault.NONE)

    @precondition(lambda self: len(self._originals) < MOST_ORIGINALS)
    @rule(who=WHO, share=SHARE, fault=FAULTS)
    def the_original_is_alone_on_a_computer(
        self, who: int, share: list[Written], fault: Fault
    ) -> None:
        account = self._party(who).account
        self._computers += 1
        token, machine = self._all.link(account), f"{self._computers:064x}"
        original = Original(self._all, account, machine, token)
        self._originals.append(original)
        _write(original, share)
        original.sync(fault)

    @precondition(lambda self: self._originals and len(self.parties) < MOST_PARTIES)
    @rule(who=WHO, which=WHO)
    def the_new_client_comes_to_the_original(self, who: int, which: int) -> None:
        original = self._original(which)
        rows = {when: [*counted] for when, counted in self._party(who).rows.items()}
        party = self._add(original.account, rows, original.machine)
        self._sync(party, Fault.NONE, NO_WISH, SAME, "separate", yes=True)

    # What it sends.

    @precondition(lambda self: self._originals)
    @rule(which=WHO, share=SHARE, fault=FAULTS)
    def the_original_appends(self, which: int, share: list[Written], fault: Fault) -> None:
        original = self._original(which)
        _write(original, share)
        original.sync(fault)

    @precondition(lambda self: self._originals)
    @rule(
        which=WHO,
        shares=st.lists(SHARE, min_size=2, max_size=4),
        arrive=st.booleans(),
        full=st.booleans(),
    )
    def answers_are_lost_and_a_larger_share_follows(
        self, which: int, shares: list[list[Written]], arrive: bool, full: bool
    ) -> None:
        original = self._original(which)
        *lost, last = shares
        for share in lost:
            _write(original, share)
            original.sync(Fault.UNANSWERED if arrive else Fault.LOST, full=full)
        _write(original, last)
        original.sync(Fault.NONE)

    @precondition(lambda self: self._originals)
    @rule(which=WHO)
    def the_original_has_nothing_new(self, which: int) -> None:
        original = self._original(which)
        original.sync(Fault.NONE)
        original.sync(Fault.NONE)
        original.check_coverage()

    @precondition(lambda self: self._originals)
    @rule(which=WHO, fault=FAULTS)
    def the_original_sends_everything(self, which: int, fault: Fault) -> None:
        original = self._original(which)
        original.sync(fault, full=True)
        if fault is Fault.NONE and original.watermark:
            original.check_everything_is_there()

    @precondition(lambda self: self._originals)
    @rule(which=WHO, since=WHEN, fault=FAULTS)
    def the_original_sends_all_from_a_day_on(self, which: int, since: str, fault: Fault) -> None:
        self._original(which).sync(fault, since=since)

    @precondition(lambda self: self._originals)
    @rule(which=WHO, first=st.integers(0, 9), count=st.integers(1, 9), fault=FAULTS)
    def the_original_sends_some_records(
        self, which: int, first: int, count: int, fault: Fault
    ) -> None:
        original = self._original(which)
        if some := sorted(original.records)[first : first + count]:
            original.send(some, fault)

    @precondition(lambda self: self._originals)
    @rule(which=WHO, share=SHARE, latest=st.booleans(), more=st.booleans())
    def the_original_begins_at_a_frontier(
        self, which: int, share: list[Written], latest: bool, more: bool
    ) -> None:
        """Send a window that begins where another ended, with no time between."""
        self.the_original_appends(which, share, Fault.NONE)
        original = self._original(which)
        frontier = self._all.original_model.frontier(original.token)
        begins = (frontier.end if latest else frontier.before) if frontier else None
        some = [each for each in sorted(original.records) if each.stamp >= (begins or "9")]
        if some:
            original.send(some if more else some[:1], Fault.NONE)

    @precondition(lambda self: self._originals)
    @rule(which=WHO, seconds=st.sampled_from([30, 700, 50_000, 200_000]))
    def the_original_finds_an_older_record(self, which: int, seconds: int) -> None:
        original = self._original(which)
        latest = max(each.at for each in original.records)
        found = Record(latest - timedelta(seconds=seconds, milliseconds=1))
        if found.at not in {each.at for each in original.records}:
            original.records.append(found)

    @precondition(lambda self: self._originals)
    @rule(which=WHO, count=st.integers(1, 3))
    def the_oldest_transcripts_are_deleted(self, which: int, count: int) -> None:
        original = self._original(which)
        original.records = sorted(original.records)[min(count, len(original.records) - 1) :]

    @rule(which=st.integers(0, 20))
    def an_old_body_of_the_original_arrives_late_or_again(self, which: int) -> None:
        if log := self._all.original_log:
            self._all.ingest(*log[-1 - which % len(log)])

    # What the two are to each other.

    @precondition(lambda self: self._originals)
    @rule(who=WHO, which=WHO, share=SHARE)
    def the_original_comes_between_two_syncs(
        self, who: int, which: int, share: list[Written]
    ) -> None:
        """Its uploads are no reason to ask whose computer this is."""
        party, original = self._party(who), self._original(which)
        self._sync(party, Fault.NONE, NO_WISH, SAME, "separate", yes=True)
        asks = self._asks(party)
        _write(original, share)
        original.sync(Fault.NONE)
        assert self._asks(party) == asks
        self._sync(party, Fault.NONE, NO_WISH, SAME, "separate", yes=True)

    @precondition(lambda self: self._originals)
    @rule(who=WHO, which=WHO, accounting=st.integers(1, 2), messages=st.integers(-1, 1))
    def a_new_client_uploads_what_the_original_did(
        self, who: int, which: int, accounting: int, messages: int
    ) -> None:
        """Its row is the same, or has one message more or less."""
        party = self._party(who)
        grant = self._all.model.grants.get(party.token)
        if grant is None or grant.machine is None:
            return
        rows = [row for row in grant.machine.rows.values() if row.accounting == ORIGINAL]
        if rows:
            party.alone = False
            day = json.loads(canonical(rows[which % len(rows)].day))
            day["models"][0]["messages"] += messages
            upload = _upload(party.machine, grant.sequence + 1, [day], accounting)
            self._all.put(party.token, canonical(upload))

    @precondition(lambda self: self._originals and len(self._originals) < MOST_ORIGINALS)
    @rule(which=WHO, twin=st.sampled_from(["merge", "separate"]))
    def another_computer_repeats_the_original(self, which: int, twin: str) -> None:
        original = self._original(which)
        grant = self._all.model.grants.get(original.token)
        if grant is None or grant.machine is None:
            return
        days = [json.loads(canonical(row.day)) for row in grant.machine.rows.values()]
        token = self._all.link(original.account)
        self._computers += 1
        machine = f"{self._computers:064x}"
        upload = _upload(machine, 1, days, 1) | {"twin": twin}
        if len(self._all.model.twins(token, canonical(upload))) > 1:
            return
        self._all.put(token, canonical(upload))
        records = [*original.records]
        copy = Original(self._all, original.account, machine, token, records)
        self._originals.append(copy)
        copy.sync(Fault.NONE)

    @rule(who=WHO)
    def an_account_is_deleted_and_made_anew(self, who: int) -> None:
        old, new = self._party(who).account, self._new_account()
        self._all.delete(old)
        for party in self.parties:
            if party.account == old:
                party.account, party.token = new, self._all.link(new)
        for original in self._originals:
            if original.account == old:
                original.account = new
                original.sync(Fault.NONE)
                original.check_everything_is_there()

    def _asks(self, party: Party) -> bool:
        """Say whether a sync would ask whose computer this is."""
        try:
            party.prepare()
        except TokenRejected:
            return False
        except ComputerUnclear:
            return True
        return False

    def _original(self, which: int) -> Original:
        return self._originals[which % len(self._originals)]


def _write(original: Original, share: list[Written]) -> None:
    """Append records to the transcripts."""
    at: datetime = max((each.at for each in original.records), default=BEGINNING)
    for each in share:
        at += timedelta(seconds=each.pause)
        if at < END:
            original.records.append(Record(at, each.session, each.model, output=each.output))


def _upload(machine: str, sequence: int, days: list[Members], accounting: int) -> Members:
    return {
        "schema": 2,
        "accounting": accounting,
        "prices": "2026-11-22",
        "machine": machine,
        "sequence": sequence,
        "days": days,
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    made = World(tmp_path_factory.mktemp("server"), Limits(uploads="1000000/minute"))
    yield made
    made.close()


def test_both_clients_in_any_order_lose_double_and_invent_nothing(world: World) -> None:
    run(SyncingBesideTheOriginal, world, examples=40, steps=30)


@pytest.mark.long
def test_both_clients_in_many_more_orders_lose_double_and_invent_nothing(world: World) -> None:
    run(SyncingBesideTheOriginal, world, examples=300, steps=50)
