"""Syncs in any order, over any network, leave at the server what the protocol says and no other."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,  # pyright: ignore[reportUnknownVariableType] -- its factory
)

from claudeusage_app.errors import (
    ComputerUnclear,
    PreviewNotAccepted,
    ServerUnreachable,
    TokenRejected,
    TwinFound,
    UploadOvertaken,
)
from claudeusage_app.identity import become_another_computer
from claudeusage_app.ledger.database import Database
from claudeusage_app.sync import Prepared
from claudeusage_core.payload import NO_WISH, Wish
from claudeusage_server.settings import Limits
from tests.server.world import NOON, World
from tests.small_server import canonical
from tests.sync_parties import Both, Fault, Party, written_day

FIRST = NOON.date() - timedelta(days=3)
DAYS = [(FIRST + timedelta(days=number)).isoformat() for number in range(6)]
"""The last two of them are still to come."""
MOST_PARTIES = 5

WHO = st.integers(0, MOST_PARTIES - 1)
WHEN = st.sampled_from(DAYS)
TOKENS = st.integers(1, 4)
FAULTS = st.sampled_from([Fault.NONE, *Fault])
SAME, ANOTHER = "the same computer", "another computer"
QUESTION = st.sampled_from([None, SAME, ANOTHER])
YES = st.sampled_from([True, True, False])
TWIN = st.sampled_from([None, "merge", "separate"])


def has_room(machine: "Syncing") -> bool:
    """Say whether one more ledger may be made."""
    return len(machine.parties) < MOST_PARTIES


class Syncing(RuleBasedStateMachine):
    """Some ledgers of few accounts, a server, and what went wrong between them."""

    world: ClassVar[World]
    """One server for all examples: each has accounts of its own."""

    def __init__(self) -> None:
        """Begin with one computer that was never synced."""
        super().__init__()
        self._folder = Path(tempfile.mkdtemp())
        self.world.clock.now = NOON
        self._both = Both(self.world)
        self._accounts = 0
        self._computers = 0
        self.parties: list[Party] = []

    def teardown(self) -> None:
        """Take the ledgers away."""
        shutil.rmtree(self._folder)

    @initialize(counted=st.lists(st.lists(TOKENS, min_size=1, max_size=3), min_size=4, max_size=4))
    def first_computer(self, counted: list[list[int]]) -> None:
        self._add(self._new_account(), dict(zip(DAYS, counted, strict=False)))

    @rule(who=WHO, when=WHEN, tokens=TOKENS)
    def work_is_done(self, who: int, when: str, tokens: int) -> None:
        self._party(who).rows.setdefault(when, []).append(tokens)

    @rule(who=WHO, when=WHEN, tokens=TOKENS)
    def a_response_turns_out_to_have_another_count(self, who: int, when: str, tokens: int) -> None:
        if counted := self._party(who).rows.get(when):
            counted[-1] = tokens

    @rule(who=WHO, when=WHEN, back=st.booleans())
    def a_day_moves_with_the_zone_or_an_earlier_copy(self, who: int, when: str, back: bool) -> None:
        rows = self._party(who).rows
        to = DAYS[(DAYS.index(when) + (-1 if back else 1)) % len(DAYS)]
        rows.setdefault(to, []).extend(rows.pop(when, []))

    @rule(who=WHO, when=WHEN)
    def a_response_turns_out_to_belong_elsewhere(self, who: int, when: str) -> None:
        if counted := self._party(who).rows.get(when):
            counted.pop()

    @rule(who=WHO, price=st.integers(5, 7))
    def the_price_table_changes(self, who: int, price: int) -> None:
        self._party(who).price = price

    @rule()
    def a_day_goes_by(self) -> None:
        self._both.world.clock.move(days=1)

    @rule(who=WHO, days=st.integers(-2, 3))
    def a_clock_is_set(self, who: int, days: int) -> None:
        self._party(who).days_ahead = days

    @precondition(has_room)
    @rule(who=WHO, relinked=st.booleans(), pruned=st.booleans())
    def the_client_is_installed_anew(self, who: int, relinked: bool, pruned: bool) -> None:
        old = self._party(who)
        rows = {when: [*counted] for when, counted in old.rows.items()}
        if pruned:
            rows = {when: rows[when] for when in sorted(rows)[len(rows) // 2 :]}
        fresh = self._add(old.account, rows, old.machine, None if relinked else old.token)
        fresh.price = old.price
        fresh.alone = old.alone = old.alone and relinked

    @precondition(has_room)
    @rule(who=WHO)
    def a_config_folder_is_cloned(self, who: int) -> None:
        self.parties.append(self._party(who).copied(self._new_path()))

    @precondition(has_room)
    @rule(who=WHO)
    def a_second_computer_joins_the_account(self, who: int) -> None:
        self._add(self._party(who).account, {})

    @precondition(has_room)
    @rule(who=WHO, twin=TWIN)
    def a_second_computer_shares_the_transcripts(self, who: int, twin: str | None) -> None:
        first = self._party(who)
        self._sync(first, Fault.NONE, NO_WISH, None, None, yes=True)
        rows = {when: [*counted] for when, counted in first.rows.items()}
        second = self._add(first.account, rows)
        second.price = first.price
        self._sync(second, Fault.NONE, NO_WISH, None, twin, yes=True)

    @rule(who=WHO, account=st.sampled_from(["the same", "another", "deleted and made again"]))
    def a_computer_is_linked_again(self, who: int, account: str) -> None:
        party = self._party(who)
        if account == "the same":
            party.token = self._both.link(party.account)
            return
        if account == "deleted and made again":
            for token, grant in [*self._both.model.grants.items()]:
                if grant.account == party.account:
                    self._both.revoke(token)
        party.account = self._new_account()
        party.token = self._both.link(party.account)

    @rule(who=WHO, when=WHEN)
    def a_computer_is_linked_again_and_takes_something_back(self, who: int, when: str) -> None:
        party = self._party(who)
        self._sync(party, Fault.NONE, NO_WISH, SAME, None, yes=True)
        self.a_computer_is_linked_again(who, "the same")
        self.a_response_turns_out_to_belong_elsewhere(who, when)
        self._sync(party, Fault.NONE, NO_WISH, SAME, None, yes=True)

    @rule(who=WHO, question=QUESTION, twin=TWIN)
    def sync_over_a_good_network(self, who: int, question: str | None, twin: str | None) -> None:
        self._sync(self._party(who), Fault.NONE, NO_WISH, question, twin, yes=True)

    @rule(who=WHO, fault=FAULTS, yes=YES, question=QUESTION, twin=TWIN)
    def sync(
        self, who: int, fault: Fault, yes: bool, question: str | None, twin: str | None
    ) -> None:
        self._sync(self._party(who), fault, NO_WISH, question, twin, yes=yes)

    @rule(who=WHO, fault=FAULTS, when=WHEN, larger=st.booleans())
    def recount(self, who: int, fault: Fault, when: str, larger: bool) -> None:
        party = self._party(who)
        if larger:
            self._put_by_another(party, when, [4] * 5)
        self._sync(party, fault, Wish(recount=True), SAME, None, yes=True)

    @rule(who=WHO)
    def show_a_preview(self, who: int) -> None:
        party = self._party(who)
        party.shown = self._prepared(party, Fault.NONE, NO_WISH, None) or party.shown

    @rule(who=WHO, fault=FAULTS)
    def accept_the_preview_that_was_shown(self, who: int, fault: Fault) -> None:
        party = self._party(who)
        if party.shown is not None and party.shown.account == party.owner:
            party.accept(party.shown)
            with suppress(TwinFound):
                self._posted(party, party.shown, fault)

    @rule(who=WHO, when=WHEN)
    def a_preview_is_overtaken(self, who: int, when: str) -> None:
        self.show_a_preview(who)
        self._put_by_another(self._party(who), when, [1])
        self.accept_the_preview_that_was_shown(who, Fault.NONE)
        self._sync(self._party(who), Fault.NONE, NO_WISH, SAME, None, yes=True)

    @rule(which=st.integers(0, 50))
    def an_old_body_arrives_late_or_again(self, which: int) -> None:
        if self._both.log:
            self._both.put(*self._both.log[which % len(self._both.log)])

    @rule(who=WHO, when=WHEN, counted=st.lists(TOKENS, max_size=4), accounting=st.integers(1, 2))
    def another_installation_uploads(
        self, who: int, when: str, counted: list[int], accounting: int
    ) -> None:
        party = self._party(who)
        self._put_by_another(party, when, counted, accounting=accounting)

    @rule(who=WHO, when=WHEN)
    def another_installation_takes_back_what_was_more(self, who: int, when: str) -> None:
        party = self._party(who)
        self._put_by_another(party, when, [4] * 5)
        self._sync(party, Fault.NONE, NO_WISH, SAME, None, yes=True)
        self._put_by_another(party, when, [1], recount=True)
        self._sync(party, Fault.NONE, NO_WISH, SAME, None, yes=True)

    @rule(who=WHO, when=WHEN)
    def another_computer_uploads_with_the_same_token(self, who: int, when: str) -> None:
        self._put_by_another(self._party(who), when, [1], machine="f" * 64)

    @invariant()
    def the_server_holds_what_the_protocol_says(self) -> None:
        self._both.check()

    def _put_by_another(
        self, party: Party, when: str, counted: list[int], **members: object
    ) -> None:
        """Upload a day as somebody else with the same token; *members* stand over the usual."""
        grant = self._both.model.grants.get(party.token)
        if grant is None or grant.machine is None:
            return
        party.alone = False
        upload = {
            "schema": 2,
            "accounting": 1,
            "prices": "2026-11-22",
            "machine": party.machine,
            "sequence": grant.sequence + 1,
            "days": [written_day(when, counted, 9)],
        }
        self._both.put(party.token, canonical(upload | members))

    def _sync(
        self,
        party: Party,
        fault: Fault,
        wish: Wish,
        question: str | None,
        twin: str | None,
        *,
        yes: bool,
    ) -> None:
        prepared = self._prepared(party, fault, wish, question)
        if prepared is None:
            return
        if not yes and not prepared.accepted_before:
            with pytest.raises(PreviewNotAccepted):
                party.upload(prepared)
            return
        party.accept(prepared)
        try:
            done = self._posted(party, prepared, fault)
        except TwinFound:
            twins = self._both.model.twins(party.token, prepared.body)
            if twin is None or len(twins) != 1:
                return
            wish = Wish(recount=wish.recount, twin="merge" if twin == "merge" else "separate")
            prepared = self._prepared(party, Fault.NONE, wish, question)
            assert prepared is not None
            party.accept(prepared)
            done = self._posted(party, prepared, Fault.NONE)
        if done:
            self._settles(party, again=prepared.server_unasked)

    def _prepared(
        self, party: Party, fault: Fault, wish: Wish, question: str | None
    ) -> Prepared | None:
        try:
            prepared = party.prepare(fault, wish=wish)
        except (ServerUnreachable, TokenRejected):
            return None
        except ComputerUnclear:
            assert party.may_be_unclear(), "what is asked has a reason"
            return self._answered(party, wish, question)
        if prepared is None:
            party.check_nothing_is_lost()
        return prepared

    def _answered(self, party: Party, wish: Wish, question: str | None) -> Prepared | None:
        """Answer whose days these are; the answer holds until there is another reason to ask."""
        if question == ANOTHER:
            with Database(party.path) as database:
                party.machine = become_another_computer(database)
            party.token = self._both.link(party.account)
            party.sent.clear()
        if question is None:
            return None
        prepared = party.prepare(same=question == SAME, wish=wish)
        if prepared is None:
            assert party.prepare() is None, "what was answered is not asked again"
        return prepared

    def _posted(self, party: Party, prepared: Prepared, fault: Fault) -> bool:
        """Post a preview; say whether the server is known to have taken it."""
        current = party.is_current(prepared)
        try:
            party.upload(prepared, fault)
        except ServerUnreachable:
            assert fault is not Fault.NONE
            return False
        except UploadOvertaken:
            assert not current
            return False
        except TokenRejected:
            assert party.token not in self._both.model.grants
            return False
        return True

    def _settles(self, party: Party, *, again: bool) -> None:
        """Assert that a sync after a good one has nothing to send."""
        try:
            more = party.prepare()
        except ComputerUnclear:
            return
        if more is not None and again:
            party.accept(more)
            party.upload(more)
            self._settles(party, again=False)
            return
        tomorrow = (self._both.world.clock.now.date() + timedelta(days=1)).isoformat()
        due = [day.date for day in more.request.days if day.date <= tomorrow] if more else []
        assert due == [], "a sync after a good one has nothing to send but what is still to come"
        party.check_nothing_is_lost()

    def _party(self, who: int) -> Party:
        return self.parties[who % len(self.parties)]

    def _add(
        self,
        account: str,
        rows: dict[str, list[int]],
        machine: str | None = None,
        token: str | None = None,
    ) -> Party:
        self._computers += 1
        name = machine or f"{self._computers:064x}"
        token = token or self._both.link(account)
        party = Party(self._both, self._new_path(), name, account, token, rows)
        Database(party.path).close()
        self.parties.append(party)
        return party

    def _new_path(self) -> Path:
        return self._folder / f"{len(self.parties)}.sqlite3"

    def _new_account(self) -> str:
        self._accounts += 1
        return self._both.account(f"{self._folder.name}-{self._accounts}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    made = World(tmp_path_factory.mktemp("server"), Limits(uploads="1000000/minute"))
    yield made
    made.close()


def run(machine: type[Syncing], world: World, examples: int, steps: int) -> None:
    """Run a state machine against the server of *world*."""
    here = type(machine.__name__, (machine,), {"world": world})
    run_state_machine_as_test(
        here, settings=settings(max_examples=examples, stateful_step_count=steps)
    )


def test_syncs_in_any_order_lose_double_and_invent_nothing(world: World) -> None:
    run(Syncing, world, examples=40, steps=40)


@pytest.mark.long
def test_syncs_in_many_more_orders_lose_double_and_invent_nothing(world: World) -> None:
    run(Syncing, world, examples=300, steps=60)
