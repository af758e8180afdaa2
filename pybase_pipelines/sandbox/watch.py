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

from pybase_pipelines.sandbox.cell import Cell, Walls
from pybase_pipelines.sandbox.child import Kit, find_file, run_child
from pybase_pipelines.sandbox.confinement import private_bytes
from pybase_pipelines.sandbox.limits import Limits
from pybase_pipelines.sandbox.messages import Beat, Cause, Ended, Order

TAIL_BYTES = 16 * 1024
_READ_BYTES = 1 << 16
_MAX_LINE_BYTES = 4096
_ENTRY_BYTES = 4096


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
        """Why it must be killed now. Whichever clock rang first: who filled the disk is told so."""
        if self.cause:
            return None
        is_late = now >= self.started + self.limits.wall_seconds
        if not is_late and now < self.last_sign + self.limits.stall_seconds:
            return None
        if self.is_over_scratch():
            return "scratch"
        return "wall" if is_late else "stall"

    def is_over_scratch(self) -> bool:
        """Whether the files in the scratch folder, all together, are larger than allowed; an empty one counts too."""
        left = self.limits.scratch_bytes + self.limits.result_bytes
        folders = [str(self.scratch)]
        while folders:
            with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        left -= max(entry.stat(follow_symlinks=False).st_blocks * 512, _ENTRY_BYTES)
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                    if left < 0:
                        return True
        return False

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


def start_child(order: Order, kit: Kit, limits: Limits, scratch: Path, walls: Walls) -> Watch:
    """Fork a child for one extraction; this returns in the launcher only.

    Raises:
        OSError: no process or no pipe is to be had.
    """
    status_read, status_write = os.pipe()
    output_read, output_write = os.pipe()
    cell = Cell(
        file=find_file(order),
        scratch=scratch,
        limits=limits,
        launcher_id=os.getpid(),
        status_fd=status_write,
        output_fd=output_write,
        walls=walls,
        environment=order.environment,
    )
    base_memory_bytes = private_bytes()
    process_id = os.fork()
    if process_id == 0:
        run_child(order, kit, cell)
    os.close(status_write)
    os.close(output_write)
    os.set_blocking(status_read, False)
    os.set_blocking(output_read, False)
    return Watch(order, kit, limits, scratch, process_id, status_read, output_read, base_memory_bytes)


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
