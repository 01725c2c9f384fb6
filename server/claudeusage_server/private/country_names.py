"""The names of countries, by the two letters that stand for each."""

from collections.abc import Mapping


def country_names() -> Mapping[str, str]:
    """Return the English name of each country by its two lower-case letters, ordered by name."""
    return {"de": "Germany", "is": "Iceland", "jp": "Japan", "us": "United States"}
