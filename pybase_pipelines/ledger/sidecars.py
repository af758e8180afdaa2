"""What is asked of a file beside it: sidecars that came or changed after it, and what a download read of them.

The options of a file are read when it is downloaded, never at discovery, so a listing needs no request for each object.
Reading them again is harmless: the row takes what is there now. Discovery only compares the sidecar's ETag, which the
listing shows anyway, with the one that the row's last download read. Where they differ the file gets a new job, and
the older one is superseded; equal content with equal options is then copied, not read again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pybase_pipelines.ledger.access import CURRENT, LedgerAccess, chunk, chunk_by_bucket, lock_all, view_all
from pybase_pipelines.ledger.changes import reset, revive
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.records import Claim, Instructions, OptionsSource, Sidecar, Upload
from pybase_pipelines.ledger.registration import lock_registration, make_row
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.texts import digest_json
from pybase_pipelines.ledger.views import JobView, ObjectRef

_IS_OPEN_TO_SIDECARS = CURRENT & or_(
    ExtractionJob.options_source.is_(None), ExtractionJob.options_source != OptionsSource.UPLOAD
)
_HAS_BEEN_READ = (Status.COMPLETED, Status.FAILED)


class JobSidecars(LedgerAccess):
    """The part of the job service that minds what is asked beside a file."""

    def register_sidecars(self, sidecars: Iterable[Sidecar]) -> list[JobView]:
        """Make a new job for each file whose sidecar is another one than it was read with; may be repeated.

        Nothing is done for a file that is unknown, that still waits (its download reads the sidecar), that a person
        cancelled, or whose options came with the upload itself.
        """
        by_ref = {sidecar.ref: sidecar for sidecar in sidecars}
        changed = self._find_changed(by_ref)
        made: list[JobView] = []
        for part in chunk([by_ref[ref] for ref in changed]):
            with self.writing() as session:
                lock_registration(session)
                ids = [self._register_one(session, sidecar) for sidecar in part]
                session.flush()
                made += view_all(session, select(ExtractionJob).where(ExtractionJob.id.in_([i for i in ids if i])))
        return made

    def record_instructions(self, read: Sequence[tuple[Claim, Instructions]]) -> None:
        """Keep what a download read beside its files; a job that is no longer ours is left alone.

        Options that came with the upload itself stay. Ids: the sidecar's, else the upload's, else the metadata's.
        """
        by_id = {claim.job_id: (claim, instructions) for claim, instructions in read}
        for part in chunk(sorted(by_id)):
            with self.writing() as session:
                for job in lock_all(session, ExtractionJob.id.in_(part), ExtractionJob.status == Status.PROCESSING):
                    claim, instructions = by_id[job.id]
                    if (job.claimed_by, job.attempts) == (claim.run_id, claim.attempt):
                        _take_over(job, instructions)

    def _find_changed(self, sidecars: dict[ObjectRef, Sidecar]) -> list[ObjectRef]:
        changed: list[ObjectRef] = []
        with self.reading() as session:
            for bucket, object_keys in chunk_by_bucket(sidecars):
                for ref, jobs in _find_jobs(session, bucket, object_keys).items():
                    if _is_read_otherwise(jobs[0], sidecars[ref]):
                        changed.append(ref)
        return changed

    def _register_one(self, session: Session, sidecar: Sidecar) -> str | None:
        jobs = _find_jobs(session, sidecar.bucket, [sidecar.object_key]).get(sidecar.ref)
        if jobs is None or not _is_read_otherwise(jobs[0], sidecar):
            return None
        now, newest = self.clock(), jobs[0]
        upload = _make_upload(newest, sidecar)
        same = lock_all(session, ExtractionJob.identity == upload.identity)
        job_id = same[0].id if same else str(uuid.uuid4())
        if same:
            revive(same[0])
            reset(same[0])
            same[0].sidecar_etag = sidecar.etag
        else:
            session.add(ExtractionJob(**make_row(job_id, upload, now)))
        for job in jobs:
            if job.id != job_id:
                job.superseded_at, job.superseded_by = now, job_id
        return job_id


def _find_jobs(session: Session, bucket: str, object_keys: Sequence[str]) -> dict[ObjectRef, list[ExtractionJob]]:
    """The current jobs of objects, newest first, that a sidecar has a say in."""
    statement = select(ExtractionJob).where(
        _IS_OPEN_TO_SIDECARS, ExtractionJob.bucket == bucket, ExtractionJob.object_key.in_(object_keys)
    )
    found: dict[ObjectRef, list[ExtractionJob]] = {}
    for job in session.scalars(statement.order_by(ExtractionJob.created_at.desc(), ExtractionJob.id.desc())):
        found.setdefault(ObjectRef(bucket, job.object_key or ""), []).append(job)
    return found


def _is_read_otherwise(job: ExtractionJob, sidecar: Sidecar) -> bool:
    """Whether the file was read with another sidecar, or with none; one that is being downloaded is not there yet."""
    if job.status == Status.PROCESSING:
        return job.sidecar_etag is not None and job.sidecar_etag != sidecar.etag
    return job.status in _HAS_BEEN_READ and job.sidecar_etag != sidecar.etag


def _make_upload(job: ExtractionJob, sidecar: Sidecar) -> Upload:
    return Upload(
        bucket=sidecar.bucket,
        object_key=sidecar.object_key,
        etag=job.etag,
        version_id=job.version_id,
        size=job.file_size,
        uploaded_at=job.uploaded_at,
        filename=job.filename,
        file_url=job.file_url,
        record_id=job.record_id,
        field_id=job.field_id,
        attachment_id=job.attachment_id,
        priority=job.priority,
        max_retries=job.max_retries,
        sidecar_etag=sidecar.etag,
    )


def _take_over(job: ExtractionJob, read: Instructions) -> None:
    job.sidecar_etag = read.sidecar_etag
    if job.options_source != OptionsSource.UPLOAD:
        job.extractor, job.options = read.extractor, dict(read.options)
        job.options_hash = digest_json(read.options)
        job.options_source = read.source
    for name in ("record_id", "field_id", "attachment_id"):
        value = getattr(read, name)
        if value is not None and (read.source is OptionsSource.SIDECAR or getattr(job, name) is None):
            setattr(job, name, value)
