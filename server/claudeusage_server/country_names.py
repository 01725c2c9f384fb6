"""The countries of ISO 3166-1: their codes in lower case, and their English names."""

import functools
import unicodedata
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType


@functools.cache
def country_names() -> Mapping[str, str]:
    """Return the name of each code, ordered by name, as the time zone database has them."""
    table = resources.files("tzdata") / "zoneinfo" / "iso3166.tab"
    rows = [line for line in table.read_text("utf-8").splitlines() if not line.startswith("#")]
    named = [(row[:2].lower(), row[2:].strip()) for row in rows]
    return MappingProxyType(dict(sorted(named, key=lambda each: _plain(each[1]))))


def _plain(name: str) -> str:
    """Bring a name to letters without accents, so that they do not matter for the order."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
