"""The folder of one sandbox, and the tidying up after sandboxes whose process was killed.

A sandbox holds a lock in its folder as long as it lives; a folder whose lock is free belongs to nobody any more.
What belongs here: these folders. What does not: what is put into them.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from io import FileIO
from pathlib import Path

_PREFIX = "pybase-sandbox-"
_LOCK = "lock"


class SandboxFolder:
    """A folder of our own below `parent`, removed on `close`."""

    def __init__(self, parent: Path | None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent)).resolve()
        unlocked = self.path / "lock.new"
        self._lock = FileIO(unlocked, "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unlocked.replace(self.path / _LOCK)  # nobody may find it free
        self.results = self.path / "results"
        self.results.mkdir()

    def make_scratch(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="scratch-", dir=self.path))

    def close(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def sweep(parent: Path) -> None:
    """Remove what killed sandboxes left behind."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), FileIO(folder / _LOCK, "r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
