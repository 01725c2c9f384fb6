"""The bodies of the original client's two addresses, and their limits.

Of a body only counts, dates, the computer's id and the window are used. The rest is checked, so
that nothing else can come, and dropped.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from claudeusage_core import wire
from claudeusage_server.errors import BodyInvalid, BodyTooLarge
from claudeusage_server.web.bodies import parsed

COVERAGE_PATH = "/api/coverage"
INGEST_PATH = "/api/ingest"

MACHINE_ID = "machineId"

_MODELS = "perModel"
_LONGEST_NAME = 500


def _in_calendar(moment: datetime) -> datetime:
    """Raise where a moment is beyond the years of UTC's calendar, so that it can be told back."""
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        message = "beyond the calendar"
        raise ValueError(message) from error
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_calendar)]
Text = Annotated[str, Field(max_length=200)]
Time = Annotated[str, Field(max_length=40)] | None
Hours = Annotated[float, Field(ge=0, le=wire.MAX_NUMBER / 3_600, allow_inf_nan=False)]
RawModel = Annotated[str, Field(max_length=_LONGEST_NAME)]


class _Original(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Share(_Original):
    """What a body has of one model on one day."""

    input_tokens: wire.Count = Field(alias="inputTokens")
    output_tokens: wire.Count = Field(alias="outputTokens")
    cache_create_tokens: wire.Count = Field(alias="cacheCreateTokens")
    cache_read_tokens: wire.Count = Field(alias="cacheReadTokens")
    message_count: wire.Count = Field(alias="messageCount")
    session_count: wire.Count = Field(alias="sessionCount")
    hours_active: Hours = Field(alias="hoursActive")
    first_message_at: Time = Field(alias="firstMessageAt")
    last_message_at: Time = Field(alias="lastMessageAt")


class Bucket(_Original):
    """What a body has of one local calendar day; models go by the names of the transcripts."""

    date: wire.Date
    hours_active: Hours = Field(alias="hoursActive")
    session_count: wire.Count = Field(alias="sessionCount")
    per_model: Annotated[dict[RawModel, Share], Field(max_length=wire.MAX_MODELS)] = Field(
        alias="perModel"
    )


class IngestRequest(_Original):
    """All records of a computer between two moments, both inclusive, added up by day."""

    schema_: Literal[1] = Field(alias="schema")
    cli_version: Text = Field(alias="cliVersion")
    machine_id: wire.Digest = Field(alias="machineId")
    os: Literal["darwin", "linux", "win32"]
    session_count: wire.Count = Field(alias="sessionCount")
    window_start: Moment = Field(alias="windowStart")
    window_end: Moment = Field(alias="windowEnd")
    daily_buckets: tuple[Bucket, ...] = Field(alias="dailyBuckets")

    @model_validator(mode="after")
    def _fits_together(self) -> "IngestRequest":
        dates = {bucket.date for bucket in self.daily_buckets}
        if len(dates) != len(self.daily_buckets):
            message = "duplicate dates"
            raise ValueError(message)
        if self.window_end < self.window_start:
            message = "the window ends before it starts"
            raise ValueError(message)
        return self


class IngestAnswer(_Original):
    """What became of a body; *new_records* are the messages that were not there before."""

    accepted: Literal[True]
    buckets: wire.Count
    duplicate: Literal[True] | None = None
    message_count: wire.Count = Field(alias="messageCount")
    new_records: wire.Count = Field(alias="newRecords")
    updated_at: str = Field(alias="updatedAt")
    user_id: str = Field(alias="userId")


class Coverage(_Original):
    """How far the uploads of an account and of one computer reach, null where there are none.

    *has_data* is about the computer: without any, the client sends everything that it has.
    """

    account_window_end: str | None = Field(alias="accountWindowEnd")
    has_data: bool = Field(alias="hasData")
    machine_window_end: str | None = Field(alias="machineWindowEnd")


class Stopped(_Original):
    """An answer with status 409, at which the client stops and shows the code."""

    error: Literal["ingest_in_progress", "other_machine", "too_many_machines"]


_MACHINE_ID: TypeAdapter[str] = TypeAdapter(wire.Digest)


def body_of(answer: BaseModel) -> bytes:
    """Return the canonical bytes of the members that are set."""
    return wire.canonical(answer.model_dump(by_alias=True, exclude_unset=True))


def read_ingest(body: bytes) -> IngestRequest:
    """Read a body; raise `BodyInvalid` and `BodyTooLarge`, which name a field and no value."""
    request = parsed(IngestRequest, body, mapping=_MODELS)
    if len(request.daily_buckets) > wire.MAX_DAYS:
        raise BodyTooLarge(field="dailyBuckets")
    return request


def read_machine_id(text: str) -> str:
    """Read a computer's id out of an address; raise `BodyInvalid` where it is not one."""
    try:
        return _MACHINE_ID.validate_python(text)
    except ValidationError as error:
        raise BodyInvalid(field=MACHINE_ID) from error


def milliseconds(moment: datetime) -> int:
    """Return a moment as whole milliseconds since 1970, cut down."""
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1000 + moment.microsecond // 1000


def written(moment_ms: int) -> str:
    """Write a moment as the client does, which compares such texts letter by letter."""
    moment = datetime.fromtimestamp(moment_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment_ms % 1000:03d}Z"
