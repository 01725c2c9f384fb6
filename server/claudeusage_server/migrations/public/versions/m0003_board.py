"""The board: who stands where in each ranking, as filled at the cut, and totals by model.

A ranking is a measure over a period. *edition* counts the fills: one edition is shown while the
next is filled. A country is empty in the histogram where everybody is counted.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

_STEPS = (
    # *place* is the rank at the cut, *place_before* that of the same profile at the cut before.
    """
    CREATE TABLE board (
        public_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
        edition BIGINT NOT NULL,
        ranking TEXT NOT NULL,
        name TEXT NOT NULL,
        country TEXT,
        value BIGINT NOT NULL,
        place BIGINT,
        place_before BIGINT,
        PRIMARY KEY (public_id, edition, ranking)
    )
    """,
    "CREATE INDEX board_in_order ON board (edition, ranking, value DESC, name)",
    """
    CREATE INDEX board_in_country ON board (edition, ranking, country, value DESC, name)
    WHERE country IS NOT NULL
    """,
    """
    CREATE TABLE board_histogram (
        edition BIGINT NOT NULL,
        ranking TEXT NOT NULL,
        country TEXT NOT NULL,
        bucket INTEGER NOT NULL,
        people BIGINT NOT NULL,
        PRIMARY KEY (edition, ranking, country, bucket)
    )
    """,
    # One row. *generation* is raised by everything that changes what the board shows.
    """
    CREATE TABLE board_state (
        one SMALLINT PRIMARY KEY CHECK (one = 1),
        edition BIGINT NOT NULL,
        through TEXT,
        next_edition BIGINT NOT NULL,
        next_through TEXT,
        generation BIGINT NOT NULL
    )
    """,
    "INSERT INTO board_state VALUES (1, 0, NULL, 0, NULL, 0)",
    """
    CREATE TABLE model_totals (
        public_id TEXT NOT NULL REFERENCES profiles ON DELETE CASCADE,
        model TEXT NOT NULL,
        messages BIGINT NOT NULL,
        input_tokens BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        cache_write_tokens BIGINT NOT NULL,
        cache_read_tokens BIGINT NOT NULL,
        cost_microusd BIGINT,
        unpriced_tokens BIGINT NOT NULL,
        PRIMARY KEY (public_id, model)
    )
    """,
    "CREATE INDEX profiles_by_country ON profiles (country) WHERE country IS NOT NULL",
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
