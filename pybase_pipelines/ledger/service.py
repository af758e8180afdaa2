"""The one door to the ledger: `ExtractionJobService`.

Its parts are `registration` (objects become jobs), `uploads` (our own do), `launches` (jobs get runs), `claims` (runs
work on jobs) and `inventory` (what is believed to be there); here is what people and the API do with single jobs. All
answers are copies; no transaction outlives a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from pybase_pipelines.errors import InvalidTransition, JobNotFound, RequestError
from pybase_pipelines.ledger.access import CURRENT, chunk, lock_all, view_all
from pybase_pipelines.ledger.bulk import JobBulk
from pybase_pipelines.ledger.changes import cancel, reset, take
from pybase_pipelines.ledger.claims import JobClaims
from pybase_pipelines.ledger.cleanup import JobCleanup
from pybase_pipelines.ledger.inventory import JobInventory
from pybase_pipelines.ledger.launches import JobLaunches
from pybase_pipelines.ledger.model import AUTO, DEFAULT_PRIORITY, ExtractionJob
from pybase_pipelines.ledger.records import Upload
from pybase_pipelines.ledger.retries import DEFAULT_MAX_RETRIES
from pybase_pipelines.ledger.selection import JobFilter
from pybase_pipelines.ledger.sidecars import JobSidecars
from pybase_pipelines.ledger.states import FINISHED, Status, check_transition
from pybase_pipelines.ledger.statistics import JobStatistics
from pybase_pipelines.ledger.texts import digest_json
from pybase_pipelines.ledger.twins import JobTwins
from pybase_pipelines.ledger.uploads import JobUploads
from pybase_pipelines.ledger.views import JobView

BY_HAND = "by-hand"
"""Who holds a job that `update_status` put into processing."""


class ExtractionJobService(
    JobUploads, JobLaunches, JobClaims, JobInventory, JobTwins, JobSidecars, JobBulk, JobStatistics, JobCleanup
):
    """All that can be done with extraction jobs.

    Every method raises DatabaseUnavailable where the database does not answer. The tables must exist
    (`schema.upgrade`).
    """

    def create_job(
        self,
        filename: str,
        file_url: str,
        *,
        file_size: int | None = None,
        format: str | None = None,
        options: Mapping[str, Any] | None = None,
        bucket: str | None = None,
        object_key: str | None = None,
        etag: str | None = None,
        version_id: str | None = None,
        uploaded_at: datetime | None = None,
        record_id: str | None = None,
        field_id: str | None = None,
        attachment_id: str | None = None,
        priority: int = DEFAULT_PRIORITY,
        max_retries: int = DEFAULT_MAX_RETRIES,
    ) -> JobView:
        """One pending job. For an object, the job that it has already is answered instead of making a second one.

        `format` names the extractor to use; without it the content decides.
        """
        links = {"record_id": record_id, "field_id": field_id, "attachment_id": attachment_id}
        if bucket is not None and object_key is not None:
            upload = Upload(
                bucket=bucket, object_key=object_key, etag=etag, version_id=version_id, size=file_size,
                uploaded_at=uploaded_at, filename=filename, file_url=file_url, extractor=format or AUTO,
                options=options or {}, priority=priority, max_retries=max_retries, **links,
            )  # fmt: skip
            return self.register_own_upload(upload)
        job = ExtractionJob(
            filename=filename, file_url=file_url, file_size=file_size, extractor=format or AUTO,
            options=dict(options or {}), options_hash=digest_json(options or {}), uploaded_at=uploaded_at,
            priority=priority, max_retries=max_retries, created_at=self.clock(), **links,
        )  # fmt: skip
        with self.writing() as session:
            session.add(job)
            session.flush()
            return JobView.model_validate(job)

    def get_job(self, job_id: str) -> JobView:
        """The job with this id.

        Raises:
            JobNotFound: there is none.
        """
        with self.reading() as session:
            return JobView.model_validate(_get(session, job_id))

    def find_job(self, beginning: str) -> JobView:
        """The job whose id begins so, as people copy ids from tables.

        Raises:
            JobNotFound: there is none, or there are several.
        """
        has_beginning = func.substr(ExtractionJob.id, 1, len(beginning)) == beginning
        with self.reading() as session:
            found = view_all(session, select(ExtractionJob).where(has_beginning).limit(2)) if beginning else []
        if len(found) != 1:
            number = "No job has" if not found else "Several jobs have"
            raise JobNotFound(f"{number} an id that begins with '{beginning}'.")
        return found[0]

    def get_job_by_file_url(self, file_url: str) -> JobView | None:
        """The newest job of a file."""
        with self.reading() as session:
            found = view_all(session, _newest_first().where(ExtractionJob.file_url == file_url).limit(1))
        return found[0] if found else None

    def list_jobs(
        self,
        *,
        status: str | None = None,
        format: str | None = None,
        bucket: str | None = None,
        prefix: str | None = None,
        error_code: str | None = None,
        record_id: str | None = None,
        attachment_id: str | None = None,
        current_only: bool = False,
        limit: int = 50,
        offset: int = 0,
        cursor: str | None = None,
    ) -> list[JobView]:
        """Jobs, newest first. `cursor` (the `cursor` of the last job of a page) goes on where a page ended.

        Raises:
            RequestError: the status or the cursor is none.
        """
        statement = _newest_first().limit(limit).offset(offset)
        if status is not None and status not in set(Status):
            raise RequestError(f"'{status}' is no status. There are: {', '.join(Status)}.")
        wanted = {
            "status": status, "format": format, "bucket": bucket, "error_code": error_code,
            "record_id": record_id, "attachment_id": attachment_id,
        }  # fmt: skip
        statement = statement.filter_by(**{name: value for name, value in wanted.items() if value is not None})
        if prefix:
            # Not LIKE, which ignores case on SQLite.
            statement = statement.where(func.substr(ExtractionJob.object_key, 1, len(prefix)) == prefix)
        if current_only:
            statement = statement.where(CURRENT)
        if cursor is not None:
            statement = statement.where(tuple_(ExtractionJob.created_at, ExtractionJob.id) < _parse_cursor(cursor))
        with self.reading() as session:
            return view_all(session, statement)

    def update_status(self, job_id: str, status: str, *, error_message: str | None = None) -> JobView:
        """Change a status by hand, setting the times that belong to it. A run uses `claim` and `finish_...` instead.

        Raises:
            JobNotFound: there is no such job.
            InvalidTransition: the change makes no sense.
        """
        with self.writing() as session:
            job = _get_locked(session, job_id)
            check_transition(job.id, job.status, status)
            now = self.clock()
            if status == Status.PENDING:
                _check_current(job)
                reset(job)
            elif status == Status.CANCELLED:
                cancel(job, error_message or "Cancelled.", now)
            elif status == Status.PROCESSING:
                take(job, BY_HAND, now)
            else:
                job.status, job.completed_at = status, now
                job.claimed_by = job.next_retry_at = None
                if job.started_at is not None:
                    job.duration_ms = round((now - job.started_at) / timedelta(milliseconds=1))
            if error_message is not None:
                job.error_message = error_message
            session.flush()
            return JobView.model_validate(job)

    def retry_job(self, job_id: str) -> JobView:
        """Try a failed or cancelled job again, with its whole budget; one that waits for its time is due at once.

        Raises:
            JobNotFound: there is no such job.
            InvalidTransition: it is at work, due or completed, or its object was replaced or deleted.
        """
        if self.retry_jobs(JobFilter(job_ids=(job_id,))):
            return self.get_job(job_id)
        job = self.get_job(job_id)
        _check_current(job)
        raise InvalidTransition(f"Job {job.id} is {job.status}; only failed and cancelled jobs can be retried.")

    def cancel_job(self, job_id: str, reason: str = "Cancelled by a person.") -> JobView:
        """Cancel a pending or processing job. The run that holds it finds its claim lost.

        Raises:
            JobNotFound: there is no such job.
            InvalidTransition: it is finished.
        """
        with self.writing() as session:
            job = _get_locked(session, job_id)
            if job.status in FINISHED:
                raise InvalidTransition(f"Job {job.id} is {job.status} already and cannot be cancelled.")
            cancel(job, reason, self.clock())
            session.flush()
            return JobView.model_validate(job)

    def requeue_for_partition(
        self, objects: Iterable[tuple[str, str]], *, include_completed: bool = False
    ) -> list[JobView]:
        """Make the jobs of objects claimable that a person asked the engine to run again.

        Failed and cancelled ones become pending with their whole budget; completed ones only on request (the
        extractor is newer). The answer is all current jobs of these objects, whatever their status. Not for a run that
        the engine repeats by itself: permanent failures would then be read again and again.
        """
        wanted = {Status.FAILED, Status.CANCELLED} | ({Status.COMPLETED} if include_completed else set())
        refs = list(objects)
        ids = [
            view.id for views in self.current_jobs_for_objects(refs).values() for view in views if view.status in wanted
        ]
        for part in chunk(sorted(ids)):
            with self.writing() as session:
                for job in lock_all(session, ExtractionJob.id.in_(part), ExtractionJob.status.in_(wanted), CURRENT):
                    reset(job)
        return [view for views in self.current_jobs_for_objects(refs).values() for view in views]


def _newest_first() -> Select[ExtractionJob]:
    return select(ExtractionJob).order_by(ExtractionJob.created_at.desc(), ExtractionJob.id.desc())


def _get(session: Session, job_id: str) -> ExtractionJob:
    job = session.get(ExtractionJob, job_id)
    if job is None:
        raise JobNotFound(f"There is no job {job_id}.")
    return job


def _get_locked(session: Session, job_id: str) -> ExtractionJob:
    jobs = lock_all(session, ExtractionJob.id == job_id)
    return jobs[0] if jobs else _get(session, job_id)


def _check_current(job: ExtractionJob | JobView) -> None:
    if job.superseded_at is not None:
        raise InvalidTransition(f"Job {job.id} is of an older version; retry job {job.superseded_by} instead.")
    if job.deleted_at is not None:
        raise InvalidTransition(f"Job {job.id} cannot be retried: its object was deleted.")


def _parse_cursor(cursor: str) -> tuple[datetime, str]:
    created_at, _, job_id = cursor.partition("|")
    try:
        return datetime.fromisoformat(created_at).astimezone(UTC), job_id
    except (ValueError, OverflowError) as error:
        raise RequestError(f"'{cursor}' is not where a list of jobs ended.") from error
