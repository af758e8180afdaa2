"""What the ledger believes to be there: watched sources, known objects, their state. Narrow rows, page by page.

What belongs here: what comparing with a bucket, and with the engine's partitions, needs of a million objects without
loading a million jobs. What does not: changing jobs (`registration`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from pybase_pipelines.ledger.access import CURRENT, LedgerAccess, chunk_by_bucket
from pybase_pipelines.ledger.model import ExtractionJob, UtcDateTime, WatchedSource
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.views import ObjectRef

COST_SAMPLE = 500
"""How many finished jobs tell how long the formats take; the newest ones, so that a faster extractor shows soon."""


@dataclass(frozen=True, slots=True)
class KnownObject:
    """An object that the ledger believes to be in the bucket, and since when it has known it."""

    object_key: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class JobState:
    """Where a job of an object's current version stands; an object with several jobs has several."""

    job_id: str
    ref: ObjectRef
    status: Status
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CostSample:
    """One finished job: what it was and what it took."""

    format: str
    size: int
    cpu_seconds: float


class JobInventory(LedgerAccess):
    """The part of the job service that compares: with buckets and with partitions."""

    def note_source(self, bucket: str, prefix: str) -> datetime:
        """Since when this bucket and prefix is watched; it is now where nobody has asked before."""
        is_it = (WatchedSource.bucket == bucket) & (WatchedSource.prefix == prefix)
        with self.reading() as session:
            since = session.scalar(select(WatchedSource.first_seen_at).where(is_it))
        if since is not None:
            return since
        with self.writing() as session:
            dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
            row = {"bucket": bucket, "prefix": prefix, "first_seen_at": self.clock()}
            session.execute(dialect.insert(WatchedSource).values(**row).on_conflict_do_nothing())
            return session.scalars(select(WatchedSource.first_seen_at).where(is_it)).one()

    def estimate_objects(self, bucket: str, prefix: str = "") -> int:
        """At least how many objects are known; those that are gone, and older versions, count too.

        It reads an index alone: counting a million rows takes seconds, or a tick's whole budget on a slow disk.
        """
        statement = select(func.count()).select_from(ExtractionJob).where(*self._lie_under(bucket, prefix))
        with self.reading() as session:
            return session.scalar(statement) or 0

    def list_current_objects(
        self, bucket: str, *, prefix: str = "", after: str | None = None, limit: int = 1000
    ) -> list[KnownObject]:
        """Objects that the ledger believes to be there, by key; `after` is the last key of the page before."""
        key = ExtractionJob.object_key
        is_one = (CURRENT, *self._lie_under(bucket, prefix))
        statement = select(key, func.max(ExtractionJob.created_at)).where(*is_one)
        if after is not None:
            statement = statement.where(key > after)
        with self.reading() as session:
            rows = session.execute(statement.group_by(key).order_by(key).limit(limit))
            return [KnownObject(object_key or "", registered_at) for object_key, registered_at in rows]

    def list_newest_states(self, after: JobState | None = None, limit: int = 1000) -> list[JobState]:
        """Where the jobs of current objects stand, the newest first; `after` is the last one of the page before."""
        position = (ExtractionJob.created_at, ExtractionJob.id)
        statement = _STATES.where(CURRENT).order_by(*(column.desc() for column in position)).limit(limit)
        if after is not None:
            statement = statement.where(
                tuple_(*position) < tuple_(literal(after.created_at, UtcDateTime), literal(after.job_id))
            )
        with self.reading() as session:
            return [_state(*row) for row in session.execute(statement)]

    def list_states(self, objects: Sequence[ObjectRef]) -> list[JobState]:
        """Where the current jobs of these objects stand."""
        found: list[JobState] = []
        with self.reading() as session:
            for bucket, part in chunk_by_bucket(objects):
                is_one = CURRENT & (ExtractionJob.bucket == bucket) & ExtractionJob.object_key.in_(part)
                found += [_state(*row) for row in session.execute(_STATES.where(is_one))]
        return found

    def _lie_under(self, bucket: str, prefix: str) -> Iterator[ColumnElement[bool]]:
        """Whether an object has this bucket and prefix.

        On SQLite also as a range, so that the index leads to a few objects among a million; PostgreSQL may sort by the
        rules of a language, where the keys of a prefix need not be neighbours.
        """
        yield ExtractionJob.bucket == bucket
        if prefix:
            yield func.substr(ExtractionJob.object_key, 1, len(prefix)) == prefix
            if self.engine.dialect.name == "sqlite":
                yield ExtractionJob.object_key >= prefix
                if (end := find_end(prefix)) is not None:
                    yield ExtractionJob.object_key < end

    def count_waiting(self, priority: int, at_most: int) -> int:
        """How many jobs wait that are as urgent as this or more, counted no further than `at_most`."""
        is_one = (ExtractionJob.status == Status.PENDING) & (ExtractionJob.priority <= priority)
        waiting = select(ExtractionJob.id).where(is_one).limit(at_most).subquery()
        with self.reading() as session:
            return session.scalar(select(func.count()).select_from(waiting)) or 0

    def sample_costs(self) -> list[CostSample]:
        """What the newest finished jobs took."""
        statement = (
            select(ExtractionJob.format, ExtractionJob.file_size, ExtractionJob.cpu_seconds)
            .where(ExtractionJob.status == Status.COMPLETED)
            .order_by(ExtractionJob.created_at.desc())
            .limit(COST_SAMPLE)
        )
        with self.reading() as session:
            rows = session.execute(statement).all()
        return [CostSample(f, size, cpu) for f, size, cpu in rows if f and size is not None and cpu is not None]


def find_end(prefix: str) -> str | None:
    """The first text, in the order of characters, that comes after all that begin with the prefix, if there is any."""
    for place in reversed(range(len(prefix))):
        following = ord(prefix[place]) + 1
        if following <= sys.maxunicode:
            # Between the two lie surrogates, which are no characters.
            return prefix[:place] + chr(0xE000 if following == 0xD800 else following)
    return None


_STATES = select(
    ExtractionJob.id,
    ExtractionJob.bucket,
    ExtractionJob.object_key,
    ExtractionJob.status,
    ExtractionJob.created_at,
    ExtractionJob.completed_at,
).where(ExtractionJob.bucket.is_not(None))


def _state(
    job_id: str, bucket: str, object_key: str, status: str, created_at: datetime, completed_at: datetime | None
) -> JobState:
    return JobState(job_id, ObjectRef(bucket, object_key), Status(status), created_at, completed_at)
