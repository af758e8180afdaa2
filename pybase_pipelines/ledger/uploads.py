"""Uploads that we put into the bucket ourselves: their job at once, and a caller's idempotency key.

What belongs here: what is known of an own upload beyond what a listing shows. What does not: discovery
(`registration`).
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pybase_pipelines.errors import KeyReused, RequestError
from pybase_pipelines.ledger.access import CURRENT, lock_all, view_all
from pybase_pipelines.ledger.changes import cancel
from pybase_pipelines.ledger.model import AUTO, ExtractionJob, UploadKey
from pybase_pipelines.ledger.records import Upload
from pybase_pipelines.ledger.registration import JobRegistration
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.texts import digest_json
from pybase_pipelines.ledger.views import JobView

KEYS_ARE_KEPT = timedelta(days=30)
SENSOR_LEAD = timedelta(minutes=1)
"""A plain job of the same version that is younger than this was made by a sensor that saw our object first."""


class JobUploads(JobRegistration):
    """The part of the job service that uploads through us use."""

    def register_own_upload(self, upload: Upload) -> JobView:
        """The job of an object that we put into the bucket just now; the one that it has already, if it has one.

        Raises:
            RequestError: no database can name the object.
        """
        registration = self.register_uploads([upload])
        if registration.refused:
            raise RequestError(registration.refused[0].reason)
        with self.writing() as session:
            found = lock_all(session, ExtractionJob.identity == upload.identity)
            if not found:
                return self.latest_jobs_for_objects([upload.ref])[upload.ref]
            self._overtake_sensor(session, found[0], upload)
            session.flush()
            return JobView.model_validate(found[0])

    def reserve_key(self, key: str, fingerprint: str) -> JobView | None:
        """Take an idempotency key for a request; the job, where the same request was answered before.

        None also where the same request is being answered just now, or was left unfinished: it then goes on, since
        the same key leads to the same object, and the same object to the same job.

        Raises:
            KeyReused: the key belongs to another request.
        """
        digest, now = _digest(key), self.clock()
        values = {"key_digest": digest, "fingerprint": fingerprint, "created_at": now}
        with self.writing() as session:
            session.execute(delete(UploadKey).where(UploadKey.created_at < now - KEYS_ARE_KEPT))
            dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
            session.execute(dialect.insert(UploadKey).on_conflict_do_nothing(), [values])
            row = session.scalars(select(UploadKey).where(UploadKey.key_digest == digest)).one()
            if row.fingerprint != fingerprint:
                raise KeyReused("This Idempotency-Key was used before, with another file or other fields.")
            jobs = view_all(session, select(ExtractionJob).where(ExtractionJob.id == row.job_id)) if row.job_id else []
        return jobs[0] if jobs else None

    def complete_key(self, key: str, job_id: str) -> None:
        """Note which job a reserved key led to."""
        with self.writing() as session:
            session.execute(update(UploadKey).where(UploadKey.key_digest == _digest(key)).values(job_id=job_id))

    def _overtake_sensor(self, session: Session, job: ExtractionJob, upload: Upload) -> None:
        """Make good what a sensor could not know that listed our object before we had registered it."""
        for name in ("record_id", "field_id", "attachment_id"):
            if getattr(job, name) is None:
                setattr(job, name, getattr(upload, name))
        if upload.is_plain:
            return
        now = self.clock()
        plain = lock_all(
            session,
            CURRENT,
            ExtractionJob.bucket == upload.bucket,
            ExtractionJob.object_key == upload.object_key,
            or_(ExtractionJob.etag == job.etag, ExtractionJob.version_id == job.version_id),
            ExtractionJob.extractor == AUTO,
            ExtractionJob.options_hash == digest_json({}),
            ExtractionJob.status == Status.PENDING,
            ExtractionJob.created_at >= now - SENSOR_LEAD,
        )
        for other in plain:
            other.superseded_at, other.superseded_by = now, job.id
            cancel(other, "The upload asked for an extractor or options; another job reads the file so.", now)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
