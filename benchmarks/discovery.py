"""What a tick and a full walk of discovery cost, by the number of known objects: `make bench-discovery`.

The listing is simulated (pages of 1,000 objects, no network); the ledger is a real one (SQLite, on disk).
Each size runs in a process of its own, so that its peak memory is its own, and is printed as soon as it is done.
Figures: CPU seconds, the longest tick on the clock, and MiB of peak RSS. Some sizes only: `python -m
benchmarks.discovery 10000 100000`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.records import Upload
from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import ListedObject, ListingPage
from pybase_pipelines.orchestration.discovery import Discovery
from pybase_pipelines.settings import Settings

SIZES = (10_000, 100_000, 1_000_000)
PAGE = 1000
DELETED = 100
NEW = 10_000
COLUMNS = {
    "ticks": "ticks of a walk",
    "walk_cpu_s": "walk, CPU s",
    "tick_cpu_s": "tick, CPU s",
    "longest_tick_s": "longest tick, s",
    "deletions_cpu_s": "walk with 100 deleted, CPU s",
    "new_cpu_s": "walk with 10,000 new, CPU s",
    "memory_at_start_mib": "MiB at the start",
    "memory_peak_mib": "MiB at the peak",
}
THEN = datetime(2026, 1, 1, tzinfo=UTC)


class SimulatedBucket:
    """So many objects, some of them gone; keys as long as real ones."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.gone: set[int] = set()

    def list_page(self, bucket: str, prefix: str = "", token: str | None = None) -> ListingPage:  # noqa: ARG002 - S3 has them
        start = int(token or 0)
        numbers = range(start, min(start + PAGE, self.size))
        objects = tuple(self.show(n) for n in numbers if n not in self.gone)
        return ListingPage(objects, str(start + PAGE) if start + PAGE < self.size else None)

    def look_at(self, bucket: str, object_keys: Sequence[str]) -> dict[str, ListedObject | None]:  # noqa: ARG002
        numbers = {key: int(key.rpartition("-")[2][:-4]) for key in object_keys}
        return {key: None if n in self.gone else self.show(n) for key, n in numbers.items()}

    def show(self, n: int) -> ListedObject:
        return ListedObject(f"projects/{n % 97:03}/drawings/assembly-{n:09}.pdf", f"{n:032x}", 250_000, THEN)


def measure(size: int) -> dict[str, float]:
    """Figures for one size, in this process."""
    with tempfile.TemporaryDirectory(prefix="bench-discovery-") as folder:
        url = f"sqlite:///{folder}/ledger.db"
        upgrade(url)
        ledger = ExtractionJobService(url)
        bucket = SimulatedBucket(size)
        settings = Settings(bucket="bucket", database_url=None)
        walks = Path(folder) / "walks"
        figures: dict[str, float] = {"objects": size, "memory_at_start_mib": read_peak()}
        seed(ledger, bucket)
        ticks: list[float] = []
        figures["walk_cpu_s"] = walk(ledger, bucket, settings, walks, ticks)
        figures["ticks"], figures["tick_cpu_s"] = len(ticks), figures["walk_cpu_s"] / len(ticks)
        bucket.gone = set(range(0, size, size // DELETED))
        figures["deletions_cpu_s"] = walk(ledger, bucket, settings, walks, ticks)
        left = ledger.stats().total
        if left != size - len(bucket.gone):
            raise SystemExit(f"{left} objects are current, expected {size - len(bucket.gone)}")
        bucket.size += NEW
        figures["new_cpu_s"] = walk(ledger, bucket, settings, walks, ticks)
        figures["longest_tick_s"] = max(ticks)
        figures["memory_peak_mib"] = read_peak()
        return figures


def seed(ledger: ExtractionJobService, bucket: SimulatedBucket) -> None:
    """Make every object known, in bulk: registering is what `new_cpu_s` measures."""
    for start in range(0, bucket.size, 10 * PAGE):
        rows = []
        for n in range(start, min(start + 10 * PAGE, bucket.size)):
            upload = Upload("bucket", bucket.show(n).object_key, bucket.show(n).etag)
            rows.append(
                {
                    "filename": upload.object_key,
                    "file_url": upload.object_key,
                    "bucket": upload.bucket,
                    "object_key": upload.object_key,
                    "etag": upload.etag,
                    "identity": upload.identity,
                    "options_hash": upload.options_hash,
                    "status": "completed",
                }
            )
        with ledger.writing() as session:
            session.execute(insert(ExtractionJob), rows)


def walk(
    ledger: ExtractionJobService, bucket: SimulatedBucket, settings: Settings, folder: Path, ticks: list[float]
) -> float:
    """One walk to its end: its CPU seconds; the seconds of each tick on the clock are added to `ticks`."""
    cursor, began = None, time.process_time()
    while True:
        started = time.monotonic()
        state, reports = Discovery(ledger, bucket, settings, folder).run(cursor)
        ticks.append(time.monotonic() - started)
        if reports[0].trouble is not None:
            raise SystemExit(reports[0].describe())
        cursor = state.model_dump_json()
        if all(each.walks for each in state.sources.values()):
            return time.process_time() - began


def read_peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    table = Table("objects", *COLUMNS.values())
    for size in sizes:
        code = f"import json; from benchmarks.discovery import measure; print(json.dumps(measure({size})))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        line = done.stdout.splitlines()[-1]
        print(line, flush=True)
        figures = json.loads(line)
        table.add_row(f"{size:,}", *(f"{figures[name]:.3g}" for name in COLUMNS))
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
