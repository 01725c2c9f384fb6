"""How figures are marked that rest on a person's own prices: a sign, a sentence, a JSON member."""

from collections.abc import Collection

from claudeusage_app.cli.talk import say


def marked(text: str, own_models: Collection[str]) -> str:
    """Mark what rests on a person's own prices."""
    return f"{text}*" if own_models else text


def say_own(models: frozenset[str]) -> None:
    """Say which models are counted at a person's own prices, if any."""
    if models:
        say(
            f"* At your own prices (prices.toml) for {', '.join(sorted(models))};"
            " an upload holds list prices alone."
        )


def own_members(models: frozenset[str]) -> dict[str, list[str]]:
    """Return the member of a JSON answer that says so; none where there are no own prices."""
    return {"own_prices": sorted(models)} if models else {}
