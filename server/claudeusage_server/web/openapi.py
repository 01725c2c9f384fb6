"""The OpenAPI document: what each endpoint takes, answers and refuses, by the types it reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from claudeusage_core import wire
from claudeusage_server.errors import (
    BodyIncomplete,
    BodyInvalid,
    BodySlow,
    BodyTooLarge,
    Failed,
    Refusal,
    StoreBusy,
    StoreFull,
    TokenDead,
    TooManyRequests,
    TypeNotTaken,
    WrongHost,
)
from claudeusage_server.web.bodies import JSON
from claudeusage_server.web.problems import PROBLEM_TYPE

Plain = dict[str, object]

_COMPONENTS = "#/components/schemas/"
_TOKEN = "token"  # noqa: S105 -- the name of a scheme, not a secret
_EVERY = (WrongHost, Failed)
_OF_A_BODY = (BodyIncomplete, BodySlow, BodyTooLarge, TypeNotTaken, BodyInvalid)
_OF_A_TOKEN = (TokenDead, TooManyRequests)
_OF_A_STORE = (StoreBusy, StoreFull)
_HEADERS: dict[type[Refusal], Plain] = {
    TokenDead: {"WWW-Authenticate": {"schema": {"const": "Bearer"}}},
    StoreBusy: {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
    TooManyRequests: {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an endpoint takes and answers, and what it refuses beside what every endpoint does.

    *may_query* are parameters that may be left out. *always* says that a body that cannot be read
    is answered like any other; *stops* is what is answered with 409 to a client that does not know
    problems.
    """

    takes: type[BaseModel] | None = None
    answers: type[BaseModel] | None = None
    token: bool = False
    always: bool = False
    in_path: tuple[str, ...] = ()
    in_query: Mapping[str, object] = field(default_factory=dict[str, object])
    may_query: Mapping[str, object] = field(default_factory=dict[str, object])
    stops: type[BaseModel] | None = None
    refuses: tuple[type[Refusal], ...] = ()

    @property
    def status(self) -> int:
        """The status of success."""
        return 200 if self.answers else 204

    @property
    def members(self) -> Plain:
        """The members of the OpenAPI operation."""
        found: Plain = {"responses": self._responses()}
        if self.takes:
            content = {JSON: {"schema": _schema(self.takes)}}
            found["requestBody"] = {"required": True, "content": content}
        if self.token:
            found["security"] = [{_TOKEN: list[str]()}]
        asked = [_parameter("path", name, {"type": "string"}) for name in self.in_path]
        asked += [_parameter("query", name, schema) for name, schema in self.in_query.items()]
        asked += [
            _parameter("query", name, schema, required=False)
            for name, schema in self.may_query.items()
        ]
        if asked:
            found["parameters"] = asked
        return found

    def _responses(self) -> Plain:
        refusals: list[type[Refusal]] = [*_EVERY, *self.refuses]
        if self.token:
            refusals += _OF_A_TOKEN
        if self.takes and not self.always:
            refusals += _OF_A_BODY
        if (self.takes or self.token) and not self.always:
            refusals += _OF_A_STORE
        by_status: defaultdict[int, list[type[Refusal]]] = defaultdict(list)
        for refusal in refusals:
            by_status[refusal.status].append(refusal)
        success: Plain = {"description": "Done."}
        if self.answers:
            success["content"] = {JSON: {"schema": _schema(self.answers)}}
        answers: Plain = {str(self.status): success}
        if self.stops:
            content = {JSON: {"schema": _schema(self.stops)}}
            answers["409"] = {"description": "It stops.", "content": content}
        return answers | {str(each): _problem(by_status[each]) for each in sorted(by_status)}


def document(api: FastAPI) -> Plain:
    """Make the document of an application whose routes carry `Operation.members`."""
    made: Plain = get_openapi(title=api.title, version=api.version, routes=api.routes)
    schemas: Plain = {"Problem": _schema(wire.Problem)}
    _hoist(made, schemas)
    return made | {
        "servers": [{"url": "/api"}],
        "components": {
            "schemas": schemas,
            "securitySchemes": {_TOKEN: {"type": "http", "scheme": "bearer"}},
        },
    }


def _schema(model: type[BaseModel]) -> Plain:
    schema: Plain = model.model_json_schema(ref_template=_COMPONENTS + "{model}")
    return schema


def _problem(refusals: Iterable[type[Refusal]]) -> Plain:
    headers: Plain = {}
    for refusal in refusals:
        headers |= _HEADERS.get(refusal, {})
    return {
        "description": " ".join(f"`{refusal.code}`: {refusal.title}" for refusal in refusals),
        "headers": headers,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": _COMPONENTS + "Problem"}}},
    }


def _parameter(where: str, name: str, schema: object, *, required: bool = True) -> Plain:
    return {"name": name, "in": where, "required": required, "schema": schema}


def _hoist(node: object, schemas: Plain) -> None:
    """Move the types that a schema is made of to where its references look for them."""
    if isinstance(node, dict):
        members = cast("Plain", node)
        schemas.update(cast("Plain", members.pop("$defs", {})))
        for value in members.values():
            _hoist(value, schemas)
    elif isinstance(node, list):
        for value in cast("list[object]", node):
            _hoist(value, schemas)
