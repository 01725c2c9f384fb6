"""The privacy page: the promise in full, and every field of the wire schema.

The table is made from `wire.fields`, so a member that the schema gains and this page does not
describe stops the server from starting, and the tests before that.
"""

from dataclasses import dataclass

from claudeusage_core import wire
from claudeusage_server.public.promise import INTRODUCTION, LEAD, SECTIONS

UPDATED = "November 2026"


@dataclass(frozen=True, slots=True)
class Field:
    """What a member of the body is, and whether anybody may see it."""

    what: str
    public: bool


FIELDS: dict[str, Field] = {
    "schema": Field("Version of this list", public=False),
    "accounting": Field("Version of the counting rules", public=False),
    "prices": Field("Date of the price table", public=False),
    "machine": Field("Machine hash, SHA-256", public=False),
    "sequence": Field("Number of the upload", public=False),
    "recount": Field("You asked for a recount", public=False),
    "twin": Field("Your answer about a repeated computer", public=False),
    "days": Field("The days, one row each", public=True),
    "date": Field("The date", public=True),
    "active_seconds": Field("Active time, per day", public=True),
    "sessions_active": Field("Sessions active, per day", public=True),
    "sessions_started": Field("Sessions started, per day", public=True),
    "models": Field("Usage per model", public=True),
    "was": Field("Hash of the row that a day replaces", public=False),
    "model": Field("Model ids from the price table", public=True),
    "messages": Field("Messages, per day and model", public=True),
    "input_tokens": Field("Input tokens, per day and model", public=True),
    "output_tokens": Field("Output tokens, per day and model", public=True),
    "cache_write_5m_tokens": Field("Cache writes for 5 minutes", public=True),
    "cache_write_1h_tokens": Field("Cache writes for 1 hour", public=True),
    "cache_read_tokens": Field("Cache reads", public=True),
    "cost_microusd": Field("Cost in millionths of a USD, per day and model", public=True),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table of fields; *public* is empty where it is never public."""

    what: str
    name: str
    code: bool
    leaves: bool
    public: str


_OTHERS = (
    Row("Sync token", "Authorization", code=True, leaves=True, public=""),
    Row("E-mail and provider", "not sent by the app", code=False, leaves=False, public=""),
    Row("Exact times", "see below", code=False, leaves=False, public=""),
    Row("Prompts, responses, code", "–", code=False, leaves=False, public=""),
    Row("File paths, project names", "–", code=False, leaves=False, public=""),
    Row("Message, request and session ids", "–", code=False, leaves=False, public=""),
    Row("Raw JSONL", "–", code=False, leaves=False, public=""),
    Row(
        "Name you choose, country",
        "set on the site",
        code=False,
        leaves=False,
        public="public unless hidden",
    ),
)
LEAVES = (
    "API-equivalent cost in USD",
    "Active time and session counts",
    "Input, output and cache token totals",
    "Usage per model",
    "One row per day",
    "A one-way hash of host and user name",
)
STAYS = (
    "Prompts and responses",
    "Your code and file contents",
    "Raw Claude Code JSONL files",
    "File paths and project names",
    "Message, request and session ids",
    "Host name and user name",
)


def field_rows() -> list[Row]:
    """Return a row for each member of the wire schema, in its order."""
    names = dict.fromkeys(name for part in wire.fields().values() for name in part)
    return [
        Row(
            FIELDS[name].what,
            name,
            code=True,
            leaves=True,
            public="public, by day" if FIELDS[name].public else "",
        )
        for name in names
    ]


def privacy_values() -> dict[str, object]:
    """Return everything that the page's template names."""
    return {
        "updated": UPDATED,
        "leaves": LEAVES,
        "stays": STAYS,
        "rows": [*field_rows(), *_OTHERS],
        "lead": LEAD,
        "introduction": INTRODUCTION,
        "sections": [(each.name, each.heading, each.paragraphs) for each in SECTIONS],
    }
