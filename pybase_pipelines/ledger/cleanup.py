"""Rows that nobody needs any more, and rows that will never end by themselves.

What belongs here: which rows these are, and changing them. What does not: asking the object store
(`orchestration.cleanup`). A current object's row is never removed: discovery would register the object again, and a
paid reading would be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from pybase_pipelines.errors import ObjectVanished
from pybase_pipelines.ledger.access import LedgerAccess, chunk, lock_all
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.retries import RULES
from pybase_pipelines.ledger.states import FINISHED, Status
from pybase_pipelines.ledger.views import ObjectRef

_IS_FINISHED = ExtractionJob.status.in_(FINISHED)
_RETRIED_CODES = sorted(code for code, rule in RULES.items() if rule.times > 0)


@dataclass(frozen=True, slots=True)
class OldJob:
    """A job that can be removed, and where its result document lies."""

    job_id: str
    result_path: str | None


@dataclass(frozen=True, slots=True)
class LongPending:
    """A job that has waited for long; `ref` is None for a file outside a bucket."""

    job_id: str
    ref: ObjectRef | None


@dataclass(frozen=True, slots=True)
class KnownResult:
    """Where a job's result lies, and the attempt that may be writing another one just now."""

    result_path: str | None
    attempt_at_work: int | None


class JobCleanup(LedgerAccess):
    """The part of the job service that keeps the ledger tidy."""

    def list_old_jobs(self, before: datetime, *, after: str = "", limit: int = 1000) -> list[OldJob]:
        """Finished jobs of versions that were replaced or deleted before then, by id, page by page."""
        statement = select(ExtractionJob.id, ExtractionJob.result_path).where(_is_old(before), ExtractionJob.id > after)
        with self.reading() as session:
            rows = session.execute(statement.order_by(ExtractionJob.id).limit(limit))
            return [OldJob(job_id, result_path) for job_id, result_path in rows]

    def remove_jobs(self, job_ids: Sequence[str], before: datetime) -> list[str]:
        """Remove rows, those only that still are old; the answer is which."""
        removed: list[str] = []
        for part in chunk(job_ids):
            with self.writing() as session:
                ids = [job.id for job in lock_all(session, ExtractionJob.id.in_(part), _is_old(before))]
                session.execute(delete(ExtractionJob).where(ExtractionJob.id.in_(ids)))
                removed += ids
        return removed

    def list_long_pending(self, before: datetime, *, after: str = "", limit: int = 1000) -> list[LongPending]:
        """Jobs that are due and pending since before then, by id, page by page; what waits for its time is not."""
        columns = (ExtractionJob.id, ExtractionJob.bucket, ExtractionJob.object_key)
        statement = select(*columns).where(_is_long_pending(before), ExtractionJob.id > after)
        with self.reading() as session:
            rows = session.execute(statement.order_by(ExtractionJob.id).limit(limit))
            return [
                LongPending(job_id, ObjectRef(bucket, object_key) if bucket and object_key else None)
                for job_id, bucket, object_key in rows
            ]

    def fail_orphans(self, job_ids: Sequence[str], before: datetime) -> int:
        """Close jobs that wait for a file that is not there. Should it come back, discovery makes a new job."""
        now, closed = self.clock(), 0
        for part in chunk(job_ids):
            with self.writing() as session:
                for job in lock_all(session, ExtractionJob.id.in_(part), _is_long_pending(before)):
                    job.status, job.completed_at, job.deleted_at = Status.FAILED, now, now
                    job.request_id = job.requested_at = None
                    job.error_code, job.error_hint = ObjectVanished.code, ObjectVanished.default_hint
                    job.error_message = "The job waited for more than a day, and its file is not in the bucket."
                    closed += 1
        return closed

    def count_given_up(self, before: datetime) -> int:
        """What `cancel_given_up` would cancel."""
        with self.reading() as session:
            return session.scalar(select(func.count()).select_from(ExtractionJob).where(_is_given_up(before))) or 0

    def cancel_given_up(self, before: datetime) -> int:
        """Cancel jobs whose retries were used up before then; why they failed stays in the row."""
        with self.reading() as session:
            ids = list(session.scalars(select(ExtractionJob.id).where(_is_given_up(before))))
        cancelled = 0
        for part in chunk(sorted(ids)):
            with self.writing() as session:
                for job in lock_all(session, ExtractionJob.id.in_(part), _is_given_up(before)):
                    job.status = Status.CANCELLED
                    job.error_message = f"Given up. {job.error_message or ''}".rstrip()
                    cancelled += 1
        return cancelled

    def find_results(self, job_ids: Iterable[str]) -> dict[str, KnownResult]:
        """Where the result of each job lies that exists, and which attempt is at work."""
        columns = (ExtractionJob.id, ExtractionJob.result_path, ExtractionJob.status, ExtractionJob.attempts)
        found: dict[str, KnownResult] = {}
        with self.reading() as session:
            for part in chunk(sorted(set(job_ids))):
                statement = select(*columns).where(ExtractionJob.id.in_(part))
                for job_id, result_path, status, attempts in session.execute(statement):
                    found[job_id] = KnownResult(result_path, attempts if status == Status.PROCESSING else None)
        return found


def _is_old(before: datetime) -> ColumnElement[bool]:
    is_gone = or_(ExtractionJob.superseded_at < before, ExtractionJob.deleted_at < before)
    return is_gone & _IS_FINISHED & (ExtractionJob.completed_at < before)


def _is_long_pending(before: datetime) -> ColumnElement[bool]:
    is_due = ExtractionJob.next_retry_at.is_(None)
    return (ExtractionJob.status == Status.PENDING) & is_due & (ExtractionJob.created_at < before)


def _is_given_up(before: datetime) -> ColumnElement[bool]:
    is_exhausted = ExtractionJob.error_code.in_(_RETRIED_CODES)
    return (ExtractionJob.status == Status.FAILED) & is_exhausted & (ExtractionJob.completed_at < before)
