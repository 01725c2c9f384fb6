"""The home page of a local server: its profiles, and what all their days come to."""

from collections.abc import Sequence

from claudeusage_core import figures
from claudeusage_server.public.store import Overview


def home_values(overviews: Sequence[Overview]) -> dict[str, object]:
    """Return everything that the page's template names."""
    return {"profiles": [_profile(each) for each in overviews]}


def _profile(overview: Overview) -> dict[str, object]:
    return {
        "name": overview.name,
        "shown": overview.display_name or overview.name,
        "cost": figures.money_exact(overview.cost),
        "tokens": figures.tokens(overview.tokens) if overview.last else figures.UNKNOWN,
        "exact": figures.count(overview.tokens),
        "last": figures.day_short(overview.last) if overview.last else "no days yet",
    }
