"""Publish: the only way from the private store to the public one, and a list of what may take it.

It is a function of the private state: every field is named here, and only dates that changed since
the published generation, or that a cut lets through, are copied. Doing it again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Row, bindparam, text

from claudeusage_server.cuts import public_through
from claudeusage_server.database import Store
from claudeusage_server.drawn.days import LONGEST_DAY

EVERYTHING = date.max
"""How far a live profile is published."""

_ACCOUNT = text(
    "SELECT public_id, name, display_name, anonymous, anonymous_name, visible, on_board, live,"
    " country, show_country, joined_on, generation FROM accounts WHERE account = :account"
)
_CHANGED = text(
    "SELECT date FROM changed_days"
    " WHERE account = :account AND generation > :generation AND date <= :through"
    " UNION SELECT date FROM changed_days"
    " WHERE account = :account AND date > :before AND date <= :through"
)
_DAYS = text(
    "SELECT date, SUM(active_seconds) AS active_seconds, SUM(sessions_active) AS sessions_active,"
    " SUM(sessions_started) AS sessions_started FROM days"
    " WHERE account = :account AND date IN :dates AND review IS NULL GROUP BY date"
).bindparams(bindparam("dates", expanding=True))
_MODELS = text(
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
).bindparams(bindparam("dates", expanding=True))
_PUBLISHED = text("SELECT through, generation FROM profiles WHERE public_id = :public_id")
_ANY_DAY = text("SELECT 1 FROM days WHERE public_id = :public_id LIMIT 1")
_WITHDRAW = text("DELETE FROM profiles WHERE public_id = :public_id")
_PROFILE = text(
    "INSERT INTO profiles (public_id, name, display_name, anonymous, on_board, country,"
    " joined_month, live, through, generation) VALUES (:public_id, :name, :display_name,"
    " :anonymous, :on_board, :country, :joined_month, :live, :through, :generation)"
    " ON CONFLICT (public_id) DO UPDATE SET name = excluded.name,"
    " display_name = excluded.display_name, anonymous = excluded.anonymous,"
    " on_board = excluded.on_board, country = excluded.country, live = excluded.live,"
    " joined_month = excluded.joined_month, through = excluded.through,"
    " generation = excluded.generation"
)
_CLEAR = text("DELETE FROM days WHERE public_id = :public_id AND date IN :dates").bindparams(
    bindparam("dates", expanding=True)
)
_CLEAR_AFTER = text("DELETE FROM days WHERE public_id = :public_id AND date > :through")
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
_ACCOUNTS = text("SELECT account FROM accounts ORDER BY account")


@dataclass(frozen=True, slots=True)
class _Published:
    """How far a profile is published: up to which date, and at which generation."""

    through: date
    generation: int


_NOTHING = _Published(date.min, -1)


@dataclass(frozen=True, slots=True)
class _Due:
    """An account's row, what is there of it, and the date up to which it is to be there."""

    row: Row[tuple[object, ...]]
    published: _Published
    through: date


class Publisher:
    """Sees both stores."""

    def __init__(self, private: Store, public: Store) -> None:
        self._private = private
        self._public = public

    def after_upload(self, account: str, now: datetime) -> None:
        """Publish a live account whole, and a new one up to the last cut; else wait for the cut."""
        self._publish(account, now, at_cut=False)

    def at_once(self, account: str, now: datetime) -> None:
        """Publish what an owner changed or took away, which waits for no cut."""
        self._publish(account, now, at_cut=True)

    def at_cut(self, now: datetime) -> None:
        """Publish every account up to the date of the last cut."""
        with self._private.read() as connection:
            accounts: Sequence[str] = connection.execute(_ACCOUNTS).scalars().all()
        for account in accounts:
            self._publish(account, now, at_cut=True)

    def _publish(self, account: str, now: datetime, *, at_cut: bool) -> None:
        with self._public.read() as public, self._private.read() as private:
            if _due(private, public, account, now, at_cut=at_cut) is None:
                return
        # The public store is locked first, so that what is read is never older than what is there.
        with self._public.write() as public, self._private.read() as private:
            due = _due(private, public, account, now, at_cut=at_cut)
            if due is None:
                return
            if due.row.visible:
                _copy(private, public, account, due)
            else:
                public.execute(_WITHDRAW, {"public_id": due.row.public_id})


def _due(
    private: Connection, public: Connection, account: str, now: datetime, *, at_cut: bool
) -> "_Due | None":
    """Say what has to be published of an account; None where all of it is, or waits for the cut."""
    row = private.execute(_ACCOUNT, {"account": account}).one_or_none()
    if row is None:
        return None
    published = _published(public, row.public_id)
    through = EVERYTHING if row.live else public_through(now)
    wanted = _Published(through, row.generation) if row.visible else _NOTHING
    if published == wanted:
        return None
    if row.live or at_cut or not row.visible or not _has_days(public, row.public_id):
        return _Due(row, published, through)
    return None


def _published(public: Connection, public_id: str) -> _Published:
    row = public.execute(_PUBLISHED, {"public_id": public_id}).one_or_none()
    if row is None:
        return _NOTHING
    return _Published(date.fromisoformat(row.through), row.generation)


def _has_days(public: Connection, public_id: str) -> bool:
    return public.execute(_ANY_DAY, {"public_id": public_id}).first() is not None


def _copy(private: Connection, public: Connection, account: str, due: _Due) -> None:
    row, published, through = due.row, due.published, due.through
    public_id: str = row.public_id
    scope: dict[str, str | int] = {
        "account": account,
        "generation": published.generation,
        "before": min(published.through, through).isoformat(),
        "through": through.isoformat(),
    }
    public.execute(
        _PROFILE,
        {
            "public_id": public_id,
            "name": row.anonymous_name if row.anonymous else row.name,
            "display_name": None if row.anonymous else row.display_name,
            "anonymous": row.anonymous,
            "on_board": row.on_board,
            "country": row.country if row.show_country and not row.anonymous else None,
            "joined_month": row.joined_on[:7],
            "live": row.live,
            "through": through.isoformat(),
            "generation": row.generation,
        },
    )
    public.execute(_CLEAR_AFTER, {"public_id": public_id, "through": through.isoformat()})
    changed = private.execute(_CHANGED, scope).scalars().all()
    if not changed:
        return
    public.execute(_CLEAR, {"public_id": public_id, "dates": list(changed)})
    dated = {"account": account, "dates": list(changed)}
    days = [_day(public_id, day) for day in private.execute(_DAYS, dated)]
    if days:
        public.execute(_ADD_DAY, days)
        models = [_model(public_id, model) for model in private.execute(_MODELS, dated)]
        public.execute(_ADD_MODEL, models)


def _day(public_id: str, row: Row[tuple[object, ...]]) -> dict[str, str | int]:
    return {
        "public_id": public_id,
        "date": row.date,
        "active_seconds": min(int(row.active_seconds), LONGEST_DAY),
        "sessions_active": int(row.sessions_active),
        "sessions_started": int(row.sessions_started),
    }


def _model(public_id: str, row: Row[tuple[object, ...]]) -> dict[str, str | int | None]:
    return {
        "public_id": public_id,
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
