"""Profiles and their days: everything here may be shown to anybody.

No account, no machine, no token, no e-mail, no time of day. *public_id* is random, and is drawn
anew whenever a profile gets another name.
"""

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    """
    CREATE TABLE profiles (
        public_id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        anonymous SMALLINT NOT NULL,
        country TEXT,
        joined_month TEXT NOT NULL,
        live SMALLINT NOT NULL,
        through TEXT NOT NULL,
        generation BIGINT NOT NULL
    )
    """,
    """
    CREATE TABLE days (
        public_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
        date TEXT NOT NULL,
        active_seconds BIGINT NOT NULL,
        sessions_active BIGINT NOT NULL,
        sessions_started BIGINT NOT NULL,
        PRIMARY KEY (public_id, date)
    )
    """,
    """
    CREATE TABLE day_models (
        public_id TEXT NOT NULL,
        date TEXT NOT NULL,
        model TEXT NOT NULL,
        messages BIGINT NOT NULL,
        input_tokens BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        cache_write_tokens BIGINT NOT NULL,
        cache_read_tokens BIGINT NOT NULL,
        cost_microusd BIGINT,
        unpriced_tokens BIGINT NOT NULL,
        PRIMARY KEY (public_id, date, model),
        FOREIGN KEY (public_id, date) REFERENCES days ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
