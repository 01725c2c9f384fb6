"""Request bodies: their type is checked before they are read, their size while they are read."""

import json
from itertools import pairwise
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from claudeusage_server.errors import BodyIncomplete, BodyInvalid, BodyTooLarge, TypeNotTaken

SMALL = 8 * 1024
"""Bytes of every body but an upload's."""
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

WHOLE = "body"
"""The field at fault where it is the body as a whole."""

_MOST_VALUES = 300_000
"""Values of one body: an upload of 4 MiB has fewer, and each costs a hundred bytes and more."""

_MOST_MEMBERS = 64
"""Members of one object: more than any body has, so few that each may be an error of its own."""

Model = TypeVar("Model", bound=BaseModel)


class AnyObject(BaseModel):
    """A JSON object of which no member is looked at."""


async def read_body(request: Request, content_type: str, most: int = SMALL) -> bytes:
    """Read at most *most* bytes of a body of one content type, sent as it is."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != content_type:
        raise TypeNotTaken(field="Content-Type")
    encodings = ",".join(request.headers.getlist("content-encoding")) or "identity"
    if encodings.strip().lower() != "identity":
        raise TypeNotTaken(field="Content-Encoding")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise BodyTooLarge(field=WHOLE)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise BodyTooLarge(field=WHOLE)
    except ClientDisconnect as error:
        raise BodyIncomplete from error
    return bytes(body)


async def read_json(request: Request, model: type[Model]) -> Model:
    """Read a small JSON body into *model*."""
    return parsed(model, await read_body(request, JSON))


async def read_form(request: Request) -> dict[str, str]:
    """Read a small form; of a field given twice the last value counts."""
    body = await read_body(request, FORM)
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise BodyInvalid(field=WHOLE) from error


def parsed(model: type[Model], body: bytes, mapping: str | None = None) -> Model:
    """Validate JSON bytes; raise `BodyInvalid` that names the field and no value.

    The keys of the member *mapping* are values too.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise BodyTooLarge(field=WHOLE)
    _refuse_repeated_members(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise BodyInvalid(field=field_at_fault(error, mapping)) from error


def field_at_fault(error: ValidationError, mapping: str | None = None) -> str:
    """Name the place of the first error, such as ``days.3.date``.

    A member that the schema lacks is a value of the request, so it is not repeated; neither are the
    keys of *mapping*, in whose place there is a ``*``.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    named = [
        "*" if mapping and before == mapping else str(part)
        for before, part in pairwise((None, *place))
    ]
    return ".".join(named) or WHOLE


def _refuse_repeated_members(body: bytes) -> None:
    """Raise where an object has a member twice: JSON leaves it open which one counts."""
    try:
        json.loads(body.decode("utf-8"), object_pairs_hook=_look_at_members, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise BodyInvalid(field=WHOLE) from error


def _look_at_members(members: list[tuple[str, object]]) -> None:
    if len(members) > _MOST_MEMBERS or len({name for name, _ in members}) < len(members):
        raise BodyInvalid(field=WHOLE)
