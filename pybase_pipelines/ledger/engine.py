"""How the ledger's database is opened: one engine for each URL, the same rules on SQLite and on PostgreSQL.

What belongs here: URLs, connection settings, transactions, and turning a driver's trouble into `DatabaseUnavailable`.
What does not: tables (`model`) and their migrations (`schema`).
"""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from pybase_pipelines.errors import DatabaseUnavailable
from pybase_pipelines.ledger.texts import to_json

BUSY_TIMEOUT_SECONDS = 60

_WRITES = "pybase_writes"
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()
_pools_of_the_parent: list[Any] = []


def normalize_url(database_url: str) -> str:
    """The URL with the driver that is installed: `postgres://` and `postgresql://` mean psycopg2."""
    for scheme in ("postgres://", "postgresql://"):
        if database_url.startswith(scheme):
            return "postgresql+psycopg2://" + database_url.removeprefix(scheme)
    return database_url


def open_engine(database_url: str) -> Engine:
    """An engine for the ledger. Nothing is connected yet.

    Raises:
        DatabaseUnavailable: the URL names no database that the ledger can use.
    """
    try:
        url = make_url(normalize_url(database_url))
        if url.get_backend_name() == "sqlite":
            engine = _open_sqlite(url)
        elif url.get_backend_name() == "postgresql":
            engine = create_engine(url, json_serializer=to_json, pool_pre_ping=True, pool_size=5, max_overflow=15)
        else:
            raise DatabaseUnavailable(f"The ledger needs SQLite or PostgreSQL, not '{url.get_backend_name()}'.")
    except (NoSuchModuleError, ImportError, ValueError, DBAPIError) as error:
        raise DatabaseUnavailable(f"The database URL cannot be used: {type(error).__name__}.") from error
    except Exception as error:
        if type(error).__module__.startswith("sqlalchemy"):
            # The message of SQLAlchemy repeats the URL, password included.
            raise DatabaseUnavailable("The database URL cannot be read.") from None
        raise
    _engines.add(engine)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session to read with."""
    with translating_errors(engine), Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session in one short write transaction: committed at the end, rolled back if anything is raised.

    On SQLite it takes the write lock first (BEGIN IMMEDIATE), since a read transaction that turns into a writing one
    fails at once when another process wrote in between, whatever the busy timeout is.
    """
    with translating_errors(engine), Session(_writer(engine), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def connecting_to_write(engine: Engine) -> Iterator[Connection]:
    """As `writing`, for migrations, which need the connection itself."""
    with translating_errors(engine), _writer(engine).begin() as connection:
        yield connection


@contextmanager
def translating_errors(engine: Engine) -> Iterator[None]:
    """Turn trouble with the connection into `DatabaseUnavailable`, naming the database without its password."""
    shown = engine.url.render_as_string(hide_password=True)
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise DatabaseUnavailable(f"The database {shown} does not answer: {error.orig}".strip()) from error
    except PoolTimeout as error:
        raise DatabaseUnavailable(f"The database {shown} has no free connection: {error}") from error
    except ProgrammingError as error:
        if "does not exist" not in str(error.orig):
            raise
        raise DatabaseUnavailable(f"The database {shown} lacks the ledger's tables: {error.orig}".strip()) from error


def _writer(engine: Engine) -> Engine:
    return engine.execution_options(**{_WRITES: True})


def _open_sqlite(url: Any) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
    arguments = {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    engine = create_engine(url, json_serializer=to_json, connect_args=arguments, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` says which kind it is.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    connection.execute("PRAGMA synchronous = NORMAL")
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            # Another process switches the same new file; the busy timeout does not cover this statement.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _forget_connections_after_fork() -> None:
    """A forked child must neither use nor close the connections of its parent, so it keeps them aside, untouched."""
    for engine in list(_engines):
        _pools_of_the_parent.append(engine.pool)
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_connections_after_fork)
