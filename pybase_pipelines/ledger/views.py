"""What the ledger shows: copies of rows and counts, frozen, detached from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, computed_field, field_serializer

from pybase_pipelines.ledger.states import Status

_SECRET_OPTIONS = ("password", "secret", "token", "api_key")


class ObjectRef(NamedTuple):
    """An object, whatever its version."""

    bucket: str
    object_key: str


class JobView(BaseModel):
    """A copy of a job's row. What the fields mean is told at `model.ExtractionJob`."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    filename: str
    file_url: str
    file_size: int | None
    bucket: str | None
    object_key: str | None
    etag: str | None
    version_id: str | None
    content_hash: str | None
    uploaded_at: datetime | None
    extractor: str
    options: dict[str, Any]
    options_hash: str
    options_source: str | None
    sidecar_etag: str | None
    format: str | None
    format_version: str | None
    extractor_name: str | None
    extractor_version: str | None
    record_id: str | None
    field_id: str | None
    attachment_id: str | None
    status: Status
    priority: int
    progress: int
    stage: str | None
    heartbeat_at: datetime | None
    request_id: str | None
    requested_at: datetime | None
    claimed_by: str | None
    run_id: str | None
    attempts: int
    retry_count: int
    death_count: int
    max_retries: int
    next_retry_at: datetime | None
    last_retry_at: datetime | None
    error_code: str | None
    error_message: str | None
    error_hint: str | None
    error_detail: dict[str, Any] | None
    result: dict[str, Any] | None
    result_path: str | None
    result_bytes: int | None
    result_sha256: str | None
    warnings_count: int
    is_partial: bool
    duplicate_of: str | None
    superseded_at: datetime | None
    superseded_by: str | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: int | None
    peak_memory_bytes: int | None
    cpu_seconds: float | None
    total_cpu_seconds: float

    @property
    def ref(self) -> ObjectRef | None:
        """The object, or None for a file outside a bucket."""
        return None if self.bucket is None or self.object_key is None else ObjectRef(self.bucket, self.object_key)

    @computed_field
    @property
    def is_current(self) -> bool:
        """Whether the object still has this version."""
        return self.superseded_at is None and self.deleted_at is None

    @property
    def cursor(self) -> str:
        """Where a list goes on after this job."""
        return f"{self.created_at.isoformat()}|{self.id}"

    @field_serializer("options")
    def hide_secrets(self, options: dict[str, Any]) -> dict[str, Any]:
        """What leaves as JSON or as text shows no password."""
        return _hide_secrets(options)

    def shown_options(self) -> dict[str, Any]:
        """The options as anybody may see them."""
        return _hide_secrets(self.options)

    def to_dict(self) -> dict[str, Any]:
        """JSON values, for the command line and the API."""
        return self.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class DueJob:
    """What launching needs to know of a job that waits. The fields are those of `model.ExtractionJob`."""

    id: str
    bucket: str | None
    object_key: str | None
    file_size: int | None
    extractor: str
    format: str | None
    priority: int
    death_count: int


def _hide_secrets(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: "***" if any(word in name.lower() for word in _SECRET_OPTIONS) else value
        for name, value in options.items()
    }


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A launch that was asked for and whose jobs no run has claimed yet."""

    request_id: str
    requested_at: datetime
    job_ids: tuple[str, ...]


class LedgerStats(BaseModel):
    """Counts over the jobs of current objects, what their files and attempts amount to, and what waits for how long.

    `paused` are extractors without credits, with the time of their next probe.
    """

    model_config = ConfigDict(frozen=True)

    total: int
    by_status: dict[str, int]
    by_format: dict[str, int]
    by_format_and_status: dict[str, dict[str, int]]
    by_error_code: dict[str, int]
    partial: int
    copied: int
    waiting_for_retry: int
    next_retry_at: datetime | None
    oldest_pending_at: datetime | None
    finished_last_hour: int
    finished_last_day: int
    file_bytes: int
    cpu_seconds: float
    paused: dict[str, datetime]
    superseded: int
    deleted: int
