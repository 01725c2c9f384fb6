"""The name that a person is shown by, beside the one in the address."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE profiles ADD COLUMN display_name TEXT")
