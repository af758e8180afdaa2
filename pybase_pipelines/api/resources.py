"""What the calls use: settings, ledger, object store, launcher. One of each a process, made on first use."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

from fastapi import Request

from pybase_pipelines.api.launcher import Launcher
from pybase_pipelines.api.problems import RETRY_AFTER_SECONDS, Refusal, RefusalCounter
from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings

ABANDONED_SECONDS = 24 * 3600


class Resources:
    """Access to everything outside of the API."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.refusals = RefusalCounter()
        self.launcher = Launcher(settings.dagster_url, lambda: self.ledger)
        self._store: ObjectStore | None = None
        self._slots = threading.BoundedSemaphore(settings.api_max_uploads)

    @cached_property
    def ledger(self) -> ExtractionJobService:
        """The jobs; the tables are made or brought up to date on first use."""
        self.settings.resolved_state_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
        url = self.settings.ledger_url()
        upgrade(url)
        return ExtractionJobService(url)

    @property
    def store(self) -> ObjectStore:
        """The object store; looked up anew when the embedded one has come back on another port."""
        address = self.settings.store_address()
        if self._store is None or self._store.address != address:
            self._store = ObjectStore(address)
        return self._store

    @cached_property
    def incoming(self) -> Path:
        """Where uploads lie while they are received and looked at; what a killed process left is removed."""
        folder = self.settings.resolved_state_dir() / "incoming"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in folder.iterdir():
            if time.time() - file.stat().st_mtime > ABANDONED_SECONDS:
                file.unlink(missing_ok=True)
        return folder

    @contextmanager
    def upload_slot(self) -> Iterator[None]:
        """One of the uploads that are received at the same time, so that the disk is bounded.

        Raises:
            Refusal: there are enough already.
        """
        if not self._slots.acquire(blocking=False):
            words = f"{self.settings.api_max_uploads} uploads are being received already."
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Connection": "close"}
            hint = "Try again in a few seconds, or raise PYBASE_API_MAX_UPLOADS."
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "busy", words, hint, headers)
        try:
            yield
        finally:
            self._slots.release()

    def close(self) -> None:
        """End the launcher's thread and the database connections."""
        self.launcher.close()
        if "ledger" in self.__dict__:
            self.ledger.close()


def get_resources(request: Request) -> Resources:
    """The resources of the app that a request came to."""
    return request.app.state.resources
