"""What the doctor found: values and problems, without a name or a path of anybody's."""

import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from claudeusage_core.errors import ClaudeusageError

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class Section(StrEnum):
    """The part of the report that a problem belongs to, by its headline."""

    PROGRAM = "Program"
    FOLDERS = "Folders"
    LINES = "Transcripts"
    RESPONSES = "Responses"
    RETENTION = "What Claude Code deletes"
    LEDGER = "Ledger"
    WATCHING = "Tray"
    CREDENTIALS = "Token"
    SERVER = "Server"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and what its person can do about it."""

    section: Section
    code: str
    text: str
    remedy: str


def problem_of(section: Section, error: ClaudeusageError) -> Problem:
    """Return the problem that an error is, in the words of its kind.

    The error's own words are left out: they may name a folder.
    """
    kind = type(error)
    return Problem(section, code_of(error), kind.title, kind.remedy)


def code_of(error: ClaudeusageError) -> str:
    """Return the code of an error's kind: ``server_unreachable``."""
    return _WORD.sub("_", type(error).__name__).lower()


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What runs where."""

    version: str
    python: str
    system: str
    accounting: int
    """The version of the counting rules."""
    prices_date: str | None
    prices_source: str | None
    """``shipped`` or ``imported``."""
    settings_place: str | None


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """A folder whose transcripts are counted."""

    name: str
    exists: bool
    readable: bool
    network: bool
    """Whether it is on a network file system."""
    transcripts: int
    unreadable: int
    """Files and folders in it that cannot be read."""
    keeps_days: int | None
    """After how many days Claude Code deletes what is in it; None where nobody can know."""
    keeps_days_from: str | None
    """``settings``, ``default``, or ``unreadable`` where the settings could not be read."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """How many lines were read, and passed over by reason."""

    read: int
    skipped: dict[str, int]


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """The responses of the ledger."""

    counted: int
    incomplete: int
    """Without an end ten minutes later: they count as they stand."""
    before_2024: int
    ahead_of_clock: int
    """More than 24 hours ahead. These and those before 2024 are in no figure."""


@dataclass(frozen=True, slots=True)
class UnpricedModel:
    """Tokens without a price: of one known model, or of all unknown ones as ``other``."""

    model: str
    tokens: int


@dataclass(frozen=True, slots=True)
class UnpricedFacts:
    """What no price is known for."""

    unknown_models: int
    """How many models the price table does not list at all."""
    models: tuple[UnpricedModel, ...]


@dataclass(frozen=True, slots=True)
class RetentionFacts:
    """What Claude Code deletes."""

    days: int
    """After how many days, at the earliest."""
    days_past: int
    """Days with figures that are older, and rest on the ledger alone."""
    days_soon: int
    """Days with figures that will be within a week."""


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """Whose calendar days are counted."""

    kept: str
    system: str


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """The ledger's file."""

    place: str
    bytes: int
    free_bytes: int | None
    """Room on its disk."""
    network: bool
    mode: str | None
    """The rights of the file in octal digits, None where the system has no such thing."""
    schema: int
    responses: int
    first_day: str | None
    last_day: str | None
    faults: int | None
    """What is wrong inside it; None where the check took too long."""
    set_aside: bool
    """Whether an earlier one was damaged, and lies beside it."""


@dataclass(frozen=True, slots=True)
class WatchingFacts:
    """How the tray hears of changes."""

    tray: str
    """``running``, ``not_running``, or ``unknown`` where the system does not tell."""
    watch: bool
    walk_seconds: int
    watchdog: bool
    """Whether the library that listens is installed."""
    folders: int
    """How many folders there are to watch."""
    max_user_watches: int | None
    max_user_instances: int | None


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """Where the token is kept."""

    store: str
    """``keyring``, ``file``, ``environment`` or ``memory``."""
    backend: str | None
    """The kind of keyring."""
    works: bool | None
    """Whether the keyring keeps what it is given; None where it was not tried."""
    token: bool | None
    """Whether there is a token for the server; None where that is not known."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Where this computer uploads to."""

    linked: bool
    origin: str | None
    answer: str
    """``accepted``, ``not_asked``, or the code of what went wrong."""


@dataclass(frozen=True, slots=True)
class OriginalFacts:
    """The original client's link, which could be taken over."""

    origin: str | None
    """Its server; None where its file could not be read."""
    token: str | None
    """Its token, masked but for the last four letters."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found. A part is None where it could not be looked at."""

    program: ProgramFacts
    folders: tuple[FolderFacts, ...] | None
    lines: LineFacts | None
    responses: ResponseFacts | None
    unpriced: UnpricedFacts | None
    retention: RetentionFacts | None
    zone: ZoneFacts | None
    ledger: LedgerFacts | None
    watching: WatchingFacts | None
    credentials: CredentialFacts | None
    server: ServerFacts | None
    original: OriginalFacts | None
    """None also where this computer has a link of its own."""
    problems: tuple[Problem, ...]

    def members(self) -> dict[str, object]:
        """Return the report as plain values, as docs/doctor.md describes them."""
        members: dict[str, object] = asdict(self)
        members["problems"] = [
            {"code": each.code, "text": each.text, "remedy": each.remedy} for each in self.problems
        ]
        return members
