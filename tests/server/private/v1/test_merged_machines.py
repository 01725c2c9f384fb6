"""Two ids of one computer with the original client, merged by its owner: nothing counts twice."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claudeusage_server.private.machine_actions import merge_machine
from claudeusage_server.private.rows import Owner
from claudeusage_server.settings import Limits
from tests.server.original_client import OriginalClient, Record, records
from tests.server.world import World

Step = tuple[str, int, bool]
"""What is done: a record after so many seconds, or a sync of one of two clients, full or not."""

STEPS = st.lists(
    st.tuples(st.just("write"), st.sampled_from((1, 599, 600, 40_000)), st.booleans())
    | st.tuples(st.just("sync"), st.integers(0, 1), st.booleans()),
    max_size=10,
)


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    return (tmp_path / str(number) for number in count())


def go(clients: list[OriginalClient], step: Step) -> None:
    """Take one step; both clients read the same transcripts."""
    match step:
        case ("write", seconds, _):
            clients[0].records.append(
                Record(max(clients[0].records).at + timedelta(seconds=seconds))
            )
        case (_, number, full):
            clients[number].sync(full=full)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STEPS, into=st.integers(0, 1), after=STEPS)
def test_two_ids_of_one_computer_count_once_from_their_merge_on(
    folders: Iterator[Path], before: list[Step], into: int, after: list[Step]
) -> None:
    world = World(next(folders), limits=Limits(device_starts="1000/minute"))
    transcripts = records("2026-11-10 09:00", "2026-11-10 23:30")
    clients = [
        OriginalClient(world, host=host, records=transcripts) for host in ("laptop", "renamed")
    ]
    for step in (("sync", 0, False), ("sync", 1, False), *before):
        go(clients, step)
    link, context = world.link(), world.app.context
    names = [context.hashes.machine(link.account, client.machine) for client in clients]
    with context.store.write() as connection:
        merge_machine(connection, Owner(link.account, names[1 - into]), names[into])
    context.publish_at_once(link.account)
    for step in after:
        go(clients, step)
        assert world.totals(link)[0] <= len(transcripts)
    for client in clients:
        client.sync(full=True)
    assert world.totals(link)[0] == len(transcripts)
    world.close()
