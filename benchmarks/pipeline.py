"""What the whole pipeline costs: S3, sensor, ledger, runs, sandbox, on the embedded default. Part of `make bench`.

Three figures: one file on an idle system; the rate between the first and the last row of some thousand files, all of
which lie in the bucket when the engine starts; and the CPU seconds of a file by process, which a busy machine changes
least. Only this module: `python -m benchmarks.pipeline [FILES]`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from pybase_pipelines.cli.jobs import open_ledger
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.local.stack import Stack, locked_state, running_stack
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings, load_settings

FILES = 2000
MOST_SECONDS = 1200
SAMPLE_SECONDS = 0.25
ROLES = {
    "S3 server": "weed ",
    "sandbox: launcher and children": "sandbox.launcher",
    "run workers": "multiprocessing.spawn",
    "daemon": "dagster-daemon",
    "code server": "api grpc",
}
"""By a part of the command line; a child without a part of its own belongs to its parent's role."""


def make_tiny(folder: Path, count: int) -> list[Path]:
    """Small drawings that all differ."""
    lines = "".join(f"0\nLINE\n8\n0\n10\n0\n20\n{n}\n11\n10\n21\n{n}\n" for n in range(50))
    text = (
        f"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1009\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{lines}0\nENDSEC\n0\nEOF\n"
    )
    paths = [folder / f"tiny-{n:05}.dxf" for n in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f"999\n{number}\n{text}")
    return paths


@dataclass(slots=True)
class CpuMeter:
    """Adds up the CPU seconds of all processes that we started, by role, from `mark()` on; looks a few times a second.

    What a process uses between the last look and its end is lost, unless its parent reaps it and is looked at.
    """

    _seen: dict[tuple[int, float], tuple[str, float]] = field(default_factory=dict)
    _base: dict[tuple[int, float], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> None:
        with self._lock:
            for process in psutil.Process().children(recursive=True):
                try:
                    times, line = process.cpu_times(), " ".join(process.cmdline())
                    name = (process.pid, process.create_time())
                except psutil.Error:
                    continue
                is_launcher = "sandbox.launcher" in line
                if is_launcher and self._is_fork(process):
                    continue  # counted by its launcher, when it has ended
                seconds = times.user + times.system
                seconds += times.children_user + times.children_system if is_launcher else 0
                known, _ = self._seen.get(name, ("other", 0.0))
                # One that has ended, and is not reaped yet, has no command line any more.
                self._seen[name] = (next((role for role, part in ROLES.items() if part in line), known), seconds)

    def _is_fork(self, process: psutil.Process) -> bool:
        try:
            return "sandbox.launcher" in " ".join((process.parent() or process).cmdline())
        except psutil.Error:
            return True

    def mark(self) -> None:
        """Begin to count here."""
        self.look()
        with self._lock:
            self._base = {name: seconds for name, (_, seconds) in self._seen.items()}

    def read(self) -> Counter[str]:
        """CPU seconds by role since the mark."""
        self.look()
        spent: Counter[str] = Counter()
        with self._lock:
            for name, (role, seconds) in self._seen.items():
                spent[role] += seconds - self._base.get(name, 0.0)
        return spent


@dataclass(frozen=True, slots=True)
class Steady:
    """Between the first and the last row: how many files, in how many seconds, for how many CPU seconds by role."""

    files: int
    seconds: float
    seconds_to_first: float
    cpu: Counter[str]

    @property
    def rate(self) -> float:
        return self.files / self.seconds


def measure_latency(stack_settings: Settings, ledger: ExtractionJobService, path: Path) -> float:
    """Seconds from one upload to its row, on an idle system."""
    store = ObjectStore(stack_settings.store_address())
    started = time.perf_counter()
    store.upload_file(path, stack_settings.bucket, path.name)
    wait_for(ledger, 1)
    return time.perf_counter() - started


def measure_steady(stack: Stack, settings: Settings, ledger: ExtractionJobService, paths: Sequence[Path]) -> Steady:
    """Put all files into the bucket while the engine is down, start it, and watch."""
    stack.engine.stop()
    store = ObjectStore(settings.store_address())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda p: store.upload_file(p, settings.bucket, f"many/{p.name}"), paths))
    before = ledger.stats().by_status["completed"]
    meter = CpuMeter()
    started = time.perf_counter()
    stack.engine.start()
    first = wait_for(ledger, before + 1, meter)
    to_first, began = time.perf_counter() - started, time.perf_counter()
    meter.mark()
    last = wait_for(ledger, before + len(paths), meter)
    return Steady(last - first, time.perf_counter() - began, to_first, meter.read())


def wait_for(ledger: ExtractionJobService, completed: int, meter: CpuMeter | None = None) -> int:
    """Wait for so many completed rows; the answer is how many there are."""
    deadline = time.monotonic() + MOST_SECONDS
    while (found := ledger.stats().by_status["completed"]) < completed:
        if time.monotonic() > deadline:
            raise SystemExit(f"{found} of {completed} files are completed after {MOST_SECONDS} seconds.")
        if meter is not None:
            meter.look()
        time.sleep(SAMPLE_SECONDS)
    return found


def measure_pipeline(folder: Path, count: int, floor: float | None, console: Console) -> None:
    """Print the figures; `floor` is files a second in one process without isolation, measured in the same run."""
    os.environ["PYBASE_STATE_DIR"] = str(folder / "state")
    one, *many = make_tiny(folder, count + 1)
    settings = load_settings()
    with locked_state(settings):
        ledger = open_ledger(settings)
        with running_stack(settings, with_ui=False) as stack:
            time.sleep(20)  # until the daemon and the code server are up and quiet
            latency = measure_latency(settings, ledger, one)
            steady = measure_steady(stack, settings, ledger, many)
    table = Table("what", "figure", title=f"The whole pipeline, {count:,} tiny DXF files")
    table.add_row("one file on an idle system, seconds from upload to row", f"{latency:.1f}")
    table.add_row("engine started on a full bucket, seconds to the first row", f"{steady.seconds_to_first:.1f}")
    share = f" ({steady.rate / floor:.3f} of the floor)" if floor else ""
    table.add_row("files a minute between the first and the last row", f"{steady.rate * 60:,.0f}{share}")
    table.add_row("CPU ms a file, all processes", f"{1000 * steady.cpu.total() / steady.files:.1f}")
    for role, seconds in steady.cpu.most_common():
        table.add_row(f"  {role}", f"{1000 * seconds / steady.files:.1f}")
    console.print(table)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pybase-bench-") as name:
        measure_pipeline(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else FILES, None, Console(width=110))


if __name__ == "__main__":
    main()
