"""What the lines of a scan say of each response, with as little as possible kept and compared.

Nearly all responses are *usual*: Anthropic's own id, one class of copies, nothing used but tokens.
Of these the best usage and the earliest moment are kept as they were decoded. Whatever is not is
kept as a `State`, and merged by `claudeusage_core.responses`, whose rule this follows where it is
sure of the outcome. The two never hold the same response.
"""

from collections import Counter
from collections.abc import Callable

import msgspec

from claudeusage_core.line_fields import NOT_STRICT, UsualUsage, decode_usual
from claudeusage_core.models import SYNTHETIC
from claudeusage_core.responses import (
    ERA_START_MS,
    Best,
    Era,
    Owner,
    ResponseKey,
    State,
    include,
    key_of,
    owners_of,
    state_of,
)
from claudeusage_core.timestamps import read_timestamp
from claudeusage_core.transcript import (
    ModelKeys,
    Skipped,
    SkipReason,
    is_named,
    is_visible,
    read_line,
    usage_of,
)
from claudeusage_core.usage import CopyClass, UsageRecord

_SECONDS = {
    f"{minute:02d}:{second:02d}.": minute * 60_000 + second * 1000
    for minute in range(60)
    for second in range(60)
}
_MILLISECONDS = {f"{number:03d}Z": number for number in range(1000)}
_MOST_HOURS = 10_000
_PLAIN, _SIDECHAIN = int(CopyClass.PLAIN), int(CopyClass.SIDECHAIN)


class Usual(msgspec.Struct, gc=False):
    """A usual response: its best copy, and where its earliest one stands."""

    usage: UsualUsage
    model: str
    """As the line names it."""
    stopped: bool
    copy_class: int
    """The value of a `CopyClass`, which is slower to work with."""
    best_ms: int
    first_ms: int
    session: str
    elsewhere: bool
    held_in: int
    """The folders that hold it: bit n for the one with number n."""


class Gathering:
    """The responses of some lines."""

    def __init__(self, model_keys: ModelKeys) -> None:
        """Take what turns a raw model name into what may be kept of it."""
        self.usual: dict[str, Usual] = {}
        """By the message's id."""
        self.others: dict[ResponseKey, State] = {}
        self.held_in: dict[ResponseKey, int] = {}
        """The folders that hold each of the others."""
        self._model_keys = model_keys
        self._models: dict[str, str] = {}
        self._hours: dict[str, int] = {}

    def __len__(self) -> int:
        """Return how many responses there are."""
        return len(self.usual) + len(self.others)

    def clear(self) -> None:
        """Forget all responses."""
        self.usual.clear()
        self.others.clear()
        self.held_in.clear()

    def take(self, record: UsageRecord, held_in: int) -> None:
        """Take one copy of any kind; *held_in* has a bit for each folder that holds it."""
        key = key_of(record)
        if key.era is Era.CURRENT and record.identity in self.usual:
            usual = self.usual.pop(record.identity)
            self.others[key] = self.state_of(usual)
            self.held_in[key] = usual.held_in
        include(self.others, key, state_of(record))
        self.held_in[key] = self.held_in.get(key, 0) | held_in

    def reader(  # noqa: C901 -- the inner loop of every scan, without calls that it can do without
        self, file_session: str, held_in: int, skipped: Counter[SkipReason]
    ) -> Callable[[memoryview], None]:
        """Return what takes line after line of a file, and counts what is passed over.

        *file_session* is the session that the file belongs to, *held_in* has a bit for each folder
        that holds it.
        """
        usual, others, models, hours = self.usual, self.others, self._models, self._hours

        def read_slowly(line: memoryview) -> None:
            for result in read_line(bytes(line), file_session, self._model_keys):
                if isinstance(result, Skipped):
                    skipped[result.reason] += 1
                else:
                    self.take(result, held_in)

        def read(line: memoryview) -> None:  # noqa: C901, PLR0911, PLR0912 -- as above
            try:
                said = decode_usual(line)
            except NOT_STRICT:
                return read_slowly(line)
            stamp = said.timestamp
            try:
                time_ms = hours[stamp[:14]] + _SECONDS[stamp[14:20]] + _MILLISECONDS[stamp[20:]]
            except KeyError:
                learnt_ms = self._learn_hour(stamp)  # not by a call of `read`: see there
                if learnt_ms is None:
                    return read_slowly(line)
                time_ms = learnt_ms
            message = said.message
            if said.isApiErrorMessage:
                return None
            model = models.get(message.model)
            if model is None:
                if not self._learn_model(message.model):
                    return read_slowly(line)
                model = message.model
            copy_class = _SIDECHAIN if said.isSidechain else _PLAIN
            known = usual.get(message.id)
            if known is None:
                if time_ms < ERA_START_MS or not is_named(message.id):
                    return read_slowly(line)
                if others and ResponseKey(message.id, Era.CURRENT) in others:
                    return read_slowly(line)
                session = said.sessionId or file_session
                if session == file_session:
                    session = file_session  # one string for all
                usual[message.id] = Usual(
                    message.usage,
                    model,
                    message.stop_reason is not None,
                    copy_class,
                    time_ms,
                    time_ms,
                    session,
                    session != file_session,
                    held_in,
                )
                return None
            if copy_class != known.copy_class or time_ms < ERA_START_MS:
                return read_slowly(line)
            usage, best = message.usage, known.usage
            if usage.output_tokens > best.output_tokens:
                known.usage, known.best_ms, known.model = usage, time_ms, model
                known.stopped = message.stop_reason is not None
            elif usage.output_tokens == best.output_tokens:
                if (
                    usage != best
                    or (message.stop_reason is None) is known.stopped
                    or model != known.model
                ):
                    return read_slowly(line)
                if time_ms > known.best_ms:  # noqa: PLR1730 -- max() would be a call
                    known.best_ms = time_ms
            if time_ms <= known.first_ms:
                session = said.sessionId or file_session
                owner = Owner(time_ms, session != file_session, session)
                known.first_ms, known.elsewhere, known.session = min(
                    (known.first_ms, known.elsewhere, known.session), owner
                )
            known.held_in |= held_in
            return None

        return read

    def state_of(self, usual: Usual) -> State:
        """Return a usual response as a state."""
        usage = usage_of(usual.usage, usual.model, self._model_keys, stopped=usual.stopped)
        owner = Owner(usual.first_ms, usual.elsewhere, usual.session)
        copy_class = CopyClass(usual.copy_class)
        return State(Best(copy_class, usual.best_ms, usage), owners_of(copy_class, owner))

    def _learn_model(self, model: str) -> bool:
        """Say whether a model's name is one that counts, and remember it."""
        if model == SYNTHETIC or not is_visible(model):
            return False
        self._models[model] = model
        return True

    def _learn_hour(self, stamp: str) -> int | None:
        """Return the moment of a timestamp in an hour not seen before; None for other texts.

        `read` does not call itself afterwards: it would hold itself for as long as no garbage is
        collected, and a scan makes one for each file.
        """
        start, rest = stamp[:14], stamp[14:]
        hour_ms = (
            read_timestamp(f"{start}00:00.000Z") if len(start) == len("2026-11-22T10:") else None
        )
        if hour_ms is None or rest[:6] not in _SECONDS or rest[6:] not in _MILLISECONDS:
            return None
        if len(self._hours) >= _MOST_HOURS:
            self._hours.clear()
        self._hours[start] = hour_ms
        return hour_ms + _SECONDS[rest[:6]] + _MILLISECONDS[rest[6:]]
