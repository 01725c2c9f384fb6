"""The name that a person is shown by, beside the one in the address, and who is on the board."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE profiles ADD COLUMN display_name TEXT")
    op.execute("ALTER TABLE profiles ADD COLUMN on_board SMALLINT NOT NULL DEFAULT 0")
