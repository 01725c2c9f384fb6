"""The one schema of the sync protocol, and its one serialisation.

Client and server import the same types, so that what the preview shows, what is sent and what is
stored cannot drift apart. Unknown and missing members, and wrong types, are refused everywhere.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError, field_validator

from claudeusage_core.errors import AnswerInvalid

SCHEMA: Final = 2
ACCOUNTING = 1
"""The version of the counting rules: every change that can alter a row raises it."""

MAX_DAYS = 5_000
MAX_MODELS = 60
MAX_BYTES = 4 * 1024 * 1024
MAX_NUMBER = 10**15
MAX_ACCOUNTING = 9_999
MAX_SEQUENCE = 2**53 - 1
"""The highest sequence that a server tells; a client's next one is at most one more."""

FIRST_DAY = "2024-01-01"

DAYS_PATH = "/api/v2/days"
ME_PATH = "/api/v2/me"
TOKEN_PATH = "/api/v2/token"  # noqa: S105 -- a path, not a secret
AUTH_START_PATH = "/api/cli/auth/start"
AUTH_POLL_PATH = "/api/cli/auth/poll"

TOKEN = re.compile(r"cu_live_[0-9a-f]{48}", re.ASCII)

Count = Annotated[int, Field(ge=0)]
Date = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


Answer = TypeVar("Answer", bound=BaseModel)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def body(self) -> bytes:
        """Return the canonical bytes of the members that are set."""
        return canonical(self.model_dump(by_alias=True, exclude_unset=True))


class DayModel(_Wire):
    """One model's part of a day; *cost_microusd* is null where nothing could be priced.

    A *model* that is not a `MODEL_ID` of `claudeusage_core.models` refuses its day alone, so it is
    no matter of the schema.
    """

    model: str
    messages: Count
    input_tokens: Count
    output_tokens: Count
    cache_write_5m_tokens: Count
    cache_write_1h_tokens: Count
    cache_read_tokens: Count
    cost_microusd: Count | None


class Day(_Wire):
    """One local calendar day on one computer.

    *was* is the digest that this ledger believes to be stored for the date; it is not part of the
    day's own digest. An empty list of models removes the row.
    """

    date: Date
    active_seconds: Count
    sessions_active: Count
    sessions_started: Count
    models: Annotated[tuple[DayModel, ...], FailFast()]
    was: Digest | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes of the day without *was*."""
        return hashlib.sha256(canonical(self.row())).hexdigest()

    def row(self) -> dict[str, object]:
        """Return the day without *was*."""
        return self.model_dump(exclude={"was"})


class SyncRequest(_Wire):
    """The body of an upload: days that are now this, on this computer."""

    schema_: Literal[2] = Field(alias="schema")
    accounting: Annotated[int, Field(ge=1, le=MAX_ACCOUNTING)]
    prices: Date
    machine: Digest
    sequence: Annotated[int, Field(ge=1, le=MAX_SEQUENCE + 1)]
    days: Annotated[tuple[Day, ...], FailFast()]
    recount: Literal[True] | None = None
    twin: Literal["merge", "separate"] | None = None

    @field_validator("days")
    @classmethod
    def _dates_are_distinct(cls, days: tuple[Day, ...]) -> tuple[Day, ...]:
        if len({day.date for day in days}) != len(days):
            message = "duplicate dates"
            raise ValueError(message)
        return days


class KeptDay(_Wire):
    """A day that the server did not lower, with the digest of the row that it keeps."""

    date: Date
    reason: str
    digest: Digest


class RefusedDay(_Wire):
    """A day that the server did not take, with a stable code."""

    date: Date
    code: str


class ReviewedDay(_Wire):
    """A day that counts for its owner and is not shown in public, with the reason."""

    date: Date
    reason: str


class SyncAnswer(_Wire):
    """What became of each day of an upload."""

    applied: tuple[Date, ...]
    unchanged: tuple[Date, ...]
    stale: tuple[Date, ...]
    kept: tuple[KeptDay, ...]
    refused: tuple[RefusedDay, ...]
    review: tuple[ReviewedDay, ...]
    receipt: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class ServerDays(_Wire):
    """What the server holds for this token's computer."""

    sequence: Annotated[int, Field(ge=0, le=MAX_SEQUENCE)]
    days: dict[Date, Digest]
    shared: bool


class Me(_Wire):
    """Whose token this is; *account* is opaque, *machine* is null until the first upload."""

    account: str
    name: str | None
    profile: str
    machine: Digest | None


class DeviceCode(_Wire):
    """The answer to the start of linking: a code for the computer and one for its person.

    Both durations are in seconds, and bounded: whatever answers, no client waits for ever.
    """

    device_code: Annotated[str, Field(alias="deviceCode", min_length=1)]
    user_code: Annotated[str, Field(alias="userCode", min_length=1, max_length=20)]
    verification_uri: Annotated[str, Field(alias="verificationUri")]
    verification_uri_complete: Annotated[str, Field(alias="verificationUriComplete")]
    expires_in: Annotated[int, Field(alias="expiresIn", gt=0, le=86_400)]
    interval: Annotated[int, Field(gt=0, le=300)]


class PollAnswer(_Wire):
    """The answer to a poll, always with HTTP 200; the last three only where approved."""

    status: Literal["pending", "slow_down", "denied", "expired", "approved"]
    token: Annotated[str, Field(pattern=f"^{TOKEN.pattern}$")] | None = None
    user_id: Annotated[str | None, Field(alias="userId", max_length=200)] = None
    username: str | None = None


class Problem(BaseModel):
    """An RFC 9457 problem with a stable code; further members are allowed."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str | None = None
    field: str | None = None


def canonical(value: object) -> bytes:
    """Serialise plain values: sorted keys, no blanks, UTF-8. The only serialisation there is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def receipt(body: bytes) -> str:
    """Return the receipt of a body: what the server answers to prove which bytes it got."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def masked(token: str) -> str:
    """Return a token as it may be shown: of its secret the last four letters alone."""
    return f"cu_live_••••{token[-4:]}"


def read_request(body: bytes) -> SyncRequest:
    """Read the bytes of an upload; raise `pydantic.ValidationError` where they are not one."""
    return SyncRequest.model_validate_json(body)


def read_answer(kind: type[Answer], body: bytes) -> Answer:
    """Read a server's answer; raise `AnswerInvalid` where it is not of that kind."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise AnswerInvalid from error


def day_object(day: Mapping[str, object]) -> Day:
    """Make a day of plain values that the ledger kept."""
    return Day.model_validate_json(canonical(day))


def fields() -> dict[str, tuple[str, ...]]:
    """Name every member that may leave, by the part of the body it stands in."""
    return {
        "body": tuple(field.alias or name for name, field in SyncRequest.model_fields.items()),
        "day": tuple(Day.model_fields),
        "model": tuple(DayModel.model_fields),
    }


def fields_digest() -> str:
    """SHA-256 over the names of `fields`: an accepted preview is bound to it."""
    return hashlib.sha256(canonical(fields())).hexdigest()
