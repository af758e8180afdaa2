"""What keeps an extraction in on this machine, found out by trying: a child in the usual cell does what it must not.

What belongs here: that one trial. What does not: what is told to whom (`sandbox.client`, `doctor`).
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from pybase_pipelines.sandbox.cell import Cell
from pybase_pipelines.sandbox.messages import PROTECTIONS, Protection

_TRIAL_SECONDS = 10.0
_INSIDE_BROKEN = 1 << len(PROTECTIONS)


def find_missing(cell: Cell) -> tuple[Protection, ...]:
    """What a child in such a cell is not kept from; all of it, if the child could not even work in there."""
    forbidden = cell.scratch.parent / "forbidden"
    forbidden.write_text("a secret")
    process_id = os.fork()
    if process_id == 0:
        _try(replace(cell, launcher_id=os.getppid()), forbidden)
    status = _wait(process_id)
    forbidden.unlink(missing_ok=True)
    if not os.WIFEXITED(status) or os.WEXITSTATUS(status) >= _INSIDE_BROKEN:
        return PROTECTIONS
    return tuple(name for bit, name in enumerate(PROTECTIONS) if os.WEXITSTATUS(status) >> bit & 1)


def _try(cell: Cell, forbidden: Path) -> NoReturn:
    code = _INSIDE_BROKEN
    try:
        cell.close()
        trials: dict[Protection, Callable[[], object]] = {
            "reading": forbidden.read_text,
            "writing": lambda: forbidden.write_text("overwritten"),
            "network": _reach_network,
            "processes": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
        }
        (cell.scratch / "allowed").write_text("")
        code = sum(1 << bit for bit, name in enumerate(PROTECTIONS) if _succeeds(trials[name]))
    finally:
        os._exit(code)


def _succeeds(trial: Callable[[], object]) -> bool:
    with suppress(OSError):
        trial()
        return True
    return False


def _reach_network() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("127.0.0.1", 9))  # sends nothing: it only asks for a way there


def _wait(process_id: int) -> int:
    deadline = time.monotonic() + _TRIAL_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process_id, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.001)
    os.kill(process_id, signal.SIGKILL)
    return os.waitpid(process_id, 0)[1]
