"""How objects become jobs: registering uploads, newer versions, deletions, and what a listing shows that is new.

Everything here may be repeated and may run in several processes at once: the outcome is the same. Discovery goes by
difference (is this version known?), never by time; times only tell a late message from a new one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pybase_pipelines.ledger.access import CURRENT, LedgerAccess, chunk, chunk_by_bucket, lock_all, view_all
from pybase_pipelines.ledger.changes import cancel, revive
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.records import RefusedUpload, Registration, Upload
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.texts import is_storable
from pybase_pipelines.ledger.views import JobView, ObjectRef

_REGISTRATION_LOCK = 7_205_759_403_792_794
"""PostgreSQL's advisory lock: two writers that register two versions of one object must see each other's."""


@dataclass(slots=True)
class _Plan:
    """What a chunk of uploads changes; made while no other writer can change it."""

    inserts: dict[str, Upload] = field(default_factory=dict)
    revived: list[str] = field(default_factory=list)
    replaced: dict[str, str] = field(default_factory=dict)
    known: int = 0
    stale: int = 0


class JobRegistration(LedgerAccess):
    """The part of the job service that intake uses."""

    def register_uploads(
        self, uploads: Sequence[Upload], *, seen_now: bool = True, hold_back: str | None = None
    ) -> Registration:
        """Make one job for each object version, extractor and options that has none yet.

        A version that differs from the current one replaces it: older jobs of the object are marked superseded, and
        cancelled if they are pending. A version that is back (the object was overwritten or deleted, and is again what
        it was) is revived: what is finished stays finished. An upload that asks for nothing special (extractor "auto",
        no options) is known as soon as its version has any current job.

        Args:
            uploads: in the order in which they were seen; for one object, the last one counts.
            seen_now: they lie in the bucket now (a listing, an own upload). False for messages, which may come late:
                an upload older than its object's current job is then stale and changes nothing.
            hold_back: why new jobs are made cancelled instead of pending, until a person asks for them.
        """
        accepted: dict[tuple[str, ...], Upload] = {}
        refused: list[RefusedUpload] = []
        for upload in uploads:
            if is_storable(upload.bucket + upload.object_key):
                asked = (upload.bucket, upload.object_key, upload.extractor, upload.options_hash)
                accepted.pop(asked, None)
                accepted[asked] = upload
            else:
                refused.append(RefusedUpload(upload, "The object's key holds a character that no database stores."))
        registration = Registration(refused=tuple(refused))
        for part in chunk(list(accepted.values())):
            with self.writing() as session:
                registration += self._register(session, part, seen_now, hold_back)
        return registration

    def find_unknown(self, uploads: Sequence[Upload]) -> list[Upload]:
        """Which of these (a page of a listing) need `register_uploads`: new, newer or back again. Changes nothing."""
        unknown: list[Upload] = []
        with self.reading() as session:
            for part in chunk(uploads):
                versions = _find_current_versions(session, {upload.ref for upload in part})
                unknown += [upload for upload in part if upload.version not in versions.get(upload.ref, ())]
        return unknown

    def mark_deleted(self, bucket: str, object_keys: Iterable[str]) -> list[JobView]:
        """Note that objects are gone: their jobs keep their results, and pending ones are cancelled."""
        now = self.clock()
        marked: list[JobView] = []
        for part in chunk(sorted(set(filter(is_storable, object_keys)))):
            with self.writing() as session:
                jobs = lock_all(
                    session,
                    ExtractionJob.bucket == bucket,
                    ExtractionJob.object_key.in_(part),
                    ExtractionJob.deleted_at.is_(None),
                )
                for job in jobs:
                    job.deleted_at = now
                    if job.status == Status.PENDING:
                        cancel(job, "The object was deleted before it was read.", now)
                session.flush()
                marked += [JobView.model_validate(job) for job in jobs]
        return marked

    def latest_jobs_for_objects(self, objects: Iterable[tuple[str, str]]) -> dict[ObjectRef, JobView]:
        """The newest job of each object's current version; an object that was deleted or never seen is left out."""
        return {ref: views[0] for ref, views in self.current_jobs_for_objects(objects).items()}

    def current_jobs_for_objects(self, objects: Iterable[tuple[str, str]]) -> dict[ObjectRef, tuple[JobView, ...]]:
        """All jobs of each object's current version, newest first.

        There are several where one file was asked for with several options.
        """
        found: dict[ObjectRef, list[JobView]] = {}
        wanted = {ObjectRef(*item) for item in objects}
        with self.reading() as session:
            for bucket, part in chunk_by_bucket(wanted):
                statement = select(ExtractionJob).where(
                    CURRENT, ExtractionJob.bucket == bucket, ExtractionJob.object_key.in_(part)
                )
                newest_first = statement.order_by(ExtractionJob.created_at.desc(), ExtractionJob.id.desc())
                for view in view_all(session, newest_first):
                    found.setdefault(ObjectRef(bucket, view.object_key or ""), []).append(view)
        return {ref: tuple(views) for ref, views in found.items()}

    def _register(
        self, session: Session, uploads: Sequence[Upload], seen_now: bool, hold_back: str | None
    ) -> Registration:
        lock_registration(session)
        now = self.clock()
        rows = _find_related(session, uploads)
        plan = _plan(uploads, rows, seen_now)
        _insert(session, plan.inserts, now, hold_back)
        changed = lock_all(session, ExtractionJob.id.in_([*plan.revived, *plan.replaced])) if rows else []
        for job in changed:
            if job.id in plan.replaced:
                job.superseded_at, job.superseded_by = now, plan.replaced[job.id]
                if job.status == Status.PENDING:
                    cancel(job, "A newer version of the object replaced this one before it was read.", now)
            else:
                revive(job)
        session.flush()
        made = view_all(session, select(ExtractionJob).where(ExtractionJob.id.in_(list(plan.inserts))))
        order = {job_id: place for place, job_id in enumerate(plan.inserts)}
        return Registration(
            new=tuple(sorted(made, key=lambda view: order[view.id])),
            revived=tuple(JobView.model_validate(job) for job in changed if job.id not in plan.replaced),
            superseded=tuple(plan.replaced),
            known=plan.known + len(plan.inserts) - len(made),
            stale=plan.stale,
        )


def lock_registration(session: Session) -> None:
    """Keep other writers from registering until the transaction ends; on SQLite there is only one anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _REGISTRATION_LOCK})


def _version_of(job: Any) -> str:
    return job.etag or job.version_id or ""


def _find_current_versions(session: Session, refs: set[ObjectRef]) -> dict[ObjectRef, set[str]]:
    versions: dict[ObjectRef, set[str]] = {}
    columns = select(ExtractionJob.object_key, ExtractionJob.etag, ExtractionJob.version_id)
    for bucket, part in chunk_by_bucket(refs):
        statement = columns.where(CURRENT, ExtractionJob.bucket == bucket, ExtractionJob.object_key.in_(part))
        for row in session.execute(statement):
            versions.setdefault(ObjectRef(bucket, row.object_key), set()).add(_version_of(row))
    return versions


def _find_related(session: Session, uploads: Sequence[Upload]) -> list[ExtractionJob]:
    """The current jobs of the uploads' objects, and whatever job has an upload's identity."""
    jobs: dict[str, ExtractionJob] = {}
    for bucket, part in chunk_by_bucket({upload.ref for upload in uploads}):
        is_current = CURRENT & (ExtractionJob.bucket == bucket) & ExtractionJob.object_key.in_(part)
        jobs |= {job.id: job for job in session.scalars(select(ExtractionJob).where(is_current))}
    has_identity = ExtractionJob.identity.in_([upload.identity for upload in uploads])
    jobs |= {job.id: job for job in session.scalars(select(ExtractionJob).where(has_identity))}
    return list(jobs.values())


def _plan(uploads: Sequence[Upload], rows: Sequence[ExtractionJob], seen_now: bool) -> _Plan:
    """Decide what each upload means, given the current jobs of its object and the job of its identity, if any."""
    plan = _Plan()
    current: dict[ObjectRef, list[ExtractionJob]] = {}
    for row in rows:
        if row.superseded_at is None and row.deleted_at is None:
            current.setdefault(ObjectRef(row.bucket or "", row.object_key or ""), []).append(row)
    by_identity = {row.identity: row for row in rows}
    for upload in uploads:
        jobs = current.get(upload.ref, [])
        same = by_identity.get(upload.identity)
        has_version = any(_version_of(job) == upload.version for job in jobs)
        if (same is not None and same in jobs) or (has_version and upload.is_plain):
            plan.known += 1
        elif not seen_now and _is_late(upload, jobs):
            plan.stale += 1
        else:
            job_id = same.id if same is not None else str(uuid.uuid4())
            if same is not None:
                plan.revived.append(job_id)
            else:
                plan.inserts[job_id] = upload
            plan.replaced |= {job.id: job_id for job in jobs if _version_of(job) != upload.version}
    return plan


def _is_late(upload: Upload, jobs: Iterable[ExtractionJob]) -> bool:
    times = [job.uploaded_at for job in jobs if job.uploaded_at is not None]
    return upload.uploaded_at is not None and any(upload.uploaded_at < time for time in times)


def _insert(session: Session, uploads: dict[str, Upload], now: datetime, hold_back: str | None) -> None:
    if not uploads:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    # The lock above keeps our own writers apart; this keeps a writer that does not know the lock from failing us.
    statement = dialect.insert(ExtractionJob).on_conflict_do_nothing(index_elements=["identity"])
    state: dict[str, Any] = {"status": Status.PENDING}
    if hold_back is not None:
        state = {"status": Status.CANCELLED, "error_message": hold_back, "completed_at": now}
    session.execute(statement, [make_row(job_id, upload, now) | state for job_id, upload in uploads.items()])


def make_row(job_id: str, upload: Upload, now: datetime) -> dict[str, Any]:
    """The columns of a new job."""
    return {
        "id": job_id,
        "filename": upload.filename or upload.object_key.rstrip("/").rpartition("/")[2] or upload.object_key,
        "file_url": upload.file_url or f"s3://{upload.bucket}/{upload.object_key}",
        "file_size": upload.size,
        "bucket": upload.bucket,
        "object_key": upload.object_key,
        "etag": (upload.etag or "").strip('"') or None,
        "version_id": upload.version_id,
        "identity": upload.identity,
        "uploaded_at": upload.uploaded_at,
        "extractor": upload.extractor,
        "options": dict(upload.options),
        "options_hash": upload.options_hash,
        "options_source": upload.options_source,
        "sidecar_etag": upload.sidecar_etag,
        "record_id": upload.record_id,
        "field_id": upload.field_id,
        "attachment_id": upload.attachment_id,
        "priority": upload.priority,
        "max_retries": upload.max_retries,
        "created_at": now,
        "updated_at": now,
    }
