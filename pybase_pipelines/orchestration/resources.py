"""What ops and sensors use: the settings, the ledger, the object store. Made on first use, one of each a process.

Nothing is configured here: addresses and secrets come from the environment through `settings`, so that none of them
reaches run config or the UI.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from pathlib import Path

import dagster as dg

from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.event_queue import EventQueue
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings, load_settings


class Pipeline(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """Access to everything outside of Dagster."""

    @cached_property
    def settings(self) -> Settings:
        return load_settings()

    @cached_property
    def ledger(self) -> ExtractionJobService:
        """The jobs; the tables are made or brought up to date on first use."""
        url = self.settings.ledger_url()
        self.settings.resolved_state_dir().mkdir(parents=True, exist_ok=True)
        upgrade(url)
        return ExtractionJobService(
            url,
            cpu_budget_seconds=self.settings.max_job_cpu_seconds,
            quota_pause=timedelta(minutes=self.settings.quota_probe_minutes),
        )

    @property
    def store(self) -> ObjectStore:
        """The object store; looked up anew when the embedded one has come back on another port."""
        address = self.settings.store_address()
        if self._store is None or self._store.address != address:
            self._store = ObjectStore(address)
        return self._store

    @cached_property
    def events_queue(self) -> EventQueue | None:
        """The queue of the buckets' notifications; None where none is set."""
        if self.settings.events_queue_url is None:
            return None
        where = {"endpoint_url": self.settings.events_endpoint_url}
        return EventQueue(self.settings.events_queue_url, self.settings.store_address().model_copy(update=where))

    @cached_property
    def scratch_root(self) -> Path:
        """Where runs keep downloaded files, one folder a run."""
        return self.settings.resolved_state_dir() / "scratch"

    @cached_property
    def run_locks(self) -> Path:
        """Where the workers of this machine say which run they work on."""
        return self.settings.resolved_state_dir() / "runs"

    @cached_property
    def walks_folder(self) -> Path:
        """Where walks through the buckets keep what they have seen."""
        return self.settings.resolved_state_dir() / "walks"

    _store: ObjectStore | None = None
