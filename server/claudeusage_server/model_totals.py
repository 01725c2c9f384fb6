"""All-time totals of each model, by profile, in the public store."""

from sqlalchemy import Connection, text

from claudeusage_server.drawn.days import Spent
from claudeusage_server.drawn.days import total as added_up
from claudeusage_server.public.rankings import HIGHEST

_PARTS = text(
    "SELECT model, messages, input_tokens, output_tokens, cache_write_tokens, cache_read_tokens,"
    " cost_microusd, unpriced_tokens FROM day_models WHERE public_id = :public_id"
)
_CLEAR = text("DELETE FROM model_totals WHERE public_id = :public_id")
_ADD = text(
    "INSERT INTO model_totals (public_id, model, messages, input_tokens, output_tokens,"
    " cache_write_tokens, cache_read_tokens, cost_microusd, unpriced_tokens)"
    " VALUES (:public_id, :model, :messages, :input, :output, :cache_write, :cache_read, :cost,"
    " :unpriced)"
)


def total(connection: Connection, public_id: str) -> None:
    """Add up the models of one profile anew."""
    parts: dict[str, list[Spent]] = {}
    # Added up here: a sum of the store's own would fail where it exceeds a BIGINT.
    for model, *numbers in connection.execute(_PARTS, {"public_id": public_id}):
        parts.setdefault(model, []).append(Spent._make(numbers))
    rows = [
        {"public_id": public_id, "model": model} | _capped(added_up(spent))
        for model, spent in parts.items()
    ]
    connection.execute(_CLEAR, {"public_id": public_id})
    if rows:
        connection.execute(_ADD, rows)


def _capped(spent: Spent) -> dict[str, int | None]:
    return {
        name: None if number is None else min(number, HIGHEST)
        for name, number in spent._asdict().items()
    }
