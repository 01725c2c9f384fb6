"""Accounts, sign-in, devices, tokens, machines, days and receipts.

Every table about a person begins its key with the account. Times are whole seconds since 1970,
UTC; dates are ISO text; secrets are stored as hashes only.
"""

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    # The pepper, which travels with export and backup.
    "CREATE TABLE keys (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """
    CREATE TABLE accounts (
        account TEXT PRIMARY KEY,
        public_id TEXT NOT NULL UNIQUE,
        anonymous_name TEXT NOT NULL UNIQUE,
        name TEXT UNIQUE,
        anonymous SMALLINT NOT NULL,
        visible SMALLINT NOT NULL,
        on_board SMALLINT NOT NULL,
        live SMALLINT NOT NULL,
        country TEXT,
        joined_on TEXT NOT NULL,
        generation BIGINT NOT NULL
    )
    """,
    """
    CREATE TABLE identities (
        account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
        provider TEXT NOT NULL,
        subject TEXT NOT NULL,
        PRIMARY KEY (account, provider, subject),
        UNIQUE (provider, subject)
    )
    """,
    """
    CREATE TABLE sessions (
        account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
        session TEXT NOT NULL UNIQUE,
        expires_at BIGINT NOT NULL,
        PRIMARY KEY (account, session)
    )
    """,
    "CREATE TABLE sign_in_codes (code TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)",
    """
    CREATE TABLE device_requests (
        device TEXT PRIMARY KEY,
        user_code TEXT NOT NULL UNIQUE,
        asked_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        polled_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        account TEXT REFERENCES accounts ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE machines (
        account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
        machine TEXT NOT NULL,
        number INTEGER NOT NULL,
        label TEXT,
        added_on TEXT NOT NULL,
        separate_from TEXT,
        PRIMARY KEY (account, machine)
    )
    """,
    # A machine answers to the id it came with, and to those that its owner merged into it.
    """
    CREATE TABLE machine_names (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        machine TEXT NOT NULL,
        PRIMARY KEY (account, name),
        FOREIGN KEY (account, machine) REFERENCES machines ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE tokens (
        account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
        token TEXT NOT NULL UNIQUE,
        hint TEXT NOT NULL,
        label TEXT,
        created_on TEXT NOT NULL,
        used_on TEXT,
        machine TEXT,
        sequence BIGINT NOT NULL,
        PRIMARY KEY (account, token),
        FOREIGN KEY (account, machine) REFERENCES machines ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE days (
        account TEXT NOT NULL,
        machine TEXT NOT NULL,
        date TEXT NOT NULL,
        digest TEXT NOT NULL,
        accounting INTEGER NOT NULL,
        prices TEXT NOT NULL,
        active_seconds BIGINT NOT NULL,
        sessions_active BIGINT NOT NULL,
        sessions_started BIGINT NOT NULL,
        review TEXT,
        PRIMARY KEY (account, machine, date),
        FOREIGN KEY (account, machine) REFERENCES machines ON DELETE CASCADE
    )
    """,
    # What publish and twins look for, over all computers.
    "CREATE INDEX days_by_date ON days (account, date)",
    """
    CREATE TABLE day_models (
        account TEXT NOT NULL,
        machine TEXT NOT NULL,
        date TEXT NOT NULL,
        model TEXT NOT NULL,
        messages BIGINT NOT NULL,
        input_tokens BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        cache_write_5m_tokens BIGINT NOT NULL,
        cache_write_1h_tokens BIGINT NOT NULL,
        cache_read_tokens BIGINT NOT NULL,
        cost_microusd BIGINT,
        PRIMARY KEY (account, machine, date, model),
        FOREIGN KEY (account, machine, date) REFERENCES days ON DELETE CASCADE
    )
    """,
    # The account's generation at which a date last changed: what publish has still to copy.
    """
    CREATE TABLE changed_days (
        account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
        date TEXT NOT NULL,
        generation BIGINT NOT NULL,
        PRIMARY KEY (account, date)
    )
    """,
    "CREATE INDEX changed_days_since ON changed_days (account, generation)",
    """
    CREATE TABLE receipts (
        account TEXT NOT NULL,
        number BIGINT NOT NULL,
        machine TEXT NOT NULL,
        received_at BIGINT NOT NULL,
        receipt TEXT NOT NULL,
        days INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (account, number),
        FOREIGN KEY (account, machine) REFERENCES machines ON DELETE CASCADE
    )
    """,
    # Written before anything is removed, and removed last: a removal that was cut short is resumed.
    """
    CREATE TABLE removals (
        account TEXT PRIMARY KEY,
        public_id TEXT NOT NULL,
        asked_at BIGINT NOT NULL
    )
    """,
    "CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL)",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
