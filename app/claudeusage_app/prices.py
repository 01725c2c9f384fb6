"""The price table in force: the newer of the one that was shipped and the one that was imported."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from claudeusage_app.errors import ImportedPricesInvalid, PricesNotImported
from claudeusage_core.errors import PriceTableInvalid
from claudeusage_core.pricing import PriceTable
from claudeusage_resources.price_table import shipped_prices

if TYPE_CHECKING:
    from claudeusage_core.price_changes import PriceChanges

LONGEST = 1 << 22
"""Bytes of a table that is imported at most; the shipped one has 27,000."""


class Origin(StrEnum):
    """Where a table came from."""

    SHIPPED = "shipped"
    IMPORTED = "imported"


class PricesInForce(NamedTuple):
    """The table in force and where it came from."""

    table: PriceTable
    origin: Origin


def prices_in_force(imported: Path) -> PricesInForce:
    """Read the newer table; raise `ImportedPricesInvalid` where the imported one went bad.

    An update of the program so overtakes an old import.
    """
    shipped = shipped_prices()
    try:
        text = imported.read_text("utf-8")
    except FileNotFoundError:
        return PricesInForce(shipped, Origin.SHIPPED)
    except (OSError, UnicodeDecodeError) as error:
        raise _gone_bad(imported, error) from error
    from claudeusage_core.price_check import checked_table

    try:
        kept = checked_table(text)
    except PriceTableInvalid as error:
        raise _gone_bad(imported, error) from error
    if kept.generated > shipped.generated:
        return PricesInForce(kept, Origin.IMPORTED)
    return PricesInForce(shipped, Origin.SHIPPED)


def import_prices(content: bytes, imported: Path, today: date) -> "PriceChanges | None":
    """Keep a newer table as the *imported* one and return what it changes.

    None where it is the one in force. Raise `PricesNotImported` where it may not be taken; then
    nothing was changed. A table that was imported before and went bad does not stand in the way.
    """
    from claudeusage_app.settings import replace_file
    from claudeusage_core.price_changes import price_changes
    from claudeusage_core.price_check import check_successor, checked_table

    try:
        in_force = prices_in_force(imported).table
    except ImportedPricesInvalid:
        in_force = shipped_prices()
    try:
        table = checked_table(content.decode("utf-8"))
        if table == in_force:
            return None
        check_successor(table, in_force, today)
    except (UnicodeDecodeError, PriceTableInvalid) as error:
        raise PricesNotImported(_reason(error)) from error
    try:
        replace_file(imported, content)
    except OSError as error:
        message = f"The price table {imported} could not be written: {error.strerror}."
        remedy = "Check that the disk has room and that the folder belongs to you."
        raise PricesNotImported(message, remedy) from error
    return price_changes(in_force, table)


def _gone_bad(
    imported: Path, error: OSError | UnicodeDecodeError | PriceTableInvalid
) -> ImportedPricesInvalid:
    return ImportedPricesInvalid(
        f"The imported price table {imported} could not be read: {_reason(error)}"
    )


def _reason(error: OSError | UnicodeDecodeError | PriceTableInvalid) -> str:
    if isinstance(error, PriceTableInvalid):
        return error.title
    if isinstance(error, OSError):
        return f"{error.strerror}."
    return "The price table is not UTF-8."
