"""The price table that came with the program, for the client and the server alike."""

import pkgutil

from claudeusage_core.errors import PriceTableInvalid
from claudeusage_core.pricing import PriceTable, read_price_table


def shipped_prices() -> PriceTable:
    """Read the table that came with the program."""
    content = pkgutil.get_data("claudeusage_resources", "prices.json")
    if content is None:
        raise PriceTableInvalid
    return read_price_table(content.decode("utf-8"))
