"""The state of each response: what is put in comes out, merged as the core merges it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claudeusage_app.ledger.database import Database
from claudeusage_app.ledger.session_tokens import SessionTokens
from claudeusage_app.ledger.states import States
from claudeusage_core.gathering import Gathering
from claudeusage_core.models import ModelNames
from claudeusage_core.responses import (
    Response,
)
from claudeusage_core.usage import CopyClass, Extra, ModelKey, TokenCounts, Usage, UsageRecord
from tests.core.samples import billable, gather

LATE_2025 = 1_765_000_000_000
ANCIENT = 1_600_000_000_000
OPUS = ModelKey("claude-opus-5-5")
NAMES = ModelNames({})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "ledger.sqlite3") as opened:
        yield opened


def record(
    identity: str = "msg_1",
    *,
    output: int = 10,
    copy_class: CopyClass = CopyClass.PLAIN,
    time_ms: int = LATE_2025,
    session: str = "aaaaaa-session",
    own_file: bool = True,
    model: ModelKey = OPUS,
) -> UsageRecord:
    usage = Usage(model=model, tokens=TokenCounts(1, output, 2, 3, 4), deciding_prompt=10)
    return UsageRecord(identity, copy_class, time_ms, session, own_file, usage)


def add(
    database: Database, *records: UsageRecord, held_in: int = 0, named: Sequence[str] = ()
) -> bool:
    gathered = Gathering(NAMES.key)
    for each in records:
        gathered.take(each, held_in)
    with database.writing():
        states = States(database)
        states.know(named)
        return states.add(gathered, NAMES)


def kept(database: Database) -> list[Response]:
    return sorted(States(database).responses(), key=repr)


def test_everything_that_pricing_needs_comes_back(database: Database) -> None:
    usage = Usage(
        model=OPUS,
        tokens=TokenCounts(1, 2, 3, 4, 10**12),
        web_searches=5,
        deciding_prompt=6,
        fast=True,
        us_inference=True,
        batch=True,
        cost_usd=0.1 + 0.2,
        stopped=True,
        extras=(Extra(ModelKey("other"), TokenCounts(6, 7, 8, 9, 10)),),
    )
    add(database, record()._replace(usage=usage))
    (response,) = kept(database)
    assert response.usage == usage
    assert response.time_ms == LATE_2025


def test_adding_twice_changes_nothing(database: Database) -> None:
    assert add(database, record())
    assert not add(database, record())
    assert len(kept(database)) == 1


def test_a_better_copy_takes_over_and_a_worse_one_does_not(database: Database) -> None:
    add(database, record(output=2))
    add(database, record(output=500))
    assert not add(database, record(output=3))
    assert kept(database)[0].usage.tokens.output == 500


def test_the_owner_moves_only_to_an_earlier_copy(database: Database) -> None:
    add(database, record(time_ms=LATE_2025))
    add(database, record(time_ms=LATE_2025 + 5, output=20, session="other"))
    (later,) = kept(database)
    assert later.time_ms == LATE_2025
    add(database, record(time_ms=LATE_2025 - 5, session="third"))
    (earlier,) = kept(database)
    assert earlier.time_ms == LATE_2025 - 5
    assert earlier.session != later.session


def test_a_plain_copy_takes_class_and_owner_from_a_forked_one(database: Database) -> None:
    add(database, record(copy_class=CopyClass.FORKED, time_ms=LATE_2025 - 9, output=900))
    add(database, record(copy_class=CopyClass.PLAIN, time_ms=LATE_2025, output=5))
    (response,) = kept(database)
    assert (response.time_ms, response.usage.tokens.output) == (LATE_2025, 5)


def test_copies_from_before_2024_are_kept_apart(database: Database) -> None:
    add(database, record(time_ms=ANCIENT, output=900))
    assert kept(database) == []
    add(database, record(output=5))
    (response,) = kept(database)
    assert (response.time_ms, response.usage.tokens.output) == (LATE_2025, 5)


def test_responses_can_be_asked_for_from_a_moment_on(database: Database) -> None:
    add(database, record("msg_1"), record("msg_2", time_ms=LATE_2025 + 1))
    assert len(list(States(database).responses(LATE_2025 + 1))) == 1


def test_sessions_are_hidden_and_told_apart(database: Database) -> None:
    add(database, record("msg_1", session="one"), record("msg_2", session="two"))
    add(database, record("msg_3", session="one"))
    sessions = [each.session for each in kept(database)]
    assert len(set(sessions)) == 2
    assert not {"one", "two"} & set(sessions)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("0398d93c-05a2-4a32-8fc0-9936d5d7c520", "0398d93c-05b2-4a32-8fc0-9936d5d7c520"),
        ("a-plan", "b-plan"),
    ],
)
def test_of_two_copies_of_one_moment_the_smaller_session_owns(
    database: Database, smaller: str, larger: str, first: int
) -> None:
    copies = [record(session=name, own_file=False) for name in (smaller, larger)]
    for each in (copies[first], copies[1 - first]):
        add(database, each)
    add(database, record("msg_2", session=smaller))
    assert len({each.session for each in kept(database)}) == 1


ALIKE = [
    ("session-1", "session-2"),
    ("0398d93c-05a2-4a32-8fc0-9936d5d7c520", "0398d93c-05a2-4a32-8fc0-9936d5d7c521"),
    ("session", "session-of-a-colleague"),
    ("03982", "0398d93c-05a2-4a32-8fc0-9936d5d7c520"),
]


def token(database: Database, session: str) -> str:
    """Return what *session* is known by in the ledger."""
    return SessionTokens(database.salt).token(session)


def owner(database: Database) -> str:
    """Return the token of the only response's session."""
    (response,) = kept(database)
    return response.session


@pytest.mark.parametrize("larger_first", [False, True])
@pytest.mark.parametrize(("smaller", "larger"), ALIKE)
def test_ids_that_begin_alike_are_ordered_where_files_or_lines_name_them(
    database: Database, smaller: str, larger: str, larger_first: bool
) -> None:
    names = (larger, smaller) if larger_first else (smaller, larger)
    for name in names:
        add(database, record(session=name), named=names)
    assert owner(database) == token(database, smaller)


@pytest.mark.parametrize(("smaller", "larger"), ALIKE[:2])
def test_where_an_id_is_not_at_hand_the_owner_that_is_kept_remains(
    database: Database, smaller: str, larger: str
) -> None:
    for first, second in ((smaller, larger), (larger, smaller)):
        add(database, record(first, session=first))
        assert not add(database, record(first, session=second))
    owners = {each.session for each in kept(database)}
    assert owners == {token(database, smaller), token(database, larger)}


def test_of_a_name_no_more_than_three_letters_can_be_worked_out(database: Database) -> None:
    add(database, record("msg_1", session="acme-merger"), record("msg_2", session="acme-party"))
    orders = {each.session[:28] for each in kept(database)}
    assert len(orders) == 1


def test_a_session_id_of_any_letters_is_taken(database: Database) -> None:
    add(database, record("msg_1", session="\udc80\ud800"), record("msg_\ud800", session=""))
    assert len(kept(database)) == 2


def test_a_model_that_a_newer_table_knows_gets_its_id(database: Database) -> None:
    old = ModelNames({"claude-opus-5-5": ["claude-opus-5-5"]}, database.salt)
    hidden = old.key("claude-next-9-20270101")
    usage = Usage(OPUS, TokenCounts(1), extras=(Extra(hidden, TokenCounts(2)),))
    add(database, record("msg_1", model=hidden), record("msg_2")._replace(usage=usage))
    new = ModelNames({"claude-next-9": ["claude-next-9"]}, database.salt)
    with database.writing():
        States(database).price_again(new)
    models = {each.usage.model for each in kept(database)}
    extras = {extra.model for each in kept(database) for extra in each.usage.extras}
    assert models == {OPUS, "claude-next-9"}
    assert extras == {"claude-next-9"}
    assert not add(database, record("msg_1", model=new.key("claude-next-9")))


def test_a_model_that_only_extras_have_gets_its_id_too(database: Database) -> None:
    hidden = ModelNames({}, database.salt).key("claude-next-9")
    usage = Usage(OPUS, TokenCounts(1), extras=(Extra(hidden, TokenCounts(2)),))
    add(database, record("msg_1")._replace(usage=usage))
    with database.writing():
        States(database).price_again(
            ModelNames({"claude-next-9": ["claude-next-9"]}, database.salt)
        )
    (response,) = kept(database)
    assert [extra.model for extra in response.usage.extras] == ["claude-next-9"]


def test_the_ledger_holds_no_letter_of_an_unknown_model(database: Database) -> None:
    names = ModelNames({}, database.salt)
    add(database, record(model=names.key("canary-model")))
    assert b"canary" not in database.path.with_name("ledger.sqlite3-wal").read_bytes()


_SESSIONS = ("session-a", "session-b", "other", *ALIKE[1])
_COUNTS = st.builds(TokenCounts, *[st.integers(0, 2)] * 5)
_MODELS = st.sampled_from([OPUS, ModelKey("other"), ModelKey("?0123456789abcdef")])
_USAGES = st.builds(
    Usage,
    model=_MODELS,
    tokens=_COUNTS,
    web_searches=st.integers(0, 1),
    deciding_prompt=st.integers(0, 2),
    fast=st.booleans(),
    us_inference=st.booleans(),
    batch=st.booleans(),
    cost_usd=st.sampled_from([None, 0.0, 0.1 + 0.2]),
    stopped=st.booleans(),
    extras=st.lists(st.builds(Extra, _MODELS, _COUNTS), max_size=2).map(tuple),
)
_RECORDS = st.builds(
    UsageRecord,
    identity=st.sampled_from(["msg_1", "msg_2"]),
    copy_class=st.sampled_from(CopyClass),
    time_ms=st.sampled_from([ANCIENT, LATE_2025, LATE_2025 + 1]),
    session=st.sampled_from(_SESSIONS),
    own_file=st.booleans(),
    usage=st.one_of(_USAGES, st.just(Usage(OPUS, TokenCounts()))),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_RECORDS, max_size=8), st.data())
def test_any_order_and_any_batches_give_what_the_core_gives(
    tmp_path_factory: pytest.TempPathFactory, records: list[UsageRecord], data: st.DataObject
) -> None:
    expected = billable(gather(records), LATE_2025 * 2)
    shuffled = data.draw(st.permutations(records + records[:3]))
    cut = data.draw(st.integers(0, len(shuffled)))
    with Database(tmp_path_factory.mktemp("ledger") / "ledger.sqlite3") as database:
        add(database, *shuffled[:cut], named=_SESSIONS)
        add(database, *shuffled[cut:], named=_SESSIONS)
        hidden = [each._replace(session=token(database, each.session)) for each in expected]
        assert kept(database) == sorted(hidden, key=repr)
