"""The files of a run come from the object store to the run's scratch folder. Knows no Dagster.

Downloads run in threads (they wait for the network), within a byte budget: what does not fit is given back and comes
with a later run. What is wrong with one file is that file's own end; only a store that answers for none of them is
trouble of the surroundings, which the op's retry policy handles.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pybase_pipelines.errors import ClaimLost, PybaseError, StorageUnavailable, SurroundingsError
from pybase_pipelines.ledger.records import Claim, JobFailure
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import Download, ObjectStore
from pybase_pipelines.orchestration.batch import FileTask, find_claims

logger = logging.getLogger(__name__)

THREADS = 8


def download_files(
    ledger: ExtractionJobService,
    store: ObjectStore,
    tasks: Sequence[FileTask],
    *,
    run_id: str,
    folder: Path,
    max_file_bytes: int,
    budget_bytes: int,
) -> list[FileTask]:
    """Download what fits; the answer is the tasks whose file is there.

    Raises:
        SurroundingsError: the store answered for no file at all; nothing was recorded, so it may be tried again.
    """
    claims = find_claims(ledger, tasks, run_id)
    fitting, too_many = _split_by_budget([t for t in tasks if t.job_id in claims], claims, max_file_bytes, budget_bytes)
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda t: _try_download(store, claims[t.job_id], folder, max_file_bytes), fitting))
    troubles = [r for r in results if isinstance(r, SurroundingsError)]
    if results and len(troubles) == len(results):
        raise troubles[0]
    ready = []
    for task, result in zip(fitting, results, strict=True):
        if isinstance(result, PybaseError):
            fail_job(ledger, claims[task.job_id], result)
        else:
            seen = {"path": result.path, "size": result.size, "sha256": result.sha256}
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
    tasks: Sequence[FileTask], claims: dict[str, Claim], max_file_bytes: int, budget: int
) -> tuple[list[FileTask], list[FileTask]]:
    """What is downloaded now, and what has to wait; the first file is always taken, however large."""
    fitting: list[FileTask] = []
    waiting: list[FileTask] = []
    used = 0
    for task in tasks:
        size = min(claims[task.job_id].file_size or 0, max_file_bytes)
        if fitting and used + size > budget:
            waiting.append(task)
        else:
            used += size
            fitting.append(task)
    return fitting, waiting


def _try_download(store: ObjectStore, claim: Claim, folder: Path, max_bytes: int) -> Download | PybaseError:
    target = folder / claim.job_id
    try:
        # The name on disk is ours: an object's key is data, and may hold slashes, dots and 1,024 bytes.
        return store.download(claim.bucket or "", claim.object_key or "", target, etag=claim.etag, max_bytes=max_bytes)
    except PybaseError as error:
        target.unlink(missing_ok=True)
        return error
    except OSError as error:
        target.unlink(missing_ok=True)
        hint = "Make room in the state folder (PYBASE_STATE_DIR)."
        return StorageUnavailable(f"The file could not be written to the scratch folder: {error.strerror}.", hint=hint)
