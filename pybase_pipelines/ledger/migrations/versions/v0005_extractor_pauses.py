"""The table of paused extractors."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extractor_pauses",
        sa.Column("extractor_name", sa.String(length=40), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("extractor_name", name=op.f("pk_extractor_pauses")),
    )


def downgrade() -> None:
    op.drop_table("extractor_pauses")
