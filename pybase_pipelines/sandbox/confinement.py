"""What a process is stripped of before it touches a file of a stranger.

What belongs here: calls to the operating system that limit the calling process, and the environment it gets.
What does not: the figures (`sandbox.limits`) and the life of processes (`sandbox.launcher`).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from pybase_pipelines.sandbox.limits import Limits

KEPT_VARIABLES = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "FONTCONFIG_PATH", "XDG_CACHE_HOME", "XDG_DATA_DIRS",
)  # fmt: skip
"""All that a launcher inherits: no secret is among them, and a new one cannot slip in."""

SINGLE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
}
"""A process with several threads must not fork."""

HEADROOM_BYTES = 256 * 1024**2
"""Memory that is released at the end, so that a child that hit its limit can still say so."""

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def make_environment(package_folder: Path) -> dict[str, str]:
    """The environment of a launcher: an allow-list, one thread for each library, and the way to our package."""
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | SINGLE_THREAD
    search_path = [str(package_folder), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(part for part in search_path if part)
    return environment


def limit_resources(limits: Limits) -> None:
    """Bound memory (on top of what is mapped now), CPU time, file sizes and open files; no core files."""
    _set(resource.RLIMIT_CORE, 0, 0)
    _set(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2)
    _set(resource.RLIMIT_FSIZE, limits.scratch_bytes, limits.scratch_bytes)
    _set(resource.RLIMIT_NOFILE, limits.open_files, limits.open_files)
    if mapped := mapped_bytes():
        ceiling = mapped + limits.memory_bytes
        _set(resource.RLIMIT_AS, ceiling, ceiling + HEADROOM_BYTES)


def release_headroom() -> None:
    """Let the process use the memory that was kept back for its last words."""
    with contextlib.suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def mapped_bytes() -> int:
    """The size of this process's address space; 0 where the system does not tell."""
    return _statm(0)


def private_bytes() -> int:
    """What a fork begins with in memory, without files that are mapped; 0 where the system does not tell."""
    return _statm(1) - _statm(2)


def die_with_parent(parent_id: int) -> None:
    """Have the kernel kill this process when its parent dies, however it dies (Linux)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_id:  # it died before we asked
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent died, so that none escapes (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def leave_network() -> bool:
    """Cut this process off from every network, where the system lets an ordinary user do so."""
    if sys.platform != "linux":
        return False
    return _LIBC.unshare(_CLONE_NEWNET) == 0 or _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0


def list_children() -> list[int]:
    """The processes whose parent we are, adopted ones included (Linux)."""
    try:
        return [int(n) for n in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except (OSError, ValueError):
        return []


def _set(kind: int, soft: int, hard: int) -> None:
    with contextlib.suppress(OSError, ValueError):  # a lower limit is in force already, or the system has none
        resource.setrlimit(kind, (soft, hard))


def _statm(field: int) -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[field]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _LIBC.prctl(option, value, 0, 0, 0)
