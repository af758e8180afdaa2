"""The kernel's filter of system calls (seccomp): no processes, no sockets, no way into other processes.

It needs no privilege and holds for root too. Refused calls fail as if they were not permitted, so that a library that
can do without goes on; only a plain fork ends the process (SIGSYS): nothing of ours copies itself; a fork bomb does.
What belongs here: the filter, for the processors that we know. What does not: who gets which (`sandbox.cell`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_NUMBER, _PROCESSOR, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets in what the filter sees: number of the call, kind of processor, arguments (their lower halves)."""
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_OWN_PROCESS = 0x7E57C0DE
_CLONE_VFORK, _CLONE_THREAD = 0x4000, 0x10000


@dataclass(frozen=True, slots=True)
class Processor:
    """The numbers of system calls on one kind of processor."""

    audit_number: int
    highest: int
    clone: int
    forks: tuple[int, ...]
    vforks: tuple[int, ...]
    socket: int
    runs: tuple[int, ...]
    signals: tuple[int, ...]
    foreign_signals: tuple[int, ...]
    never: tuple[int, ...]


_CLONE3, _PIDFD_GETFD, _IO_URING_SETUP, _FCHMODAT2, _PIDFD_SIGNAL = 435, 438, 425, 452, 424
_EVERYWHERE = (_PIDFD_GETFD, _IO_URING_SETUP, _FCHMODAT2)
PROCESSORS = {
    "x86_64": Processor(
        audit_number=0xC000003E,
        highest=0x40000000,  # from here on another way to number them (x32)
        clone=56,
        forks=(57,),
        vforks=(58,),
        socket=41,
        runs=(59, 322),
        signals=(62, 234, 129, 297),
        foreign_signals=(200, _PIDFD_SIGNAL),
        never=(
            *_EVERYWHERE, 101, 310, 311,  # into other processes: ptrace, process_vm_readv, process_vm_writev
            248, 249, 250, 272, 308, 165,  # add_key, request_key, keyctl, unshare, setns, mount
            90, 91, 268, 92, 93, 94, 260, 188, 189, 190,  # chmod, chown, setxattr: Landlock does not know them
            319, 29, 64, 68, 240,  # memory that no limit counts: memfd_create, shmget, semget, msgget, mq_open
        ),
    ),
    "aarch64": Processor(
        audit_number=0xC00000B7,
        highest=0x40000000,
        clone=220,
        forks=(),
        vforks=(),
        socket=198,
        runs=(221, 281),
        signals=(129, 131, 138, 240),
        foreign_signals=(130, _PIDFD_SIGNAL),
        never=(
            *_EVERYWHERE, 117, 270, 271,
            217, 218, 219, 97, 268, 40,
            52, 53, 54, 55, 5, 6, 7,
            279, 194, 190, 186, 180,
        ),
    ),
}  # fmt: skip


class Filter:
    """A filter prepared for many processes. `network`: they may have sockets; `processes`: start them, end them."""

    def __init__(self, *, network: bool = False, processes: bool = False) -> None:
        processor = PROCESSORS.get(platform.machine()) if sys.platform == "linux" and sys.maxsize > 2**32 else None
        self._is_possible = processor is not None
        lines = build(processor, network=network, processes=processes) if processor else []
        self._own_places = [n * 8 + 4 for n, line in enumerate(lines) if line[4:] == _OWN_PROCESS.to_bytes(4, "little")]
        self._code = ctypes.create_string_buffer(b"".join(lines))
        self._program = struct.pack("@HP", len(lines), ctypes.addressof(self._code))

    def enter(self) -> bool:
        """Filter this process for good, and all it starts; whether that was possible."""
        if not self._is_possible:
            return False
        for place in self._own_places:
            struct.pack_into("=I", self._code, place, os.getpid())
        _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return _LIBC.prctl(_PR_SET_SECCOMP, _MODE_FILTER, self._program, 0, 0) == 0


def build(processor: Processor, *, network: bool, processes: bool) -> list[bytes]:
    """The lines of the filter: the first that fits a call decides. `_OWN_PROCESS` stands for who enters it."""
    refuse = _FAIL | errno.EPERM
    lines = [
        _line(_LOAD, _PROCESSOR),
        *_when(_EQUAL, processor.audit_number, [], otherwise=[_line(_RETURN, refuse)]),
        _line(_LOAD, _NUMBER),
        *_when(_AT_LEAST, processor.highest, [_line(_RETURN, refuse)]),
    ]
    refused = [*processor.never, *(() if network else (processor.socket,))]
    if not processes:
        lines += _when(
            _EQUAL, _CLONE3, [_line(_RETURN, _FAIL | errno.ENOSYS)]
        )  # libraries turn to clone, which tells more
        lines += _when(
            _EQUAL,
            processor.clone,
            [
                _line(_LOAD, _FIRST),
                *_when(_ANY_BIT, _CLONE_THREAD, [_line(_RETURN, _ALLOW)]),
                *_when(_ANY_BIT, _CLONE_VFORK, [_line(_RETURN, refuse)]),
                _line(_RETURN, _KILL),
            ],
        )
        for number in processor.forks:
            lines += _when(_EQUAL, number, [_line(_RETURN, _KILL)])
        refused += [*processor.vforks, *processor.runs, *processor.foreign_signals]
        for number in processor.signals:  # to itself only
            to_itself = _when(_EQUAL, _OWN_PROCESS, [_line(_RETURN, _ALLOW)])
            lines += _when(_EQUAL, number, [_line(_LOAD, _FIRST), *to_itself, _line(_RETURN, refuse)])
    for number in refused:
        lines += _when(_EQUAL, number, [_line(_RETURN, refuse)])
    return [*lines, _line(_RETURN, _ALLOW)]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _when(test: int, value: int, then: list[bytes], otherwise: list[bytes] | None = None) -> list[bytes]:
    """`then` if the test holds, else `otherwise`; a branch that does not return goes on below."""
    if otherwise:
        return [_line(test, value, if_true=len(otherwise)), *otherwise, *then]
    return [_line(test, value, if_false=len(then)), *then]
