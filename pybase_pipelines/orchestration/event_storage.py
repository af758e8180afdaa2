"""Dagster's history on SQLite, with the events of a run's partitions written together instead of one by one.

Dagster batches such events (DAGSTER_EVENT_BATCH_SIZE), but its SQLite storage takes a batch apart again: each event
opens two databases, writes and commits twice. A run over 200 files then spends more time on its 400 events than on its
files. Only the one method is replaced; files and tables are Dagster's own, so that its plain SQLite storage opens them.
Named in dagster.yaml. What belongs here: this storage, which leans on internals of Dagster. What does not: which
events are written (`events`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster._core.events import BATCH_WRITABLE_EVENTS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory
from dagster._serdes import ConfigurableClassData


class BatchingEventLogStorage(SqliteEventLogStorage):
    """Writes a batch of one run's asset events in one transaction for each of the two databases that hold them."""

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store them all or, where one of the two databases fails, raise: Dagster then stores them one by one."""
        if not _is_of_one_kind(events):
            super().store_event_batch(events)
            return
        rows = [self._event_to_row(event) for event in events]
        table = SqlEventLogStorageTable
        with self.run_connection(events[0].run_id) as connection:
            connection.execute(table.insert(), rows)
        with self.index_transaction() as connection:
            inserted = connection.execute(table.insert().returning(table.c.id, sort_by_parameter_order=True), rows)
            ids = [row[0] for row in inserted]
            self._store_asset_event_tags(connection, events, ids)
            self._store_asset_event(connection, events[-1], ids[-1])


def _is_of_one_kind(events: Sequence[EventLogEntry]) -> bool:
    """Whether the events tell the same of partitions of one asset in one run; checks have tables of their own."""
    kinds = {(each.run_id, each.get_dagster_event().event_type, each.get_dagster_event().asset_key) for each in events}
    (_, kind, asset_key), *others = kinds
    return not others and asset_key is not None and kind in BATCH_WRITABLE_EVENTS


class BatchingSqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage with the event log above."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = BatchingEventLogStorage(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> BatchingSqliteStorage:
        return cls.from_local(inst_data=inst_data, **config_value)
