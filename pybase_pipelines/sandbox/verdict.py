"""From how a child ended to what its file's result says.

What belongs here: the table from signals, limits and missing results to errors, and what is kept of a checkpoint.
What does not: starting or watching processes.
"""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

from pybase_pipelines.errors import (
    ExtractorCrashed,
    ExtractorTimeout,
    LimitExceeded,
    OutOfMemory,
    PybaseError,
)
from pybase_pipelines.formats.table import Detection
from pybase_pipelines.results.envelope import Envelope, Failure, Problem
from pybase_pipelines.sandbox.child import FORBIDDEN_HINT, RESULT_STAGE, explain_memory
from pybase_pipelines.sandbox.messages import Ended
from pybase_pipelines.sandbox.requests import ExtractionRequest, Outcome
from pybase_pipelines.sandbox.result_files import Document, Summary, find_checkpoint

_OUT_OF_MEMORY_WORDS = re.compile(
    r"bad_alloc|Standard_OutOfMemory|MemoryError|memory allocation of \d+ bytes failed|[Oo]ut of memory|Cannot allocate"
)
_SALVAGED_CODES = ("extractor_crashed", "extractor_timeout", "out_of_memory", "limit_exceeded", "internal_error")
_MIB = 1024**2


def judge(request: ExtractionRequest, ended: Ended, scratch: Path, target: Path) -> Outcome:
    """The outcome of a child that has ended. Its document is moved to `target` (`<stem>.json`)."""
    made = Document(scratch, "result")
    summary = made.read_summary()
    failure = summary.envelope.error if summary else _describe(explain_end(ended), ended)
    if failure is not None and failure.code in _SALVAGED_CODES:
        found = find_checkpoint(scratch)
        if found is not None and found[1].has_content:
            checkpoint, kept = found
            document = Document(target.parent, target.stem)
            summary = document.write_spliced(_salvage(kept.envelope, failure, ended), checkpoint, kept)
            return _outcome(request, summary, document, ended)
    if summary is None:
        assert failure is not None  # noqa: S101 - there is no summary, so the end was explained
        return fail(request, failure, target, ended)
    document = Document(target.parent, target.stem)
    shutil.move(made.path, document.path)
    return _outcome(request, summary, document, ended)


def fail(request: ExtractionRequest, failure: Failure, target: Path, ended: Ended | None = None) -> Outcome:
    """The outcome of a request for which no child left a result."""
    detection = ended.detection if ended else None
    envelope = Envelope(
        source_path=printable(request.source_path),
        source_file=printable(request.name),
        source_type=request.format or (detection.format if detection else None),
        success=False,
        detection=detection or Detection(format=None, evidence=("not looked at",)),
        extractor=ended.extractor if ended else None,
        error=failure,
    )
    document = Document(target.parent, target.stem)
    summary = document.write(envelope, None, 1 << 30)
    return _outcome(request, summary, document, ended)


def explain_end(ended: Ended) -> PybaseError:
    """Why a child left no whole result."""
    stage = f"in the stage '{ended.stage}'"
    name = signal_name(ended.signal)
    if ended.cause == "wall":
        return ExtractorTimeout(f"Reading was stopped after {ended.limits.wall_seconds:,.0f} s {stage}.")
    if ended.cause == "stall":
        return ExtractorTimeout(f"Reading gave no sign of life for {ended.limits.stall_seconds:,.0f} s {stage}.")
    if ended.cause == "scratch":
        return LimitExceeded(f"More than {ended.limits.scratch_bytes:,} bytes of files were written {stage}.")
    if name == "SIGXCPU" or (name == "SIGKILL" and ended.cpu_seconds >= ended.limits.cpu_seconds):
        return ExtractorTimeout(f"Reading used up {ended.limits.cpu_seconds:,} s of CPU time {stage}.")
    if name == "SIGSYS":
        message = f"The library tried to copy its process (fork) {stage}; an extraction may not start processes."
        return LimitExceeded(message, hint=FORBIDDEN_HINT)
    if name == "SIGXFSZ":
        return LimitExceeded(f"A file larger than {ended.limits.scratch_bytes:,} bytes was written {stage}.")
    if _ran_out_of_memory(ended) and ended.stage == RESULT_STAGE:
        return explain_memory(ended.limits, ended.stage)
    if _ran_out_of_memory(ended):
        peak = f"{ended.peak_memory_bytes / _MIB:,.0f} MiB in use"
        return OutOfMemory(f"Memory ran out {stage} ({peak}, limit {ended.limits.memory_bytes / _MIB:,.0f} MiB).")
    if name == "SIGKILL":
        return OutOfMemory(f"The system killed the child {stage}, probably because the machine is short of memory.")
    if name:
        return ExtractorCrashed(f"The library crashed {stage} ({name}).")
    return ExtractorCrashed(f"The child exited without a result {stage} (exit code {ended.exit_code}).")


def signal_name(number: int | None) -> str | None:
    """ "SIGSEGV" for 11; None where no signal was involved."""
    if number is None:
        return None
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def printable(text: str) -> str:
    """The text as JSON can hold it: file names may have bytes that are no text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "\ufffd")


def _ran_out_of_memory(ended: Ended) -> bool:
    grown = ended.peak_memory_bytes - ended.base_memory_bytes
    if grown > 0.85 * ended.limits.memory_bytes:
        return True
    return bool(_OUT_OF_MEMORY_WORDS.search(ended.output_tail[-4000:]))


def _describe(error: PybaseError, ended: Ended) -> Failure:
    failure = Failure.of(error)
    failure.detail.update(
        stage=ended.stage,
        peak_memory_bytes=ended.peak_memory_bytes,
        cpu_seconds=ended.cpu_seconds,
        wall_seconds=ended.wall_seconds,
    )
    if name := signal_name(ended.signal):
        failure.detail["signal"] = name
    if ended.exit_code is not None:
        failure.detail["exit_code"] = ended.exit_code
    if ended.output_tail:
        failure.detail["output_tail"] = ended.output_tail[-4000:]
    return failure


def _salvage(envelope: Envelope, failure: Failure, ended: Ended) -> Envelope:
    """The envelope of a checkpoint, saying that and why the rest is missing."""
    stage = str(failure.detail.get("stage", ended.stage))
    message = f"{failure.message} What was read before is kept; this stage and all after it are missing."
    warning = Problem(code=failure.code, message=message, where=stage)
    return envelope.model_copy(update={"is_partial": True, "warnings": [*envelope.warnings, warning]})


def _outcome(request: ExtractionRequest, summary: Summary, document: Document, ended: Ended | None) -> Outcome:
    document.summary_path.unlink(missing_ok=True)
    if ended is None:
        return Outcome(request, document.path, summary.envelope, summary.counts, summary.result_bytes)
    return Outcome(
        request=request,
        result_path=document.path,
        envelope=summary.envelope,
        counts=summary.counts,
        facts=summary.facts,
        result_bytes=summary.result_bytes,
        peak_memory_bytes=ended.peak_memory_bytes,
        cpu_seconds=ended.cpu_seconds,
        wall_seconds=ended.wall_seconds,
        signal=signal_name(ended.signal),
        stage=ended.stage,
        output_tail=ended.output_tail,
    )
