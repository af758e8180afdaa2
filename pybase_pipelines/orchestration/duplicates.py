"""Equal files are read once: the others take the result over. Knows no Dagster.

Equal is the same content (SHA-256), extractor, extractor version and options. A copy has a result document of its own,
with its own name in it, so deleting one job never breaks another; its row says whose result it is (`duplicate_of`).
A partial or failed result is never taken over: another try may read more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pybase_pipelines.errors import ClaimLost, DatabaseUnavailable, PybaseError
from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.ledger.records import Claim, TwinKey
from pybase_pipelines.ledger.records import Outcome as JobOutcome
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.views import JobView
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.orchestration.batch import FileTask
from pybase_pipelines.orchestration.documents import copy_document, describe_file
from pybase_pipelines.sandbox.verdict import printable
from pybase_pipelines.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """`copies`: tasks with the job whose result they take over. `to_read`: tasks to extract.

    `waiting`: by the job that is read, the equal ones that wait for its result.
    """

    copies: tuple[tuple[FileTask, str], ...]
    to_read: tuple[FileTask, ...]
    waiting: dict[str, tuple[FileTask, ...]]


def plan_reading(
    ledger: ExtractionJobService, tasks: Sequence[FileTask], claims: Mapping[str, Claim], *, copy: bool
) -> Plan:
    """Decide which files of a run are read, which take over what was read before, and which wait for an equal one."""
    if not copy:
        return Plan((), tuple(tasks), {})
    keys = {task.job_id: _make_key(task, claims[task.job_id]) for task in tasks}
    twins = ledger.find_twins(key for key in keys.values() if key is not None)
    copies: list[tuple[FileTask, str]] = []
    to_read: list[FileTask] = []
    first: dict[TwinKey, str] = {}
    waiting: dict[str, tuple[FileTask, ...]] = {}
    for task in tasks:
        key = keys[task.job_id]
        if key is None:
            to_read.append(task)
        elif key in twins:
            copies.append((task, twins[key]))
        elif key in first:
            waiting[first[key]] = (*waiting.get(first[key], ()), task)
        else:
            to_read.append(task)
            first[key] = task.job_id
    return Plan(tuple(copies), tuple(to_read), waiting)


@dataclass(frozen=True, slots=True)
class Copier:
    """Takes results over."""

    ledger: ExtractionJobService
    store: ObjectStore
    settings: Settings
    scratch: Path

    def try_copy(self, task: FileTask, claim: Claim, original_id: str) -> str | None:
        """Close a job with the result of another one; None if that cannot be, and the file has to be read."""
        try:
            original = self.ledger.get_job(original_id)
            if original.status != Status.COMPLETED or original.is_partial or task.detection is None:
                return None
            status = self.ledger.finish_completed(claim, self._copy(task, claim, original)).status
        except ClaimLost as lost:
            logger.warning("%s", lost.message)
            status = "lost"
        except DatabaseUnavailable:
            raise  # no row can be written now: the op's retry policy waits for the database
        except (PybaseError, OSError, ValueError) as error:
            logger.warning("the result of job %s is not taken over: %s", original_id, error)
            return None
        if task.path is not None:
            task.path.unlink(missing_ok=True)
        return status

    def _copy(self, task: FileTask, claim: Claim, original: JobView) -> JobOutcome:
        """The original's result, with what is said of the file itself put right."""
        own = _describe_own(task, claim)
        stored = None
        if original.result_path is not None:
            stored = copy_document(self.store, self.settings, claim, original.result_path, own, self.scratch)
        assert task.detection is not None  # noqa: S101 - checked by the caller
        return JobOutcome(
            result=(original.result or {}) | own,
            result_path=stored.address if stored else None,
            result_bytes=stored.size if stored else original.result_bytes,
            result_sha256=stored.sha256 if stored else None,
            warnings_count=original.warnings_count,
            duplicate_of=original.duplicate_of or original.id,
            cpu_seconds=0.0,
            **describe_file(task, task.detection),
        )


def _make_key(task: FileTask, claim: Claim) -> TwinKey | None:
    format_ = task.detection.format if task.detection else None
    if task.sha256 is None or format_ is None:
        return None
    return TwinKey(task.sha256, format_.value, EXTRACTORS[format_].version, claim.options_hash)


def _describe_own(task: FileTask, claim: Claim) -> dict[str, Any]:
    detection = task.detection.model_dump(mode="json") if task.detection else None
    return {
        "source_path": printable(claim.file_url),
        "source_file": printable(task.name),
        "detection": detection,
    }
