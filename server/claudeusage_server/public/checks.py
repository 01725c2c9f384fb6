"""The page that publishes what is checked of a row: every limit, with the code it is told by."""

from claudeusage_server.checks import CHECKS, GROWTH_DAYS, HISTORY_DAYS


def checks_values() -> dict[str, object]:
    """Return everything that the page's template names."""
    return {
        "checks": [(reason.value, check.rule) for reason, check in CHECKS.items()],
        "history_days": HISTORY_DAYS,
        "growth_days": GROWTH_DAYS,
    }
