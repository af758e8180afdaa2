"""Tidying up the ledger and the results in the store, always with a look first. Knows no Dagster.

Rows go before their documents: should it be interrupted, what is left over is an orphaned document, which the next
clean-up finds. Only documents of our own naming are ever touched, and only in buckets that are watched. The document of
an attempt that is still at work is no orphan, whatever the clock says: its row is about to be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pybase_pipelines.ledger.cleanup import LongPending
from pybase_pipelines.ledger.model import utc_now
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import ListedObject, ObjectStore
from pybase_pipelines.orchestration.documents import split_address
from pybase_pipelines.settings import Settings

PAGE = 1000
_DOCUMENT = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(\d{1,9})\.json\.gz")


@dataclass(frozen=True, slots=True)
class CleanupRules:
    """How old things must be. A document may be younger than its row's end, so orphans get a day."""

    rows: timedelta = timedelta(days=30)
    orphans: timedelta = timedelta(days=1)
    given_up: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CleanupReport:
    """What was done, or would be.

    `old_rows`: finished jobs of versions that are gone, `documents` of theirs. `orphaned_jobs`: pending without a file.
    `given_up_jobs`: failed although tried again. `orphaned_documents`: results that no row knows.
    """

    old_rows: int = 0
    documents: int = 0
    orphaned_jobs: int = 0
    given_up_jobs: int = 0
    orphaned_documents: int = 0
    orphaned_bytes: int = 0

    @property
    def is_empty(self) -> bool:
        return self == CleanupReport()


@dataclass(frozen=True, slots=True)
class Cleanup:
    """One clean-up. `run` with `dry_run` counts, and changes nothing."""

    ledger: ExtractionJobService
    store: ObjectStore
    settings: Settings
    rules: CleanupRules = CleanupRules()
    clock: Callable[[], datetime] = utc_now

    def run(self, *, dry_run: bool) -> CleanupReport:
        """Everything, in the order in which one thing makes another one possible."""
        report = CleanupReport(given_up_jobs=self._give_up(dry_run), orphaned_jobs=self._close_orphans(dry_run))
        report = self._remove_old(report, dry_run)
        return self._sweep_documents(report, dry_run, of_strangers=True)

    def sweep(self, *, dry_run: bool) -> CleanupReport:
        """What may be done without a person: what interrupted runs left behind, and jobs that wait in vain.

        No row is removed, and no document of a job that this ledger does not know: it may be another ledger's.
        """
        report = CleanupReport(orphaned_jobs=self._close_orphans(dry_run))
        return self._sweep_documents(report, dry_run, of_strangers=False)

    def _give_up(self, dry_run: bool) -> int:
        before = self.clock() - self.rules.given_up
        return self.ledger.count_given_up(before) if dry_run else self.ledger.cancel_given_up(before)

    def _close_orphans(self, dry_run: bool) -> int:
        before, after, closed = self.clock() - self.rules.orphans, "", 0
        while page := self.ledger.list_long_pending(before, after=after, limit=PAGE):
            after = page[-1].job_id
            orphans = self._find_orphans(page)
            closed += len(orphans) if dry_run else self.ledger.fail_orphans(orphans, before)
        return closed

    def _find_orphans(self, page: list[LongPending]) -> list[str]:
        orphans = [each.job_id for each in page if each.ref is None]
        for bucket in sorted({each.ref.bucket for each in page if each.ref is not None}):
            jobs = [(each.job_id, each.ref) for each in page if each.ref is not None and each.ref.bucket == bucket]
            there = self.store.look_at(bucket, [ref.object_key for _, ref in jobs])
            orphans += [job_id for job_id, ref in jobs if there[ref.object_key] is None]
        return orphans

    def _remove_old(self, report: CleanupReport, dry_run: bool) -> CleanupReport:
        before, after = self.clock() - self.rules.rows, ""
        rows = documents = 0
        while page := self.ledger.list_old_jobs(before, after=after, limit=PAGE):
            after = page[-1].job_id
            ids = [old.job_id for old in page]
            removed = set(ids if dry_run else self.ledger.remove_jobs(ids, before))
            rows += len(removed)
            for old in page:
                if old.job_id in removed and old.result_path is not None:
                    documents += 1
                    if not dry_run:
                        self.store.delete(*split_address(old.result_path))
        return replace(report, old_rows=rows, documents=documents)

    def _sweep_documents(self, report: CleanupReport, dry_run: bool, *, of_strangers: bool) -> CleanupReport:
        number = size = 0
        for bucket in sorted({source.bucket for source in self.settings.watched_sources()}):
            for each in self._list_orphaned(bucket, of_strangers):
                number, size = number + 1, size + each.size
                if not dry_run:
                    self.store.delete(bucket, each.object_key)
        return replace(report, orphaned_documents=number, orphaned_bytes=size)

    def _list_orphaned(self, bucket: str, of_strangers: bool) -> Iterator[ListedObject]:
        prefix, token = self.settings.results_prefix, None
        before = self.clock() - self.rules.orphans
        while True:
            page = self.store.list_page(bucket, prefix, token)
            documents: list[tuple[str, int, ListedObject]] = []
            for each in page.objects:
                match = _DOCUMENT.fullmatch(each.object_key.removeprefix(prefix))
                if match is not None and each.modified_at < before:
                    documents.append((match[1], int(match[2]), each))
            # Asked after the listing: what was written before it, its row knows by now, or its attempt is at work.
            known = self.ledger.find_results(job_id for job_id, *_ in documents)
            for job_id, attempt, each in documents:
                result = known.get(job_id)
                if result is None:
                    is_orphan = of_strangers
                else:
                    is_own = result.result_path == f"s3://{bucket}/{each.object_key}"
                    is_orphan = not is_own and result.attempt_at_work != attempt
                if is_orphan:
                    yield each
            token = page.next_token
            if token is None:
                return
