"""The files of one run: which jobs its partitions mean, and what becomes of them. Knows no Dagster.

What belongs here: partitions to jobs, claims, and the answer for each partition at the end. Downloading is in
`downloads`, extracting and recording in `extraction`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pybase_pipelines.errors import ObjectVanished
from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.intake.object_keys import DIGEST_MARK, make_partition_key, read_partition_key
from pybase_pipelines.ledger.records import Claim, Upload
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.texts import show_text
from pybase_pipelines.ledger.views import JobView, ObjectRef
from pybase_pipelines.object_store.store import ObjectStore


class FileTask(BaseModel):
    """One file on its way through the ops of a run; small, and without secrets, since Dagster stores it."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    partition_key: str
    name: str
    path: Path | None = None
    size: int | None = None
    sha256: str | None = None
    detection: Detection | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a partition: its jobs, and in one line why it is not all well, if so."""

    partition_key: str
    jobs: tuple[JobView, ...]
    trouble: str | None


def find_objects(ledger: ExtractionJobService, partition_keys: Iterable[str]) -> dict[str, ObjectRef]:
    """The object of each partition; a partition that names none is left out."""
    found: dict[str, ObjectRef] = {}
    for key in partition_keys:
        ref = _find_digested(ledger, key) if DIGEST_MARK in key else _read(key)
        if ref is not None:
            found[key] = ref
    return found


def claim_jobs(
    ledger: ExtractionJobService,
    store: ObjectStore,
    partition_keys: Sequence[str],
    *,
    run_id: str,
    request_id: str | None,
) -> list[FileTask]:
    """Take the jobs that this run is for.

    A run that the sensor launched (`request_id`) takes what it was launched for. A run that a person launched takes
    every job of its partitions that is not done: failed ones are tried again, and finished ones that an older
    extractor read are read again.
    """
    objects = find_objects(ledger, partition_keys)
    if request_id is None:
        _register_unknown(ledger, store, objects.values())
        jobs = _reopen(ledger, objects.values())
    else:
        jobs = [job for jobs in ledger.current_jobs_for_objects(objects.values()).values() for job in jobs]
    wanted = [job.id for job in jobs if _is_for(job, run_id, request_id)]
    keys = {ref: key for key, ref in objects.items()}
    return [
        FileTask(job_id=claim.job_id, partition_key=keys[claim.ref], name=claim.filename)
        for claim in ledger.claim(wanted, run_id)
        if claim.ref is not None
    ]


def find_claims(ledger: ExtractionJobService, tasks: Iterable[FileTask], run_id: str) -> dict[str, Claim]:
    """The claims of this run by job; a job that was cancelled or taken over is left out."""
    return {claim.job_id: claim for claim in ledger.claim([task.job_id for task in tasks], run_id)}


def answer_partitions(ledger: ExtractionJobService, partition_keys: Sequence[str]) -> list[Answer]:
    """How each partition of the run stands now, in order."""
    objects = find_objects(ledger, partition_keys)
    current = ledger.current_jobs_for_objects(objects.values())
    answers = []
    for key in partition_keys:
        jobs = current.get(objects[key], ()) if key in objects else ()
        trouble = _describe_trouble(jobs)
        answers.append(Answer(key, jobs, show_text(trouble) if trouble else None))
    return answers


def _describe_trouble(jobs: Sequence[JobView]) -> str | None:
    if not jobs:
        return "There is no such object in the bucket."
    for job in jobs:
        if job.status == Status.PENDING and job.next_retry_at is not None:
            return (
                f"{job.error_code}: {job.error_message} It is tried again at {job.next_retry_at:%Y-%m-%d %H:%M:%S} UTC."
            )
        if job.status != Status.COMPLETED:
            # Here it is failed for good anyway; the row says so to those who only read its message.
            message = (job.error_message or "another run has it.").removeprefix("Permanent error: ")
            return f"{job.error_code or job.status}: {message}"
    return None


def _is_for(job: JobView, run_id: str, request_id: str | None) -> bool:
    if job.status == Status.PROCESSING:
        return job.claimed_by == run_id
    return job.status == Status.PENDING and (request_id is None or job.request_id == request_id)


def _reopen(ledger: ExtractionJobService, refs: Iterable[ObjectRef]) -> list[JobView]:
    """Make what a person wants done again claimable; the answer is all current jobs of the objects."""
    refs = list(refs)
    outdated = [
        ref for ref, jobs in ledger.current_jobs_for_objects(refs).items() if any(_is_outdated(job) for job in jobs)
    ]
    ledger.requeue_for_partition(outdated, include_completed=True)
    return ledger.requeue_for_partition(refs)


def _is_outdated(job: JobView) -> bool:
    if job.status != Status.COMPLETED or job.format not in set(Format):
        return False
    return job.extractor_version != EXTRACTORS[Format(job.format)].version


def _register_unknown(ledger: ExtractionJobService, store: ObjectStore, refs: Iterable[ObjectRef]) -> None:
    """A partition that a person added by hand gets its job, if its object exists."""
    refs = list(refs)
    known = ledger.current_jobs_for_objects(refs)
    uploads = []
    for ref in refs:
        if ref not in known:
            try:
                listed = store.head(ref.bucket, ref.object_key)
            except ObjectVanished:
                continue
            uploads.append(
                Upload(ref.bucket, ref.object_key, etag=listed.etag, size=listed.size, uploaded_at=listed.modified_at)
            )
    ledger.register_uploads(uploads)


def _read(partition_key: str) -> ObjectRef | None:
    try:
        names = read_partition_key(partition_key)
    except ValueError:
        return None
    return ObjectRef(*names) if names else None


def _find_digested(ledger: ExtractionJobService, partition_key: str) -> ObjectRef | None:
    """The object of a partition whose key was too long to hold it: among those that begin as its readable head."""
    head = _read(partition_key.partition(DIGEST_MARK)[0])
    if head is None:
        return None
    cursor = None
    while jobs := ledger.list_jobs(
        bucket=head.bucket, prefix=head.object_key, current_only=True, limit=500, cursor=cursor
    ):
        for job in jobs:
            if job.ref is not None and make_partition_key(*job.ref) == partition_key:
                return job.ref
        cursor = jobs[-1].cursor
    return None
