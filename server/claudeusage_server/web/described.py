"""How the OpenAPI document describes bodies that are read and answered as bytes."""

from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel

from claudeusage_server.web.bodies import JSON

Described = dict[str, object]
"""A part of the OpenAPI document."""


def takes(model: type[BaseModel]) -> Described:
    """Describe the body of a request."""
    return {"requestBody": {"required": True, "content": _content(model)}}


def answers(models: Mapping[int, type[BaseModel]]) -> Described:
    """Describe the bodies that are answered, by status."""
    return {
        "responses": {
            str(status): {"description": _sentence(model), "content": _content(model)}
            for status, model in models.items()
        }
    }


def asks(name: str, schema: Mapping[str, object]) -> Described:
    """Describe a parameter that the query has to hold."""
    return {"parameters": [{"name": name, "in": "query", "required": True, "schema": schema}]}


def _content(model: type[BaseModel]) -> Described:
    schema = model.model_json_schema()
    parts = cast("Described", schema.pop("$defs", {}))
    return {JSON: {"schema": _whole(schema, parts)}}


def _whole(schema: object, parts: Described) -> object:
    """Put the parts of a schema where they are named, so that it stands in another document."""
    match schema:
        case {"$ref": str(name)}:
            return _whole(parts[name.rpartition("/")[2]], parts)
        case dict():
            members = cast("Described", schema)
            return {name: _whole(member, parts) for name, member in members.items()}
        case list():
            return [_whole(each, parts) for each in cast("list[object]", schema)]
        case _:
            return schema


def _sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").partition("\n")[0]
