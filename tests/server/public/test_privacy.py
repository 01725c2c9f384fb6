"""The privacy page and its document describe every field of the wire schema."""

import re
from pathlib import Path

from claudeusage_core import wire
from claudeusage_server.public.privacy import FIELDS, field_rows
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


def test_the_page_names_every_field_and_keeps_the_promise(world: World) -> None:
    page = world.get("/privacy").text
    for name in NAMES:
        assert f">{name}<" in page
    for heading in (
        "What never leaves your machine",
        "What is never shown publicly",
        "Country",
        "Identity and anonymity",
        "Deletion",
        "Not affiliated with Anthropic",
    ):
        assert heading in page
    assert len(page.encode()) < 60_000
