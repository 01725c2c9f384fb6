"""The privacy page and its document describe every field of the wire schema."""

import re
from html import unescape
from pathlib import Path

import pytest

from claudeusage_core import wire
from claudeusage_server.public.privacy import FIELDS, field_rows
from claudeusage_server.public.promise import INTRODUCTION, LEAD, SECTIONS
from tests.server.world import World

DOC = Path(__file__).parents[3] / "docs" / "privacy.md"
NAMES = {name for part in wire.fields().values() for name in part}


def test_every_field_has_a_description_and_no_description_is_left_over() -> None:
    assert set(FIELDS) == NAMES
    assert [row.name for row in field_rows()] == list(
        dict.fromkeys(name for part in wire.fields().values() for name in part)
    )


def test_the_document_lists_the_same_fields() -> None:
    listed = re.findall(r"^\| `(\w+)` \|.*\| (no|by day) \|$", DOC.read_text("utf-8"), re.MULTILINE)
    assert {name: public == "by day" for name, public in listed} == {
        name: field.public for name, field in FIELDS.items()
    }


def test_the_document_has_the_same_words() -> None:
    document = " ".join(DOC.read_text("utf-8").split())
    for words in (LEAD, INTRODUCTION):
        assert words in document
    for section in SECTIONS:
        told = " ".join(section.paragraphs[:1])
        assert f"## {section.heading} {told}" in document
        for paragraph in section.paragraphs:
            assert paragraph in document


def test_the_page_names_every_field_and_tells_every_sentence(world: World) -> None:
    page = world.get("/privacy").text
    for name in NAMES:
        assert f">{name}<" in page
    plain = unescape(re.sub("<[^>]+>", "", page))
    for section in SECTIONS:
        assert section.heading in plain
        for paragraph in section.paragraphs:
            assert paragraph.replace("`", "") in plain
    assert len(page.encode()) < 60_000


@pytest.mark.parametrize(
    "promised",
    [
        "API-equivalent cost in USD",
        "active time and session counts",
        "input, output and cache token totals",
        "the usage mix per model",
        "the day-level activity that draws your contribution grid",
        "open source (MIT), so you can read every line of what it sends",
        "Prompts and responses, your code and file contents, raw Claude Code JSONL files",
        "file paths and project names, individual message and request ids: only counts are sent",
        "SHA-256 of host name and user name",
        "Your raw host name and user name never leave your machine",
        "your e-mail address and sign-in provider, machine identifiers and hashes, sync tokens",
        "Public profiles are day-level only",
        "derived once at sign-up from your connection’s region",
        "Your IP address is never stored, and a precise location is never derived",
        "your country is simply left blank",
        "You sign in with Google or GitHub",
        "Your e-mail and provider stay private",
        "you can switch between the two at any time",
        "You can delete your account from the dashboard",
        "revokes all sync tokens",
        "counts that cannot be tied back to you may be retained",
        "not affiliated with, endorsed by, or sponsored by Anthropic",
    ],
)
def test_the_page_keeps_each_part_of_the_promise(promised: str) -> None:
    assert promised in " ".join(text for section in SECTIONS for text in section.paragraphs)
