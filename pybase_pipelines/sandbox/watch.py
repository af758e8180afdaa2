"""One running child as the launcher sees it: its pipes, its clocks, its end.

What belongs here: starting, listening to and killing a single child. What does not: the loop over all of them
(`sandbox.launcher`), and what happens in the child (`sandbox.child`).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybase_pipelines.sandbox.child import STATUS_FD, Kit, run_child
from pybase_pipelines.sandbox.confinement import resident_bytes
from pybase_pipelines.sandbox.limits import Limits
from pybase_pipelines.sandbox.messages import Beat, Cause, Ended, Order

TAIL_BYTES = 16 * 1024
_READ_BYTES = 1 << 16
_MAX_LINE_BYTES = 4096


@dataclass
class Watch:
    """A child, from its fork to its end."""

    order: Order
    kit: Kit
    limits: Limits
    scratch: Path
    process_id: int
    status_fd: int
    output_fd: int
    base_memory_bytes: int
    started: float = field(default_factory=time.monotonic)
    last_sign: float = field(default_factory=time.monotonic)
    stage: str = "start"
    cause: Cause | None = None
    _line: bytes = b""
    _tail: bytes = b""

    def hear_status(self) -> tuple[list[Beat], bool]:
        """The beats that came in, and whether the pipe is still open."""
        data = _read(self.status_fd)
        if not data:
            return [], data is None
        self.last_sign = time.monotonic()
        *lines, self._line = (self._line + data).split(b"\n")
        self._line = self._line[-_MAX_LINE_BYTES:]
        return [beat for line in lines if (beat := self._parse(line)) is not None], True

    def hear_output(self) -> bool:
        """Keep the tail of what the child prints; whether the pipe is still open."""
        data = _read(self.output_fd)
        if data:
            self._tail = (self._tail + data)[-TAIL_BYTES:]
        return data != b""

    def deadline(self) -> float:
        """When this child must be killed if nothing is heard of it."""
        if self.cause:  # it is dying already
            return time.monotonic() + 5
        return min(self.started + self.limits.wall_seconds, self.last_sign + self.limits.stall_seconds)

    def overdue(self, now: float) -> Cause | None:
        if self.cause:
            return None
        if now >= self.started + self.limits.wall_seconds:
            return "wall"
        return "stall" if now >= self.last_sign + self.limits.stall_seconds else None

    def is_over_scratch(self) -> bool:
        """Whether the files in the scratch folder, all together, are larger than allowed."""
        total = 0
        for folder, _, names in os.walk(self.scratch):
            for name in names:
                with contextlib.suppress(OSError):
                    total += os.lstat(Path(folder, name)).st_blocks * 512
        return total > self.limits.scratch_bytes + self.limits.result_bytes

    def kill(self, cause: Cause | None = None) -> None:
        """Kill the child and all that it started."""
        self.cause = self.cause or cause
        _kill_group(self.process_id)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.process_id, signal.SIGKILL)  # it has a group only once it has called setsid

    def end(self, status: int, usage: Any) -> Ended:
        """What is to be told of the child, now that it is gone; closes its pipes."""
        _kill_group(self.process_id)  # what it started may still live
        self.hear_status()
        self.hear_output()
        os.close(self.status_fd)
        os.close(self.output_fd)
        unit = 1024 if os.uname().sysname == "Linux" else 1
        return Ended(
            number=self.order.number,
            exit_code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            cause=self.cause,
            stage=self.stage,
            peak_memory_bytes=usage.ru_maxrss * unit,
            base_memory_bytes=self.base_memory_bytes,
            cpu_seconds=round(usage.ru_utime + usage.ru_stime, 4),
            wall_seconds=round(time.monotonic() - self.started, 4),
            output_tail=self._tail.decode("utf-8", "replace").replace("\x00", "\ufffd"),
            limits=self.limits,
            detection=self.kit.detection,
            extractor=self.kit.info,
        )

    def _parse(self, line: bytes) -> Beat | None:
        try:
            stage, done, total = json.loads(line)
            self.stage = str(stage)[:80]
            return Beat(number=self.order.number, stage=self.stage, done=int(done), total=int(total))
        except (ValueError, TypeError):  # the child's memory may be corrupt; its words are no more than hints
            return None


def start_child(order: Order, kit: Kit, limits: Limits, scratch: Path) -> Watch:
    """Fork a child for one extraction; this returns in the launcher only.

    Raises:
        OSError: no process or no pipe is to be had.
    """
    launcher_id = os.getpid()
    status_read, status_write = os.pipe()
    output_read, output_write = os.pipe()
    base_memory_bytes = resident_bytes()
    process_id = os.fork()
    if process_id == 0:
        _arrange_descriptors(status_write, output_write)
        run_child(order, kit, limits, scratch, launcher_id=launcher_id)
    os.close(status_write)
    os.close(output_write)
    os.set_blocking(status_read, False)
    os.set_blocking(output_read, False)
    return Watch(order, kit, limits, scratch, process_id, status_read, output_read, base_memory_bytes)


def _arrange_descriptors(status: int, output: int) -> None:
    """Nothing to read, everything printed into one pipe, the status pipe; all else is closed."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    status, output = (fd if fd > STATUS_FD else os.dup(fd) for fd in (status, output))
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(status, STATUS_FD, inheritable=False)  # what the child starts must not hold it open
    os.closerange(STATUS_FD + 1, 1 << 16)


def _kill_group(process_id: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process_id, signal.SIGKILL)


def _read(descriptor: int) -> bytes | None:
    """What there is to read; nothing at all (b"") at the end, None where there is nothing yet."""
    try:
        return os.read(descriptor, _READ_BYTES)
    except BlockingIOError:
        return None
    except OSError:
        return b""
