"""What a tick and a full walk of discovery cost, by the number of known objects: `python -m benchmarks.discovery`.

The listing is simulated (pages of 1,000 objects, no network); the ledger is a real one (SQLite, on disk).
Each size runs in a process of its own, so that its peak memory is its own. Figures: seconds, and MiB of peak RSS.
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
COLUMNS = ("objects", "walk s", "tick s", "longest tick s", "with deletions s", "10,000 new s", "start MiB", "peak MiB")
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
        figures["walk_s"], ticks = walk(ledger, bucket, settings, walks)
        figures["tick_s"], figures["longest_tick_s"] = sum(ticks) / len(ticks), max(ticks)
        bucket.gone = set(range(0, size, size // DELETED))
        figures["walk_with_deletions_s"], _ = walk(ledger, bucket, settings, walks)
        left = ledger.count_current_objects("bucket")
        if left != size - len(bucket.gone):
            raise SystemExit(f"{left} objects are current, expected {size - len(bucket.gone)}")
        bucket.size += NEW
        figures["walk_with_new_s"], _ = walk(ledger, bucket, settings, walks)
        figures["memory_peak_mib"] = read_peak()
        return figures


def seed(ledger: ExtractionJobService, bucket: SimulatedBucket) -> None:
    """Make every object known, in bulk: registering is what `walk_with_new_s` measures."""
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
    ledger: ExtractionJobService, bucket: SimulatedBucket, settings: Settings, folder: Path
) -> tuple[float, list[float]]:
    """One walk to its end: its seconds, and those of each tick."""
    cursor, ticks = None, []
    while True:
        started = time.monotonic()
        state, reports = Discovery(ledger, bucket, settings, folder).run(cursor)
        ticks.append(time.monotonic() - started)
        if reports[0].trouble is not None:
            raise SystemExit(reports[0].describe())
        cursor = state.model_dump_json()
        if all(each.walks for each in state.sources.values()):
            return sum(ticks), ticks


def read_peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    table = Table(*COLUMNS)
    for size in sizes:
        code = f"import json; from benchmarks.discovery import measure; print(json.dumps(measure({size})))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        figures = json.loads(done.stdout.splitlines()[-1])
        names = ("walk_s", "tick_s", "longest_tick_s", "walk_with_deletions_s", "walk_with_new_s")
        memory = (f"{figures[name]:.0f}" for name in ("memory_at_start_mib", "memory_peak_mib"))
        table.add_row(f"{size:,}", *(f"{figures[name]:.2f}" for name in names), *memory)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
