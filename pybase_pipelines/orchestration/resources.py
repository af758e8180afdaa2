"""What ops and sensors use: the settings, the ledger, the object store. Made on first use, one of each a process.

Nothing is configured here: addresses and secrets come from the environment through `settings`, so that none of them
reaches run config or the UI.
"""

from __future__ import annotations

from functools import cached_property

import dagster as dg

from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings, load_settings


class Pipeline(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """Access to everything outside of Dagster."""

    @cached_property
    def settings(self) -> Settings:
        return load_settings()

    @cached_property
    def ledger(self) -> ExtractionJobService:
        return ExtractionJobService(self.settings.ledger_url())

    @cached_property
    def store(self) -> ObjectStore:
        return ObjectStore(self.settings.store_address())
