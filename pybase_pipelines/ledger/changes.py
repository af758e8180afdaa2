"""What several parts of the service do to one row: take it, cancel it, reset it, revive it.

The caller holds the row's lock and has checked that the change makes sense.
"""

from __future__ import annotations

from datetime import datetime

from pybase_pipelines.errors import ObjectVanished
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.states import Status


def cancel(job: ExtractionJob, reason: str, now: datetime) -> None:
    """Close a job that nobody wants any more."""
    job.status = Status.CANCELLED
    job.error_message = reason
    job.completed_at = now
    job.next_retry_at = job.request_id = job.requested_at = job.claimed_by = None


def reset(job: ExtractionJob) -> None:
    """Make a job as new: pending, with its whole budget of retries. `attempts` stays, since it is part of the fence."""
    job.status = Status.PENDING
    job.retry_count = job.death_count = job.progress = 0
    job.total_cpu_seconds = 0.0
    job.error_code = job.error_message = job.error_hint = job.error_detail = job.stage = None
    job.next_retry_at = job.request_id = job.requested_at = job.claimed_by = None
    job.started_at = job.completed_at = job.duration_ms = None


def revive(job: ExtractionJob) -> None:
    """Make a job of an older version the current one again; if it never came to an end, it is pending again."""
    job.superseded_at = job.superseded_by = job.deleted_at = None
    if job.status == Status.CANCELLED or job.error_code == ObjectVanished.code:
        reset(job)


def take(job: ExtractionJob, run_id: str, now: datetime) -> None:
    """Put a job into the hands of a run, the attempt counted."""
    job.status = Status.PROCESSING
    job.attempts += 1
    job.claimed_by = job.run_id = run_id
    job.started_at, job.completed_at, job.duration_ms = now, None, None
    job.progress, job.stage, job.heartbeat_at = 0, None, None
    job.request_id = job.requested_at = job.next_retry_at = None
    if job.retry_count > 0:
        job.last_retry_at = now
