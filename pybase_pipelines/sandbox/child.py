"""What the forked child does: detect, refuse, extract, write the document, vanish.

What belongs here: everything that runs between fork and `_exit`. What does not: watching it (`sandbox.launcher`) and
judging how it ended (`sandbox.verdict`).
"""

from __future__ import annotations

import errno
import gc
import json
import logging
import os
import stat
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from pybase_pipelines.errors import (
    InternalError,
    LibraryMissing,
    LimitExceeded,
    ObjectVanished,
    OutOfMemory,
    PybaseError,
    StorageUnavailable,
    UnsupportedFormat,
)
from pybase_pipelines.extractors.contract import Progress, Source, parse_options
from pybase_pipelines.extractors.registry import ExtractorRow
from pybase_pipelines.formats.detection import detect
from pybase_pipelines.formats.refusal import refuse
from pybase_pipelines.formats.table import FORMATS, Detection, Format
from pybase_pipelines.results.envelope import Content, Envelope, ExtractorInfo, Failure
from pybase_pipelines.sandbox.cell import STATUS_FD, Cell
from pybase_pipelines.sandbox.confinement import release_headroom
from pybase_pipelines.sandbox.limits import Limits
from pybase_pipelines.sandbox.messages import Order
from pybase_pipelines.sandbox.result_files import Document, name_checkpoint

logger = logging.getLogger(__name__)

RESULT_STAGE = "result"
"""The stage in which the result is written, after all of the extractor's."""
_BEAT_SECONDS = 0.2
_KEEP_SECONDS = 0.5
_CHEAP_SECONDS = 0.05
_LARGEST_SHARE = 0.1
_UNKNOWN = Detection(format=None, evidence=("not looked at",))
_WERK24_READS = (Format.PDF, Format.WERK24)


FORBIDDEN_HINT = (
    "An extraction is one process without network. Treat the file as hostile, or report it if its source is good."
)


@dataclass(frozen=True, slots=True)
class Kit:
    """What the launcher has prepared for a child: what the file is, and who reads it."""

    detection: Detection | None
    row: ExtractorRow | None
    info: ExtractorInfo | None


@dataclass
class Extraction:
    """One extraction in its child: what it was asked, and what is known so far."""

    order: Order
    row: ExtractorRow | None
    info: ExtractorInfo | None
    limits: Limits
    scratch: Path
    detection: Detection = _UNKNOWN
    content: Content | None = None
    progress: Progress = field(default_factory=Progress)
    last_beat: tuple[str, float] = ("", 0.0)
    kept_at: float = field(default_factory=time.monotonic)
    keeping_seconds: float = 0.0
    checkpoints: int = 0

    def run(self) -> None:
        """Extract, and write the document whatever happens; only death by force leaves none."""
        self.progress.beat = self.beat
        self.progress.checkpoint = self.checkpoint
        failure: Failure | None = None
        try:
            self.extract()
            self.progress.beat = lambda *_: None
            self.beat(RESULT_STAGE, 0, 0)
            self.write(Document(self.scratch, "result"), None)
        except MemoryError:
            failure = Failure.of(explain_memory(self.limits, self.last_stage))
        except PybaseError as error:
            failure = Failure.of(error)
        except Exception as error:  # noqa: BLE001 - an extractor may raise anything; the result must say what
            failure = _explain(error, self.limits)
        if failure is not None:
            release_headroom()
            self.content = None
            failure.detail.setdefault("stage", self.last_stage)
            self.write(Document(self.scratch, "result"), failure)

    def extract(self) -> None:
        """Look at the file, refuse it or read it into `content`.

        Raises:
            PybaseError: the file, its options or the set-up are at fault.
        """
        path = find_file(self.order)
        size = _file_size(path)
        if self.detection is _UNKNOWN:
            with self.progress.stage("detect"):
                self.detection = detect(path, self.order.name)
        if error := self.refusal(size):
            raise error
        if self.row is None:
            raise UnsupportedFormat(f"There is no extractor for {self.source_type}.")
        function, content_model, options_model = _load(self.row)
        options = parse_options(options_model, self.order.options)
        self.content = content_model()
        function(Source(path, self.order.name, self.detection, options, self.scratch), self.content, self.progress)

    @property
    def source_type(self) -> Format | None:
        return self.order.format or self.detection.format

    @property
    def last_stage(self) -> str:
        """The stage that was begun last; `progress` has left it already when an error arrives here."""
        return self.last_beat[0] or "start"

    def refusal(self, size: int) -> PybaseError | None:
        """Why the file is refused: by what it is, or because it is not what the caller said it is."""
        error = refuse(self.detection, size, self.limits.file_bytes)
        asked, found = self.order.format, self.detection.format
        if error or asked is None or found is asked:
            return error
        if asked is Format.WERK24 and found in _WERK24_READS:
            return None
        what = FORMATS[found].label if found else self.detection.evidence[0]
        return UnsupportedFormat(f"The file was to be read as {FORMATS[asked].label}, but it is {what}.")

    def beat(self, stage: str, done: int, total: int) -> None:
        """Tell the launcher that work goes on, not more often than a person can read; and keep what it brought."""
        now = time.monotonic()
        if self.content is not None and stage != RESULT_STAGE and now - self.kept_at > _KEEP_SECONDS:
            self.checkpoint()
        if stage == self.last_beat[0] and now - self.last_beat[1] < _BEAT_SECONDS and done != total:
            return
        self.last_beat = (stage, now)
        try:
            os.write(STATUS_FD, json.dumps([stage[:80], int(done), int(total)]).encode() + b"\n")
        except OSError:  # nobody listens any more; the work is still worth finishing
            self.progress.beat = lambda *_: None

    def checkpoint(self) -> None:
        """Keep what was read so far, for the case that the process does not survive what comes.

        A large content costs time to write: then it is kept less often, so that a tenth of the time at most goes there.
        """
        if self.keeping_seconds > max(_CHEAP_SECONDS, _LARGEST_SHARE * (time.monotonic() - self.kept_at)):
            return
        started = time.process_time()
        try:
            self.write(name_checkpoint(self.scratch, self.checkpoints + 1), None)
            name_checkpoint(self.scratch, self.checkpoints).remove()
            self.checkpoints += 1
        except (LimitExceeded, MemoryError):  # too large already: an earlier one stays, and the end will say so
            logger.warning("what was read so far is too large to be kept", exc_info=True)
        self.kept_at = time.monotonic()
        self.keeping_seconds = time.process_time() - started

    def write(self, document: Document, failure: Failure | None) -> None:
        envelope = Envelope(
            source_path=self.order.source_path,
            source_file=self.order.name,
            source_type=self.source_type,
            success=failure is None,
            is_partial=failure is None and self.progress.is_partial,
            detection=self.detection,
            extractor=self.info,
            warnings=list(self.progress.warnings),
            timings=dict(self.progress.timings),
            error=failure,
        )
        try:
            document.write(envelope, self.content, self.limits.result_bytes)
        except OSError as error:
            raise _storage_error(error, self.limits) from error


def run_child(order: Order, kit: Kit, cell: Cell) -> NoReturn:
    """Shut this freshly forked process in, extract, and leave without running any exit handler."""
    code = 70
    try:
        cell.close()
        gc.set_threshold(50_000, 20, 100)  # it lives shortly, and a collection touches pages that it shares
        Extraction(order, kit.row, kit.info, cell.limits, cell.scratch, kit.detection or _UNKNOWN).run()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may climb back into the launcher's stack
        traceback.print_exc()
    finally:
        os._exit(code)


def find_file(order: Order) -> Path:
    """The file of an order."""
    return Path(os.fsdecode(bytes.fromhex(order.path_hex)))


def look_ahead(order: Order) -> Detection | None:
    """What the file is, so that the launcher loads the right libraries; None where the child has to find out."""
    path = find_file(order)
    try:
        return detect(path, order.name) if path.is_file() else None
    except OSError:
        return None


def _file_size(path: Path) -> int:
    try:
        status = path.stat()
    except (FileNotFoundError, ValueError) as error:  # a name with a NUL is no name
        raise ObjectVanished("There is no such file.", hint="Check the path.") from error
    except OSError as error:
        raise StorageUnavailable(f"The file cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(status.st_mode):
        raise UnsupportedFormat(f"This is {'a folder' if stat.S_ISDIR(status.st_mode) else 'no regular file'}.")
    return status.st_size


def _load(row: ExtractorRow) -> tuple:
    try:
        return row.load_extract(), row.load_content(), row.load_options()
    except ImportError as error:
        raise _library_missing(error) from error


def _library_missing(error: ImportError) -> PybaseError:
    name = (error.name or "").partition(".")[0]
    if name.startswith("pybase_pipelines"):
        return InternalError(f"A part of ours cannot be imported: {error}.")
    return LibraryMissing(f"The library '{name or error}' is not installed or does not load: {error}.")


def _explain(error: Exception, limits: Limits) -> Failure:
    """A failure for what no extractor should raise."""
    if isinstance(error, ImportError):
        return Failure.of(_library_missing(error))
    if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC, errno.ENOMEM):
        return Failure.of(_storage_error(error, limits))
    if isinstance(error, OSError) and error.errno == errno.EMFILE:
        return Failure.of(LimitExceeded(f"More than {limits.open_files} files were to be open at once."))
    if isinstance(error, RecursionError):
        return Failure.of(LimitExceeded("The file nests its content more deeply than can be followed."))
    if isinstance(error, OSError) and error.errno == errno.EPERM:  # of the filter: see `sandbox.seccomp`
        return Failure.of(LimitExceeded(f"The extraction tried what none may do: {error}.", hint=FORBIDDEN_HINT))
    if type(error).__name__ == "Standard_OutOfMemory":
        return Failure.of(OutOfMemory(f"The geometry kernel reached the memory limit ({error})."))
    failure = Failure.of(InternalError(f"The extractor failed unexpectedly: {type(error).__name__}: {error}"[:2000]))
    failure.detail["exception"] = type(error).__name__
    failure.detail["traceback"] = "".join(traceback.format_exception(error))[-4000:]
    return failure


def _storage_error(error: OSError, limits: Limits) -> PybaseError:
    if error.errno == errno.EFBIG:
        return LimitExceeded(f"A file larger than {limits.scratch_bytes:,} bytes was to be written.")
    if error.errno == errno.ENOMEM:
        return OutOfMemory(f"The system refused memory ({error.strerror}).")
    return StorageUnavailable(f"The scratch folder cannot be written: {error.strerror}.")


def explain_memory(limits: Limits, stage: str) -> PybaseError:
    """What it means that memory ran out in this stage."""
    limit = f"{limits.memory_bytes / 1024**2:,.0f} MiB"
    if stage == RESULT_STAGE:
        return LimitExceeded(f"The result is too large to be written within the memory limit of {limit}.")
    return OutOfMemory(f"The memory limit of {limit} was reached in the stage '{stage}'.")
