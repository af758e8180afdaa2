"""The files of a run are detected, extracted in the sandbox, and recorded as they are ready. Knows no Dagster.

Each file's row is closed the moment its child has ended, so a slow file holds nobody back and a run that dies loses
only what it was reading. Small results are kept whole in the row; larger ones as gzip JSON in the object store, beside
a summary in the row.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybase_pipelines.errors import JOB_ERRORS, ClaimLost, DatabaseUnavailable, InternalError, PybaseError
from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.detection import detect
from pybase_pipelines.formats.refusal import refuse
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.ledger.model import AUTO
from pybase_pipelines.ledger.records import MAX_RESULT_BYTES, Claim, JobFailure
from pybase_pipelines.ledger.records import Outcome as JobOutcome
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.texts import count_json_bytes
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.orchestration.batch import FileTask, find_claims
from pybase_pipelines.orchestration.downloads import fail_job
from pybase_pipelines.sandbox.client import Sandbox
from pybase_pipelines.sandbox.limits import make_limits
from pybase_pipelines.sandbox.requests import ExtractionRequest, Outcome
from pybase_pipelines.settings import Settings

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 2.0
SUMMARY_WARNINGS = 100

_WERK24_TOKEN = "W24TECHREAD_AUTH_TOKEN"  # noqa: S105 - the name of a variable


def detect_formats(
    ledger: ExtractionJobService, tasks: Sequence[FileTask], *, run_id: str, max_bytes: int
) -> list[FileTask]:
    """Find out what each file is; one that cannot be extracted is failed here, with what it is instead."""
    claims = find_claims(ledger, tasks, run_id)
    accepted = []
    for task in tasks:
        claim = claims.get(task.job_id)
        if claim is None or task.path is None:
            continue
        detection = _detect(task.path, task.name, claim.extractor)
        if (refusal := refuse(detection, task.path.stat().st_size, max_bytes)) is not None:
            fail_job(ledger, claim, refusal, **_describe(task, detection))
            task.path.unlink(missing_ok=True)
        else:
            accepted.append(task.model_copy(update={"detection": detection}))
    return accepted


@dataclass(slots=True)
class Extraction:
    """The extraction of one run's files; `run()` gives each job's id and status when its row is closed."""

    ledger: ExtractionJobService
    store: ObjectStore
    settings: Settings
    run_id: str
    scratch: Path
    _told: dict[str, float] = field(default_factory=dict)

    def run(self, tasks: Sequence[FileTask]) -> Iterator[tuple[str, str]]:
        """Extract all files, several at a time; every task's row is closed at the end."""
        claims = find_claims(self.ledger, tasks, self.run_id)
        by_path = {task.path: task for task in tasks if task.job_id in claims and task.path is not None}
        requests = [_make_request(task, claims[task.job_id]) for task in by_path.values()]
        limits = make_limits(self.settings)

        def report(request: ExtractionRequest, stage: str, done: int, total: int) -> None:
            self._report(claims[by_path[request.path].job_id], stage, done, total)

        with Sandbox(limits, slots=self.settings.extract_slots) as sandbox:
            for outcome in sandbox.run(requests, on_progress=report):
                task = by_path[outcome.request.path]
                status = self._record(task, claims[task.job_id], outcome)
                outcome.request.path.unlink(missing_ok=True)
                outcome.result_path.unlink(missing_ok=True)
                yield task.job_id, status

    def _report(self, claim: Claim, stage: str, done: int, total: int) -> None:
        """Tell the ledger how far a file is, at most every few seconds; the first word says that it is being read."""
        now = time.monotonic()
        if now - self._told.get(claim.job_id, -PROGRESS_SECONDS) < PROGRESS_SECONDS:
            return
        self._told[claim.job_id] = now
        try:
            self.ledger.report_progress(claim, round(100 * done / total) if total else 0, stage)
        except ClaimLost:
            logger.info("job %s is no longer ours", claim.job_id)
        except PybaseError as error:  # how far a file is must never be what stops it
            logger.warning("the progress of job %s was not recorded: %s", claim.job_id, error.message)

    def _record(self, task: FileTask, claim: Claim, outcome: Outcome) -> str:
        try:
            if outcome.envelope.success:
                return self.ledger.finish_completed(claim, self._keep(task, claim, outcome)).status
            return self.ledger.finish_failed(claim, _make_failure(task, outcome)).status
        except ClaimLost as lost:
            logger.warning("%s", lost.message)
            return "lost"
        except DatabaseUnavailable:
            raise  # no row can be written now: the op's retry policy waits for the database
        except PybaseError as error:
            problem = error
        except Exception as error:
            logger.exception("the result of job %s could not be recorded", claim.job_id)
            problem = InternalError(f"The result could not be recorded ({type(error).__name__}: {error}).")
        fail_job(self.ledger, claim, problem, **_describe(task, outcome.envelope.detection))
        return problem.code

    def _keep(self, task: FileTask, claim: Claim, outcome: Outcome) -> JobOutcome:
        """Put the document where it belongs, and describe it for the row."""
        document, place = _read_small(outcome, self.settings.inline_result_bytes), None
        if document is None:
            document = _summarise(outcome)
            place = self._store_document(claim, outcome.result_path)
        envelope = outcome.envelope
        return JobOutcome(
            result=document,
            result_path=place,
            result_bytes=outcome.result_bytes,
            result_sha256=_hash_file(outcome.result_path),
            warnings_count=len(envelope.warnings),
            is_partial=envelope.is_partial,
            **_describe(task, envelope.detection, outcome),
        )

    def _store_document(self, claim: Claim, document: Path) -> str:
        packed = document.with_suffix(".json.gz")
        try:
            with document.open("rb") as source, gzip.open(packed, "wb", compresslevel=5) as target:
                shutil.copyfileobj(source, target)
            bucket = claim.bucket or self.settings.bucket
            object_key = f"{self.settings.results_prefix}{claim.job_id}/{claim.attempt}.json.gz"
            self.store.upload_file(packed, bucket, object_key)
        finally:
            packed.unlink(missing_ok=True)
        return f"s3://{bucket}/{object_key}"


def _read_small(outcome: Outcome, limit_bytes: int) -> dict[str, Any] | None:
    """The whole document, if the row may hold it."""
    if outcome.result_bytes > limit_bytes:
        return None
    document = json.loads(outcome.result_path.read_bytes()) | {"counts": outcome.counts}
    return document if count_json_bytes(document) <= min(limit_bytes, MAX_RESULT_BYTES) else None


def _summarise(outcome: Outcome) -> dict[str, Any]:
    """What the row holds of a large document: its envelope, its counts, and its single values where they fit."""
    envelope = outcome.envelope.model_dump(mode="json")
    envelope["warnings"] = envelope["warnings"][:SUMMARY_WARNINGS]
    summary = envelope | {"counts": outcome.counts, "is_summary": True}
    with_facts = outcome.facts | summary
    return with_facts if count_json_bytes(with_facts) <= MAX_RESULT_BYTES else summary


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _detect(path: Path, name: str, extractor: str) -> Detection:
    found = detect(path, name)
    if extractor == AUTO:
        return found
    return found.model_copy(
        update={"format": Format(extractor), "evidence": (*found.evidence, f"extractor {extractor} was asked for")}
    )


def _make_request(task: FileTask, claim: Claim) -> ExtractionRequest:
    format_ = task.detection.format if task.detection else None
    token = os.environ.get(_WERK24_TOKEN) if format_ is Format.WERK24 else None
    return ExtractionRequest(
        path=task.path or Path(),
        name=task.name,
        source_path=claim.file_url,
        options=claim.options,
        format=None if claim.extractor == AUTO else format_,
        environment={_WERK24_TOKEN: token} if token else {},
    )


def _make_failure(task: FileTask, outcome: Outcome) -> JobFailure:
    failure = outcome.envelope.error
    if failure is None or failure.code not in JOB_ERRORS:
        return JobFailure.of(InternalError(f"The extraction failed without a reason ({failure!r})."))
    detail = {
        "signal": outcome.signal,
        "stage": outcome.stage,
        "wall_seconds": outcome.wall_seconds,
        "output_tail": outcome.output_tail[-4000:] or None,
        "warnings": [w.model_dump() for w in outcome.envelope.warnings[:50]],
    }
    return JobFailure(
        code=failure.code,
        message=failure.message,
        hint=failure.hint,
        detail={name: value for name, value in detail.items() if value},
        warnings_count=len(outcome.envelope.warnings),
        **_describe(task, outcome.envelope.detection, outcome),
    )


def _describe(task: FileTask, detection: Detection, outcome: Outcome | None = None) -> dict[str, Any]:
    """What was seen of the file, for its row."""
    seen: dict[str, Any] = {"content_hash": task.sha256, "file_size": task.size}
    if detection.format is not None:
        seen |= {"format": detection.format.value, "format_version": detection.version}
        seen |= {"extractor_name": detection.format.value, "extractor_version": EXTRACTORS[detection.format].version}
    if outcome is not None:
        seen |= {"peak_memory_bytes": outcome.peak_memory_bytes, "cpu_seconds": outcome.cpu_seconds}
    return seen
