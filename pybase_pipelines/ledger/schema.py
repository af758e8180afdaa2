"""How the ledger's tables come into being: Alembic migrations, run by the program itself.

What belongs here: running migrations, safely when several processes start at once. What does not: what they change
(`migrations/versions`) and what the tables are now (`model`).
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from pybase_pipelines.errors import DatabaseUnavailable
from pybase_pipelines.ledger.engine import connecting_to_write, open_engine, translating_errors

VERSION_TABLE = "extraction_ledger_version"

_MIGRATION_LOCK = 7_205_759_403_792_793


def upgrade(database_url: str) -> None:
    """Bring the tables to what this version of the program needs; nothing happens if they are.

    The whole migration is one transaction on both databases, and a lock (PostgreSQL: advisory; SQLite: the write lock)
    makes other processes wait for it.

    Raises:
        DatabaseUnavailable: the database does not answer, or a newer program has been at work on it.
    """
    engine = open_engine(database_url)
    try:
        if read_revision(engine) != newest_revision():
            with connecting_to_write(engine) as connection:
                _upgrade(connection)
    finally:
        engine.dispose()


def read_revision(engine: Engine) -> str | None:
    """The migration that the database is at; None where it has no tables yet."""
    with translating_errors(engine), engine.connect() as connection:
        return _context(connection).get_current_revision()


def newest_revision() -> str | None:
    """The migration that this version of the program needs."""
    return ScriptDirectory.from_config(make_config()).get_current_head()


def make_config() -> Config:
    """Alembic's settings, without an ini file."""
    config = Config()
    # Alembic reads it as an ini value, in which a percent sign is special.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    config = make_config()
    current = _context(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseUnavailable(
            f"The ledger's tables are at migration '{current}', which this version of the program does not know.",
            hint="A newer version has used this database. Install that version, or use another database.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
