"""Many jobs at once, as a person means them: tried again, cancelled, or read again by a newer extractor.

Each chunk is a transaction of its own, whose rows are looked at again under their locks: what changed meanwhile is
left alone, and a command that is interrupted may simply be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from pybase_pipelines.errors import QuotaExhausted
from pybase_pipelines.ledger.access import CURRENT, chunk, lock_all
from pybase_pipelines.ledger.changes import cancel, reset
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.pauses import JobPauses
from pybase_pipelines.ledger.selection import JobFilter
from pybase_pipelines.ledger.states import OPEN, Status

OnDone = Callable[[int], None]
"""Told how many more jobs are done."""

_IS_WAITING = (ExtractionJob.status == Status.PENDING) & ExtractionJob.next_retry_at.is_not(None)
RETRYABLE: ColumnElement[bool] = CURRENT & or_(ExtractionJob.status.in_([Status.FAILED, Status.CANCELLED]), _IS_WAITING)
"""What a person may try again: what ended badly, and what waits for its time."""
CANCELLABLE: ColumnElement[bool] = ExtractionJob.status.in_(OPEN)
_IS_OUT_OF_CREDITS = ExtractionJob.error_code == QuotaExhausted.code
_FINISHED_READING = (Status.COMPLETED, Status.FAILED)


@dataclass(frozen=True, slots=True)
class Amount:
    """How many files, and how many bytes they have together."""

    files: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class OutdatedGroup:
    """Jobs that one version of an extractor read, and how they ended."""

    extractor_name: str
    extractor_version: str
    status: Status
    amount: Amount


class JobBulk(JobPauses):
    """The part of the job service that changes many jobs by hand."""

    def count_retryable(self, wanted: JobFilter) -> Amount:
        """What `retry_jobs` would try again."""
        return self._count(RETRYABLE, *wanted.conditions())

    def count_cancellable(self, wanted: JobFilter) -> Amount:
        """What `cancel_jobs` would cancel."""
        return self._count(CANCELLABLE, *wanted.conditions())

    def retry_jobs(self, wanted: JobFilter, on_done: OnDone | None = None) -> int:
        """Try again what ended badly or waits for its time, with the whole budget; an extractor's pause ends with it.

        What is finished well, at work, or of an object that was replaced or deleted, is left alone.
        """
        paused = self._list(ExtractionJob.extractor_name, RETRYABLE, _IS_OUT_OF_CREDITS, *wanted.conditions())
        changed = self._change(self._list_ids(RETRYABLE, *wanted.conditions()), RETRYABLE, reset, on_done)
        for name in paused:
            self.resume_extractor(name)
        return changed

    def cancel_jobs(self, wanted: JobFilter, reason: str, on_done: OnDone | None = None) -> int:
        """Cancel what is pending or processing."""
        now = self.clock()
        ids = self._list_ids(CANCELLABLE, *wanted.conditions())
        return self._change(ids, CANCELLABLE, lambda job: cancel(job, reason, now), on_done)

    def summarise_outdated(
        self, versions: Mapping[str, str], wanted: JobFilter, *, any_version: bool = False
    ) -> list[OutdatedGroup]:
        """What `requeue_outdated` would read again, by the extractor that read it.

        Args:
            versions: the version of each extractor now.
            wanted: narrows it down.
            any_version: also what this version read.
        """
        columns = (ExtractionJob.extractor_name, ExtractionJob.extractor_version, ExtractionJob.status)
        amounts = (func.count(), func.coalesce(func.sum(ExtractionJob.file_size), 0))
        conditions = self._outdated(versions, wanted, any_version)
        statement = select(*columns, *amounts).where(*conditions).group_by(*columns).order_by(*columns)
        with self.reading() as session:
            return [
                OutdatedGroup(name or "", version or "", Status(status), Amount(files, int(size or 0)))
                for name, version, status, files, size in session.execute(statement)
            ]

    def requeue_outdated(
        self,
        versions: Mapping[str, str],
        wanted: JobFilter,
        *,
        any_version: bool = False,
        on_done: OnDone | None = None,
    ) -> int:
        """Make finished jobs pending again that an older extractor read. A result stays until the new one is there."""
        is_finished = CURRENT & ExtractionJob.status.in_(_FINISHED_READING)
        ids = self._list_ids(*self._outdated(versions, wanted, any_version))
        return self._change(ids, is_finished, reset, on_done)

    def _outdated(
        self, versions: Mapping[str, str], wanted: JobFilter, any_version: bool
    ) -> tuple[ColumnElement[bool], ...]:
        columns = (ExtractionJob.extractor_name, ExtractionJob.extractor_version)
        statement = select(*columns).where(CURRENT, *(column.is_not(None) for column in columns)).distinct()
        with self.reading() as session:
            pairs = [(str(name), str(version)) for name, version in session.execute(statement)]
        chosen = [
            and_(ExtractionJob.extractor_name == name, ExtractionJob.extractor_version == version)
            for name, version in pairs
            if name in versions and (any_version or is_older(version, versions[name]))
        ]
        is_chosen = or_(*chosen) if chosen else false()
        return (CURRENT, ExtractionJob.status.in_(_FINISHED_READING), is_chosen, *wanted.conditions())

    def _count(self, *conditions: ColumnElement[bool]) -> Amount:
        statement = select(func.count(), func.coalesce(func.sum(ExtractionJob.file_size), 0)).where(*conditions)
        with self.reading() as session:
            files, size = session.execute(statement).one()
            return Amount(files, int(size or 0))

    def _list_ids(self, *conditions: ColumnElement[bool]) -> list[str]:
        return self._list(ExtractionJob.id, *conditions)

    def _list(self, column: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> list[str]:
        with self.reading() as session:
            return sorted(session.scalars(select(column).where(column.is_not(None), *conditions).distinct()))

    def _change(
        self,
        job_ids: Sequence[str],
        condition: ColumnElement[bool],
        change: Callable[[ExtractionJob], None],
        on_done: OnDone | None,
    ) -> int:
        changed = 0
        for part in chunk(job_ids):
            with self.writing() as session:
                jobs = lock_all(session, ExtractionJob.id.in_(part), condition)
                for job in jobs:
                    change(job)
            changed += len(jobs)
            if on_done is not None:
                on_done(len(part))
        return changed


def is_older(version: str, current: str) -> bool:
    """Whether a version comes before another; of versions that are no numbers, any other one counts as older."""
    try:
        return _parts(version) < _parts(current)
    except ValueError:
        return version != current


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
