"""What is said of a job whose run is over, and which has no word of its own: whose fault it was, within bounds.

What belongs here: the failure that stands in the row. What does not: whether it is tried again (`retries`).
"""

from __future__ import annotations

from typing import Any

from pybase_pipelines.errors import ExtractorCrashed, ServiceUnavailable
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.records import MAX_ERROR_DETAIL_BYTES, JobFailure
from pybase_pipelines.ledger.texts import to_json


def blame(job: ExtractionJob, run_id: str, reason: str | None) -> JobFailure:
    """The failure of a job whose run was killed: the file's, if it was being read; else that of the run."""
    cause = reason or f"The run {run_id} ended without a word"
    if job.heartbeat_at is None:
        return JobFailure(
            code=ServiceUnavailable.code,
            message=f"{cause}, before this file was read.",
            hint="The run that should have read the file died; the file itself was not touched.",
        )
    where = f" in the stage '{job.stage}'" if job.stage else ""
    return JobFailure.of(ExtractorCrashed(f"{cause}, while this file was being read{where}."))


def excuse(run_id: str, reason: str | None, code: str) -> JobFailure:
    """The failure of a job whose run ended by itself, because something that it needed was away."""
    return JobFailure(
        code=code,
        message=f"The run {run_id} gave up: {reason or 'its surroundings failed'}",
        hint="The file is not at fault: what the run needed was away for too long.",
    )


def bound_detail(detail: dict[str, Any] | None) -> dict[str, Any] | None:
    """The detail, or its beginning as text where it is larger than a row should hold; it says so itself."""
    if detail is None:
        return None
    text = to_json(detail)
    size = len(text.encode())
    if size <= MAX_ERROR_DETAIL_BYTES:
        return detail
    return {"truncated_from_bytes": size, "beginning": text[: MAX_ERROR_DETAIL_BYTES // 4]}
