"""Problems as RFC 9457 has them: a title, a stable code, and never a value of the request."""

from starlette.responses import Response

from claudeusage_core import wire
from claudeusage_server.errors import Refusal

PROBLEM_TYPE = "application/problem+json"


def problem(refusal: Refusal) -> Response:
    """Write a refusal as ready bytes."""
    members: dict[str, object] = {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        **refusal.members,
    }
    if refusal.remedy:
        members["detail"] = refusal.remedy
    if refusal.field:
        members["field"] = refusal.field
    return Response(
        wire.canonical(members),
        status_code=refusal.status,
        media_type=PROBLEM_TYPE,
        headers={"Cache-Control": "no-store", **refusal.headers},
    )


def json_answer(body: bytes, status: int = 200) -> Response:
    """Wrap ready bytes of JSON that belong to one caller."""
    return Response(
        body,
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
