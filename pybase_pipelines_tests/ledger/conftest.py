"""Every test that takes `database_url` or `ledger` runs on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pybase_pipelines.ledger.engine import connecting_to_write, open_engine
from pybase_pipelines.ledger.model import Base
from pybase_pipelines.ledger.records import Upload
from pybase_pipelines.ledger.schema import VERSION_TABLE, upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.servers import running_postgres


@dataclass
class Clock:
    """A time that passes only when a test says so."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **how_much: float) -> datetime:
        self.now += timedelta(**how_much)
        return self.now


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state' / 'ledger.db'}"
    url = request.getfixturevalue("postgres_url")
    engine = open_engine(url)
    with connecting_to_write(engine) as connection:
        tables = ", ".join([*Base.metadata.tables, VERSION_TABLE])
        connection.execute(text(f"DROP TABLE IF EXISTS {tables}"))
    engine.dispose()
    return url


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    upgrade(empty_database_url)
    return empty_database_url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_ledger(database_url: str, clock: Clock) -> Iterator[Callable[[], ExtractionJobService]]:
    """Opens the ledger as another process would: with connections of its own."""
    opened: list[ExtractionJobService] = []

    def open_one() -> ExtractionJobService:
        opened.append(ExtractionJobService(database_url, clock=clock, jitter=lambda: 0.0))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[[], ExtractionJobService]) -> ExtractionJobService:
    return open_ledger()


def make_upload(number: int = 1, *, etag: str = "v1", **values: object) -> Upload:
    return Upload(bucket="drawings", object_key=f"in/{number:05}.pdf", etag=etag, **values)  # type: ignore[arg-type]


@pytest.fixture
def register(ledger: ExtractionJobService) -> Callable[..., list[str]]:
    """Registers this many uploads and answers the ids of their jobs."""

    def register_some(count: int = 1, **values: object) -> list[str]:
        uploads = [make_upload(number, **values) for number in range(count)]  # type: ignore[arg-type]
        return [job.id for job in ledger.register_uploads(uploads).new]

    return register_some
