"""The kernel's fence around files and TCP (Landlock): what may be opened is listed, all else is refused, to root too.

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


class Fence:
    """A fence prepared for many processes: the places that all of them may read are looked up and held open here.

    `network` and `execute`: whether TCP is left open, and whether programs among the readable places may be run.
    """

    def __init__(self, readable: Iterable[Path], *, network: bool = False, execute: bool = False) -> None:
        known = version()
        self._rights = (1 << _KNOWN.get(known, 16)) - 1 if known else 0
        tcp = _BIND_AND_CONNECT if known >= _NETWORK_SINCE and not network else 0
        scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if known >= _SCOPES_SINCE else 0
        self._attributes = struct.pack("=QQQ", self._rights, tcp, scopes)
        self._rules: list[bytes] = []
        self._descriptors: list[int] = []
        wanted = READ | (EXECUTE if execute else 0)
        for path in readable if known else ():
            self._hold(path, wanted if path.is_dir() else wanted & _OF_FILES)
        if known:
            self._hold(Path(os.devnull), (READ_FILE | WRITE_FILE | TRUNCATE) & self._rights)

    def close(self) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()

    def enter(self, file: str, scratch: str) -> bool:
        """Confine this process for good: it reads `file` too, and writes into `scratch`. False: the kernel cannot.

        Raises:
            OSError: the kernel can do it, but refused.
        """
        if not self._rights:
            return False
        ruleset = _call(_CREATE_RULESET, self._attributes, len(self._attributes), 0)
        for rule in self._rules:
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
        for path, wanted in ((file, READ_FILE), (scratch, WRITE & self._rights), ("/proc/self", READ)):
            try:
                descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except (FileNotFoundError, ValueError):  # the child will say that it is not there
                continue
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, _rule(descriptor, wanted), 0)
            os.close(descriptor)
        _LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        _call(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)
        return True

    def _hold(self, path: Path, rights: int) -> None:
        with suppress(OSError):  # it has gone
            self._descriptors.append(os.open(path, os.O_PATH | os.O_CLOEXEC))
            self._rules.append(_rule(self._descriptors[-1], rights))


def _rule(descriptor: int, rights: int) -> bytes:
    return struct.pack("=Qi", rights, descriptor)


def _call(number: int, *arguments: int | bytes) -> int:
    """A system call; its numbers are passed in full width, as the kernel takes them."""
    result = _LIBC.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
