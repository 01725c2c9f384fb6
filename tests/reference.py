"""The accounting rules once more, slow and plain, to hold the program against.

Written from the rules alone: plain ``json``, every line decoded whole, every copy kept in a list,
fractions instead of integers cut down. Nothing here is shared with the program but its price table.
"""

import json
import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import cast

Tokens = tuple[int, int, int, int, int]
"""Input, output, five-minute writes, one-hour writes, cache reads."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MOMENT = datetime(2024, 1, 1, tzinfo=UTC)
LARGEST = 10**12
IDLE_MS = 600_000
KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
PLAIN, SIDECHAIN, FORKED = range(3)

_GENUINE_ID = re.compile(r"msg_((bdrk|vrtx)_)?[A-Za-z0-9]{20,}")
_STAMP = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)[Tt ]"
    r"(\d\d)(?:(:?)(\d\d)(?:\6(\d\d)(?:[.,](\d+))?)?)?"
    r"(?:[Zz]|([+-])(\d\d)(?:(:?)(\d\d)(?:\12(\d\d))?)?)?",
    re.ASCII,
)
_BLANK = "\ufeff\0 \t\r"
_HIGHEST_OFFSET = 24, 60, 60
_FAR_TOO_LARGE = 10**30
_DIGITS_OF_A_NUMBER = 30


@dataclass(frozen=True)
class Copy:
    """One line's account of one response."""

    identity: tuple[object, ...]
    copy_class: int
    time_ms: int
    session: str
    elsewhere: bool
    model: str
    tokens: Tokens
    searches: int
    deciding_prompt: int
    fast: bool
    in_us: bool
    batch: bool
    stopped: bool
    cost_usd: str | None
    extras: tuple[tuple[str, Tokens], ...]

    @property
    def billable(self) -> bool:
        return bool(sum(self.tokens) or self.searches or self.extras)

    @property
    def rank(self) -> tuple[int, bool, int, int, int]:
        """Greatest wins. A last tie, by hash, is not decided here."""
        return (self.tokens[1], self.stopped, sum(self.tokens), self.searches, self.time_ms)


@dataclass(frozen=True)
class Counted:
    """One response: its winner's numbers at its owner's time."""

    time_ms: int
    session: str
    winner: Copy


@dataclass
class _ModelRow:
    messages: int = 0
    tokens: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0])
    pico: int | None = None

    def add(self, tokens: Tokens, pico: int | None) -> None:
        self.tokens = [a + b for a, b in zip(self.tokens, tokens, strict=True)]
        if pico is not None:
            self.pico = (self.pico or 0) + pico


# From a folder to rows


def read_folders(folders: Iterable[Path], zone: tzinfo, now: datetime) -> list[dict[str, object]]:
    """Return the day rows of every transcript below *folders*, as they stand in an upload."""
    return rows((copy for folder in folders for copy in copies_below(folder)), zone, now)


def copies_below(folder: Path) -> list[Copy]:
    """Return every copy of every response that *folder* holds at this moment."""
    places = transcripts_below(folder)
    return [
        copy
        for path in sorted(places)
        for copy in copies_in(path.read_bytes(), own_session(places[path]))
    ]


def transcripts_below(folder: Path) -> dict[Path, Path]:
    """Return the real path of each transcript, with its place below *folder*.

    That is its real one where it really lies there, and otherwise that of a link to it.
    """
    found: dict[Path, Path] = {}
    entered: set[Path] = set()

    def enter(here: Path) -> None:
        if here.resolve() in entered:
            return
        entered.add(here.resolve())
        for name in os.listdir(here):  # noqa: PTH208 -- names that no Path can spell occur too
            path = here / name
            if path.is_dir():
                enter(path)
            elif name.endswith(".jsonl") and path.is_file():
                found.setdefault(path.resolve(), path.relative_to(folder))

    if folder.is_dir():
        enter(folder)
    root = folder.resolve()
    lies_here = {
        path: path.relative_to(root)
        for path in found
        if path.is_relative_to(root) and path.name.endswith(".jsonl")
    }
    return found | lies_here


def own_session(place: Path) -> str:
    """Return the session that a transcript belongs to, by its place below the root."""
    parts = place.parts[:-1]
    if "subagents" in parts[1:]:
        return parts[len(parts) - 1 - parts[::-1].index("subagents") - 1]
    return place.name.removesuffix(".jsonl")


# From bytes to copies


def copies_in(data: bytes, own: str) -> Iterator[Copy]:
    """Read a transcript that lies in the place of session *own*."""
    *lines, last = data.split(b"\n")
    for line in lines:
        for value in values_in(line)[0]:
            yield from copy_of(value, own)
    values, whole = values_in(last)
    if whole:
        for value in values:
            yield from copy_of(value, own)


def values_in(line: bytes) -> tuple[list[object], bool]:
    """Decode value after value up to the first error, and say whether there was none."""
    rest = line.decode("utf-8", "replace").lstrip(_BLANK)
    decoder = json.JSONDecoder(parse_int=_integer)
    values: list[object] = []
    while rest:
        try:
            value, end = decoder.raw_decode(rest)
        except (ValueError, RecursionError):
            return values, False
        values.append(value)
        rest = rest[end:].lstrip(_BLANK)
    return values, True


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS_OF_A_NUMBER else _FAR_TOO_LARGE


def copy_of(line: object, own: str) -> Iterator[Copy]:
    """Yield the copy that a line holds, if it holds one."""
    inner = line
    copy_class = PLAIN
    if member(line, "type") == "progress":
        inner = member(member(line, "data"), "message")
        copy_class = SIDECHAIN
    if member(inner, "type") != "assistant":
        return
    if True in (member(line, "isApiErrorMessage"), member(inner, "isApiErrorMessage")):
        return
    message = member(inner, "message")
    usage: object = member(message, "usage")
    model = member(message, "model")
    time_ms = read_time(member(inner, "timestamp"))
    if inner is not line and time_ms is None:
        time_ms = read_time(member(line, "timestamp"))
    if not _is_object(usage) or not isinstance(model, str) or time_ms is None:
        return
    if model == "<synthetic>" or not visible(model):
        return
    if member(line, "isSidechain") is True:
        copy_class = SIDECHAIN
    if any(_is_object(member(each, "forkedFrom")) for each in (line, inner)):
        copy_class = FORKED
    session = text_of(member(line, "sessionId")) or own
    tokens = tokens_of(usage)
    key = model_key(model)
    yield Copy(
        identity=identity_of(line, inner, session, tokens, time_ms),
        copy_class=copy_class,
        time_ms=time_ms,
        session=session,
        elsewhere=session != own,
        model=key,
        tokens=tokens,
        searches=number(member(member(usage, "server_tool_use"), "web_search_requests")),
        deciding_prompt=deciding_prompt(usage, tokens),
        fast=member(usage, "speed") == "fast",
        in_us=member(usage, "inference_geo") == "us",
        batch=member(usage, "service_tier") == "batch",
        stopped=member(message, "stop_reason") is not None,
        cost_usd=cost_usd(member(inner, "costUSD")),
        extras=tuple(extras_of(usage, key)),
    )


def identity_of(
    line: object, inner: object, session: str, tokens: Tokens, time_ms: int
) -> tuple[object, ...]:
    message = member(inner, "message")
    message_id = text_of(member(message, "id"))
    request_id = text_of(member(inner, "requestId")) or text_of(member(line, "requestId"))
    uuid = text_of(member(inner, "uuid")) or text_of(member(line, "uuid"))
    if message_id and _GENUINE_ID.fullmatch(message_id):
        return ("message", message_id)
    if message_id:
        return ("gateway", session, message_id, request_id, prompt(tokens))
    if request_id:
        return ("request", request_id)
    if uuid:
        return ("line", uuid)
    return ("text", session, time_ms, member(message, "model"), repr(member(message, "usage")))


def tokens_of(usage: object) -> Tokens:
    split = member(usage, "cache_creation")
    short = number(member(split, "ephemeral_5m_input_tokens"))
    long = number(member(split, "ephemeral_1h_input_tokens"))
    written = max(number(member(usage, "cache_creation_input_tokens")), short + long)
    long = min(long, written)
    return (
        number(member(usage, "input_tokens")),
        number(member(usage, "output_tokens")),
        written - long,
        long,
        number(member(usage, "cache_read_input_tokens")),
    )


def prompt(tokens: Tokens) -> int:
    return sum(tokens) - tokens[1]


def iterations_of(usage: object) -> list[object]:
    entries = member(usage, "iterations")
    return cast("list[object]", entries) if isinstance(entries, list) else []


def deciding_prompt(usage: object, tokens: Tokens) -> int:
    messages = [each for each in iterations_of(usage) if member(each, "type") == "message"]
    if len(messages) < 2:
        return prompt(tokens)
    return max(prompt(tokens_of(each)) for each in messages)


def extras_of(usage: object, winner: str) -> Iterator[tuple[str, Tokens]]:
    entries = iterations_of(usage)
    fell_back = any(member(each, "type") == "fallback_message" for each in entries)
    for each in entries:
        kind, model, tokens = member(each, "type"), member(each, "model"), tokens_of(each)
        key = model_key(model) if isinstance(model, str) and visible(model) else winner
        wanted = kind in ("advisor_message", "compaction") or (
            kind == "message" and fell_back and tokens[1] > 0 and key != winner
        )
        if wanted and any(tokens):
            yield key, tokens


def member(value: object, name: str) -> object:
    """Return a member of an object; None where it is none, or has none."""
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None


def visible(name: str) -> bool:
    return any(c.isprintable() and not c.isspace() for c in name)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def text_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, str):
        return int(value) if re.fullmatch("[0-9]{1,12}", value) else 0
    if isinstance(value, int | float) and math.isfinite(value) and 0 <= int(value) <= LARGEST:
        return int(value)
    return 0


def cost_usd(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return repr(value) if math.isfinite(value) and 0 <= value <= LARGEST else None


def read_time(value: object) -> int | None:
    match = _STAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[n] or 0) for n in (1, 3, 4, 5, 7, 8))
    offset = [int(match[n] or 0) for n in (11, 13, 14)]
    if any(part >= limit for part, limit in zip(offset, _HIGHEST_OFFSET, strict=True)):
        return None
    ahead = timedelta(hours=offset[0], minutes=offset[1], seconds=offset[2])
    try:
        stamp = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    thousandths = int(((match[9] or "") + "000")[:3])
    return ms(stamp) + thousandths - (-1 if match[10] == "-" else 1) * ms(EPOCH + ahead)


def ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


# From copies to rows


def rows(copies: Iterable[Copy], zone: tzinfo, now: datetime) -> list[dict[str, object]]:
    """Add up copies, in any order and however often each is given."""
    by_identity: dict[tuple[object, ...], list[Copy]] = {}
    for copy in copies:
        if copy.time_ms >= ms(FIRST_MOMENT):
            by_identity.setdefault(copy.identity, []).append(copy)
    latest = ms(now + timedelta(hours=24))
    counted = sorted(
        (
            each
            for each in map(response_of, by_identity.values())
            if each and each.time_ms <= latest
        ),
        key=lambda each: each.time_ms,
    )
    active = active_ms([each.time_ms for each in counted], zone)
    by_day: dict[date, list[Counted]] = {}
    begun: dict[str, date] = {}
    for each in counted:
        day = local_day(each.time_ms, zone)
        by_day.setdefault(day, []).append(each)
        begun.setdefault(each.session, day)
    return [
        {
            "date": day.isoformat(),
            "active_seconds": active.get(day, 0) // 1000,
            "sessions_active": len({each.session for each in responses}),
            "sessions_started": sum(first == day for first in begun.values()),
            "models": model_rows(responses),
        }
        for day, responses in sorted(by_day.items())
    ]


def response_of(copies: list[Copy]) -> Counted | None:
    billable = [copy for copy in copies if copy.billable]
    if not billable:
        return None
    best = min(copy.copy_class for copy in billable)
    winner = max((copy for copy in billable if copy.copy_class == best), key=lambda copy: copy.rank)
    owner = min(
        (copy for copy in copies if copy.copy_class == best),
        key=lambda copy: (copy.time_ms, copy.elsewhere, copy.session),
    )
    return Counted(owner.time_ms, owner.session, winner)


def undecided(copies: Iterable[Copy]) -> bool:
    """Say whether a response's winner hangs on the hash that breaks the last tie."""
    by_identity: dict[tuple[object, ...], list[Copy]] = {}
    for copy in copies:
        if copy.time_ms >= ms(FIRST_MOMENT) and copy.billable:
            by_identity.setdefault(copy.identity, []).append(copy)
    for group in by_identity.values():
        best = min(copy.copy_class for copy in group)
        top = max(copy.rank for copy in group if copy.copy_class == best)
        numbers = {
            (
                copy.model,
                copy.tokens,
                copy.deciding_prompt,
                copy.fast,
                copy.in_us,
                copy.batch,
                copy.cost_usd,
                copy.extras,
            )
            for copy in group
            if copy.copy_class == best and copy.rank == top
        }
        if len(numbers) > 1:
            return True
    return False


def local_day(time_ms: int, zone: tzinfo) -> date:
    return (EPOCH + timedelta(milliseconds=time_ms)).astimezone(zone).date()


def active_ms(times_ms: list[int], zone: tzinfo) -> dict[date, int]:
    active: dict[date, int] = {}
    for earlier, later in pairwise(sorted(times_ms)):
        if 0 < later - earlier < IDLE_MS:
            first, last = local_day(earlier, zone), local_day(later, zone)
            midnight = later if first == last else _midnight(earlier, later, zone)
            active[first] = active.get(first, 0) + midnight - earlier
            active[last] = active.get(last, 0) + later - midnight
    return active


def _midnight(before: int, after: int, zone: tzinfo) -> int:
    """Close in on the first millisecond of the day of *after*."""
    while after - before > 1:
        middle = (before + after) // 2
        if local_day(middle, zone) == local_day(after, zone):
            after = middle
        else:
            before = middle
    return after


def model_rows(responses: list[Counted]) -> list[dict[str, object]]:
    by_model: dict[str, _ModelRow] = {}
    for each in responses:
        winner = each.winner
        row = by_model.setdefault(shown(winner.model), _ModelRow())
        row.messages += 1
        cost = response_cost(winner, each.time_ms)
        row.add(winner.tokens, cost)
        for model, tokens in winner.extras:
            extra = by_model.setdefault(shown(model), _ModelRow())
            extra.add(tokens, extra_cost(winner, model, tokens, each.time_ms))
    return [
        {
            "model": model,
            "messages": row.messages,
            "input_tokens": row.tokens[0],
            "output_tokens": row.tokens[1],
            "cache_write_5m_tokens": row.tokens[2],
            "cache_write_1h_tokens": row.tokens[3],
            "cache_read_tokens": row.tokens[4],
            "cost_microusd": None
            if row.pico is None
            else math.floor(Fraction(row.pico, 10**6) + Fraction(1, 2)),
        }
        for model, row in sorted(by_model.items())
    ]


# Models and prices


@cache
def price_table() -> dict[str, object]:
    text = (resources.files("claudeusage_resources") / "prices.json").read_text("utf-8")
    return cast("dict[str, object]", json.loads(text, parse_float=Fraction, parse_int=Fraction))


@cache
def entries_by_name() -> dict[str, dict[str, object]]:
    entries = cast("list[dict[str, object]]", price_table()["models"])
    return {name: entry for entry in entries for name in cast("list[str]", entry["names"])}


@cache
def model_key(raw: str) -> str:
    """Return the canonical id, ``other`` for a path, or ``?`` and the name without its date."""
    name = raw.strip()
    if name[:1] in "/.~" or re.match("[A-Za-z]:", name) or "\\" in name:
        return "other"
    name = name.lower()
    if name.endswith("]") and "[" in name:
        name = name[: name.rindex("[")].rstrip()
    name = name.split("/")[-1]
    name = re.sub(r"^([a-z-]+\.)?anthropic\.", "", name)
    without_version = re.sub(r"-v[0-9]+(:[0-9]+)?$", "", name)
    if without_version != "claude":
        name = without_version
    for ending in ("@default", "@latest", "-latest"):
        name = name.removesuffix(ending)
    for mark in "@.:":
        name = name.replace(mark, "-")
    name = name.split("-thinking")[0]
    known = entries_by_name()
    undated = re.sub(r"-[0-9]{8}$", "", name)
    entry = known.get(name) or known.get(undated)
    return str(entry["id"]) if entry else f"?{undated}"


def shown(key: str) -> str:
    return "other" if key.startswith("?") else key


def response_cost(winner: Copy, time_ms: int) -> int | None:
    found = _entry_and_period(winner.model, time_ms)
    if found is None:
        return None if winner.cost_usd is None else math.floor(Fraction(winner.cost_usd) * 10**12)
    entry, period = found
    cost = _at_rates(period, winner.tokens, winner.deciding_prompt)
    fast = entry.get("fast")
    if winner.fast and fast and _holds(fast, time_ms):
        cost = math.floor(cost * cast("Fraction", member(fast, "multiplier")))
    if winner.in_us:
        cost = math.floor(cost * cast("Fraction", entry.get("us_geo_multiplier", Fraction(1))))
    modifiers = price_table()["global_modifiers"]
    if winner.batch:
        cost = math.floor(cost * cast("Fraction", member(modifiers, "batch_multiplier")))
    search = cast("Fraction", member(modifiers, "web_search_usd_per_request"))
    return cost + math.floor(winner.searches * search * 10**12)


def extra_cost(winner: Copy, model: str, tokens: Tokens, time_ms: int) -> int | None:
    if winner.cost_usd is not None and _entry_and_period(winner.model, time_ms) is None:
        return 0
    found = _entry_and_period(model, time_ms)
    return None if found is None else _at_rates(found[1], tokens, prompt(tokens))


def _entry_and_period(key: str, time_ms: int) -> tuple[dict[str, object], object] | None:
    for entry in cast("list[dict[str, object]]", price_table()["models"]):
        if entry["id"] == key:
            for period in cast("list[object]", entry["periods"]):
                if _holds(period, time_ms):
                    return entry, period
    return None


def _holds(span: object, time_ms: int) -> bool:
    day = (EPOCH + timedelta(milliseconds=time_ms)).date().isoformat()
    start, end = member(span, "effective_from"), member(span, "effective_to_exclusive")
    return (start is None or str(start) <= day) and (end is None or day < str(end))


def _at_rates(period: object, tokens: Tokens, deciding: int) -> int:
    """Pico-USD: the table's dollars per million tokens are micro-USD per token."""
    upper = member(period, "long_context")
    rates = member(period, "rates")
    if upper and deciding > cast("Fraction", member(upper, "threshold_tokens")):
        rates = member(upper, "rates")
    cost = sum(
        count * cast("Fraction", member(rates, kind)) * 10**6
        for count, kind in zip(tokens, KINDS, strict=True)
    )
    return math.floor(cost)
