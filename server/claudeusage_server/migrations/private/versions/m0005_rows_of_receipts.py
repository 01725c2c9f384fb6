"""How many rows of models an upload had; not known of earlier ones."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE receipts ADD COLUMN model_rows INTEGER")
