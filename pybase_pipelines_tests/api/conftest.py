"""The API as callers meet it: a real server on a port of its own, a real S3 server, SQLite."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from pybase_pipelines.api.app import ROOT, create_app
from pybase_pipelines.api.resources import Resources
from pybase_pipelines.local.service import LOOPBACK, find_free_ports
from pybase_pipelines.settings import Settings, StoreAddress
from pybase_pipelines_tests.files import make_pdf

TOKEN = "test-token-0123456789"
MIB = 1024**2


@dataclass
class Api:
    """A running API and a caller with a token."""

    address: str
    http: httpx.Client
    resources: Resources

    @property
    def settings(self) -> Settings:
        return self.resources.settings

    def upload(
        self, data: bytes | None = None, name: str = "drawing.pdf", headers: dict[str, str] | None = None, **fields: str
    ) -> httpx.Response:
        file = {"file": (name, make_pdf() if data is None else data)}
        return self.http.post("/upload", files=file, data=fields, headers=headers)

    def objects(self) -> dict[str, int]:
        """What lies in the bucket."""
        return {o.object_key: o.size for o in self.resources.store.list_all(self.settings.bucket)}

    def finish(self, job_id: str, **outcome: Any) -> None:
        """End a job as a run does."""
        from pybase_pipelines.ledger.records import Outcome

        (claim,) = self.resources.ledger.claim([job_id], "run-1")
        self.resources.ledger.finish_completed(claim, Outcome(**outcome))


@contextmanager
def serve(settings: Settings) -> Iterator[Api]:
    app = create_app(settings)
    (port,) = find_free_ports(1)
    server = uvicorn.Server(uvicorn.Config(app, host=LOOPBACK, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline and thread.is_alive()
            time.sleep(0.01)
        address = f"http://{LOOPBACK}:{port}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=address + ROOT, headers=headers, timeout=30) as http:
            yield Api(address, http, app.state.resources)
    finally:
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def make_settings(tmp_path: Path, s3_address: StoreAddress, bucket: str) -> Callable[..., Settings]:
    def make(**values: Any) -> Settings:
        usual = {
            "state_dir": tmp_path / "state",
            "s3_endpoint_url": s3_address.endpoint_url,
            "s3_access_key_id": s3_address.access_key_id,
            "s3_secret_access_key": s3_address.secret_access_key,
            "s3_addressing_style": "path",
            "bucket": bucket,
            "max_file_bytes": 2 * MIB,
            "api_tokens": (SecretStr(TOKEN),),
        }
        return Settings(**usual | values)

    return make


@pytest.fixture
def api(make_settings: Callable[..., Settings]) -> Iterator[Api]:
    with serve(make_settings()) as running:
        yield running
