"""The sandbox as its users see it: requests in, exactly one outcome for each out, whatever happens.

What belongs here: keeping the launcher busy, replacing it when it is old, dead or hung, and tidying up. What does not:
the judgement on a child (`sandbox.verdict`).
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from pybase_pipelines.errors import ExtractorCrashed, OptionsInvalid, PybaseError
from pybase_pipelines.formats.table import Format
from pybase_pipelines.results.envelope import Failure
from pybase_pipelines.sandbox.folders import SandboxFolder
from pybase_pipelines.sandbox.launch import LauncherGone, LauncherProcess
from pybase_pipelines.sandbox.limits import LIMITS, MIB, Limits
from pybase_pipelines.sandbox.messages import Beat, Ended, Order, Protection, Ready, Setup, Started
from pybase_pipelines.sandbox.requests import ExtractionRequest, Outcome
from pybase_pipelines.sandbox.verdict import fail, judge, printable

logger = logging.getLogger(__name__)

EXTRACTORS = "pybase_pipelines.extractors.registry:EXTRACTORS"
START_SECONDS = 120.0
"""For a launcher to start, and for an order to be begun: the libraries may have to be loaded first."""
GRACE_SECONDS = 15.0
"""For a launcher to tell the end of a child whose time is up."""
RECYCLE_FILES = 2000
RECYCLE_GROWTH_BYTES = 512 * MIB
MAX_ATTEMPTS = 2
"""How often a request is handed to a launcher: a launcher that dies is seldom the fault of the file."""

OnProgress = Callable[[ExtractionRequest, str, int, int], None]


@dataclass
class _Task:
    """A request on its way."""

    number: int
    request: ExtractionRequest
    deadline: float = 0.0
    attempts: int = 0


class Sandbox:
    """Runs extractions in throw-away children, `slots` at a time (0: one for each core). For one thread only.

        with Sandbox(limits, slots=2) as sandbox:
            for outcome in sandbox.run(requests): ...

    Result documents stand in a folder of the sandbox, which is removed when it is closed: move or read them before.
    `preload` are formats whose libraries are loaded at once instead of with the first file. `missing_protections`:
    what extractions are not kept from on this machine, known once the first one has begun.
    """

    def __init__(
        self,
        limits: Mapping[Format, Limits] = LIMITS,
        slots: int = 0,
        *,
        preload: tuple[Format, ...] = (),
        folder: Path | None = None,
        extractors: str = EXTRACTORS,
    ) -> None:
        self.limits = dict(limits)
        self.slots = slots or _count_cores()
        self.preload = preload
        self.extractors = extractors
        self.missing_protections: tuple[Protection, ...] | None = None
        self._parent_folder = folder
        self._folder: SandboxFolder | None = None
        self._launcher: LauncherProcess | None = None
        self._first_resident_bytes = 0
        self._numbers = itertools.count(1)
        self._tasks: dict[int, _Task] = {}
        self._again: deque[_Task] = deque()
        self._done: deque[Outcome] = deque()

    def __enter__(self) -> Self:
        self._folder = SandboxFolder(self._parent_folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process and remove every file of this sandbox."""
        self._drop_launcher(gently=True)
        if self._folder is not None:
            self._folder.close()

    def run(
        self, requests: Iterable[ExtractionRequest], on_progress: OnProgress | None = None
    ) -> Generator[Outcome, None, None]:
        """Extract; yields each outcome as soon as it is there. Left early, it kills what still runs."""
        waiting = iter(requests)
        is_more = True
        try:
            while True:
                while is_more and len(self._tasks) + len(self._again) < self.slots and not self._must_rest():
                    request = next(waiting, None)
                    is_more = request is not None
                    if request is not None:
                        self._again.append(_Task(next(self._numbers), request))
                self._submit()
                yield from self._take_done()
                if not self._tasks and not self._again and not is_more:
                    return
                self._listen(on_progress)
                yield from self._take_done()
        finally:
            if self._tasks or self._again:
                self._tasks.clear()
                self._again.clear()
                self._drop_launcher()
            self._done.clear()

    def _take_done(self) -> Generator[Outcome, None, None]:
        while self._done:
            yield self._done.popleft()

    def _must_rest(self) -> bool:
        """Whether the launcher is too old for another file; once idle, it is replaced."""
        launcher = self._launcher
        if launcher is None or launcher.sent < RECYCLE_FILES:
            is_old = launcher is not None and launcher.sent % 100 == 99 and self._has_grown(launcher)
        else:
            is_old = True
        if is_old and not self._tasks:
            self._drop_launcher(gently=True)
            return False
        return is_old

    def _has_grown(self, launcher: LauncherProcess) -> bool:
        resident = launcher.resident_bytes()
        self._first_resident_bytes = self._first_resident_bytes or resident
        return resident > self._first_resident_bytes + RECYCLE_GROWTH_BYTES

    def _submit(self) -> None:
        """Hand over what is to be done; a launcher that cannot take it costs one attempt."""
        while self._again:
            task = self._again.popleft()
            task.attempts += 1
            task.deadline = time.monotonic() + START_SECONDS
            self._tasks[task.number] = task
            try:
                launcher = self._launcher or self._start_launcher()
                (Path(self._scratch(launcher)) / str(task.number)).mkdir(parents=True, exist_ok=True)
                launcher.send(_make_order(task))
                launcher.sent += 1
            except (LauncherGone, OSError) as error:
                self._give_up_launcher(str(error))
            except ValueError as error:  # of the serializer
                del self._tasks[task.number]
                self._fail(task, OptionsInvalid(f"The options cannot be passed on as JSON: {error}."))

    def _listen(self, on_progress: OnProgress | None) -> None:
        """Wait for news, at most until the first deadline."""
        launcher = self._launcher
        if launcher is None or not self._tasks:
            return
        patience = min(task.deadline for task in self._tasks.values()) - time.monotonic()
        try:
            events = launcher.hear(patience)
        except LauncherGone as error:
            self._give_up_launcher(str(error))
            return
        for event in events:
            self._heed(launcher, event, on_progress)
        if not events and patience <= 0:
            self._give_up_launcher("It hangs.")

    def _heed(
        self, launcher: LauncherProcess, event: Ready | Started | Beat | Ended, on_progress: OnProgress | None
    ) -> None:
        if isinstance(event, Ready):
            self.missing_protections = event.missing
            if event.missing:
                _warn_of_missing(event.missing)
            return
        task = self._tasks.get(event.number)
        if task is None:
            return
        if isinstance(event, Started):
            task.deadline = time.monotonic() + event.wall_seconds + GRACE_SECONDS
        elif isinstance(event, Beat):
            if on_progress is not None:
                on_progress(task.request, event.stage, event.done, event.total)
        else:
            scratch = self._scratch(launcher) / str(task.number)
            self._done.append(judge(task.request, event, scratch, self._target(task)))
            del self._tasks[task.number]
            shutil.rmtree(scratch, ignore_errors=True)

    def _start_launcher(self) -> LauncherProcess:
        if self._folder is None:
            raise RuntimeError("A sandbox is used as a context manager: `with Sandbox() as sandbox`.")
        self._first_resident_bytes = 0
        self._launcher = LauncherProcess(
            Setup(
                extractors=self.extractors,
                limits=self.limits,
                slots=self.slots,
                folder=str(self._folder.make_scratch()),
                preload=self.preload,
            )
        )
        return self._launcher

    def _give_up_launcher(self, reason: str) -> None:
        """Replace a launcher that died or hangs; what it had in hand is tried once more, then failed."""
        launcher = self._launcher
        told = launcher.log_tail() if launcher else ""
        logger.warning("the launcher is replaced: %s %r", reason, told)
        self._drop_launcher()
        for task in self._tasks.values():
            if task.attempts < MAX_ATTEMPTS:
                self._again.append(task)
                continue
            self._fail(task, ExtractorCrashed(f"The process that starts extractions failed: {reason}"), told)
        self._tasks.clear()

    def _fail(self, task: _Task, error: PybaseError, told: str = "") -> None:
        failure = Failure.of(error)
        if told:
            failure.detail["output_tail"] = told
        self._done.append(fail(task.request, failure, self._target(task)))

    def _drop_launcher(self, *, gently: bool = False) -> None:
        launcher, self._launcher = self._launcher, None
        if launcher is None:
            return
        if gently:
            launcher.stop()
        else:
            launcher.kill()
        shutil.rmtree(self._scratch(launcher), ignore_errors=True)
        launcher.log_path.unlink(missing_ok=True)

    def _scratch(self, launcher: LauncherProcess) -> Path:
        return launcher.log_path.with_suffix("")

    def _target(self, task: _Task) -> Path:
        assert self._folder is not None  # noqa: S101 - a launcher was started, so it is there
        return self._folder.results / f"{task.number}.json"


@cache
def _warn_of_missing(missing: tuple[Protection, ...]) -> None:
    """Once in a process: it does not change while the machine runs."""
    logger.warning("this system does not keep extractions from: %s (see `doctor`)", ", ".join(missing))


def _count_cores() -> int:
    """The cores that this process may use; a container's share where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _make_order(task: _Task) -> Order:
    request = task.request
    return Order(
        number=task.number,
        path_hex=os.fsencode(request.path.absolute()).hex(),
        name=printable(request.name),
        source_path=printable(request.source_path),
        options=request.options,
        format=request.format,
        environment=request.environment,
    )
