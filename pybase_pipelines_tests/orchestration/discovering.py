"""A ledger, sources and ticks of discovery, without Dagster: for tests of what is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.views import JobView
from pybase_pipelines.orchestration.discovery import Discovery, SourceReport
from pybase_pipelines.settings import Settings


def open_ledger(folder: Path) -> ExtractionJobService:
    url = f"sqlite:///{folder / 'ledger.db'}"
    upgrade(url)
    return ExtractionJobService(url)


@dataclass
class Ticks:
    """The sensor's part that looks: each tick carries the cursor on, as the daemon does."""

    ledger: ExtractionJobService
    store: Any
    folder: Path
    settings: Settings
    cursor: str | None = None
    reports: list[SourceReport] = field(default_factory=list)

    def tick(self) -> SourceReport:
        cursor, self.reports = Discovery(self.ledger, self.store, self.settings, self.folder).run(self.cursor)
        self.cursor = cursor.model_dump_json()
        return self.reports[0]

    def put(self, object_key: str, data: bytes = b"x", bucket: str | None = None) -> None:
        self.store.put(bucket or self.settings.bucket, object_key, data, content_type="text/plain")

    def current(self, bucket: str | None = None) -> dict[str, JobView]:
        jobs = self.ledger.list_jobs(bucket=bucket or self.settings.bucket, current_only=True, limit=1000)
        assert len({job.object_key for job in jobs}) == len(jobs), "one current job for each object"
        return {job.object_key or "": job for job in jobs}

    def change(self, **settings: Any) -> None:
        self.settings = self.settings.model_copy(update=settings)
