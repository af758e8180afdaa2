"""How pending jobs get a run: which are due, which were asked for already, and which requests came to nothing.

A launch is asked for before a run exists, and the run claims its jobs later. In between a job is pending and carries a
`request_id`, so that the next tick does not launch it again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update

from pybase_pipelines.ledger.access import LedgerAccess, chunk, lock_all, view_all
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.views import DueJob, JobView, OpenRequest


class JobLaunches(LedgerAccess):
    """The part of the job service that the launching sensor uses."""

    def take_launchable(self, limit: int, now: datetime | None = None) -> list[DueJob]:
        """Pending jobs that are due and that no open request covers: by priority, then oldest first. Changes nothing.

        `mark_requested` follows; only what it answers may be launched.
        """
        now = now or self.clock()
        statement = (
            select(
                ExtractionJob.id,
                ExtractionJob.bucket,
                ExtractionJob.object_key,
                ExtractionJob.file_size,
                ExtractionJob.extractor,
                ExtractionJob.format,
                ExtractionJob.priority,
                ExtractionJob.death_count,
            )
            .where(ExtractionJob.status == Status.PENDING, self._is_due(now), self._is_free(now))
            .order_by(ExtractionJob.priority, ExtractionJob.created_at, ExtractionJob.object_key, ExtractionJob.id)
            .limit(limit)
        )
        with self.reading() as session:
            return [DueJob(*row) for row in session.execute(statement)]

    def mark_requested(self, job_ids: Sequence[str], request_id: str) -> list[str]:
        """Note that a run is asked for; the answer is which jobs this request now covers, in the order given.

        A job is left out if it is no longer pending or if another request covers it. Marking again with the same
        request renews it.
        """
        now = self.clock()
        marked: set[str] = set()
        for part in chunk(job_ids):
            with self.writing() as session:
                is_ours = self._is_free(now) | (ExtractionJob.request_id == request_id)
                for job in lock_all(session, ExtractionJob.id.in_(part), _PENDING, is_ours):
                    job.request_id, job.requested_at = request_id, now
                    marked.add(job.id)
        return [job_id for job_id in job_ids if job_id in marked]

    def renew_requests(self, request_ids: Collection[str]) -> int:
        """Keep requests from expiring whose runs still wait in a queue. The answer is how many jobs they cover."""
        return self._change_requests(request_ids, {"requested_at": self.clock()})

    def release_requests(self, request_ids: Collection[str]) -> int:
        """Make jobs launchable again whose runs never started. The answer is how many jobs became free."""
        return self._change_requests(request_ids, {"request_id": None, "requested_at": None})

    def list_open_requests(self) -> list[OpenRequest]:
        """Requests with jobs that no run has claimed yet, oldest first."""
        statement = select(ExtractionJob.request_id, ExtractionJob.requested_at, ExtractionJob.id)
        statement = statement.where(_PENDING, ExtractionJob.request_id.is_not(None))
        requests: dict[str, tuple[datetime, list[str]]] = {}
        with self.reading() as session:
            for request_id, requested_at, job_id in session.execute(statement.order_by(*_OLDEST_REQUEST_FIRST)):
                if request_id is not None and requested_at is not None:
                    requests.setdefault(request_id, (requested_at, []))[1].append(job_id)
        return [OpenRequest(request_id, when, tuple(job_ids)) for request_id, (when, job_ids) in requests.items()]

    def get_retryable_jobs(self, now: datetime | None = None, limit: int = 1000) -> list[JobView]:
        """Pending jobs that failed before and whose time to try again has come, the longest due first."""
        statement = (
            select(ExtractionJob)
            .where(_PENDING, ExtractionJob.retry_count > 0, ExtractionJob.next_retry_at.is_not(None))
            .where(self._is_due(now or self.clock()))
            .order_by(ExtractionJob.next_retry_at, ExtractionJob.id)
            .limit(limit)
        )
        with self.reading() as session:
            return view_all(session, statement)

    def _is_due(self, now: datetime) -> ColumnElement[bool]:
        """Its time has come; or its time is so far away that only a clock that was set back explains it."""
        at = ExtractionJob.next_retry_at
        return or_(at.is_(None), at <= now, at > now + self.longest_wait)

    def _is_free(self, now: datetime) -> ColumnElement[bool]:
        """No request covers it, or one that is expired: too old, or of a future from which the clock came back."""
        at = ExtractionJob.requested_at
        expired = or_(at <= now - self.request_lifetime, at > now + self.request_lifetime)
        return or_(ExtractionJob.request_id.is_(None), expired)

    def _change_requests(self, request_ids: Collection[str], values: dict[str, datetime | None]) -> int:
        changed = 0
        for part in chunk(sorted(request_ids)):
            with self.writing() as session:
                jobs = lock_all(session, _PENDING, ExtractionJob.request_id.in_(part))
                ids = [job.id for job in jobs]
                for some in chunk(ids):
                    session.execute(update(ExtractionJob).where(ExtractionJob.id.in_(some)).values(**values))
                changed += len(ids)
        return changed


_PENDING = ExtractionJob.status == Status.PENDING
_OLDEST_REQUEST_FIRST = (ExtractionJob.requested_at, ExtractionJob.request_id, ExtractionJob.id)
