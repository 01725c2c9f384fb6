"""What an owner chooses to show, names that are kept back, removals of names, and review.

Of an account that was renamed, made anonymous or hidden, the public copy is removed like that of
one that is deleted, so removals are counted by public id.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

_STEPS = (
    "ALTER TABLE accounts ADD COLUMN display_name TEXT",
    "ALTER TABLE accounts ADD COLUMN show_country SMALLINT NOT NULL DEFAULT 1",
    # The UTC date of the first upload: an account grows from then on.
    "ALTER TABLE accounts ADD COLUMN first_upload_on TEXT",
    # Nobody else takes a name that was given up, until then.
    """
    CREATE TABLE former_names (
        account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
        name TEXT NOT NULL UNIQUE,
        until BIGINT NOT NULL,
        PRIMARY KEY (account, name)
    )
    """,
    "DROP TABLE removals",
    # Written before anything is removed, and removed last: a removal that was cut short is resumed.
    # *whole* is 1 where the account goes too, 0 where only a public copy does.
    """
    CREATE TABLE removals (
        account TEXT NOT NULL,
        public_id TEXT NOT NULL,
        whole SMALLINT NOT NULL,
        PRIMARY KEY (account, public_id)
    )
    """,
    "CREATE INDEX days_under_review ON days (account, review) WHERE review IS NOT NULL",
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
