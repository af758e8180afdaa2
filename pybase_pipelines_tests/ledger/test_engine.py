"""Connections: which URLs are taken, what SQLite is told, what a person reads when a database is away."""

from __future__ import annotations

import os
import re
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from pybase_pipelines.errors import DatabaseUnavailable
from pybase_pipelines.ledger.engine import normalize_url, open_engine, reading, writing
from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_any_spelling_of_postgresql_means_the_installed_driver(scheme: str) -> None:
    assert normalize_url(f"{scheme}://u:p@host/db") == "postgresql+psycopg2://u:p@host/db"


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    ledger = ExtractionJobService("postgresql://user:hidden-word@127.0.0.1:1/ledger")
    with pytest.raises(DatabaseUnavailable, match=re.escape("127.0.0.1:1/ledger")) as caught:
        ledger.list_jobs()
    assert "hidden-word" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://u:hidden-word@h/db", "no url with hidden-word", "oracle://hidden-word@h/x"])
def test_a_url_that_cannot_be_used_is_refused_without_repeating_secrets(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        open_engine(url)
    assert "hidden-word" not in str(caught.value)


def test_a_folder_instead_of_a_database_file_is_an_unavailable_database(tmp_path: Path) -> None:
    ledger = ExtractionJobService(f"sqlite:///{tmp_path}")
    with pytest.raises(DatabaseUnavailable, match=str(tmp_path)):
        ledger.list_jobs()


def test_sqlite_keeps_a_log_waits_for_others_and_writes_in_one_go(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new folder' / 'ledger.db'}")
    with reading(engine) as session:
        found = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "busy_timeout")]
    assert found == ["wal", 1, 60_000]
    with writing(engine) as session:
        session.execute(text("SELECT 1"))
        other = sqlite3.connect(tmp_path / "new folder" / "ledger.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    engine.dispose()


def test_a_failed_write_leaves_nothing_behind(ledger: ExtractionJobService) -> None:
    class Stop(Exception):
        pass

    job = ledger.create_job("a.pdf", "s3://b/a.pdf")
    with pytest.raises(Stop), ledger.writing() as session:
        session.execute(text("UPDATE extraction_jobs SET filename = 'changed'"))
        raise Stop
    assert ledger.get_job(job.id).filename == "a.pdf"


def test_a_forked_child_uses_connections_of_its_own(database_url: str) -> None:
    ledger = ExtractionJobService(database_url)
    parent = ledger.create_job("parent.pdf", "s3://b/parent.pdf")
    child = os.fork()
    if child == 0:
        try:
            ledger.create_job("child.pdf", "s3://b/child.pdf")
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert ledger.get_job(parent.id) == parent
    assert {job.filename for job in ledger.list_jobs()} == {"parent.pdf", "child.pdf"}
    ledger.close()


def test_a_time_without_a_zone_is_refused(ledger: ExtractionJobService) -> None:
    with pytest.raises(Exception, match="no time zone"):
        ledger.create_job("a.pdf", "s3://b/a.pdf", uploaded_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_upgrading_makes_the_folder_of_the_file(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path / 'a' / 'b' / 'ledger.db'}")
    assert (tmp_path / "a" / "b" / "ledger.db").is_file()
