"""The OpenAPI document, held to what the real application answers to anything that it allows."""

# schemathesis leaves the types of some members open.
# pyright: reportUnknownMemberType=false

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
import schemathesis
from schemathesis import AuthContext, Case, HookContext
from schemathesis.engine import events
from schemathesis.engine.core import Engine
from schemathesis.schemas import BaseSchema

from claudeusage_server.private.accounts import local_account
from claudeusage_server.private.tokens import keep_token, new_token
from claudeusage_server.settings import Limits
from claudeusage_server.surroundings import Surroundings
from tests.server.world import World, public_settings

EXAMPLES = 8
MANY = "1000000/minute"
LIMITS = Limits(**dict.fromkeys(Limits.__dataclass_fields__, MANY))
DOCUMENT = "/api/openapi.json"
POLL = {
    # Any other answer would end the original client, so what is no code has expired.
    "include-path": "/cli/auth/poll",
    "checks": {"negative_data_rejection": {"enabled": False}},
}
Json = dict[str, object]
ORIGINAL = {"GET /coverage", "POST /ingest"}
"""The original client's addresses, which stop it with a body that it knows."""


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """Make a world in which nothing is asked too often."""
    made = World(tmp_path_factory.mktemp("busy") / "data", LIMITS)
    yield made
    made.close()


@pytest.fixture
def busy_public(tmp_path: Path) -> Generator[World]:
    """Make a server for everybody of the same kind."""
    data = tmp_path / "data"
    made = World(data, settings=replace(public_settings(data), limits=LIMITS))
    yield made
    made.close()


def described(world: World, examples: int) -> BaseSchema:
    """Load the document as schemathesis does; every case comes with a token of its own."""
    config = schemathesis.Config.from_dict(
        {
            "base-url": world.origin + "/api",
            "seed": 1,
            "continue-on-failure": True,
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            "operations": [POLL],
        }
    )
    host = urlsplit(world.origin).netloc
    schema = schemathesis.openapi.from_asgi(
        DOCUMENT, world.app, config=config, headers={"Host": host}
    )
    around = Surroundings()

    class Tokens:
        def get(self, _case: Case[Any], _context: AuthContext) -> str:
            token = new_token(around)
            with world.app.context.store.write() as connection:
                keep_token(connection, local_account(connection, around), token, around)
            return token

        def set(self, case: Case[Any], data: str, _context: AuthContext) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    def filter_body(_context: HookContext, body: object) -> bool:
        return distinct_dates(body) and in_order(body) and not has_whole_float(body)

    schema.auth(refresh_interval=None)(Tokens)
    schema.hook(filter_body)
    return schema


def distinct_dates(sent: object) -> bool:
    """Say whether no date of an upload is there twice, which JSON Schema has no words for."""
    if not isinstance(sent, dict):
        return True
    upload = cast("Json", sent)
    days = upload.get("days", upload.get("dailyBuckets"))
    if not isinstance(days, list):
        return True
    each_day = cast("list[object]", days)
    named = [repr(cast("Json", day).get("date")) for day in each_day if isinstance(day, dict)]
    return len(set(named)) == len(named)


def in_order(sent: object) -> bool:
    """Say whether the original client's window does not end before it starts."""
    if not isinstance(sent, dict):
        return True
    upload = cast("Json", sent)
    try:
        start, end = (
            datetime.fromisoformat(str(upload[name])) for name in ("windowStart", "windowEnd")
        )
    except (KeyError, ValueError):
        return True
    return start <= end


def has_whole_float(sent: object) -> bool:
    """Say whether there is a 1.0, which is an integer to JSON Schema and none to the protocol."""
    match sent:
        case float():
            return sent.is_integer()
        case dict():
            return any(map(has_whole_float, cast("Json", sent).values()))
        case list():
            return any(map(has_whole_float, cast("list[object]", sent)))
        case _:
            return False


def tried(schema: BaseSchema) -> tuple[Counter[str], list[str]]:
    """Try every operation; count the statuses by operation, and tell what was found wrong."""
    answered: Counter[str] = Counter()
    wrong: list[str] = []
    engine = Engine(schema=schema)  # pyright: ignore[reportArgumentType] -- as its own program does
    for event in engine.execute():
        match event:
            case events.ScenarioFinished(recorder=recorder):
                for exchange in recorder.interactions.values():
                    assert exchange.response is not None
                    answered[f"{recorder.label} {exchange.response.status_code}"] += 1
                failed = [check for checks in recorder.checks.values() for check in checks]
                wrong += [
                    f"{recorder.label}: {check.failure_info.failure}"
                    for check in failed
                    if check.failure_info is not None
                ]
            case events.NonFatalError() | events.FatalError():
                wrong.append(str(event))
            case _:
                pass
    return answered, wrong


def test_every_operation_answers_what_the_document_says(busy: World) -> None:
    answered, wrong = tried(described(busy, EXAMPLES))
    assert wrong == []
    assert answered.total() > 400
    for expected in (
        "PUT /v2/days 200",
        "PUT /v2/days 401",
        "PUT /v2/days 405",
        "PUT /v2/days 415",
        "PUT /v2/days 422",
        "GET /v2/days 200",
        "GET /v2/me 200",
        "DELETE /v2/token 204",
        "POST /cli/auth/start 200",
        "POST /cli/auth/poll 200",
        "GET /coverage 200",
        "POST /ingest 200",
        "POST /ingest 422",
        "POST /local/proof 200",
        "POST /local/link 403",
        "POST /local/sign-in-code 403",
        "GET /v1/profile/{name} 404",
        "GET /v1/leaderboard 200",
        "GET /v1/leaderboard 422",
    ):
        assert answered[expected], expected


def test_a_server_for_everybody_answers_what_its_document_says(busy_public: World) -> None:
    answered, wrong = tried(described(busy_public, 3))
    assert wrong == []
    for expected in ("PUT /v2/days 200", "POST /ingest 200", "GET /v1/profile/{name} 404"):
        assert answered[expected], expected
    assert not any("/local/" in label for label in answered)


@pytest.mark.long
def test_hundreds_of_tries_of_each_operation_find_nothing_else(busy: World) -> None:
    _answered, wrong = tried(described(busy, 200))
    assert wrong == []


def operations(world: World) -> Iterator[tuple[str, Json]]:
    """Name each operation of the document."""
    paths = world.get(DOCUMENT).json()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_error_is_declared_as_a_problem(busy: World) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for name, operation in operations(busy):
        responses = cast("dict[str, Json]", operation["responses"])
        errors = {status: each for status, each in responses.items() if status >= "400"}
        if name in ORIGINAL:
            stopped = cast("Json", errors.pop("409")["content"])
            assert stopped.keys() == {"application/json"}
        assert {"421", "500"} <= set(errors), name
        assert all(each["content"] == problem for each in errors.values()), name


def test_what_a_token_opens_is_declared_and_nothing_else(busy: World) -> None:
    opened = {name for name, operation in operations(busy) if "security" in operation}
    own = {"PUT /v2/days", "GET /v2/days", "GET /v2/me", "DELETE /v2/token"}
    assert opened == own | ORIGINAL
    scheme = busy.get(DOCUMENT).json()["components"]["securitySchemes"]
    assert scheme == {"token": {"type": "http", "scheme": "bearer"}}


def test_an_upload_declares_every_status_that_it_can_meet(busy: World) -> None:
    declared = cast("Json", dict(operations(busy))["PUT /v2/days"]["responses"])
    expected = "200 400 401 403 408 409 413 415 421 422 429 500 503 507"
    assert sorted(declared) == expected.split()
