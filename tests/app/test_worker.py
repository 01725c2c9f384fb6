"""The worker: one thread, in order, that outlives what fails on it."""

import logging
import threading
from collections.abc import Iterator
from functools import partial
from queue import Queue

import pytest

from claudeusage_app.errors import ServerUnreachable
from claudeusage_app.worker import JobFailed, Worker
from claudeusage_core.errors import ClaudeusageError

PATIENCE = 10


@pytest.fixture
def failures() -> "Queue[ClaudeusageError]":
    return Queue()


@pytest.fixture
def worker(failures: "Queue[ClaudeusageError]") -> Iterator[Worker]:
    made = Worker("test-worker", failures.put)
    made.start()
    yield made
    made.stop()
    assert made.join(PATIENCE)


def _note(done: "Queue[tuple[int, str]]", number: int) -> None:
    done.put((number, threading.current_thread().name))


def test_jobs_run_in_order_on_one_named_thread(worker: Worker) -> None:
    done: Queue[tuple[int, str]] = Queue()
    for number in range(3):
        worker.post(partial(_note, done, number))
    names = [done.get(timeout=PATIENCE) for _ in range(3)]
    assert names == [(0, "test-worker"), (1, "test-worker"), (2, "test-worker")]


def test_a_job_that_waits_already_is_not_posted_twice(worker: Worker) -> None:
    gate, done = threading.Event(), Queue[str]()

    def wait() -> None:
        gate.wait(PATIENCE)

    def job() -> None:
        done.put("once")

    worker.post(wait)
    worker.post(job)
    worker.post(job)
    worker.post(lambda: done.put("last"))
    gate.set()
    assert [done.get(timeout=PATIENCE), done.get(timeout=PATIENCE)] == ["once", "last"]


def test_a_known_error_is_handed_on_as_it_is(
    worker: Worker, failures: "Queue[ClaudeusageError]"
) -> None:
    error = ServerUnreachable()

    def job() -> None:
        raise error

    worker.post(job)
    assert failures.get(timeout=PATIENCE) is error


def test_an_unforeseen_error_leaves_the_worker_alive_and_its_text_unsaid(
    worker: Worker, failures: "Queue[ClaudeusageError]", caplog: pytest.LogCaptureFixture
) -> None:
    def job() -> None:
        raise ValueError("a line of a transcript")

    with caplog.at_level(logging.DEBUG):
        worker.post(job)
        failure = failures.get(timeout=PATIENCE)
        alive = threading.Event()
        worker.post(alive.set)
        assert alive.wait(PATIENCE)
    assert isinstance(failure, JobFailed)
    assert "transcript" not in str(failure)
    assert "transcript" not in caplog.text
    assert f"ValueError in {__name__}" in caplog.text


def test_stopping_leaves_the_running_job_at_its_next_pause_and_drops_the_rest(
    failures: "Queue[ClaudeusageError]",
) -> None:
    worker = Worker("test-worker", failures.put)
    began, dropped = threading.Event(), threading.Event()

    def job() -> None:
        began.set()
        worker.pause(PATIENCE * 10)

    worker.post(job)
    worker.post(dropped.set)
    worker.start()
    assert began.wait(PATIENCE)
    worker.stop()
    assert worker.join(PATIENCE)
    assert not dropped.is_set()
    assert failures.empty()
