"""The launcher: a small process that loads the libraries once and forks one child for each file.

It is started by the client (`python -m pybase_pipelines.sandbox.launcher`), reads orders as JSON lines from its
standard input and writes events as JSON lines to its standard output. It has a single thread, since a process with
several must not fork, and it ends, with all its children, when its input ends.
What belongs here: the loop. What does not: a single child (`sandbox.watch`), opinions on how it ended
(`sandbox.verdict`).
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

from pybase_pipelines.extractors.registry import ExtractorRow
from pybase_pipelines.formats.table import Format
from pybase_pipelines.results.envelope import ExtractorInfo
from pybase_pipelines.sandbox.cell import Cell, Walls
from pybase_pipelines.sandbox.child import Kit, look_ahead
from pybase_pipelines.sandbox.confinement import adopt_orphans, list_children
from pybase_pipelines.sandbox.limits import Limits
from pybase_pipelines.sandbox.messages import Ended, Message, Order, Protection, Ready, Setup, Started
from pybase_pipelines.sandbox.probe import find_missing
from pybase_pipelines.sandbox.warm_up import warm_up
from pybase_pipelines.sandbox.watch import Watch, start_child

SCRATCH_CHECK_SECONDS = 1.0
END_SECONDS = 3.0
COMMON_MODULES = ("encodings.cp1252", "encodings.utf_16_le", "encodings.utf_16_be", "encodings.utf_32_be")
"""What children of every format import in passing."""
_OUTBOX_BYTES = 1 << 18


class Launcher:
    """The loop over orders, children and clocks."""

    def __init__(self, setup: Setup, orders_fd: int, events_fd: int, unread: bytes) -> None:
        self.setup = setup
        self.folder = Path(setup.folder)
        self.extractors: Mapping[Format, ExtractorRow] = _load_table(setup.extractors)
        self.infos: dict[Format, ExtractorInfo | None] = {}
        self.walls: dict[tuple[bool, bool], Walls] = {}
        self.orders_fd, self.events_fd = orders_fd, events_fd
        self.unread = unread
        self.outbox = bytearray()
        self.waiting: deque[Order] = deque()
        self.running: dict[int, Watch] = {}
        self.selector = selectors.DefaultSelector()
        self.next_scratch_check = 0.0
        self.is_open = True

    def run(self) -> None:
        """Serve until the input ends; leave no child and no scratch folder behind."""
        adopt_orphans()
        missing = self.probe()
        wake_read, wake_write = os.pipe()
        for descriptor in (wake_read, wake_write, self.orders_fd, self.events_fd):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(wake_read, selectors.EVENT_READ, lambda: bool(os.read(wake_read, 4096)))
        self.selector.register(self.orders_fd, selectors.EVENT_READ, self.hear_orders)
        try:
            for format_ in self.setup.preload:
                self.preload(format_)
            self.tell(Ready(process_id=os.getpid(), missing=missing))
            self.take_orders(b"")
            while self.is_open:
                self.turn()
        finally:
            self.end_children(time.monotonic() + END_SECONDS)
            if not self.is_open:  # the client is gone; otherwise it may still be reading there
                shutil.rmtree(self.folder, ignore_errors=True)

    def turn(self) -> None:
        """One turn: what was heard, what has ended, what is overdue, what can be started."""
        for key, _ in self.selector.select(self.patience()):
            if not key.data():
                self.selector.unregister(key.fileobj)
        self.reap()
        self.enforce(time.monotonic())
        while self.is_open and self.waiting and len(self.running) < self.setup.slots:
            self.start(self.waiting.popleft())
        self.flush()

    def patience(self) -> float:
        """How long to wait for news."""
        if self.waiting and len(self.running) < self.setup.slots:
            return 0.0
        now = time.monotonic()
        clocks = [watch.deadline() for watch in self.running.values()]
        if clocks:
            clocks.append(self.next_scratch_check)
        if self.outbox:
            clocks.append(now + 0.05)
        return max(0.0, min(clocks) - now) if clocks else 60.0

    def hear_orders(self) -> bool:
        try:
            data = os.read(self.orders_fd, 1 << 20)
        except BlockingIOError:
            return True
        self.is_open = bool(data)
        self.take_orders(data)
        return self.is_open

    def take_orders(self, data: bytes) -> None:
        *lines, self.unread = (self.unread + data).split(b"\n")
        self.waiting.extend(Order.model_validate_json(line) for line in lines)

    def start(self, order: Order) -> None:
        """Fork a child for the order, with the libraries of its format loaded."""
        detection = look_ahead(order)
        format_ = order.format or (detection.format if detection else None)
        if format_ is not None:
            self.preload(format_)
        limits = self.setup.limits.get(format_, Limits()) if format_ else Limits()
        scratch = self.folder / str(order.number)
        row, info = (self.extractors.get(format_), self.infos.get(format_)) if format_ else (None, None)
        watch = start_child(order, Kit(detection, row, info), limits, scratch, self.raise_walls(row))
        self.running[watch.process_id] = watch
        self.selector.register(watch.output_fd, selectors.EVENT_READ, watch.hear_output)
        self.selector.register(watch.status_fd, selectors.EVENT_READ, lambda: self.hear_status(watch))
        self.tell(Started(number=order.number, process_id=watch.process_id, wall_seconds=limits.wall_seconds))

    def raise_walls(self, row: ExtractorRow | None) -> Walls:
        """The walls around the children of a row, prepared once for many."""
        key = (row.uses_network, row.starts_processes) if row else (False, False)
        if key not in self.walls:
            self.walls[key] = Walls(network=key[0], processes=key[1])
        return self.walls[key]

    def probe(self) -> tuple[Protection, ...]:
        """What an extraction is not kept from here."""
        scratch = self.folder / "probe"
        scratch.mkdir()
        nothing = os.open(os.devnull, os.O_WRONLY)
        missing = find_missing(Cell(scratch, scratch, Limits(), os.getpid(), nothing, nothing, self.raise_walls(None)))
        os.close(nothing)
        shutil.rmtree(scratch, ignore_errors=True)
        return missing

    def hear_status(self, watch: Watch) -> bool:
        beats, is_open = watch.hear_status()
        for beat in beats[-1:]:  # a beat that is overtaken interests nobody
            self.tell(beat, may_be_lost=True)
        return is_open

    def reap(self) -> None:
        """Collect every process that has ended, and kill what the ended ones left behind."""
        ended = False
        while True:
            try:
                process_id, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if process_id == 0:
                break
            ended = True
            if (watch := self.running.pop(process_id, None)) is not None:
                for descriptor in (watch.output_fd, watch.status_fd):
                    with contextlib.suppress(KeyError):
                        self.selector.unregister(descriptor)
                self.tell(watch.end(status, usage))
        if ended:
            for process_id in set(list_children()) - set(self.running):
                _kill(process_id)

    def enforce(self, now: float) -> None:
        """Kill what is over its time or its disk."""
        for watch in self.running.values():
            if cause := watch.overdue(now):
                watch.kill(cause)
        if self.running and now >= self.next_scratch_check:
            self.next_scratch_check = now + SCRATCH_CHECK_SECONDS
            for watch in self.running.values():
                if watch.is_over_scratch():
                    watch.kill("scratch")

    def end_children(self, deadline: float) -> None:
        """Kill every child and, as they become ours, all that those had started."""
        for watch in self.running.values():
            watch.kill()
        while time.monotonic() < deadline:
            for process_id in list_children():
                _kill(process_id)
            try:
                if os.wait4(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.005)
            except ChildProcessError:
                return

    def preload(self, format_: Format) -> None:
        """Load what the extractor of the format needs, once; what is missing is the child's to report."""
        row = self.extractors.get(format_)
        if row is None or format_ in self.infos:
            return
        imports = [partial(import_module, module) for module in (*COMMON_MODULES, *row.preload)]
        for load in (*imports, row.load_extract, row.load_content, row.load_options):
            with contextlib.suppress(Exception):
                load()
        self.infos[format_] = None
        with contextlib.suppress(Exception):  # a library whose version is unknown
            self.infos[format_] = row.info()
        for walls in self.walls.values():
            walls.close()
        self.walls.clear()  # what was just loaded may lie elsewhere
        warm_up(row, self.folder)
        gc.collect()
        gc.freeze()  # children share these pages as long as nobody writes to them

    def tell(self, event: Message, *, may_be_lost: bool = False) -> None:
        if may_be_lost and len(self.outbox) > _OUTBOX_BYTES:
            return
        self.outbox += event.model_dump_json().encode() + b"\n"
        if isinstance(event, Ready | Ended):
            self.flush()

    def flush(self) -> None:
        """Write what the client is ready to read; it may be busy with something else."""
        while self.outbox:
            try:
                del self.outbox[: os.write(self.events_fd, self.outbox)]
            except BlockingIOError:
                return
            except OSError:
                self.is_open = False
                return


def _load_table(name: str) -> Mapping[Format, ExtractorRow]:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _kill(process_id: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process_id, signal.SIGKILL)


def _read_setup(descriptor: int) -> tuple[Setup, bytes]:
    data = b""
    while b"\n" not in data:
        if not (more := os.read(descriptor, 1 << 16)):
            sys.exit(0)
        data += more
    line, _, rest = data.partition(b"\n")
    return Setup.model_validate_json(line), rest


def main() -> None:
    """Keep the two pipes to the client for ourselves, so that no library can print into them, and serve."""
    orders, events = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is the client's to handle
    setup, rest = _read_setup(orders)
    Launcher(setup, orders, events, rest).run()


if __name__ == "__main__":
    main()
