"""Migrations: from nothing to what the model says, however many processes start at once."""

from __future__ import annotations

import multiprocessing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from pybase_pipelines.errors import DatabaseUnavailable
from pybase_pipelines.ledger.engine import connecting_to_write, open_engine
from pybase_pipelines.ledger.model import Base
from pybase_pipelines.ledger.schema import VERSION_TABLE, newest_revision, read_revision, upgrade
from pybase_pipelines.ledger.service import ExtractionJobService


def test_the_migrated_tables_are_exactly_those_of_the_model(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    engine = open_engine(empty_database_url)
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
        found = {index["name"] for index in inspect(connection).get_indexes("extraction_jobs")}
    assert found == {index.name for index in Base.metadata.tables["extraction_jobs"].indexes}
    engine.dispose()


def test_upgrading_again_changes_nothing_and_keeps_the_jobs(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    ledger = ExtractionJobService(empty_database_url)
    job = ledger.create_job("a.pdf", "s3://b/a.pdf")
    upgrade(empty_database_url)
    assert ledger.get_job(job.id) == job
    assert read_revision(ledger.engine) == newest_revision()
    ledger.close()


def test_processes_that_start_at_once_migrate_once_and_all_succeed(empty_database_url: str) -> None:
    with multiprocessing.get_context("fork").Pool(6) as pool:
        pool.map_async(upgrade, [empty_database_url] * 6, chunksize=1).get(timeout=60)
    engine = open_engine(empty_database_url)
    assert read_revision(engine) == newest_revision()
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_in_words(database_url: str) -> None:
    engine = open_engine(database_url)
    with connecting_to_write(engine) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseUnavailable, match="'9999'") as caught:
        upgrade(database_url)
    assert "newer version" in caught.value.hint


def test_a_ledger_without_tables_says_so(empty_database_url: str) -> None:
    ledger = ExtractionJobService(empty_database_url)
    with pytest.raises(DatabaseUnavailable, match="extraction_jobs"):
        ledger.list_jobs()
    ledger.close()
