"""What an owner's own figures are made of: every stored row, also one under review, by day."""

from datetime import date

from sqlalchemy import Connection, text

from claudeusage_server.checks import LONGEST_DAY
from claudeusage_server.drawn.days import Day, History, Spent, total

_DAYS = text(
    "SELECT date, SUM(active_seconds), SUM(sessions_active), SUM(sessions_started) FROM days"
    " WHERE account = :account GROUP BY date ORDER BY date"
)
_MODELS = text(
    """
    SELECT date, model, SUM(messages), SUM(input_tokens), SUM(output_tokens),
           SUM(cache_write_5m_tokens + cache_write_1h_tokens), SUM(cache_read_tokens),
           SUM(cost_microusd),
           SUM(CASE WHEN cost_microusd IS NULL
               THEN input_tokens + output_tokens + cache_write_5m_tokens
                    + cache_write_1h_tokens + cache_read_tokens
               ELSE 0 END)
    FROM day_models WHERE account = :account GROUP BY date, model
    """
)


def read_own_history(connection: Connection, account: str) -> History:
    """Read the days of an account, the computers added up."""
    models: dict[str, dict[str, Spent]] = {}
    for day, model, *numbers in connection.execute(_MODELS, {"account": account}):
        spent = Spent._make(None if number is None else int(number) for number in numbers)
        models.setdefault(day, {})[model] = spent
    history: dict[date, Day] = {}
    for day, active, sessions, started in connection.execute(_DAYS, {"account": account}):
        of_day = models.get(day, {})
        history[date.fromisoformat(day)] = Day(
            min(int(active), LONGEST_DAY),
            int(sessions),
            int(started),
            of_day,
            total(tuple(of_day.values())),
        )
    return history
