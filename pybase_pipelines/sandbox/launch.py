"""The launcher process as its client holds it: started, spoken to, listened to, ended.

What belongs here: the one process and its pipes. What does not: which file goes to it (`sandbox.client`).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from pydantic import ValidationError

import pybase_pipelines
from pybase_pipelines.sandbox.confinement import make_environment
from pybase_pipelines.sandbox.messages import EVENT, Beat, Ended, Message, Ready, Setup, Started

_READ_BYTES = 1 << 18
_SEND_SECONDS = 30.0


class LauncherGone(Exception):
    """The launcher died, hangs, or speaks nonsense."""


class LauncherProcess:
    """A running launcher. `folder` is where it and its children write; this side removes it."""

    def __init__(self, setup: Setup) -> None:
        self.log_path = Path(setup.folder).with_suffix(".log")
        package_folder = Path(pybase_pipelines.__file__).parent.parent
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pybase_pipelines.sandbox.launcher"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=make_environment(package_folder),
                start_new_session=True,
                bufsize=0,
            )
        assert self.process.stdin is not None  # noqa: S101 - both are pipes, as asked for above
        assert self.process.stdout is not None  # noqa: S101
        self.orders_fd, self.events_fd = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self.orders_fd, False)
        os.set_blocking(self.events_fd, False)
        self.unread = b""
        self.sent = 0
        self.child_ids: dict[int, int] = {}
        self.send(setup)

    def send(self, message: Message) -> None:
        """Send one line.

        Raises:
            LauncherGone: it is not taken in time.
        """
        data = memoryview(message.model_dump_json().encode() + b"\n")
        deadline = time.monotonic() + _SEND_SECONDS
        while data:
            if not select.select([], [self.orders_fd], [], max(0.0, deadline - time.monotonic()))[1]:
                raise LauncherGone("It does not take orders.")
            try:
                data = data[os.write(self.orders_fd, data) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise LauncherGone("It died.") from error

    def hear(self, timeout: float) -> list[Ready | Started | Beat | Ended]:
        """What it tells, waiting at most `timeout` seconds for the first word.

        Raises:
            LauncherGone: it died.
        """
        if not select.select([self.events_fd], [], [], max(0.0, timeout))[0]:
            return []
        data = os.read(self.events_fd, _READ_BYTES)
        if not data:
            raise LauncherGone("It died.")
        *lines, self.unread = (self.unread + data).split(b"\n")
        try:
            events = [EVENT.validate_json(line) for line in lines]
        except ValidationError as error:
            raise LauncherGone("It speaks nonsense.") from error
        for event in events:
            if isinstance(event, Started):
                self.child_ids[event.number] = event.process_id
            elif isinstance(event, Ended):
                self.child_ids.pop(event.number, None)
        return events

    def resident_bytes(self) -> int:
        try:
            return psutil.Process(self.process.pid).memory_info().rss
        except psutil.Error:
            return 0

    def stop(self) -> None:
        """End it in good order: it kills its children when its input ends."""
        with contextlib.suppress(OSError):
            if self.process.stdin:
                self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        self.kill()

    def kill(self) -> None:
        """End it and all its children by force, and forget it."""
        for process_id in (self.process.pid, *self.child_ids.values()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process_id, signal.SIGKILL)
        self.child_ids.clear()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()

    def log_tail(self) -> str:
        """The last it printed: why it did not start."""
        with contextlib.suppress(OSError):
            return self.log_path.read_text(errors="replace")[-2000:].strip()
        return ""
