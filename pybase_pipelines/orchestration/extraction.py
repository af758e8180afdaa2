"""The files of a run are detected, extracted in the sandbox, and recorded as they are ready. Knows no Dagster.

Each file's row is closed the moment its child has ended, so a slow file holds nobody back and a run that dies loses
only what it was reading.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pybase_pipelines.errors import (
    JOB_ERRORS,
    ClaimLost,
    DatabaseUnavailable,
    InternalError,
    OptionsInvalid,
    PybaseError,
    StorageUnavailable,
)
from pybase_pipelines.formats.detection import detect
from pybase_pipelines.formats.refusal import refuse
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.intake.instructions import METADATA_WORDS, describe_sidecar, hint_at
from pybase_pipelines.ledger.model import AUTO
from pybase_pipelines.ledger.pauses import Pause
from pybase_pipelines.ledger.records import Claim, JobFailure, OptionsSource
from pybase_pipelines.ledger.records import Outcome as JobOutcome
from pybase_pipelines.ledger.retries import find_rule
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.orchestration.batch import FileTask, find_claims
from pybase_pipelines.orchestration.documents import describe_file, read_small, store_document, summarise
from pybase_pipelines.orchestration.downloads import fail_job
from pybase_pipelines.orchestration.duplicates import Copier, plan_reading
from pybase_pipelines.sandbox.client import Sandbox
from pybase_pipelines.sandbox.limits import make_limits
from pybase_pipelines.sandbox.requests import ExtractionRequest, Outcome
from pybase_pipelines.settings import Settings

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 2.0

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
            fail_job(ledger, claim, refusal, **describe_file(task, detection))
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
        """Extract all files, several at a time, equal ones once; every task's row is closed at the end."""
        claims = find_claims(self.ledger, tasks, self.run_id)
        mine = [task for task in tasks if task.job_id in claims and task.path is not None]
        plan = plan_reading(self.ledger, mine, claims, copy=self.settings.copy_duplicates)
        copier = Copier(self.ledger, self.store, self.settings, self.scratch)
        to_read, waiting = list(plan.to_read), dict(plan.waiting)
        for task, original_id in plan.copies:
            if (status := copier.try_copy(task, claims[task.job_id], original_id)) is not None:
                yield task.job_id, status
            else:
                to_read.append(task)
        # Its folder is in the run's own, so that whoever sweeps the one sweeps the other too.
        limits, slots = make_limits(self.settings), self.settings.extract_slots
        with Sandbox(limits, slots=slots, folder=self.scratch) as sandbox:
            while to_read:
                left: list[FileTask] = []
                for job_id, status in self._read(sandbox, to_read, claims):
                    yield job_id, status
                    for task in waiting.pop(job_id, ()):
                        if (copied := copier.try_copy(task, claims[task.job_id], job_id)) is not None:
                            yield task.job_id, copied
                        else:
                            left.append(task)
                to_read = left

    def _read(
        self, sandbox: Sandbox, tasks: Sequence[FileTask], claims: Mapping[str, Claim]
    ) -> Iterator[tuple[str, str]]:
        by_path = {task.path: task for task in tasks}
        pauses = self.ledger.find_pauses()
        postponed: list[tuple[str, str]] = []

        def make_requests() -> Iterator[ExtractionRequest]:
            """One by one, as slots become free: an extractor may be paused by what the files before told."""
            for task in tasks:
                pause = pauses.get(_name_extractor(task))
                if pause is None:
                    yield _make_request(task, claims[task.job_id])
                else:
                    postponed.append((task.job_id, self._postpone(task, claims[task.job_id], pause)))

        def report(request: ExtractionRequest, stage: str, done: int, total: int) -> None:
            self._report(claims[by_path[request.path].job_id], stage, done, total)

        for outcome in sandbox.run(make_requests(), on_progress=report):
            task = by_path[outcome.request.path]
            status = self._record(task, claims[task.job_id], outcome)
            if outcome.envelope.error is not None and find_rule(outcome.envelope.error.code).pauses:
                pauses |= self.ledger.find_pauses()
            outcome.request.path.unlink(missing_ok=True)
            outcome.result_path.unlink(missing_ok=True)
            yield task.job_id, status
        yield from postponed

    def _postpone(self, task: FileTask, claim: Claim, pause: Pause) -> str:
        if task.path is not None:
            task.path.unlink(missing_ok=True)
        try:
            return self.ledger.postpone(claim, pause).status
        except ClaimLost as lost:
            logger.warning("%s", lost.message)
            return "lost"

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
            return self.ledger.finish_failed(claim, _make_failure(task, claim, outcome)).status
        except ClaimLost as lost:
            logger.warning("%s", lost.message)
            return "lost"
        except DatabaseUnavailable:
            raise  # no row can be written now: the op's retry policy waits for the database
        except PybaseError as error:
            problem = error
        except OSError as error:
            why = f"The result could not be kept: {error.strerror or type(error).__name__}."
            problem = StorageUnavailable(why, hint="Make room in the state folder (PYBASE_STATE_DIR).")
        except Exception as error:
            logger.exception("the result of job %s could not be recorded", claim.job_id)
            problem = InternalError(f"The result could not be recorded ({type(error).__name__}: {error}).")
        fail_job(self.ledger, claim, problem, **describe_file(task, outcome.envelope.detection))
        return problem.code

    def _keep(self, task: FileTask, claim: Claim, outcome: Outcome) -> JobOutcome:
        """Put the document where it belongs, and describe it for the row."""
        document, stored = read_small(outcome, self.settings.inline_result_bytes), None
        if document is None:
            document = summarise(outcome)
            stored = store_document(self.store, self.settings, claim, outcome.result_path)
        envelope = outcome.envelope
        return JobOutcome(
            result=document,
            result_path=stored.address if stored else None,
            result_bytes=outcome.result_bytes,
            result_sha256=stored.sha256 if stored else None,
            warnings_count=len(envelope.warnings),
            is_partial=envelope.is_partial,
            **describe_file(task, envelope.detection, outcome),
        )


def _detect(path: Path, name: str, extractor: str) -> Detection:
    found = detect(path, name)
    if extractor == AUTO:
        return found
    return found.model_copy(
        update={"format": Format(extractor), "evidence": (*found.evidence, f"extractor {extractor} was asked for")}
    )


def _name_extractor(task: FileTask) -> str:
    return task.detection.format.value if task.detection and task.detection.format else ""


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


def _make_failure(task: FileTask, claim: Claim, outcome: Outcome) -> JobFailure:
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
        hint=_place_hint(failure.code, failure.hint, claim),
        detail={name: value for name, value in detail.items() if value},
        warnings_count=len(outcome.envelope.warnings),
        **describe_file(task, _find_detection(task, outcome), outcome),
    )


def _find_detection(task: FileTask, outcome: Outcome) -> Detection:
    """What the file is; a child that died at once may not have said it."""
    told = outcome.envelope.detection
    return task.detection if told.format is None and task.detection is not None else told


def _place_hint(code: str, hint: str, claim: Claim) -> str:
    """Where the options stand that are wrong, if not in the upload itself."""
    if code != OptionsInvalid.code or claim.options_source in (None, OptionsSource.UPLOAD):
        return hint
    is_sidecar = claim.options_source == OptionsSource.SIDECAR
    return hint_at(describe_sidecar(claim.object_key or "") if is_sidecar else METADATA_WORDS)
