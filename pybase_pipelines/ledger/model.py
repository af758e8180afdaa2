"""The tables: ExtractionJob, one row for each object version, extractor and options; and the keys of uploads.

What belongs here: columns and indexes. What does not: how a row changes (`service` and its parts) and how the table
comes into being (`schema`, by migrations).
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from pybase_pipelines.ledger.retries import DEFAULT_MAX_RETRIES
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.texts import clean_text

DEFAULT_PRIORITY = 100
AUTO = "auto"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, in UTC on both databases; a naive one is refused, since nobody can say what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """A text from outside, with the characters replaced that no database stores."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else clean_text(value)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def utc_now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class ExtractionJob(Base):
    """One job. The words in brackets of README and API are these columns' names."""

    __tablename__ = "extraction_jobs"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=_new_id)

    # The file. `identity` is the digest of (bucket, key, ETag, extractor, options), empty for a file outside a bucket.
    filename: Mapped[str] = mapped_column(CleanText)
    file_url: Mapped[str] = mapped_column(CleanText)
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    bucket: Mapped[str | None] = mapped_column(Text)
    object_key: Mapped[str | None] = mapped_column(Text)
    etag: Mapped[str | None] = mapped_column(Text)
    version_id: Mapped[str | None] = mapped_column(Text)
    identity: Mapped[str | None] = mapped_column(String(64))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    uploaded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # What is asked of it: `extractor` is "auto" until a person names one. What it turned out to be: `format` and what
    # read it.
    extractor: Mapped[str] = mapped_column(String(40), default=AUTO)
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    options_hash: Mapped[str] = mapped_column(String(64))
    # Who gave the options: "upload" (with the upload itself, final), "sidecar" or "metadata" (read again with each
    # download); and the version of the sidecar that was read, empty if there was none.
    options_source: Mapped[str | None] = mapped_column(String(20))
    sidecar_etag: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(String(20))
    format_version: Mapped[str | None] = mapped_column(CleanText)
    extractor_name: Mapped[str | None] = mapped_column(Text)
    extractor_version: Mapped[str | None] = mapped_column(Text)

    # Links back to the application's records.
    record_id: Mapped[str | None] = mapped_column(String(255))
    field_id: Mapped[str | None] = mapped_column(String(255))
    attachment_id: Mapped[str | None] = mapped_column(String(255))

    # Where it stands. Smaller `priority` is sooner.
    status: Mapped[str] = mapped_column(String(20), default=Status.PENDING)
    priority: Mapped[int] = mapped_column(default=DEFAULT_PRIORITY)
    progress: Mapped[int] = mapped_column(default=0)
    stage: Mapped[str | None] = mapped_column(CleanText)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # Who launched it (`request_id`, until it is claimed), who holds it (`claimed_by`), who did so last (`run_id`).
    request_id: Mapped[str | None] = mapped_column(String(255))
    requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(String(255))
    run_id: Mapped[str | None] = mapped_column(String(255))

    # `attempts` counts every claim, ever; `retry_count` the retries since the upload or the last manual retry;
    # `death_count` the ends in a crash, a timeout, or without memory.
    attempts: Mapped[int] = mapped_column(default=0)
    retry_count: Mapped[int] = mapped_column(default=0)
    death_count: Mapped[int] = mapped_column(default=0)
    max_retries: Mapped[int] = mapped_column(default=DEFAULT_MAX_RETRIES)
    next_retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(CleanText)
    error_hint: Mapped[str | None] = mapped_column(CleanText)
    error_detail: Mapped[dict[str, Any] | None] = mapped_column(Json)

    # `result` is a summary; the whole result lies in the object store at `result_path`.
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    result_path: Mapped[str | None] = mapped_column(Text)
    result_bytes: Mapped[int | None] = mapped_column(BigInteger)
    result_sha256: Mapped[str | None] = mapped_column(String(64))
    warnings_count: Mapped[int] = mapped_column(default=0)
    is_partial: Mapped[bool] = mapped_column(default=False)
    duplicate_of: Mapped[str | None] = mapped_column(String(36))

    # A newer version of the object came (`superseded_*`), or the object went (`deleted_at`).
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    superseded_by: Mapped[str | None] = mapped_column(String(36))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    peak_memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    cpu_seconds: Mapped[float | None] = mapped_column()
    # Over all attempts since the upload or the last manual retry; `cpu_seconds` is the last attempt alone.
    total_cpu_seconds: Mapped[float] = mapped_column(default=0.0)

    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(str(s)) for s in Status)})", name="status"),
        Index("uq_extraction_jobs_identity", "identity", unique=True),
        Index("ix_extraction_jobs_bucket_object_key", "bucket", "object_key"),
        # A hash, since PostgreSQL's ordinary index refuses values above 2,700 bytes.
        Index("ix_extraction_jobs_file_url", "file_url", postgresql_using="hash"),
        Index("ix_extraction_jobs_launch", "status", "priority", "created_at"),
        Index("ix_extraction_jobs_status_created_at", "status", "created_at"),
        Index("ix_extraction_jobs_status_next_retry_at", "status", "next_retry_at"),
        Index("ix_extraction_jobs_format_status", "format", "status"),
        Index("ix_extraction_jobs_created_at_id", "created_at", "id"),
        Index("ix_extraction_jobs_claimed_by", "claimed_by"),
        Index("ix_extraction_jobs_request_id", "request_id"),
        Index("ix_extraction_jobs_content_hash", "content_hash"),
        Index("ix_extraction_jobs_record_id_attachment_id", "record_id", "attachment_id"),
    )


class WatchedSource(Base):
    """A bucket and prefix that is watched, and since when: what was there before may be left alone."""

    __tablename__ = "watched_sources"

    bucket: Mapped[str] = mapped_column(String(63), primary_key=True)
    prefix: Mapped[str] = mapped_column(Text, primary_key=True)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UploadKey(Base):
    """A caller's idempotency key: the same key with the same content means the same job, for ever repeated.

    `fingerprint` is the digest of all that was asked; `job_id` is empty until the job of that request exists.
    """

    __tablename__ = "upload_keys"

    key_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    __table_args__ = (Index("ix_upload_keys_created_at", "created_at"),)


class ExtractorPause(Base):
    """An extractor whose service has no credits left: nobody asks it again before `until`."""

    __tablename__ = "extractor_pauses"

    extractor_name: Mapped[str] = mapped_column(String(40), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(CleanText)
