"""A transcript on disk, read from where the last reading ended."""

import os
from collections.abc import Callable, Iterable, Iterator

from claudeusage_app.ledger.tails import Tail
from claudeusage_app.walk import TranscriptFile
from claudeusage_core.transcript import MARK, is_whole

_BUFFER = 1 << 18
_LARGEST_BUFFER = 1 << 22
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_ENDING = 1024


class Buffer:
    """Memory that one reading after another fills, so that a scan needs no more of it."""

    def __init__(self) -> None:
        """Take as much as is read at a time; a longer line makes it grow."""
        self._take(bytearray(_BUFFER))

    def grow(self, used: int) -> None:
        """Make room for twice as much, keeping the first *used* bytes."""
        larger = bytearray(2 * len(self.bytes))
        larger[:used] = self.view[:used]
        self._take(larger)

    def shrink(self) -> None:
        """Give back what only a very long line needed."""
        if len(self.bytes) > _LARGEST_BUFFER:
            self._take(bytearray(_BUFFER))

    def _take(self, content: bytearray) -> None:
        self.bytes = content
        self.view = memoryview(content)


class Reading:
    """One reading of a transcript's new lines. Iterate over it; *tail* tells how far it is."""

    def __init__(
        self,
        file: TranscriptFile,
        known: Tail | None,
        keyed: Callable[[bytes], bytes],
        held_in: int,
        buffer: Buffer,
    ) -> None:
        """Read *file* after the *known* tail, or from its first byte where it is another one.

        It is also read from there where a folder holds it that the tail does not note: *held_in*
        has bit n for the folder with number n.
        """
        self._file = file
        self._known = known
        self._held_in = held_in
        self._keyed = keyed
        self._buffer = buffer
        self._size = file.size
        self._position = 0
        self._head = b""
        self._before = b""
        self.restarted = False

    @property
    def tail(self) -> Tail:
        """How the file is, and up to which byte its lines were given out."""
        return Tail(
            size=self._size,
            mtime_ns=self._file.mtime_ns,
            inode=self._file.inode,
            read_to=self._position,
            ending=self._keyed(self._head + self._before),
            held_in=self._held_in,
        )

    def give_out(self, take: Callable[[memoryview], None]) -> Iterator[int]:
        """Give each new line that may report usage to *take*, without its newline.

        That is one with `MARK` in it. A last line without its newline counts where it is whole. A
        line is there only until *take* returns. Yields now and then how many bytes it has passed,
        when *tail* is behind the last line that was given out. Raises `OSError` where the file
        cannot be read.
        """
        descriptor = os.open(self._file.path, _READ_ONLY)
        try:
            yield from self._lines(descriptor, take)
        finally:
            os.close(descriptor)
            self._buffer.shrink()

    def _lines(self, descriptor: int, take: Callable[[memoryview], None]) -> Iterator[int]:
        self._find_start(descriptor)
        self._size = begun = self._position
        content, view = self._buffer.bytes, self._buffer.view
        used = 0
        while got := _fill(descriptor, view[used:]):
            used, scanned = used + got, used
            stop = content.rfind(b"\n", scanned, used) + 1
            if not stop:
                if used == len(content):
                    self._buffer.grow(used)
                    content, view = self._buffer.bytes, self._buffer.view
                continue
            start, found = 0, content.find(MARK, 0, stop)
            while found >= 0:
                start = content.rfind(b"\n", start, found) + 1 or start
                end = content.find(b"\n", found, stop)
                take(view[start:end])
                start = end + 1
                found = content.find(MARK, start, stop)
            self._pass(content, stop)
            used -= stop
            content[:used] = content[stop : stop + used]
            yield self._position - begun
        if used and is_whole(bytes(view[:used])):
            if content.find(MARK, 0, used) >= 0:
                take(view[:used])
            self._pass(content, used)
            used = 0
        self._size = self._position + used
        yield self._position - begun

    def _pass(self, content: bytearray, length: int) -> None:
        """Note that the first *length* bytes of what was read have been given out."""
        self._position += length
        self._size = self._position
        self._head += bytes(content[: min(_ENDING - len(self._head), length)])
        ending = bytes(content[max(length - _ENDING, 0) : length])
        self._before = (self._before + ending)[-_ENDING:]

    def _find_start(self, descriptor: int) -> None:
        known = self._known
        noted = known is not None and not self._held_in & ~known.held_in and known.read_to >= 0
        # A file that has changed without growing was not appended to, whatever its end.
        grown = known is not None and self._file.size > known.size
        if known is not None and noted and grown and known.inode == self._file.inode:
            head = _bytes_at(descriptor, 0, min(known.read_to, _ENDING))
            start = max(known.read_to - _ENDING, 0)
            before = _bytes_at(descriptor, start, known.read_to - start)
            if self._keyed(head + before) == known.ending:
                os.lseek(descriptor, known.read_to, os.SEEK_SET)
                self._position, self._head, self._before = known.read_to, head, before
                return
        self.restarted = known is not None
        os.lseek(descriptor, 0, os.SEEK_SET)


def _bytes_at(descriptor: int, start: int, length: int) -> bytes:
    os.lseek(descriptor, start, os.SEEK_SET)
    return os.read(descriptor, length)


def _fill(descriptor: int, view: memoryview) -> int:
    """Read into memory as much as there is and fits, and return how many bytes that was."""
    if hasattr(os, "readv"):
        return os.readv(descriptor, [view])
    some = os.read(descriptor, len(view))
    view[: len(some)] = some
    return len(some)


def count_lines(files: Iterable[tuple[TranscriptFile, Tail]]) -> int:
    """Count the lines that were read of some files, as far as they are still there."""
    lines = 0
    for file, tail in files:
        try:
            with open(file.path, "rb") as stream:  # noqa: PTH123 -- a str path that no Path can spell
                left, last = tail.read_to, b"\n"
                while left > 0 and (some := stream.read(min(left, _BUFFER))):
                    left, last = left - len(some), some[-1:]
                    lines += some.count(b"\n")
                lines += last != b"\n"
        except OSError:
            continue
    return lines
