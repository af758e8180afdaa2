"""The table of extraction jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out instead of taken from the model: what was released must not change with it.
_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "extraction_jobs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("file_url", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=True),
        sa.Column("bucket", sa.Text(), nullable=True),
        sa.Column("object_key", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("identity", sa.String(length=64), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("uploaded_at", _TIME, nullable=True),
        sa.Column("extractor", sa.String(length=40), nullable=False),
        sa.Column("options", _JSON, nullable=False),
        sa.Column("options_hash", sa.String(length=64), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=True),
        sa.Column("format_version", sa.Text(), nullable=True),
        sa.Column("extractor_name", sa.Text(), nullable=True),
        sa.Column("extractor_version", sa.Text(), nullable=True),
        sa.Column("record_id", sa.String(length=255), nullable=True),
        sa.Column("field_id", sa.String(length=255), nullable=True),
        sa.Column("attachment_id", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("heartbeat_at", _TIME, nullable=True),
        sa.Column("request_id", sa.String(length=255), nullable=True),
        sa.Column("requested_at", _TIME, nullable=True),
        sa.Column("claimed_by", sa.String(length=255), nullable=True),
        sa.Column("run_id", sa.String(length=255), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_count", sa.Integer(), nullable=False),
        sa.Column("death_count", sa.Integer(), nullable=False),
        sa.Column("max_retries", sa.Integer(), nullable=False),
        sa.Column("next_retry_at", _TIME, nullable=True),
        sa.Column("last_retry_at", _TIME, nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_hint", sa.Text(), nullable=True),
        sa.Column("error_detail", _JSON, nullable=True),
        sa.Column("result", _JSON, nullable=True),
        sa.Column("result_path", sa.Text(), nullable=True),
        sa.Column("result_bytes", sa.BigInteger(), nullable=True),
        sa.Column("result_sha256", sa.String(length=64), nullable=True),
        sa.Column("warnings_count", sa.Integer(), nullable=False),
        sa.Column("is_partial", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.String(length=36), nullable=True),
        sa.Column("superseded_at", _TIME, nullable=True),
        sa.Column("superseded_by", sa.String(length=36), nullable=True),
        sa.Column("deleted_at", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME, nullable=True),
        sa.Column("completed_at", _TIME, nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("cpu_seconds", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_extraction_jobs_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extraction_jobs")),
    )
    op.create_index("ix_extraction_jobs_bucket_object_key", "extraction_jobs", ["bucket", "object_key"], unique=False)
    op.create_index("ix_extraction_jobs_claimed_by", "extraction_jobs", ["claimed_by"], unique=False)
    op.create_index("ix_extraction_jobs_content_hash", "extraction_jobs", ["content_hash"], unique=False)
    op.create_index("ix_extraction_jobs_created_at_id", "extraction_jobs", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_extraction_jobs_file_url", "extraction_jobs", ["file_url"], unique=False, postgresql_using="hash"
    )
    op.create_index("ix_extraction_jobs_format_status", "extraction_jobs", ["format", "status"], unique=False)
    op.create_index("ix_extraction_jobs_launch", "extraction_jobs", ["status", "priority", "created_at"], unique=False)
    op.create_index(
        "ix_extraction_jobs_record_id_attachment_id", "extraction_jobs", ["record_id", "attachment_id"], unique=False
    )
    op.create_index("ix_extraction_jobs_request_id", "extraction_jobs", ["request_id"], unique=False)
    op.create_index("ix_extraction_jobs_status_created_at", "extraction_jobs", ["status", "created_at"], unique=False)
    op.create_index(
        "ix_extraction_jobs_status_next_retry_at", "extraction_jobs", ["status", "next_retry_at"], unique=False
    )
    op.create_index("uq_extraction_jobs_identity", "extraction_jobs", ["identity"], unique=True)


def downgrade() -> None:
    op.drop_table("extraction_jobs")
