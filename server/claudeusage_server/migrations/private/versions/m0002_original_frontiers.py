"""How far the original client's uploads reach, for each computer that has any.

Two moments of a computer's use are kept, in milliseconds since 1970, UTC; the row is a day of the
sync protocol as JSON.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_TABLE = """
    CREATE TABLE v1_frontiers (
        account TEXT NOT NULL,
        machine TEXT NOT NULL,
        end_ms BIGINT NOT NULL,
        day TEXT NOT NULL,
        before_ms BIGINT,
        before_row TEXT,
        receipt TEXT NOT NULL,
        PRIMARY KEY (account, machine),
        FOREIGN KEY (account, machine) REFERENCES machines ON DELETE CASCADE
    )
"""


def upgrade() -> None:
    op.execute(_TABLE)
