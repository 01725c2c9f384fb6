"""The price table in force."""

from importlib import resources

from claudeusage_core.pricing import PriceTable, read_price_table


def shipped_prices() -> PriceTable:
    """Read the table that came with the program."""
    text = (resources.files("claudeusage_resources") / "prices.json").read_text("utf-8")
    return read_price_table(text)
