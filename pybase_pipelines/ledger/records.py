"""What callers hand to the ledger, and what its changes answer. All of it is frozen.

What belongs here: uploads, claims, outcomes, failures. What does not: copies of rows (`views`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from pybase_pipelines.errors import PybaseError
from pybase_pipelines.ledger.model import AUTO, DEFAULT_PRIORITY
from pybase_pipelines.ledger.retries import DEFAULT_MAX_RETRIES
from pybase_pipelines.ledger.texts import digest_json
from pybase_pipelines.ledger.views import JobView, ObjectRef

MAX_RESULT_BYTES = 256 * 1024
MAX_ERROR_DETAIL_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """One version of an object, as a listing or a message showed it.

    Its identity is (bucket, object_key, ETag, extractor, options); the version id counts only where there is no ETag,
    because a listing shows ETags and no version ids, and both ways must come to the same job. Which extractor will
    read it is not known before its content was looked at, so `extractor` is "auto" unless a person named a format.
    """

    bucket: str
    object_key: str
    etag: str | None = None
    version_id: str | None = None
    size: int | None = None
    uploaded_at: datetime | None = None
    filename: str | None = None
    file_url: str | None = None
    extractor: str = AUTO
    options: Mapping[str, Any] = field(default_factory=dict)
    record_id: str | None = None
    field_id: str | None = None
    attachment_id: str | None = None
    priority: int = DEFAULT_PRIORITY
    max_retries: int = DEFAULT_MAX_RETRIES
    sidecar_etag: str | None = None
    """Which version of the sidecar asks for this job; None for a job that the file itself asks for."""

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(self.bucket, self.object_key)

    @property
    def version(self) -> str:
        return (self.etag or "").strip('"') or self.version_id or ""

    @property
    def options_hash(self) -> str:
        return digest_json(self.options)

    @property
    def identity(self) -> str:
        asked = [self.bucket, self.object_key, self.version, self.extractor, self.options_hash]
        return digest_json(asked if self.sidecar_etag is None else [*asked, self.sidecar_etag])

    @property
    def is_plain(self) -> bool:
        """Nobody asked for anything special: any job of this version will do."""
        return self.extractor == AUTO and not self.options and self.sidecar_etag is None

    @property
    def options_source(self) -> str | None:
        return OptionsSource.UPLOAD if self.extractor != AUTO or self.options else None


class OptionsSource(StrEnum):
    """Who asked for a job's options: the upload itself, a sidecar beside the file, or the object's metadata."""

    UPLOAD = "upload"
    SIDECAR = "sidecar"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A version of the sidecar of a file; `object_key` is the file's."""

    bucket: str
    object_key: str
    etag: str

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(self.bucket, self.object_key)


@dataclass(frozen=True, slots=True)
class Instructions:
    """What is asked of one file beside or in its object, as it was when the file was downloaded.

    `sidecar_etag` is empty where there is no sidecar. `source` None: nothing is asked.
    """

    source: OptionsSource | None = None
    sidecar_etag: str = ""
    extractor: str = AUTO
    options: Mapping[str, Any] = field(default_factory=dict)
    record_id: str | None = None
    field_id: str | None = None
    attachment_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedUpload:
    """An object that no database can name (a NUL or half a character in its key)."""

    upload: Upload
    reason: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of the uploads. `new`: jobs made. `revived`: an older version is the current one again.

    `superseded`: ids of the jobs that newer versions replaced. `known` and `stale` (older than the current one) are
    counts: nothing was done.
    """

    new: tuple[JobView, ...] = ()
    revived: tuple[JobView, ...] = ()
    superseded: tuple[str, ...] = ()
    known: int = 0
    stale: int = 0
    refused: tuple[RefusedUpload, ...] = ()

    def __add__(self, other: Registration) -> Registration:
        return Registration(
            new=self.new + other.new,
            revived=self.revived + other.revived,
            superseded=self.superseded + other.superseded,
            known=self.known + other.known,
            stale=self.stale + other.stale,
            refused=self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of a run. (`run_id`, `attempt`) is the fence: writes with an old one are refused.

    `last_error_code` is why the attempt before ended, so that a file that ran out of memory can be given more.
    """

    job_id: str
    run_id: str
    attempt: int
    filename: str
    file_url: str
    file_size: int | None
    bucket: str | None
    object_key: str | None
    etag: str | None
    version_id: str | None
    extractor: str
    options: dict[str, Any]
    options_hash: str
    options_source: str | None
    retry_count: int
    death_count: int
    last_error_code: str | None
    started_at: datetime

    @property
    def ref(self) -> ObjectRef | None:
        return None if self.bucket is None or self.object_key is None else ObjectRef(self.bucket, self.object_key)


class Observation(BaseModel):
    """What was seen of a file, however it ended. None means not known, and leaves what the row already says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str | None = None
    format_version: str | None = None
    extractor_name: str | None = None
    extractor_version: str | None = None
    content_hash: str | None = None
    file_size: int | None = None
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None


class Outcome(Observation):
    """The end of a good attempt. `result` is a summary of at most 256 KiB; the whole lies at `result_path`."""

    result: dict[str, Any] = Field(default_factory=dict)
    result_path: str | None = None
    result_bytes: int | None = None
    result_sha256: str | None = None
    warnings_count: int = 0
    is_partial: bool = False
    duplicate_of: str | None = None


class JobFailure(Observation):
    """The end of a bad attempt: a code of `errors.JOB_ERRORS`, words for a person, and bounded details.

    A failed file may have a document too (what a partial extraction kept, or the failure's own envelope).
    """

    code: str
    message: str
    hint: str | None = None
    detail: dict[str, Any] | None = None
    result_path: str | None = None
    result_bytes: int | None = None
    result_sha256: str | None = None
    warnings_count: int = 0

    @classmethod
    def of(cls, error: PybaseError, **seen: Any) -> Self:
        """The failure that an error means; `seen` are the other fields."""
        return cls(code=error.code, message=error.message, hint=error.hint, **seen)


class TwinKey(NamedTuple):
    """What two jobs must have in common for one result to serve both."""

    content_hash: str
    extractor_name: str
    extractor_version: str
    options_hash: str


class RunEnding(StrEnum):
    """How a run ended that still holds jobs, and so what becomes of them.

    DIED: its process is gone. Jobs whose file was being read count a crash; the others are tried again.
    GAVE_UP: it ended by itself, since its surroundings failed for too long. No file is to blame: all are tried again.
    TERMINATED: a person stopped it. Its jobs are cancelled, or else they would be launched again at once.
    RELEASED: it was stopped for a reason that is no file's fault (a deployment). Nothing is counted.
    """

    DIED = "died"
    GAVE_UP = "gave_up"
    TERMINATED = "terminated"
    RELEASED = "released"
