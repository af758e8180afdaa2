"""What every part of the job service stands on: the engine, the clock, the transactions, and rows as views."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from pybase_pipelines.ledger import engine as database
from pybase_pipelines.ledger.model import ExtractionJob, utc_now
from pybase_pipelines.ledger.retries import LONGEST_WAIT
from pybase_pipelines.ledger.texts import is_storable
from pybase_pipelines.ledger.views import JobView

CHUNK = 500
"""How many rows one statement names; SQLite's old limit of 999 variables is kept for any statement with one a row."""

REQUEST_LIFETIME = timedelta(hours=1)
QUOTA_PAUSE = timedelta(minutes=30)
AFTER_THE_PROBE = timedelta(seconds=90)
"""How much later than an extractor's probe its other jobs follow: by then it has been answered."""
CLOCK_MARGIN = timedelta(minutes=1)
"""The clocks of two machines that share a ledger may differ by so much."""

Item = TypeVar("Item")

CURRENT: ColumnElement[bool] = ExtractionJob.superseded_at.is_(None) & ExtractionJob.deleted_at.is_(None)


class LedgerAccess:
    """`clock` and `jitter` are given by tests; `request_lifetime` is how long a launch may stay unclaimed.

    `cpu_budget_seconds`: what all attempts of a job may take together before it is not tried again (0: anything).
    `quota_pause`: how long an outside service without credits is left alone.
    """

    def __init__(
        self,
        database_url: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        jitter: Callable[[], float] = random.random,
        request_lifetime: timedelta = REQUEST_LIFETIME,
        cpu_budget_seconds: float = 0,
        quota_pause: timedelta = QUOTA_PAUSE,
    ) -> None:
        self.engine = database.open_engine(database_url)
        self.clock = clock
        self.jitter = jitter
        self.request_lifetime = request_lifetime
        self.cpu_budget_seconds = cpu_budget_seconds
        self.quota_pause = quota_pause

    @property
    def longest_wait(self) -> timedelta:
        """Longer than this nothing ever waits for its next try."""
        return max(LONGEST_WAIT, self.quota_pause + AFTER_THE_PROBE) + CLOCK_MARGIN

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self.engine.dispose()

    def reading(self) -> AbstractContextManager[Session]:
        return database.reading(self.engine)

    def writing(self) -> AbstractContextManager[Session]:
        return database.writing(self.engine)


def chunk(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in parts that one statement can hold."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def chunk_by_bucket(objects: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Sequence[str]]]:
    """The keys of objects, in parts of one bucket that one statement can hold; what cannot be stored is left out."""
    by_bucket: dict[str, list[str]] = {}
    for bucket, object_key in objects:
        if is_storable(bucket + object_key):
            by_bucket.setdefault(bucket, []).append(object_key)
    for bucket, object_keys in by_bucket.items():
        for part in chunk(object_keys):
            yield bucket, part


def view_all(session: Session, statement: Select[ExtractionJob]) -> list[JobView]:
    """The jobs that a statement selects, as views."""
    return [JobView.model_validate(job) for job in session.scalars(statement)]


def lock_all(session: Session, *conditions: ColumnElement[bool]) -> list[ExtractionJob]:
    """The jobs that meet the conditions, locked until the transaction ends.

    Always in the order of their ids: two writers that lock the same rows wait for each other instead of deadlocking.
    """
    statement = select(ExtractionJob).where(*conditions).order_by(ExtractionJob.id).with_for_update()
    return list(session.scalars(statement.execution_options(populate_existing=True)))
