"""The files of a run come from the object store to the run's scratch folder. Knows no Dagster.

Downloads run in threads (they wait for the network), within a byte budget: what does not fit is given back and comes
with a later run. What is wrong with one file is that file's own end; only a store that answers for none of them is
trouble of the surroundings, which the op's retry policy handles.

What is asked of a file beside it (its sidecar) or in it (the object's metadata) is read here, with the bytes: the row
then holds the options that the extraction really uses. A person who changes them later gets a new job by discovery.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pybase_pipelines.errors import (
    ClaimLost,
    InternalError,
    OptionsInvalid,
    PybaseError,
    StorageUnavailable,
    SurroundingsError,
)
from pybase_pipelines.intake.instructions import MOST_SIDECAR_BYTES, name_sidecar, parse_metadata, parse_sidecar
from pybase_pipelines.ledger.records import Claim, Instructions, JobFailure
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import Download, ObjectStore
from pybase_pipelines.orchestration.batch import FileTask, find_claims
from pybase_pipelines.settings import Settings

logger = logging.getLogger(__name__)

THREADS = 8


def download_files(
    ledger: ExtractionJobService,
    store: ObjectStore,
    tasks: Sequence[FileTask],
    *,
    run_id: str,
    folder: Path,
    settings: Settings,
    is_last_try: bool,
) -> list[FileTask]:
    """Download what fits; the answer is the tasks whose file is there.

    Raises:
        SurroundingsError: the store answered for no file at all; nothing was recorded, so it may be tried again. At
            the last try nothing is raised: each job is closed with the reason, and the ledger tries it again later.
    """
    claims = find_claims(ledger, tasks, run_id)
    fitting, too_many = _split_by_budget([t for t in tasks if t.job_id in claims], claims, settings)
    with ThreadPoolExecutor(THREADS) as pool:
        fetched = list(pool.map(lambda t: _fetch(store, claims[t.job_id], folder, settings), fitting))
    troubles = [each.problem for each in fetched if isinstance(each.problem, SurroundingsError)]
    if fetched and len(troubles) == len(fetched) and not is_last_try:
        raise troubles[0]
    ledger.record_instructions(
        [(claims[t.job_id], each.read) for t, each in zip(fitting, fetched, strict=True) if each.read is not None]
    )
    ready = []
    for task, each in zip(fitting, fetched, strict=True):
        if each.problem is not None or each.download is None:
            fail_job(ledger, claims[task.job_id], each.problem or InternalError("The download gave nothing."))
        else:
            seen = {"path": each.download.path, "size": each.download.size, "sha256": each.download.sha256}
            ready.append(task.model_copy(update=seen))
    for task in too_many:
        ledger.release(claims[task.job_id], "The run's scratch space was full; it comes with a later run.")
    return ready


def fail_job(ledger: ExtractionJobService, claim: Claim, error: PybaseError, **seen: Any) -> None:
    """Record a bad end; a job that is no longer ours is left alone."""
    try:
        ledger.finish_failed(claim, JobFailure.of(error, **seen))
    except ClaimLost as lost:
        logger.warning("%s", lost.message)


def _split_by_budget(
    tasks: Sequence[FileTask], claims: dict[str, Claim], settings: Settings
) -> tuple[list[FileTask], list[FileTask]]:
    """What is downloaded now, and what has to wait; the first file is always taken, however large."""
    fitting: list[FileTask] = []
    waiting: list[FileTask] = []
    used = 0
    for task in tasks:
        size = min(claims[task.job_id].file_size or 0, settings.max_file_bytes)
        if fitting and used + size > settings.scratch_bytes:
            waiting.append(task)
        else:
            used += size
            fitting.append(task)
    return fitting, waiting


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A file that is here and what is asked of it, or why not; `read` also where what is asked makes no sense."""

    download: Download | None = None
    read: Instructions | None = None
    problem: PybaseError | None = None


def _fetch(store: ObjectStore, claim: Claim, folder: Path, settings: Settings) -> _Fetched:
    target = folder / claim.job_id
    bucket, object_key = claim.bucket or "", claim.object_key or ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The name on disk is ours: an object's key is data, and may hold slashes, dots and 1,024 bytes.
        download = store.download(bucket, object_key, target, etag=claim.etag, max_bytes=settings.max_file_bytes)
        read, problem = _read_instructions(store, claim, download, settings)
    except PybaseError as error:
        target.unlink(missing_ok=True)
        return _Fetched(problem=error)
    except OSError as error:
        target.unlink(missing_ok=True)
        hint = "Make room in the state folder (PYBASE_STATE_DIR)."
        why = f"The file could not be written to the scratch folder: {error.strerror}."
        return _Fetched(problem=StorageUnavailable(why, hint=hint))
    if problem is not None:
        target.unlink(missing_ok=True)
    return _Fetched(download, read, problem)


def _read_instructions(
    store: ObjectStore, claim: Claim, download: Download, settings: Settings
) -> tuple[Instructions, OptionsInvalid | None]:
    """What is asked of a file: by its sidecar, or else by its object's metadata; and what of it cannot be."""
    sidecar = None
    if settings.read_sidecars:
        name = name_sidecar(claim.object_key or "")
        sidecar = store.find(claim.bucket or "", name, most_bytes=MOST_SIDECAR_BYTES)
    etag = sidecar.etag if sidecar is not None else ""
    try:
        if sidecar is not None:
            return parse_sidecar(sidecar.data, etag, claim.object_key or ""), None
        return parse_metadata(download.metadata), None
    except OptionsInvalid as problem:
        # The version is kept all the same, so that discovery knows that this one was read.
        return Instructions(sidecar_etag=etag), problem
