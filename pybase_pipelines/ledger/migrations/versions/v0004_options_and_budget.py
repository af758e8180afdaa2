"""Where a job's options came from, and what all its attempts cost."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("extraction_jobs", sa.Column("options_source", sa.String(length=20), nullable=True))
    op.add_column("extraction_jobs", sa.Column("sidecar_etag", sa.Text(), nullable=True))
    op.add_column(
        "extraction_jobs", sa.Column("total_cpu_seconds", sa.Double(), nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    for name in ("total_cpu_seconds", "sidecar_etag", "options_source"):
        op.drop_column("extraction_jobs", name)
