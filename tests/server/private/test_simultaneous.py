"""Uploads that arrive at once: each is stored whole or not at all, and in the order of sequence."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Sequence

import httpx

from claudeusage_core import wire
from tests.server.world import Link, Plain, World, body, dates, day, model

DAYS = dates("2026-11-20", 30)


def at_once(jobs: Sequence[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Run every job on a thread of its own, all from the same moment on."""
    start = threading.Barrier(len(jobs))
    answers: list[httpx.Response] = []

    def run(job: Callable[[], httpx.Response]) -> None:
        start.wait()
        answers.append(job())

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(jobs)
    return answers


def numbered(number: int, **members: object) -> Plain:
    """Return an upload of thirty days in which every figure is *number*."""
    days = [day(when, model(number), active_seconds=number) for when in DAYS]
    return body(*days, sequence=number, **members)


def uploading(world: World, token: str, sent: Plain) -> Callable[[], httpx.Response]:
    return lambda: world.put(token, sent)


def stored(world: World) -> list[tuple[str, int, int, int]]:
    """Count the rows by computer and by the figures in them."""
    connection = sqlite3.connect(world.data / "private.sqlite3")
    found = connection.execute(
        "SELECT d.machine, d.active_seconds, m.messages, COUNT(*) FROM days d"
        " JOIN day_models m USING (account, machine, date) GROUP BY 1, 2, 3 ORDER BY 2"
    ).fetchall()
    connection.close()
    return found


def test_uploads_with_one_token_end_at_the_highest_sequence(world: World, link: Link) -> None:
    jobs = [uploading(world, link.token, numbered(number)) for number in range(1, 9)]
    answers = at_once(jobs)
    assert {answer.status_code for answer in answers} == {200}
    read = [wire.read_answer(wire.SyncAnswer, answer.content) for answer in answers]
    assert {(len(each.applied), len(each.stale)) for each in read} <= {(30, 0), (0, 30)}
    [(_machine, seconds, messages, count)] = stored(world)
    assert (seconds, messages, count) == (8, 8, 30)
    assert world.get(wire.DAYS_PATH, link.token).json()["sequence"] == 8
    assert world.totals(link)[0] == 8 * 30


def test_the_same_body_sent_twice_at_once_is_applied_once(world: World, link: Link) -> None:
    answers = at_once([uploading(world, link.token, numbered(5))] * 2)
    read = [wire.read_answer(wire.SyncAnswer, answer.content) for answer in answers]
    outcomes = sorted((len(each.applied), len(each.unchanged)) for each in read)
    assert outcomes == [(0, 30), (30, 0)]
    assert world.totals(link)[0] == 5 * 30


def test_two_computers_of_one_account_do_not_disturb_each_other(world: World, link: Link) -> None:
    other = world.link().token
    jobs = [
        uploading(world, token, numbered(number, machine=machine))
        for number in range(1, 5)
        for token, machine in ((link.token, "ab" * 32), (other, "cd" * 32))
    ]
    assert {answer.status_code for answer in at_once(jobs)} <= {200, 409}
    for token, machine in ((link.token, "ab" * 32), (other, "cd" * 32)):
        world.put(token, numbered(20 if token == other else 30, machine=machine))
    assert [row[1:] for row in stored(world)] == [(20, 20, 30), (30, 30, 30)]
    assert world.totals(link)[0] == 50 * 30


def test_a_new_token_is_bound_by_one_of_two_computers(world: World, link: Link) -> None:
    jobs = [
        uploading(world, link.token, numbered(number, machine=machine))
        for number, machine in ((3, "ab" * 32), (4, "cd" * 32))
    ]
    answers = at_once(jobs)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 403: 1}
    [(_machine, seconds, messages, count)] = stored(world)
    assert (seconds, messages, count) in {(3, 3, 30), (4, 4, 30)}


def test_an_upload_beside_a_revocation_is_whole_or_refused(world: World, link: Link) -> None:
    def revoke() -> httpx.Response:
        return world.request(
            "DELETE", wire.TOKEN_PATH, headers={"Authorization": f"Bearer {link.token}"}
        )

    statuses = Counter(
        answer.status_code
        for answer in at_once([revoke, uploading(world, link.token, numbered(1))])
    )
    assert statuses in ({204: 1, 200: 1}, {204: 1, 401: 1})
    assert [row[3] for row in stored(world)] == [30] * statuses[200]
