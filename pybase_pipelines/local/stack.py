"""The embedded default as one thing: the S3 server, Dagster and the HTTP API, one of them for each state folder.

`running_stack` is what `dev` and `demo` use. A lock file says that a stack is up (the kernel drops the lock when its
holder dies), and `services.json` (mode 600) says where, so that every other command finds it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from pybase_pipelines.errors import ServiceUnavailable
from pybase_pipelines.local.api_server import ApiServer
from pybase_pipelines.local.engine import Engine
from pybase_pipelines.local.store_server import StoreServer
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings, StoreAddress

CHECK_SECONDS = 1.0
MOST_RESTARTS = 8
RESTART_WINDOW_SECONDS = 120.0
"""A service that dies more often than that has a reason that a restart does not mend."""


class Stack:
    """What is running; `store` is None where the settings name an S3 service of one's own, `api` until it is wanted."""

    def __init__(self, settings: Settings, *, with_ui: bool, ui_port: int | None = None) -> None:
        self._settings = settings
        self._state_dir = settings.resolved_state_dir()
        self._has_own_store = not (settings.s3_endpoint_url or settings.use_external_store)
        self.store = StoreServer(self._state_dir) if self._has_own_store else None
        self.engine = Engine(self._state_dir, with_ui=with_ui, ui_port=ui_port)
        self.api: ApiServer | None = None
        self._restarts: deque[float] = deque(maxlen=MOST_RESTARTS)

    def start(self) -> None:
        """Start the S3 server, make the bucket, publish the address, start Dagster; the API comes by `start_api`."""
        if self.store is not None:
            address = self.store.start()
            ObjectStore(address).ensure_bucket(self._settings.bucket)
            self._publish(address)
        self.engine.start()
        if self.store is not None and self.store.address is not None:
            self._publish(self.store.address)

    def start_api(self) -> ApiServer:
        """Wait for the UI, whose address the API needs, start the API, and wait for it."""
        self.engine.wait_for_ui()
        self.api = ApiServer(self._settings)
        self.api.start(self.engine.ui_url)
        self.api.wait()
        if self.store is not None and self.store.address is not None:
            self._publish(self.store.address)
        return self.api

    def supervise(self) -> None:
        """Start again what died.

        Raises:
            ServiceUnavailable: a service died again and again.
        """
        services = [s for s in (self.store, self.engine, self.api) if s is not None and not s.is_running()]
        for service in services:
            now = time.monotonic()
            if len(self._restarts) == MOST_RESTARTS and now - self._restarts[0] < RESTART_WINDOW_SECONDS:
                raise ServiceUnavailable(
                    "A service of the embedded default died again and again.",
                    hint="Its log lies in the state folder under logs/.",
                )
            self._restarts.append(now)
            service.restart()
        self.engine.mend()

    def stop(self) -> None:
        """End everything, the consumers before what they use."""
        if self.api is not None:
            self.api.stop()
        self.engine.stop()
        if self.store is not None:
            self.store.stop()
        self._settings.services_file().unlink(missing_ok=True)

    def _publish(self, address: StoreAddress) -> None:
        secrets = {
            "access_key_id": address.access_key_id.get_secret_value() if address.access_key_id else None,
            "secret_access_key": address.secret_access_key.get_secret_value() if address.secret_access_key else None,
        }
        services = {
            "store": address.model_dump(mode="json") | secrets,
            "ui": self.engine.ui_url,
            "api": self.api.address if self.api is not None else None,
            "pid": os.getpid(),
        }
        file = self._settings.services_file()
        draft = file.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            json.dump(services, stream)
        draft.replace(file)


def read_ui_address(settings: Settings) -> str | None:
    """Where the running stack's UI is."""
    try:
        return json.loads(settings.services_file().read_text()).get("ui")
    except (OSError, ValueError):
        return None


@contextmanager
def locked_state(settings: Settings) -> Iterator[bool]:
    """Hold the state folder for a stack of our own; gives False where another process has one up."""
    state_dir = settings.resolved_state_dir()
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state_dir / "stack.lock").open("a") as lock:
        if not _try_lock(lock):
            yield False
            return
        yield True


@contextmanager
def running_stack(settings: Settings, *, with_ui: bool, ui_port: int | None = None) -> Iterator[Stack]:
    """A started stack that is gone when the block is left, on every path."""
    stack = Stack(settings, with_ui=with_ui, ui_port=ui_port)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def supervise_until_interrupted(stack: Stack) -> None:
    """Keep the stack up until Ctrl-C."""
    while True:
        time.sleep(CHECK_SECONDS)
        stack.supervise()


def wait_until_reachable(settings: Settings, seconds: float = 30) -> None:
    """Wait for the store of a stack that another process is starting just now."""
    from pybase_pipelines.errors import PybaseError

    deadline = time.monotonic() + seconds
    while True:
        try:
            ObjectStore(settings.store_address()).list_page(settings.bucket)
        except PybaseError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
