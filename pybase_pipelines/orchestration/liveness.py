"""Whether the process of a run still lives, asked of the kernel. Knows no Dagster.

Dagster's default launcher has no health check: a run whose worker and code server died together (a killed `dev`, a
reboot) stays started until `max_runtime_seconds`. So a worker holds a file lock while it works, which the kernel drops
with the process; whoever can take the lock knows that the run is dead. A run without a lock file was killed before it
took hold of one, or is another machine's, which is left to Dagster's own limits.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

_held: dict[str, IO[str]] = {}


def hold_run(folder: Path, run_id: str) -> None:
    """Say that this process works on the run, until it ends.

    It never lets go by itself: between its last word and Dagster's record of the run's end it could still be killed.
    """
    if run_id in _held:
        return
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / f"{run_id}.lock").open("a")  # not inherited by children
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    _held[run_id] = lock


def let_go(folder: Path, run_id: str) -> None:
    """Forget a run whose end Dagster has recorded."""
    (folder / f"{run_id}.lock").unlink(missing_ok=True)
    if (lock := _held.pop(run_id, None)) is not None:
        lock.close()


def find_dead_runs(folder: Path) -> list[str]:
    """Runs whose process ended, until `let_go` forgets them; Dagster may or may not know of their end."""
    return [file.stem for file in sorted(folder.glob("*.lock")) if _is_free(file)]


def find_live_runs(folder: Path) -> list[str]:
    """Runs whose process still works."""
    return [file.stem for file in sorted(folder.glob("*.lock")) if not _is_free(file)]


def is_known(folder: Path, run_id: str) -> bool:
    """Whether a process ever took hold of the run, and Dagster's record of its end was not seen yet."""
    return (folder / f"{run_id}.lock").exists()


def _is_free(file: Path) -> bool:
    try:
        with file.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
