"""Bodies that were spoilt: refused with the place of the fault, and nothing else comes of them."""

import json
import re
import sqlite3
from collections.abc import Callable, Generator, Sequence
from copy import deepcopy
from typing import NamedTuple, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claudeusage_core import wire
from claudeusage_server.settings import Limits
from tests.server.world import World, body, day, digest, logged, model

MARKER = "planted5e1f"
NUMBER = 7_316_054_829
MANY = "1000000/minute"
TABLES = ("accounts", "tokens", "machines", "machine_names", "days", "day_models", "changed_days")
Json = dict[str, object]
Path = tuple[str | int, ...]

VALID = body(
    day("2026-11-19", model(3), model(2, None, model="claude-sonnet-5"), was=digest(day())),
    day("2026-11-20"),
    sequence=7,
)


class Twice(Json):
    """An object that is written with its first member twice."""

    def items(self) -> list[tuple[str, object]]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride] -- a view could not repeat itself
        members = list(super().items())
        return [*members, *members[:1]]


def paths(value: object, here: Path = ()) -> list[Path]:
    """Name every place below *value*, and its own."""
    found = [here]
    if isinstance(value, dict):
        for name, member in cast("Json", value).items():
            found += paths(member, (*here, name))
    elif isinstance(value, list):
        for index, member in enumerate(cast("list[object]", value)):
            found += paths(member, (*here, index))
    return found


def changed(root: object, path: Path, change: Callable[[object], object]) -> object:
    """Return a copy in which the value at *path* went through *change*."""
    if not path:
        return change(deepcopy(root))
    copied = deepcopy(root)
    container = cast("dict[str | int, object]", copied)
    container[path[0]] = changed(container[path[0]], path[1:], change)
    return copied


def nested(depth: int) -> object:
    value: object = MARKER
    for _ in range(depth):
        value = [value]
    return value


STRANGE: Sequence[object] = (
    MARKER,
    NUMBER,
    NUMBER / 7,
    -NUMBER,
    10**15 + 1,
    10**40,
    2**63,
    1.0,
    float("nan"),
    float("inf"),
    True,
    False,
    None,
    "",
    "\x00" + MARKER,
    "\ud800" + MARKER,
    MARKER + "\n",
    "2026-11-20\n",
    list[object](),
    Json(),
    [MARKER],
    {MARKER: MARKER},
    nested(60),
)
BYTES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "a word": lambda _: MARKER.encode(),
    "a byte order mark": lambda sent: b"\xef\xbb\xbf" + sent,
    "a NUL at the end": lambda sent: sent + b"\x00",
    "a word at the end": lambda sent: sent + MARKER.encode(),
    "twice": lambda sent: sent + sent,
    "without its end": lambda sent: sent[:-1],
    "half": lambda sent: sent[: len(sent) // 2],
    "no UTF-8": lambda sent: sent.replace(b"2026", b"\xff\xfe", 1),
    "a surrogate in UTF-8": lambda sent: sent.replace(b"2026", b"\xed\xa0\x80", 1),
    "UTF-16": lambda sent: sent.decode().encode("utf-16"),
    "a number without end": lambda sent: sent.replace(b": 1", b": 1" + b"9" * 5_000, 1),
    "an exponent": lambda sent: sent.replace(b": 1", b": 1e999", 1),
    "depth": lambda sent: sent.replace(b": ", b": " + b"[" * 5_000, 1),
    "depth before it": lambda sent: b"[" * 100_000 + sent,
}


def always(value: object) -> Callable[[object], object]:
    return lambda _: value


def without(name: str) -> Callable[[object], object]:
    return lambda value: {k: v for k, v in cast("Json", value).items() if k != name}


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """Draw an upload with one to three things done to it."""
    value: object = VALID
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(value)))
        kind = draw(st.sampled_from(("replace", "drop", "add", "double")))
        if kind == "replace":
            strange = draw(st.sampled_from(STRANGE))
            value = changed(value, path, always(strange))
        elif kind == "drop" and path and isinstance(path[-1], str):
            value = changed(value, path[:-1], without(path[-1]))
        elif kind == "add":
            value = changed(value, path, _with_more)
        elif kind == "double":
            value = changed(value, path, _doubled)
    sent = json.dumps(value).encode()
    more = draw(st.sampled_from((None, *BYTES)))
    return BYTES[more](sent) if more and draw(st.booleans()) else sent


def _with_more(value: object) -> object:
    if isinstance(value, dict):
        return cast("Json", value) | {MARKER: MARKER}
    return [*cast("list[object]", value), MARKER] if isinstance(value, list) else value


def _doubled(value: object) -> object:
    return Twice(cast("Json", value)) if isinstance(value, dict) else value


# What follows says a second time, and in other words, which bodies are uploads.

Check = Callable[[object], bool]


def whole(low: int, high: float = float("inf")) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def text(pattern: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def among(*values: object) -> Check:
    return lambda value: (
        any(value is each or value == each for each in values)
        and not (
            isinstance(value, (int, float)) and type(value) not in {type(each) for each in values}
        )
    )


def many(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, cast("list[object]", value)))


def members(needed: dict[str, Check], **optional: Check) -> Check:
    def check(value: object) -> bool:
        if not isinstance(value, dict):
            return False
        there, known = cast("Json", value), needed | optional
        return needed.keys() <= there.keys() <= known.keys() and all(
            known[name](each) for name, each in there.items()
        )

    return check


DATE, HEX = text("[0-9]{4}-[0-9]{2}-[0-9]{2}"), text("[0-9a-f]{64}")
COUNTS = ("messages", "input_tokens", "output_tokens", "cache_write_5m_tokens")
MORE_COUNTS = ("cache_write_1h_tokens", "cache_read_tokens")
MODEL = members(
    {name: whole(0) for name in (*COUNTS, *MORE_COUNTS)}
    | {"model": text(r"(?s).*"), "cost_microusd": or_null(whole(0))}
)
DAY = members(
    {name: whole(0) for name in ("active_seconds", "sessions_active", "sessions_started")}
    | {"date": DATE, "models": many(MODEL)},
    was=or_null(HEX),
)
UPLOAD = members(
    {
        "schema": among(2),
        "accounting": whole(1, 9_999),
        "prices": DATE,
        "machine": HEX,
        "sequence": whole(1, 2**53 - 1),
        "days": many(DAY),
    },
    recount=among(True, None),
    twin=among("merge", "separate", None),
)


def is_upload(sent: bytes) -> bool:
    """Say whether bytes are a body that the protocol takes."""

    def once(pairs: list[tuple[str, object]]) -> Json:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        value = json.loads(sent.decode(), object_pairs_hook=once)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    if not UPLOAD(value):
        return False
    dates = [each["date"] for each in value["days"]]
    return len(set(dates)) == len(dates)


class Stored(NamedTuple):
    """A world that holds an upload, and how its rows are read beside the application."""

    world: World
    token: str

    def rows(self) -> Sequence[object]:
        connection = sqlite3.connect(self.world.data / "private.sqlite3")
        found = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]  # noqa: S608 -- the names stand above
        connection.close()
        return found


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stored]:
    limits = Limits(uploads=MANY)
    world = World(tmp_path_factory.mktemp("spoilt") / "data", limits)
    token = world.link().token
    world.upload(token, day("2026-11-20", model(9)), sequence=2)
    yield Stored(world, token)
    world.close()


def refused(there: Stored, sent: bytes) -> Json:
    """Send what is no upload, and look at all that could come of it."""
    before = there.rows()
    with logged() as logs:
        answer = there.world.put_bytes(there.token, sent)
    assert there.rows() == before
    assert answer.status_code in {413, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    problem = cast("Json", answer.json())
    assert {"type", "title", "status", "code", "field"} == problem.keys()
    assert re.fullmatch(r"[a-z0-9_.]+", str(problem["field"]))
    for said in (answer.text, str(answer.headers), logs.text):
        assert MARKER not in said
        assert str(NUMBER) not in said
    assert " ERROR " not in logs.text
    assert "Traceback" not in logs.text
    return problem


def spoilt_body_is_refused(there: Stored, sent: bytes) -> None:
    if is_upload(sent):
        answer = there.world.put_bytes(there.token, sent)
        assert (answer.status_code, answer.json().get("code")) in {
            (200, None),
            (403, "other_machine"),
        }
        assert MARKER not in answer.text
    else:
        refused(there, sent)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(sent=spoilt())
def test_a_spoilt_body_leaves_no_trace(there: Stored, sent: bytes) -> None:
    spoilt_body_is_refused(there, sent)


@pytest.mark.long
@settings(max_examples=5_000, suppress_health_check=[HealthCheck.too_slow])
@given(sent=spoilt())
def test_none_of_thousands_of_spoilt_bodies_leaves_a_trace(there: Stored, sent: bytes) -> None:
    spoilt_body_is_refused(there, sent)


def test_the_body_that_is_spoilt_is_a_good_one(there: Stored) -> None:
    assert is_upload(json.dumps(VALID).encode())
    assert there.world.put(there.token, VALID).status_code == 200


@pytest.mark.parametrize("how", BYTES)
def test_bytes_that_are_not_one_json_text_are_refused(there: Stored, how: str) -> None:
    refused(there, BYTES[how](json.dumps(VALID).encode()))


@pytest.mark.parametrize("path", paths(VALID), ids=str)
def test_what_is_strange_is_refused_at_every_depth(there: Stored, path: Path) -> None:
    for strange in ({MARKER: MARKER}, nested(150), float("nan"), "\ud800" + MARKER):
        refused(there, json.dumps(changed(VALID, path, always(strange))).encode())


@pytest.mark.parametrize("path", [(), ("days", 0), ("days", 1), ("days", 0, "models", 1)], ids=str)
def test_a_member_that_is_there_twice_is_refused(there: Stored, path: Path) -> None:
    sent = json.dumps(changed(VALID, path, _doubled)).encode()
    json.loads(sent)
    assert refused(there, sent)["field"] == "body"


@pytest.mark.parametrize(
    "sent",
    [
        b"{" + b",".join(b'"%d":0' % number for number in range(280_000)) + b"}",
        b'{"days":[' + b"0," * 280_000 + b"0]}",
        b'{"days":[' + b"{}," * 140_000 + b"0]}",
        b"[" * wire.MAX_BYTES,
    ],
    ids=["members", "numbers", "objects", "depth"],
)
def test_a_body_of_many_faults_is_told_one_of_them(there: Stored, sent: bytes) -> None:
    assert len(wire.canonical(refused(there, sent))) < 200


def test_more_values_than_an_upload_can_have_are_not_read(there: Stored) -> None:
    assert refused(there, b"[" + b"0," * 300_000 + b"0]")["code"] == "body_too_large"
