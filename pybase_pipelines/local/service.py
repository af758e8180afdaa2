"""`Service`: one guarded process, its log file, its end; and free ports for it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil

LOOPBACK = "127.0.0.1"
LOG_LIMIT_BYTES = 20 * 1024**2


class Service:
    """A command that runs under a guard, in a session of its own, logging to a file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log_file: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        grace_seconds: float = 10,
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._command = list(command)
        self._env = {**os.environ, **(env or {})}
        self._cwd = cwd
        self._grace = grace_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it ends with us, however we end."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".old.log"))
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pybase_pipelines.local.guard", str(self._grace), *self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def listens_on(self, port: int) -> bool:
        """Whether it is this service that answers on the port, and not a stranger who took it meanwhile."""
        return any(_listens_on(process, port) for process in self._list_processes())

    def has_process(self, *words: str) -> bool:
        """Whether a process of the service lives whose command line holds these words."""
        return any(_is_called(process, words) for process in self._list_processes())

    def _list_processes(self) -> list[psutil.Process]:
        """Everything that lives of the service."""
        if self._process is None:
            return []
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def stop(self) -> None:
        """End the process and all it started; returns when they are gone."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=self._grace + 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)
        self._process = None

    def log_tail(self, lines: int = 15) -> str:
        """The end of the log, for messages about a service that did not come up."""
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])


def _is_called(process: psutil.Process, words: Sequence[str]) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and set(words) <= set(process.cmdline())
    except psutil.Error:
        return False


def _listens_on(process: psutil.Process, port: int) -> bool:
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in connections)


def is_open(port: int) -> bool:
    """Whether anybody answers on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def find_free_ports(count: int) -> list[int]:
    """Ports of loopback that are free now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]


def choose_port(usual: int) -> int:
    """The usual port where it is free, so that the address in the README is true; else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, usual))
        except OSError:
            return find_free_ports(1)[0]
    return usual
