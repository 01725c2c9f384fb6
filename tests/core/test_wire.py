"""The one schema and its one serialisation, down to the bytes."""

import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from claudeusage_core.errors import AnswerInvalid
from claudeusage_core.models import MODEL_ID
from claudeusage_core.wire import (
    MAX_SEQUENCE,
    Day,
    DayModel,
    DeviceCode,
    Problem,
    ServerDays,
    SyncAnswer,
    SyncRequest,
    canonical,
    day_object,
    fields,
    fields_digest,
    read_answer,
    read_request,
    receipt,
)

MACHINE = "ab" * 32
ROW = (
    b'{"active_seconds":8123,"date":"2026-11-22","models":['
    b'{"cache_read_tokens":60110222,"cache_write_1h_tokens":811020,"cache_write_5m_tokens":0,'
    b'"cost_microusd":19200311,"input_tokens":5012,"messages":120,"model":"claude-opus-5-5",'
    b'"output_tokens":90211}],"sessions_active":5,"sessions_started":3}'
)
BODY = (
    b'{"accounting":1,"days":[' + ROW + b'],"machine":"' + MACHINE.encode() + b'",'
    b'"prices":"2026-11-22","schema":2,"sequence":412}'
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, b"{}"),
        ([], b"[]"),
        ({"b": 1, "a": [1, None, True]}, b'{"a":[1,null,true],"b":1}'),
        ({"\u00e9": "\u4e2d\u2028/"}, b'{"\\u00e9":"\\u4e2d\\u2028/"}'),
        ({"a": {"d": 10**15, "c": ""}}, b'{"a":{"c":"","d":1000000000000000}}'),
        (['\n"\\', "\U0001f600"], b'["\\n\\"\\\\","\\ud83d\\ude00"]'),
    ],
)
def test_the_golden_bytes_of_plain_values(value: object, expected: bytes) -> None:
    assert canonical(value) == expected


def test_the_golden_bytes_of_a_body_and_its_receipt() -> None:
    request = read_request(BODY)
    assert request.body() == BODY
    assert (
        receipt(BODY) == "sha256:4658323269605a54dfd0ce3bd3fd7807e6f35c41f8e79e87dac681684ac6c494"
    )


def test_the_golden_digest_of_a_day() -> None:
    day = Day.model_validate_json(ROW)
    assert canonical(day.row()) == ROW
    assert day.digest == "8310d1e270c9274f7c67fdc3e2d79716009b03a2f42b5293178ab419ad847fdf"


def test_what_was_stored_is_no_part_of_a_days_digest() -> None:
    plain = Day.model_validate_json(ROW)
    offered = Day.model_validate_json(ROW[:-1] + b',"was":"' + MACHINE.encode() + b'"}')
    assert offered.digest == plain.digest
    assert offered.was == MACHINE
    assert plain.body() == ROW
    assert b'"was"' in offered.body()


def test_a_body_may_ask_for_a_recount_or_answer_the_question_of_twins() -> None:
    for member in (b'"recount":true', b'"twin":"merge"', b'"twin":"separate"'):
        body = json.dumps(json.loads(BODY[:-1] + b"," + member + b"}"), sort_keys=True)
        written = body.replace(", ", ",").replace(": ", ":").encode()
        assert read_request(written).body() == written


def test_members_in_any_order_and_spacing_are_the_same_request() -> None:
    assert read_request(json.dumps(json.loads(BODY), indent=2).encode()).body() == BODY


DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
NUMBERS = st.integers(0, 10**15)
DATES = st.dates().map(lambda day: day.isoformat())
MODELS = st.builds(
    DayModel,
    model=st.from_regex(MODEL_ID, fullmatch=True) | st.text(max_size=20),
    messages=NUMBERS,
    input_tokens=NUMBERS,
    output_tokens=NUMBERS,
    cache_write_5m_tokens=NUMBERS,
    cache_write_1h_tokens=NUMBERS,
    cache_read_tokens=NUMBERS,
    cost_microusd=NUMBERS | st.none(),
)


@st.composite
def requests(draw: st.DrawFn) -> SyncRequest:
    days: list[dict[str, object]] = []
    for day in draw(st.lists(DATES, unique=True, max_size=3)):
        models = [each.model_dump() for each in draw(st.lists(MODELS, max_size=3))]
        row: dict[str, object] = {"date": day, "models": models}
        for name in ("active_seconds", "sessions_active", "sessions_started"):
            row[name] = draw(NUMBERS)
        days.append(row | ({"was": draw(DIGESTS)} if draw(st.booleans()) else {}))
    body = {
        "schema": 2,
        "accounting": draw(st.integers(1, 9)),
        "prices": draw(DATES),
        "machine": draw(DIGESTS),
        "sequence": draw(st.integers(1, 2**53)),
        "days": days,
    }
    return read_request(canonical(body | ({"recount": True} if draw(st.booleans()) else {})))


@given(requests())
def test_a_body_that_is_read_and_written_again_is_the_same_bytes(request: SyncRequest) -> None:
    body = request.body()
    assert read_request(body) == request
    assert read_request(body).body() == body
    for day in request.days:
        assert day_object(day.row()).digest == day.digest
        assert hashlib.sha256(canonical(day.row())).hexdigest() == day.digest


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'"schema":2', b'"schema":3'),
        (b'"schema":2', b'"schema":"2"'),
        (b'"sequence":412', b'"sequence":0'),
        (b'"sequence":412', b'"sequence":4.5'),
        (b'"sequence":412', b'"sequence":"412"'),
        (b',"sequence":412', b""),
        (b'"sequence":412', b'"sequence":412,"time":1'),
        (b'"sequence":412', b'"sequence":412,"recount":false'),
        (b'"sequence":412', b'"sequence":412,"twin":"drop"'),
        (b'"active_seconds":8123', b'"active_seconds":-1'),
        (b'"active_seconds":8123', b'"active_seconds":8123.0'),
        (b'"active_seconds":8123', b'"active_seconds":true'),
        (b'"active_seconds":8123', b'"active_seconds":8123,"host":"box"'),
        (b'"cost_microusd":19200311,', b""),
        (b'"cost_microusd":19200311', b'"cost_microusd":"19200311"'),
        (b'"accounting":1', b'"accounting":0'),
        (b'"accounting":1', b'"accounting":10000'),
        (b'"accounting":1', b'"accounting":1' + b"0" * 30),
        (b'"sequence":412', b'"sequence":9007199254740993'),
        (b'"model":"claude-opus-5-5"', b'"model":null'),
        (b'"date":"2026-11-22"', b'"date":"2026-11-22T00:00"'),
        (b'"date":"2026-11-22"', b'"date":"2026-11-22\\n"'),
        (b'"prices":"2026-11-22"', b'"prices":"lately"'),
        (b'"machine":"ab', b'"machine":"AB'),
        (b'"days":[', b'"days":[' + ROW + b","),
        (BODY, b""),
        (BODY, b"null"),
        (BODY, BODY[:-1]),
        (BODY, b"[" + BODY + b"]"),
    ],
)
def test_anything_else_is_refused(good: bytes, bad: bytes) -> None:
    assert BODY.count(good) == 1
    with pytest.raises(ValidationError):
        read_request(BODY.replace(good, bad))


def test_an_answer_that_the_protocol_does_not_know_is_an_error_of_its_own() -> None:
    days = read_answer(
        ServerDays,
        b'{"sequence":412,"days":{"2026-11-22":"%s"},"shared":false}' % (MACHINE.encode()),
    )
    assert days.days == {"2026-11-22": MACHINE}
    for body in (b"", b"<html>", b"{}", b'{"sequence":-1,"days":{},"shared":false}'):
        with pytest.raises(AnswerInvalid):
            read_answer(ServerDays, body)
    with pytest.raises(AnswerInvalid):
        read_answer(SyncAnswer, b'{"applied":[]}')


@pytest.mark.parametrize("model", ["", "x" * 100_000, "\x00", "claude-opus 5.5"])
def test_the_form_of_a_model_id_is_no_matter_of_the_schema(model: str) -> None:
    body = json.loads(BODY)
    body["days"][0]["models"][0]["model"] = model
    assert read_request(canonical(body)).body() == canonical(body)


def test_after_the_highest_sequence_that_is_told_there_is_one_more() -> None:
    told = read_answer(ServerDays, b'{"sequence":%d,"days":{},"shared":false}' % MAX_SEQUENCE)
    body = canonical(json.loads(BODY) | {"sequence": told.sequence + 1})
    assert read_request(body).body() == body
    with pytest.raises(AnswerInvalid):
        read_answer(ServerDays, b'{"sequence":%d,"days":{},"shared":false}' % (MAX_SEQUENCE + 1))


CODE = {
    "deviceCode": "d",
    "userCode": "BCDF-GHJK",
    "verificationUri": "https://sync.example/device",
    "verificationUriComplete": "https://sync.example/device?code=BCDF-GHJK",
    "expiresIn": 86_400,
    "interval": 300,
}


def test_no_server_can_make_a_client_wait_for_ever() -> None:
    assert read_answer(DeviceCode, canonical(CODE)).interval == 300
    for member, value in (
        ("interval", 301),
        ("interval", 10**30),
        ("interval", 0),
        ("expiresIn", 86_401),
        ("expiresIn", 0),
    ):
        with pytest.raises(AnswerInvalid):
            read_answer(DeviceCode, canonical(CODE | {member: value}))


def test_a_problem_may_have_members_of_its_own() -> None:
    problem = read_answer(Problem, b'{"title":"No","status":409,"code":"machine_twin","other":"x"}')
    assert (problem.code, problem.status) == ("machine_twin", 409)


@pytest.mark.parametrize(
    ("model", "fits"),
    [
        ("claude-opus-5-5", True),
        ("other", True),
        ("claude-", False),
        ("claude-" + "a" * 40, True),
        ("claude-" + "a" * 41, False),
        ("Claude-opus", False),
        ("claude-opus-5.5", False),
        ("others", False),
        ("glm", False),
        ("claude-opus\n", False),
    ],
)
def test_the_form_of_a_model_id(model: str, fits: bool) -> None:
    assert bool(MODEL_ID.fullmatch(model)) is fits


def test_every_member_that_may_leave_has_a_name_in_the_list() -> None:
    sent = json.loads(BODY)
    (day,) = sent["days"]
    (model,) = day["models"]
    assert set(fields()["body"]) == set(sent) | {"recount", "twin"}
    assert set(fields()["day"]) == set(day) | {"was"}
    assert set(fields()["model"]) == set(model)
    assert re.fullmatch("[0-9a-f]{64}", fields_digest())
