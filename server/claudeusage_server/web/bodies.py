"""Request bodies: their type is checked before they are read, their size while they are read."""

from itertools import pairwise
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from claudeusage_server.errors import BodyInvalid, BodyTooLarge, TypeNotTaken

SMALL = 8 * 1024
"""Bytes of every body but an upload's."""
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, content_type: str, most: int = SMALL) -> bytes:
    """Read at most *most* bytes of a body of one content type, sent as it is."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if given != content_type or encoding != "identity":
        raise TypeNotTaken
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise BodyTooLarge
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
        raise BodyInvalid from error


def parsed(model: type[Model], body: bytes) -> Model:
    """Validate JSON bytes; raise `BodyInvalid` that names the field and no value."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise BodyInvalid(field=field_at_fault(error)) from error


def field_at_fault(error: ValidationError, mapping: str | None = None) -> str | None:
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
    return ".".join(named) or None
