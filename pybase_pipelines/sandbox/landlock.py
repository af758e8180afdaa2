"""The kernel's fence around files and TCP (Landlock): what a process may open is listed, all else is refused, to root too.

It needs no privilege. What it can refuse grows with its version, which the running kernel is asked for. Without it
(other systems, older kernels) every function here does nothing and says so.
What belongs here: the system calls. What does not: which folders are listed (`sandbox.readable`).
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << n for n in range(6))
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (1 << n for n in range(6, 13))
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

READ = READ_FILE | READ_DIR
WRITE = WRITE_FILE | READ | MAKE_REG | MAKE_DIR | REMOVE_FILE | REMOVE_DIR | TRUNCATE
"""In the scratch folder. No links, pipes or devices: whoever opens the result afterwards must find a plain file."""
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_KNOWN = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many of the rights above each version knows; later ones know all."""


@cache
def version() -> int:
    """What the running kernel can do; 0: nothing."""
    if sys.platform != "linux":
        return 0
    return max(0, _LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION)))


class Paths:
    """Files and folders, held open so that each child need not look them up again. What is not there is left out."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.descriptors: list[tuple[int, int]] = []
        for path in paths if version() else ():
            with suppress(OSError, ValueError):  # it is not there, or it is no path
                self.descriptors.append(_open(path))

    def close(self) -> None:
        for descriptor, _ in self.descriptors:
            os.close(descriptor)
        self.descriptors.clear()


def fence(
    prepared: Paths, readable: Iterable[Path], writable: Iterable[Path], *, network: bool, execute: bool
) -> bool:
    """Confine this process for good; whether the kernel could do it. `prepared` may be read too, and with `execute` run.

    Raises:
        OSError: it can, but it refused.
    """
    if not (known := version()):
        return False
    rights = (1 << _KNOWN.get(known, 16)) - 1
    tcp = _BIND_AND_CONNECT if known >= _NETWORK_SINCE and not network else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if known >= _SCOPES_SINCE else 0
    attributes = struct.pack("=QQQ", rights, tcp, scopes)
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    wanted = READ | (EXECUTE if execute else 0)
    for descriptor, possible in prepared.descriptors:
        _allow(ruleset, descriptor, wanted & possible)
    for paths, wanted in ((readable, READ), (writable, WRITE & rights)):
        for path in paths:
            with suppress(FileNotFoundError):  # the child will say that it is not there
                descriptor, possible = _open(path)
                _allow(ruleset, descriptor, wanted & possible)
                os.close(descriptor)
    _LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _call(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0))
    os.close(ruleset)
    return True


def _open(path: Path) -> tuple[int, int]:
    """A handle of the path, and the rights that make sense for it."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    return descriptor, -1 if path.is_dir() else _OF_FILES


def _allow(ruleset: int, descriptor: int, rights: int) -> None:
    rule = struct.pack("=Qi", rights, descriptor)
    _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, ctypes.c_uint32(0))


def _call(number: int, *arguments: object) -> int:
    result = _LIBC.syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
