"""The days of a public copy: every field that may be public, read, written, and lowered.

`publish` decides when; this module names what. A day is the sum over an account's computers, and
rows under review are not in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, TextClause, bindparam, text

from claudeusage_server.checks import LONGEST_DAY

Values = Mapping[str, str | int | None]
Key = tuple[str, ...]


def _listed(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("dates", expanding=True))


_DATES = text("SELECT DISTINCT date FROM days WHERE account = :account AND date <= :through")
_CHANGED = text(
    "SELECT date FROM changed_days"
    " WHERE account = :account AND generation > :generation AND date <= :through"
    " UNION SELECT date FROM changed_days"
    " WHERE account = :account AND date > :before AND date <= :through"
)
_UNCHANGED = text(
    "SELECT date FROM changed_days"
    " WHERE account = :account AND generation <= :generation AND date <= :through"
)
_PRIVATE_DAYS = _listed(
    "SELECT date, SUM(active_seconds) AS active_seconds, SUM(sessions_active) AS sessions_active,"
    " SUM(sessions_started) AS sessions_started FROM days"
    " WHERE account = :account AND date IN :dates AND review IS NULL GROUP BY date"
)
_PRIVATE_MODELS = _listed(
    """
    SELECT m.date, m.model, SUM(m.messages) AS messages, SUM(m.input_tokens) AS input_tokens,
           SUM(m.output_tokens) AS output_tokens,
           SUM(m.cache_write_5m_tokens + m.cache_write_1h_tokens) AS cache_write_tokens,
           SUM(m.cache_read_tokens) AS cache_read_tokens,
           SUM(m.cost_microusd) AS cost_microusd,
           SUM(CASE WHEN m.cost_microusd IS NULL
               THEN m.input_tokens + m.output_tokens + m.cache_write_5m_tokens
                    + m.cache_write_1h_tokens + m.cache_read_tokens
               ELSE 0 END) AS unpriced_tokens
    FROM days d CROSS JOIN day_models m -- SQLite keeps this order, and so begins with the dates
    WHERE d.account = :account AND d.date IN :dates AND d.review IS NULL
      AND m.account = d.account AND m.machine = d.machine AND m.date = d.date
    GROUP BY m.date, m.model
    """
)
_DAYS = text(
    "SELECT date, active_seconds, sessions_active, sessions_started FROM days"
    " WHERE public_id = :public_id AND date <= :through"
)
_MODELS = text(
    "SELECT date, model, messages, input_tokens, output_tokens, cache_write_tokens,"
    " cache_read_tokens, cost_microusd, unpriced_tokens FROM day_models"
    " WHERE public_id = :public_id AND date <= :through"
)
_CLEAR = _listed("DELETE FROM days WHERE public_id = :public_id AND date IN :dates")
_CLEAR_AFTER = text("DELETE FROM days WHERE public_id = :public_id AND date > :through")
_CLEAR_ALL = text("DELETE FROM days WHERE public_id = :public_id")
_ADD_DAY = text(
    "INSERT INTO days (public_id, date, active_seconds, sessions_active, sessions_started)"
    " VALUES (:public_id, :date, :active_seconds, :sessions_active, :sessions_started)"
)
_ADD_MODEL = text(
    "INSERT INTO day_models (public_id, date, model, messages, input_tokens, output_tokens,"
    " cache_write_tokens, cache_read_tokens, cost_microusd, unpriced_tokens)"
    " VALUES (:public_id, :date, :model, :messages, :input_tokens, :output_tokens,"
    " :cache_write_tokens, :cache_read_tokens, :cost_microusd, :unpriced_tokens)"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """The days of a profile, by date, and what was used on them, by date and model."""

    days: Mapping[Key, Values]
    models: Mapping[Key, Values]


def all_dates(private: Connection, account: str, through: str) -> Sequence[str]:
    """Return every date that has rows."""
    return private.execute(_DATES, {"account": account, "through": through}).scalars().all()


def changed_dates(
    private: Connection, account: str, generation: int, before: str, through: str
) -> Sequence[str]:
    """Return the dates that changed after a generation, and all that come after *before*."""
    values = {"account": account, "generation": generation, "before": before, "through": through}
    return private.execute(_CHANGED, values).scalars().all()


def unchanged_dates(
    private: Connection, account: str, generation: int, through: str
) -> Sequence[str]:
    """Return the dates that have not changed since a generation."""
    values = {"account": account, "generation": generation, "through": through}
    return private.execute(_UNCHANGED, values).scalars().all()


def private_copy(private: Connection, account: str, dates: Iterable[str]) -> Copy:
    """Read what the private store has for some dates, as far as it may be public."""
    asked = {"account": account, "dates": list(dates)}
    return _copy(private.execute(_PRIVATE_DAYS, asked), private.execute(_PRIVATE_MODELS, asked))


def public_copy(public: Connection, public_id: str, through: str) -> Copy:
    """Read what is published under a public id."""
    asked = {"public_id": public_id, "through": through}
    return _copy(public.execute(_DAYS, asked), public.execute(_MODELS, asked))


def lowered(copy: Copy, now: Copy) -> Copy:
    """Take away from a copy what is there no more, and add nothing: the smaller of each figure.

    A cost that one of both does not know is not known.
    """
    models = {
        key: _smaller(values, now.models[key])
        for key, values in copy.models.items()
        if key in now.models
    }
    dates = {key[:1] for key in models}
    days = {
        key: _smaller(values, now.days[key])
        for key, values in copy.days.items()
        if key in dates and key in now.days
    }
    return Copy(days, models)


def replace_dates(public: Connection, public_id: str, dates: Sequence[str], copy: Copy) -> None:
    """Write some dates anew."""
    if dates:
        public.execute(_CLEAR, {"public_id": public_id, "dates": list(dates)})
        _add(public, public_id, copy)


def replace_all(public: Connection, public_id: str, copy: Copy) -> None:
    """Write all dates anew."""
    public.execute(_CLEAR_ALL, {"public_id": public_id})
    _add(public, public_id, copy)


def clear_after(public: Connection, public_id: str, through: str) -> None:
    """Take away the days after a date."""
    public.execute(_CLEAR_AFTER, {"public_id": public_id, "through": through})


def _add(public: Connection, public_id: str, copy: Copy) -> None:
    owner = {"public_id": public_id}
    if copy.days:
        public.execute(_ADD_DAY, [{**owner, **values} for values in copy.days.values()])
        public.execute(_ADD_MODEL, [{**owner, **values} for values in copy.models.values()])


def _copy(
    days: Iterable[Row[tuple[object, ...]]], models: Iterable[Row[tuple[object, ...]]]
) -> Copy:
    return Copy(
        {(row.date,): _day(row) for row in days},
        {(row.date, row.model): _model(row) for row in models},
    )


def _day(row: Row[tuple[object, ...]]) -> Values:
    return {
        "date": row.date,
        "active_seconds": min(int(row.active_seconds), LONGEST_DAY),
        "sessions_active": int(row.sessions_active),
        "sessions_started": int(row.sessions_started),
    }


def _model(row: Row[tuple[object, ...]]) -> Values:
    return {
        "date": row.date,
        "model": row.model,
        "messages": int(row.messages),
        "input_tokens": int(row.input_tokens),
        "output_tokens": int(row.output_tokens),
        "cache_write_tokens": int(row.cache_write_tokens),
        "cache_read_tokens": int(row.cache_read_tokens),
        "cost_microusd": None if row.cost_microusd is None else int(row.cost_microusd),
        "unpriced_tokens": int(row.unpriced_tokens),
    }


def _smaller(one: Values, other: Values) -> Values:
    return {name: _less(value, other[name]) for name, value in one.items()}


def _less(one: str | int | None, other: str | int | None) -> str | int | None:
    if isinstance(one, int) and isinstance(other, int):
        return min(one, other)
    return None if other is None else one
