"""The cell of one extraction: what a freshly forked child does to itself before it looks at its file.

An extraction may write into its scratch folder only, read its file and what `readable` lists, start no process, send
signals to itself only, and use no network; a row of the registry may ask for network or processes. Three mechanisms,
none of which needs a privilege, and which cost less than a new network namespace (0.6 ms) together:

    Landlock   files (and TCP, from its version 4): an allow-list for reading as well as for writing, so that no key,
               no ledger and no other file is seen; secrets in other processes are closed by it too
    seccomp    sockets of every kind, processes, and calls that Landlock does not know (chmod, memory that no limit
               counts, reaching into other processes)
    rlimits    memory, CPU time, file sizes, open files

Where seccomp cannot be had, a network namespace of its own is tried instead; the second line behind all of them is the
launcher, which kills the whole group and adopts what flees from it. `probe` finds out what holds on a machine.
What belongs here: their order. What does not: the figures (`limits`), and the calls (`confinement`, `landlock`,
`seccomp`).
"""

from __future__ import annotations

import errno
import faulthandler
import logging
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from pybase_pipelines.sandbox import landlock, seccomp
from pybase_pipelines.sandbox.confinement import die_with_parent, leave_network, limit_resources
from pybase_pipelines.sandbox.limits import Limits
from pybase_pipelines.sandbox.readable import list_readable

STATUS_FD = 3


class Walls:
    """What many cells have in common, prepared once. `network`, `processes`: what is left open in them."""

    def __init__(self, *, network: bool, processes: bool) -> None:
        self.fence = landlock.Fence(list_readable(network=network), network=network, execute=processes)
        self.filter = seccomp.Filter(network=network, processes=processes)
        self.network, self.processes = network, processes

    def close(self) -> None:
        self.fence.close()


@dataclass(frozen=True, slots=True)
class Cell:
    """What one child may use: to read its file, to write its scratch folder."""

    file: Path
    scratch: Path
    limits: Limits
    launcher_id: int
    status_fd: int
    output_fd: int
    walls: Walls
    environment: dict[str, str] = field(default_factory=dict)

    def close(self) -> None:
        """Shut this process in, for good."""
        os.setsid()
        die_with_parent(self.launcher_id)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        self.walls.fence.enter(str(self.file), str(self.scratch))
        _arrange_descriptors(self.status_fd, self.output_fd)
        os.environ["TMPDIR"] = tempfile.tempdir = str(self.scratch)
        os.environ.update(self.environment)
        os.chdir(self.scratch)
        sys.stdout = os.fdopen(1, "w", errors="replace", closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, errors="replace", closefd=False)
        faulthandler.enable(file=2)  # a crash tells its Python lines in the output's tail
        logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
        limit_resources(self.limits)
        if not self.walls.filter.enter() and not self.walls.network:
            leave_network()
        if not self.walls.processes:
            _refuse_programs()


def _refuse_programs() -> None:
    """Let Python's own way to start programs fail as not permitted: it forks where vfork is refused, which would kill.

    Libraries ask programs for trifles (`uname -p`, `ldconfig -p`) and do without where they cannot.
    """

    def refuse(_popen: subprocess.Popen, args: object, *_more: object) -> None:
        raise PermissionError(errno.EPERM, "an extraction may not start processes", str(args)[:200])

    subprocess.Popen._execute_child = refuse  # pyright: ignore[reportAttributeAccessIssue]


def _arrange_descriptors(status: int, output: int) -> None:
    """Nothing to read, everything printed into one pipe, the status pipe; all else is closed."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    status, output = (fd if fd > STATUS_FD else os.dup(fd) for fd in (status, output))
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(status, STATUS_FD, inheritable=False)  # what the child starts must not hold it open
    os.closerange(STATUS_FD + 1, 1 << 16)
