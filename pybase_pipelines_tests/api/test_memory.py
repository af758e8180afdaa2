"""A large upload passes through: its size shows on the disk for a moment, and not in the memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from pybase_pipelines.client import ExtractionClient
from pybase_pipelines.local.service import LOOPBACK, find_free_ports
from pybase_pipelines.settings import Settings
from pybase_pipelines_tests.api.conftest import MIB, TOKEN
from pybase_pipelines_tests.files import make_pdf

FILE_BYTES = 64 * MIB
MOST_GROWTH_BYTES = 48 * MIB


@pytest.fixture
def process(make_settings: Callable[..., Settings], tmp_path: Path):
    """The API as `python -m pybase_pipelines api`, and its address."""
    settings = make_settings()
    (port,) = find_free_ports(1)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYBASE_")} | {
        "PYBASE_STATE_DIR": str(settings.state_dir),
        "PYBASE_S3_ENDPOINT_URL": settings.s3_endpoint_url or "",
        "PYBASE_S3_ACCESS_KEY_ID": settings.s3_access_key_id.get_secret_value(),
        "PYBASE_S3_SECRET_ACCESS_KEY": settings.s3_secret_access_key.get_secret_value(),
        "PYBASE_S3_ADDRESSING_STYLE": "path",
        "PYBASE_BUCKET": settings.bucket,
        "PYBASE_API_TOKENS": f'["{TOKEN}"]',
    }
    command = [sys.executable, "-m", "pybase_pipelines", "api", "--port", str(port)]
    with (tmp_path / "api.log").open("wb") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as child:
        try:
            yield psutil.Process(child.pid), f"http://{LOOPBACK}:{port}"
        finally:
            child.terminate()
            child.wait(timeout=30)


def test_memory_stays_bounded_while_a_large_file_is_uploaded(process, tmp_path: Path) -> None:
    api, address = process
    small, large = tmp_path / "small.pdf", tmp_path / "large.pdf"
    small.write_bytes(make_pdf())
    with large.open("wb") as file:
        file.write(make_pdf())
        file.write(os.urandom(MIB) * (FILE_BYTES // MIB))
    with ExtractionClient(address, TOKEN, tries=6) as client:
        client.upload(small)  # everything is imported and connected now
        before = api.memory_info().rss
        peak, done = before, threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(0.02):
                peak = max(peak, api.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        started = time.monotonic()
        try:
            job = client.upload(large)
        finally:
            done.set()
            watcher.join()
        seconds = time.monotonic() - started
    print(f"{before / MIB:.0f} MiB before, {peak / MIB:.0f} MiB at the peak, {seconds:.1f} s")
    assert job["file_size"] == large.stat().st_size
    assert peak - before < MOST_GROWTH_BYTES
    assert httpx.get(f"{address}/api/v1/extraction/health").status_code == 200
