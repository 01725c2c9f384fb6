"""One thread with a name that runs jobs one after another, and outlives a job that fails."""

import logging
import queue
import threading
from collections.abc import Callable
from types import TracebackType

from claudeusage_app.errors import ClientError
from claudeusage_core.errors import ClaudeusageError

Job = Callable[[], None]

_logger = logging.getLogger(__name__)


class JobFailed(ClientError):
    """A job ended with an error that nobody foresaw."""

    title = "Something unexpected went wrong."
    remedy = "Counting goes on. If it happens again, quit and start claudeusage again."


class Stopping(Exception):
    """Raised inside a job to leave it early, because the worker is told to stop."""


class Worker:
    """A thread and its queue of jobs."""

    def __init__(
        self,
        name: str,
        on_failure: Callable[[ClaudeusageError], None],
        on_end: Job = lambda: None,
    ) -> None:
        """Take the thread's *name* and what is told, on that thread, when a job fails.

        *on_end* is the last thing that it does.
        """
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._waiting: list[Job] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._on_failure = on_failure
        self._on_end = on_end
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def post(self, job: Job) -> None:
        """Run *job* after those that wait; if an equal one waits already, that one is enough."""
        with self._lock:
            if job in self._waiting:
                return
            self._waiting.append(job)
        self._jobs.put(job)

    def pause(self, seconds: float) -> None:
        """Wait inside a job, and leave the job where the worker is told to stop."""
        if self._stopping.wait(max(seconds, 0)):
            raise Stopping

    def stop(self) -> None:
        """Let the running job end, and run none of those that wait."""
        self._stopping.set()
        self._jobs.put(None)

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end, and return whether it came."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None and not self._stopping.is_set():
            with self._lock:
                self._waiting.remove(job)
            self._try(job)
        self._try(self._on_end)

    def _try(self, job: Job) -> None:
        try:
            job()
        except Stopping:
            return
        except ClaudeusageError as error:
            self._on_failure(error)
        except Exception as error:  # noqa: BLE001 -- the tray's job runner
            _logger.error("A job failed: %s in %s", type(error).__name__, _raised_in(error))  # noqa: TRY400 -- no text of the error
            self._on_failure(JobFailed())


def _raised_in(error: BaseException) -> str:
    """Name the module that raised: the text of the error may quote a transcript."""
    place: TracebackType | None = error.__traceback__
    module = "nowhere"
    while place is not None:
        module = str(place.tb_frame.f_globals.get("__name__", module))
        place = place.tb_next
    return module
