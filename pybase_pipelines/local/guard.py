"""A process that stands between us and a service, so that the service never outlives us.

Run as `python -m pybase_pipelines.local.guard GRACE_SECONDS COMMAND...`. The guard's standard input is a pipe held by
its parent: end of file means that the parent stopped or died (Ctrl-C, SIGKILL, power cut of a terminal), and the
guard then ends the service and every descendant, also those that started a session of their own. On Linux it adopts
orphans of its tree (PR_SET_CHILD_SUBREAPER), so none escapes.

What belongs here: only that; it imports little, since one runs for each service.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
POLL_SECONDS = 0.2


def main(argv: list[str]) -> int:
    """Run the command until it ends or the parent is gone; returns the command's exit status."""
    grace = float(argv[0])
    # Ctrl-C reaches the parent, which closes our input. A handler, since the service would inherit that a signal is
    # ignored, and Dagster takes SIGTERM for whatever SIGINT is: it would not end before it is killed.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: os.close(0))
    _adopt_orphans()
    child = subprocess.Popen(argv[1:], stdin=subprocess.DEVNULL)
    while child.poll() is None and not _parent_is_gone():
        pass
    _end_tree(child, grace)
    return child.returncode


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _parent_is_gone() -> bool:
    """Wait a moment for the end of the parent's pipe; nothing is ever written to it."""
    try:
        readable, _, _ = select.select([0], [], [], POLL_SECONDS)
        return bool(readable) and os.read(0, 1) == b""
    except OSError:  # closed by SIGTERM
        return True


def _end_tree(child: subprocess.Popen[bytes], grace: float) -> None:
    import psutil

    me = psutil.Process()
    if child.poll() is None:
        child.terminate()
    deadline = time.monotonic() + grace
    while (left := me.children(recursive=True)) and time.monotonic() < deadline:
        if child.poll() is not None:  # the service is down: whatever it left behind has no owner
            break
        _reap(child)
        time.sleep(0.05)
    for _ in range(100):
        left = [p for p in me.children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        _reap(child)
        if not left:
            break
        time.sleep(0.02)
    child.wait(timeout=5)


def _reap(child: subprocess.Popen[bytes]) -> None:
    """Collect adopted orphans that ended; the service itself is left to its Popen."""
    import psutil

    child.poll()
    for process in psutil.Process().children():
        if process.pid != child.pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
