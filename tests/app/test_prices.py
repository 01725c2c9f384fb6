"""Which table is in force, and how a newer one gets there."""

import json
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claudeusage_app.errors import ImportedPricesInvalid, PricesNotImported
from claudeusage_app.prices import Origin, import_prices, prices_in_force
from claudeusage_resources.price_table import shipped_prices
from tests.core.samples import PRICES, PRICES_TEXT

TODAY = date(2026, 12, 24)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "data" / "prices.json"


def table(generated: str, **rates: float) -> bytes:
    found: dict[str, Any] = json.loads(PRICES_TEXT) | {"generated": generated}
    found["models"][0]["periods"][0]["rates"] |= rates
    return json.dumps(found).encode()


def in_force(kept: Path) -> tuple[str, str]:
    found = prices_in_force(kept)
    return found.table.generated, str(found.origin)


def test_without_an_import_the_shipped_table_is_in_force(kept: Path) -> None:
    assert prices_in_force(kept).table == shipped_prices() == PRICES
    assert prices_in_force(kept).origin == Origin.SHIPPED


def test_a_newer_table_is_in_force_and_says_what_it_changes(kept: Path) -> None:
    changes = import_prices(table("2026-12-01", input=16), kept, TODAY)
    assert changes is not None
    assert [(each.model, each.term) for each in changes.changes] == [("claude-3-opus", "input")]
    assert in_force(kept) == ("2026-12-01", "imported")
    assert kept.read_bytes() == table("2026-12-01", input=16)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [each.name for each in kept.parent.iterdir()] == ["prices.json"]


def test_the_table_in_force_is_no_news(kept: Path) -> None:
    assert import_prices(PRICES_TEXT.encode(), kept, TODAY) is None
    assert not kept.exists()
    import_prices(table("2026-12-01"), kept, TODAY)
    assert import_prices(table("2026-12-01"), kept, TODAY) is None


def test_an_import_is_measured_by_the_one_before(kept: Path) -> None:
    import_prices(table("2026-12-10"), kept, TODAY)
    for refused in (table("2026-12-01"), table("2026-12-10", input=3), PRICES_TEXT.encode()):
        with pytest.raises(PricesNotImported, match="in force of 2026-12-10"):
            import_prices(refused, kept, TODAY)
    assert in_force(kept) == ("2026-12-10", "imported")


def test_an_update_of_the_program_overtakes_an_old_import(kept: Path) -> None:
    kept.parent.mkdir()
    for generated in ("2026-11-01", PRICES.generated):
        kept.write_bytes(table(generated, input=99))
        assert in_force(kept) == (PRICES.generated, "shipped")


@pytest.mark.parametrize("content", [b"\xff", b"{", table("2026-12-01", input=-1)])
def test_a_bad_table_changes_nothing(kept: Path, content: bytes) -> None:
    import_prices(table("2026-12-10"), kept, TODAY)
    with pytest.raises(PricesNotImported, match="Nothing was changed"):
        import_prices(content, kept, TODAY)
    assert kept.read_bytes() == table("2026-12-10")


def test_an_import_that_went_bad_is_told_and_can_be_made_again(kept: Path) -> None:
    kept.parent.mkdir()
    for spoilt in (b"", b"\xff", table("2026-12-10", input=-1)):
        kept.write_bytes(spoilt)
        with pytest.raises(ImportedPricesInvalid, match="prices import") as raised:
            prices_in_force(kept)
        assert str(kept) in raised.value.title
    import_prices(table("2026-12-10"), kept, TODAY)
    assert in_force(kept) == ("2026-12-10", "imported")


def test_a_folder_in_its_place_is_told(kept: Path) -> None:
    kept.mkdir(parents=True)
    with pytest.raises(ImportedPricesInvalid, match="directory"):
        prices_in_force(kept)
    with pytest.raises(PricesNotImported, match="could not be written"):
        import_prices(table("2026-12-10"), kept, TODAY)
