"""How far each account is published, which the public store is not to know; files to be rebuilt.

A count of uploads in a public file would tell how busy somebody is. *stamp* is what that file has
in its place: a random number, drawn anew whenever a profile is written. A record whose stamp is
another than the profile's describes something else, and everything is published again.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_TABLES = (
    # *begun* is 1 once days have been published, for only a first upload does not wait for a cut.
    """
    CREATE TABLE published (
        account TEXT PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
        through TEXT NOT NULL,
        generation BIGINT NOT NULL,
        stamp BIGINT NOT NULL,
        begun SMALLINT NOT NULL
    )
    """,
    # A row from a deletion until the files were rebuilt; *asked* tells two deletions apart.
    "CREATE TABLE erasures (name TEXT PRIMARY KEY, asked BIGINT NOT NULL)",
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
