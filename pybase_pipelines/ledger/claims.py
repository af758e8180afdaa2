"""Who holds a job: claim, work with no transaction open, finish; and what becomes of jobs whose run is gone.

The attempt is counted before the work, so a file that kills its process cannot loop for ever. Every later write names
the claim (run and attempt); when another run took the job over, it changes nothing and raises ClaimLost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pybase_pipelines.errors import ClaimLost, InternalError, ObjectVanished, ServiceUnavailable
from pybase_pipelines.ledger.access import chunk, lock_all, view_all
from pybase_pipelines.ledger.blame import blame, bound_detail, excuse
from pybase_pipelines.ledger.changes import cancel, take
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.pauses import JobPauses, Pause, set_aside
from pybase_pipelines.ledger.records import (
    MAX_RESULT_BYTES,
    Claim,
    JobFailure,
    Observation,
    Outcome,
    RunEnding,
)
from pybase_pipelines.ledger.retries import Budget, find_rule, judge
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.texts import count_json_bytes
from pybase_pipelines.ledger.views import JobView

DEFAULT_STUCK_AFTER = timedelta(minutes=30)


class JobClaims(JobPauses):
    """The part of the job service that a run uses, and the one that cleans up after a run."""

    def claim(self, job_ids: Sequence[str], run_id: str) -> list[Claim]:
        """Take pending jobs for a run, in the order given; whether they are due does not matter.

        Jobs that this run holds already are answered again, uncounted, so that an op may be repeated. Left out is what
        is finished, cancelled, unknown or held by another run.
        """
        now = self.clock()
        claims: dict[str, Claim] = {}
        for part in chunk(job_ids):
            with self.writing() as session:
                is_ours = (ExtractionJob.status == Status.PROCESSING) & (ExtractionJob.claimed_by == run_id)
                is_claimable = (ExtractionJob.status == Status.PENDING) | is_ours
                for job in lock_all(session, ExtractionJob.id.in_(part), is_claimable):
                    if job.status == Status.PENDING:
                        take(job, run_id, now)
                    claims[job.id] = _make_claim(job, run_id)
        return [claims[job_id] for job_id in dict.fromkeys(job_ids) if job_id in claims]

    def report_progress(self, claim: Claim, percent: int, stage: str | None = None) -> None:
        """Say how far the work is (0 to 100); it also tells that the file is being read, which `close_run` needs.

        Raises:
            ClaimLost: another run has the job, or it was closed.
        """
        values: dict[str, Any] = {"progress": max(0, min(100, percent)), "heartbeat_at": self.clock()}
        if stage is not None:
            values["stage"] = stage
        with self.writing() as session:
            statement = update(ExtractionJob).where(*_fence(claim)).values(**values).returning(ExtractionJob.id)
            if session.execute(statement).first() is None:
                raise _lost(session, claim)

    def finish_completed(self, claim: Claim, outcome: Outcome) -> JobView:
        """Record a good end.

        Raises:
            ClaimLost: another run has the job, or it was closed; the result is to be discarded.
            InternalError: the summary is larger than a row may hold.
        """
        size = count_json_bytes(outcome.result)
        if size > MAX_RESULT_BYTES:
            raise InternalError(
                f"The summary of job {claim.job_id} has {size} bytes; a row holds {MAX_RESULT_BYTES}. "
                "The whole result belongs in the object store."
            )
        with self.writing() as session:
            job = _hold(session, claim)
            self._close(job, Status.COMPLETED, outcome)
            job.progress = 100
            job.error_code = job.error_message = job.error_hint = job.error_detail = None
            job.result = outcome.result
            job.warnings_count, job.is_partial = outcome.warnings_count, outcome.is_partial
            job.duplicate_of = outcome.duplicate_of
            # Also where there is none: an older attempt's document must not stand in for this result.
            job.result_path, job.result_bytes = outcome.result_path, outcome.result_bytes
            job.result_sha256 = outcome.result_sha256
            session.flush()
            return JobView.model_validate(job)

    def finish_failed(self, claim: Claim, failure: JobFailure) -> JobView:
        """Record a bad end: pending again with `next_retry_at`, or failed, as the retry table says.

        A job whose object was replaced or deleted meanwhile is cancelled instead of being tried again.

        Raises:
            ClaimLost: another run has the job, or it was closed.
        """
        with self.writing() as session:
            job = _hold(session, claim)
            self._fail(job, failure)
            if failure.result_path is not None:
                job.result_path, job.result_bytes = failure.result_path, failure.result_bytes
                job.result_sha256 = failure.result_sha256
            session.flush()
            view = JobView.model_validate(job)
        if find_rule(failure.code).pauses and view.status == Status.PENDING and view.extractor_name is not None:
            self.pause_extractor(view.extractor_name, failure.message, probe_id=view.id)
        return view

    def release(self, claim: Claim, reason: str) -> JobView:
        """Give a job back unread, as when a run has to stop: pending, due at once, no retry counted.

        Raises:
            ClaimLost: another run has the job, or it was closed.
        """
        with self.writing() as session:
            job = _hold(session, claim)
            self._put_back(job, reason)
            session.flush()
            return JobView.model_validate(job)

    def postpone(self, claim: Claim, pause: Pause) -> JobView:
        """Give a job back unread because its extractor is paused: pending until then, nothing counted.

        Raises:
            ClaimLost: another run has the job, or it was closed.
        """
        with self.writing() as session:
            job = _hold(session, claim)
            self._put_back(job, pause.reason)
            if job.status == Status.PENDING:
                set_aside(job, pause)
            session.flush()
            return JobView.model_validate(job)

    def close_run(
        self,
        run_id: str,
        ending: RunEnding = RunEnding.DIED,
        *,
        reason: str | None = None,
        code: str = ServiceUnavailable.code,
    ) -> list[JobView]:
        """Decide about the jobs that a run still holds when it is over; `RunEnding` says how. May be repeated.

        `reason` and `code` say why, where that is known.

        When a run died, a job that reported progress may be what killed it, and counts a crash (tried again once).
        One that never did is a bystander: it is tried again as if a service had failed, three times at most, so that
        a file which kills its run before any report cannot loop for ever either.
        """
        now = self.clock()
        closed: list[JobView] = []
        with self.reading() as session:
            ids = list(session.scalars(select(ExtractionJob.id).where(*_held_by(run_id))))
        for part in chunk(sorted(ids)):
            with self.writing() as session:
                jobs = lock_all(session, ExtractionJob.id.in_(part), *_held_by(run_id))
                for job in jobs:
                    if ending is RunEnding.DIED:
                        self._fail(job, blame(job, run_id, reason))
                    elif ending is RunEnding.GAVE_UP:
                        self._fail(job, excuse(run_id, reason, code))
                    elif ending is RunEnding.TERMINATED:
                        cancel(job, reason or f"The run {run_id} was stopped by a person.", now)
                    else:
                        self._put_back(job, reason or f"The run {run_id} gave the job back.")
                session.flush()
                closed += [JobView.model_validate(job) for job in jobs]
        return closed

    def find_stuck(
        self, older_than: timedelta = DEFAULT_STUCK_AFTER, live_run_ids: Collection[str] = frozenset()
    ) -> list[JobView]:
        """Jobs in processing for longer than this and held by none of the live runs; `close_run` mends them.

        A long run that lives is not stuck, so the caller asks the engine which runs live. A job that began in the
        future began before the clock was set back: nobody knows for how long it has been at work.
        """
        now = self.clock()
        is_old = (ExtractionJob.started_at <= now - older_than) | (ExtractionJob.started_at > now)
        statement = select(ExtractionJob).where(ExtractionJob.status == Status.PROCESSING, is_old)
        with self.reading() as session:
            jobs = view_all(session, statement.order_by(ExtractionJob.started_at, ExtractionJob.id))
        return [job for job in jobs if job.claimed_by not in live_run_ids]

    def list_holding_runs(self) -> list[str]:
        """The runs that hold jobs now, for the engine to be asked whether they live."""
        statement = select(ExtractionJob.claimed_by).where(ExtractionJob.status == Status.PROCESSING).distinct()
        with self.reading() as session:
            return sorted(run_id for run_id in session.scalars(statement) if run_id is not None)

    def _fail(self, job: ExtractionJob, failure: JobFailure) -> None:
        budget = Budget(
            retry_count=job.retry_count,
            death_count=job.death_count,
            max_retries=job.max_retries,
            cpu_seconds=job.total_cpu_seconds + (failure.cpu_seconds or 0.0),
            max_cpu_seconds=self.cpu_budget_seconds,
        )
        verdict = judge(failure.code, failure.message, budget, pause=self.quota_pause, jitter=self.jitter)
        is_gone = job.superseded_at is not None or job.deleted_at is not None
        may_retry = verdict.wait is not None and not is_gone
        is_void = is_gone and (verdict.wait is not None or failure.code == ObjectVanished.code)
        self._close(job, Status.PENDING if may_retry else Status.CANCELLED if is_void else Status.FAILED, failure)
        job.retry_count, job.death_count = verdict.retry_count, verdict.death_count
        job.next_retry_at = self.clock() + verdict.wait if may_retry and verdict.wait is not None else None
        job.error_code, job.error_hint = failure.code, failure.hint
        job.error_message = verdict.message if not is_void else f"The object is no longer there. {failure.message}"
        job.error_detail = bound_detail(failure.detail)
        job.warnings_count = failure.warnings_count
        if may_retry:
            job.completed_at = None
        if failure.code == ObjectVanished.code and not is_gone:
            # What the listing has not noticed yet; without it, the same version uploaded again would count as known.
            job.deleted_at = self.clock()

    def _put_back(self, job: ExtractionJob, reason: str) -> None:
        if job.superseded_at is not None or job.deleted_at is not None:
            cancel(job, f"The object is no longer there. {reason}", self.clock())
            return
        job.status = Status.PENDING
        job.error_message = reason
        job.claimed_by = job.stage = job.started_at = job.next_retry_at = None
        job.progress = 0

    def _close(self, job: ExtractionJob, status: Status, seen: Observation) -> None:
        """The end of an attempt, however it went: nobody holds the job any more, and what was seen is kept."""
        now = self.clock()
        job.status, job.completed_at = status, now
        job.claimed_by = None
        job.total_cpu_seconds += seen.cpu_seconds or 0.0
        if job.started_at is not None:
            job.duration_ms = max(0, round((now - job.started_at) / timedelta(milliseconds=1)))
        for name in Observation.model_fields:
            if (value := getattr(seen, name)) is not None:
                setattr(job, name, value)


def _fence(claim: Claim) -> tuple[Any, ...]:
    return (
        ExtractionJob.id == claim.job_id,
        ExtractionJob.status == Status.PROCESSING,
        ExtractionJob.claimed_by == claim.run_id,
        ExtractionJob.attempts == claim.attempt,
    )


def _held_by(run_id: str) -> tuple[Any, ...]:
    return (ExtractionJob.status == Status.PROCESSING, ExtractionJob.claimed_by == run_id)


def _hold(session: Session, claim: Claim) -> ExtractionJob:
    """The claimed job, locked; so nobody takes it over before this transaction ends."""
    held = lock_all(session, *_fence(claim))
    if not held:
        raise _lost(session, claim)
    return held[0]


def _lost(session: Session, claim: Claim) -> ClaimLost:
    job = session.get(ExtractionJob, claim.job_id, populate_existing=True)
    mine = f"Run {claim.run_id} no longer holds job {claim.job_id} (attempt {claim.attempt})"
    if job is None:
        return ClaimLost(f"{mine}: the row is gone.")
    holder = f", held by run {job.claimed_by}" if job.claimed_by else ""
    return ClaimLost(f"{mine}: it is {job.status} now, at attempt {job.attempts}{holder}. Its result is discarded.")


def _make_claim(job: ExtractionJob, run_id: str) -> Claim:
    return Claim(
        job_id=job.id,
        run_id=run_id,
        attempt=job.attempts,
        filename=job.filename,
        file_url=job.file_url,
        file_size=job.file_size,
        bucket=job.bucket,
        object_key=job.object_key,
        etag=job.etag,
        version_id=job.version_id,
        extractor=job.extractor,
        options=dict(job.options),
        options_hash=job.options_hash,
        options_source=job.options_source,
        retry_count=job.retry_count,
        death_count=job.death_count,
        last_error_code=job.error_code,
        started_at=job.started_at or job.updated_at,
    )
