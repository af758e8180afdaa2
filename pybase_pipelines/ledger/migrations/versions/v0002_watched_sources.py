"""The table of watched sources."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watched_sources",
        sa.Column("bucket", sa.String(length=63), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "prefix", name="pk_watched_sources"),
    )


def downgrade() -> None:
    op.drop_table("watched_sources")
