"""Hints that a transcript has changed, from the operating system.

Hints only: watches run out without a word, and die with the folder that they watch. What makes the
figures right is the periodic walk over all transcripts; every walk also calls `Watcher.arm`, which
brings the watches in line with the folders that are there.
"""

import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

_FOLDER_EVENTS: list[type[FileSystemEvent]] = [DirCreatedEvent, DirDeletedEvent, DirMovedEvent]
_ALL_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    *_FOLDER_EVENTS,
]
_JOIN_SECONDS = 2.0
_OVERLOOKED_IN_A_ROW = 3
_ROUNDS = 8

OnHint: TypeAlias = Callable[[str | None], None]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder as it is now: one that was removed and made again is another one."""

    path: Path
    device: int
    inode: int
    whole: bool
    """Whether everything below is watched, or only the folder's own entries."""


class Watcher:
    """Watches over the folders of transcripts, whether they exist yet or not."""

    def __init__(self, roots: Iterable[Path], on_hint: OnHint) -> None:
        """Call *on_hint*, on a thread of the observer, when it may be worth looking.

        It is given the transcript that changed, None where anything may have.
        """
        self._roots = tuple(roots)
        self._listener = _Listener(on_hint)
        self._armed: dict[_Place, ObservedWatch] = {}
        self._observer: BaseObserver | None = None
        self._lock = threading.Lock()
        self._overlooked = 0

    @property
    def by_polling(self) -> bool:
        """Whether only the walk finds what is new, because the events fail to announce it."""
        return self._observer is None or self._overlooked >= _OVERLOOKED_IN_A_ROW

    def start(self) -> None:
        """Start to listen; without any watch to be had, this is silent and the walk remains."""
        # They print every watched path, which holds the names of projects.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        logging.getLogger("watchdog").setLevel(logging.CRITICAL)
        try:
            observer = Observer()
            observer.start()
        except OSError as error:
            _logger.warning("Watching by polling: no watches (%s)", type(error).__name__)
            return
        self._observer = observer
        self.arm()

    def arm(self) -> None:
        """Watch every folder that is there, and for those that are not, the nearest one above."""
        with self._lock:
            for _ in range(_ROUNDS):  # a folder may appear while its parent is being armed
                wanted = set(self._wanted())
                if not self._bring_in_line(wanted):
                    return

    def stop(self) -> None:
        """Stop listening, without waiting longer than two seconds for it."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(_JOIN_SECONDS)

    def told(self, *, found: bool, announced: bool) -> None:
        """Take note of what a walk found, and of whether an event had announced it."""
        if announced:
            self._overlooked = 0
        elif found:
            self._overlooked += 1
            if self._overlooked == _OVERLOOKED_IN_A_ROW:
                _logger.warning("Watching by polling: changes are not announced")

    def _bring_in_line(self, wanted: set[_Place]) -> bool:
        """Return whether anything was added."""
        observer = self._observer
        if observer is None:
            return False
        alive = {emitter.watch for emitter in observer.emitters if emitter.should_keep_running()}
        for place, watch in list(self._armed.items()):
            if place not in wanted or watch not in alive:
                del self._armed[place]
                observer.unschedule(watch)
        added = False
        for place in wanted - self._armed.keys():
            try:
                self._armed[place] = observer.schedule(
                    self._listener,
                    str(place.path),
                    recursive=place.whole,
                    event_filter=_ALL_EVENTS if place.whole else _FOLDER_EVENTS,
                )
                added = True
            except OSError:
                continue  # no watch left, or the folder is gone: the next walk tries again
        return added

    def _wanted(self) -> Iterator[_Place]:
        for root in self._roots:
            real = Path(os.path.realpath(root))
            yield from _place(real, whole=True)
            yield from next(
                filter(None, (_place(above, whole=False) for above in real.parents)), ()
            )


class _Listener(FileSystemEventHandler):
    """Passes on what may concern a transcript."""

    def __init__(self, on_hint: OnHint) -> None:
        self._on_hint = on_hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        source = os.fsdecode(event.src_path)
        paths = (source, os.fsdecode(event.dest_path))
        transcripts = [path for path in paths if path.endswith(".jsonl")]
        linked = isinstance(event, FileCreatedEvent) and Path(source).is_symlink()
        if isinstance(event, FileCreatedEvent | FileModifiedEvent) and not linked:
            for path in transcripts:
                self._on_hint(path)
        elif event.is_directory or transcripts or linked:  # a link may lead to a whole folder
            self._on_hint(None)


def _place(path: Path, *, whole: bool) -> tuple[_Place, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    if not path.is_dir():
        return ()
    return (_Place(path, status.st_dev, status.st_ino, whole),)
