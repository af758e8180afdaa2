"""An extractor that misbehaves as its file tells it to: each line of the file is one act.

It stands in for all formats in a table of its own, which the tests hand to the sandbox instead of the real one.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field

from pybase_pipelines.errors import CorruptedFile
from pybase_pipelines.extractors.contract import Options, Progress, Source
from pybase_pipelines.extractors.registry import ExtractorRow
from pybase_pipelines.formats.table import Format
from pybase_pipelines.results.envelope import Content


class MisbehavedContent(Content):
    metadata: dict[str, Any] = Field(default_factory=dict)
    items: list[Any] = Field(default_factory=list)


class MisbehavedOptions(Options):
    password: str | None = None


def extract(source: Source, content: MisbehavedContent, progress: Progress) -> None:
    acts = source.path.read_text().splitlines()[1:]  # the first line makes it look like a PDF
    for act in acts:
        verb, _, argument = act.partition(" ")
        with progress.stage(verb):
            ACTS[verb](argument, source, content, progress)


def _items(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    content.items.extend(range(int(argument)))


def _segfault(*_: object) -> None:
    ctypes.string_at(0)


def _sleep_in_c(*_: object) -> None:
    ctypes.PyDLL(None).sleep(3600)  # holds the interpreter's lock, as a native library does


def _spin(*_: object) -> None:
    while True:
        pass


def _beat(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    for done in range(int(argument)):
        progress.advance(done, int(argument))
        time.sleep(0.05)


def _eat_memory(*_: object) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(16 << 20))


def _eat_memory_in_c(*_: object) -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    while True:
        ctypes.memset(libc.malloc(16 << 20), 1, 16 << 20)


def _fork_and_hang(argument: str, source: Source, *_: object) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(3600)", argument]
    subprocess.Popen(command)
    subprocess.Popen(command, start_new_session=True)  # flees from the process group
    _sleep_in_c()


def _leave_grandchildren(argument: str, *_: object) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(3600)", argument]
    subprocess.Popen(command, start_new_session=True)


def _write(argument: str, source: Source, *_: object) -> None:
    with (source.scratch / "big").open("wb") as stream:
        for _n in range(int(argument)):
            stream.write(b"x" * (1 << 20))


def _write_many(argument: str, source: Source, *_: object) -> None:
    for number in range(int(argument)):
        (source.scratch / f"part{number}").write_bytes(b"x" * (1 << 20))
    time.sleep(3600)


def _make_many(argument: str, source: Source, *_: object) -> None:
    for number in range(int(argument)):
        (source.scratch / f"empty{number}").touch()
    time.sleep(3600)


def _fork_bomb(*_: object) -> None:
    while True:
        os.fork()


def _fork_bomb_in_c(*_: object) -> None:
    libc = ctypes.CDLL(None)
    while True:
        libc.fork()


def _start_program(*_: object) -> None:
    subprocess.run(["/bin/true"], check=True)


def _start_programs_in_c(*_: object) -> None:
    libc = ctypes.CDLL(None)
    while True:
        libc.system(b"sleep 3600 &")


def _start_threads(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    threads = [threading.Thread(target=content.items.append, args=(n,)) for n in range(int(argument))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _huge_result(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    content.items.extend(["x" * (1 << 20)] * int(argument))


def _open_files(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    content.items.extend(source.path.open() for _ in range(int(argument)))


def _attempt(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    """Try something on a path or a process, and tell how it was answered."""
    what, _, target = argument.partition(" ")
    try:
        content.items.append(_ATTEMPTS[what](target, source) or "done")
    except OSError as error:
        content.items.append(type(error).__name__)


def _unlink_and_link(target: str, source: Source) -> None:
    os.symlink(target, source.scratch / "result.json")


_ATTEMPTS: dict[str, Any] = {
    "read": lambda target, _s: Path(target).read_text(),
    "list": lambda target, _s: os.listdir(target),
    "write": lambda target, _s: Path(target).write_text("x"),
    "remove": lambda target, _s: os.unlink(target),
    "truncate": lambda target, _s: os.truncate(target, 0),
    "chmod": lambda target, _s: os.chmod(target, 0o777),
    "make_folder": lambda target, _s: os.mkdir(target),
    "hard_link": lambda target, source: os.link(target, source.scratch / "linked"),
    "symlink": _unlink_and_link,
    "fifo": lambda _t, source: os.mkfifo(source.scratch / "result.summary.json"),
    "device": lambda _t, source: os.mknod(source.scratch / "null", 0o20666, os.makedev(1, 3)),
    "kill": lambda target, _s: os.kill(int(target), signal.SIGKILL),
    "kill_parent": lambda _t, _s: os.kill(os.getppid(), signal.SIGKILL),
    "read_parent": lambda _t, _s: Path(f"/proc/{os.getppid()}/environ").read_bytes().hex(),
    "memory_file": lambda _t, _s: os.write(os.memfd_create("x"), b"x"),
    "udp": lambda target, _s: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", int(target))),
    "unix": lambda target, _s: socket.socket(socket.AF_UNIX).connect(target),
    "null": lambda _t, _s: Path(os.devnull).write_text("x") and None,
    "scratch": lambda _t, source: _use_folder(source.scratch),
    "temporary": lambda _t, _s: tempfile.TemporaryDirectory().cleanup(),
}


def _use_folder(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "a").write_text("x" * 10)
    os.truncate(folder / "below" / "a", 5)
    (folder / "below" / "a").replace(folder / "below" / "b")
    assert (folder / "below" / "b").read_text() == "xxxxx"
    shutil.rmtree(folder / "below")


def _close_everything(*_: object) -> None:
    os.closerange(0, 64)


def _half_a_result(argument: str, source: Source, *_: object) -> None:
    (source.scratch / "result.json").write_text('{"schema_version": "1.0", "succ')
    os._exit(0)


def _print(argument: str, *_: object) -> None:
    line = "lorem ipsum " * 100
    for _n in range(int(argument) * 1000):
        print(line)
    print("the last words", flush=True)


def _fail(argument: str, *_: object) -> None:
    raise {"corrupted": CorruptedFile, "strange": StrangeError, "recursion": RecursionError}[argument]("as told")


def _import(argument: str, *_: object) -> None:
    __import__(argument)


def _hostile_texts(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    content.items += ["a\x00b\x00", "literal \\u0000", float("nan"), {"x": float("inf")}]
    content.metadata["Ø\x00"] = "€"
    progress.warn("odd", "a warning with \x00 in it")


def _surrogates(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    content.items += ["half \ud800 char", b"\xff", float("nan"), ("t",)]


def _tell(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    content.metadata |= {
        "environment": dict(os.environ),
        "folder": str(source.scratch),
        "cwd": os.getcwd(),
        "stdin": os.read(0, 10).decode(),
        "descriptors": [fd for fd in range(256) if _is_open(fd)],
        "options": source.options.model_dump(),
        "modules": [name for name in ("OCP", "dagster", "boto3") if name in sys.modules],
    }


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _connect(argument: str, source: Source, content: MisbehavedContent, progress: Progress) -> None:
    with socket.create_connection(("127.0.0.1", int(argument)), timeout=2):
        content.items.append("connected")


class StrangeError(Exception):
    """An exception that no table knows."""


ACTS: dict[str, Any] = {
    "items": _items,
    "checkpoint": lambda _a, _s, _c, progress: progress.checkpoint(),
    "partial": lambda _a, _s, _c, progress: progress.warn("missing", "a part is missing", "page 3", partial=True),
    "segfault": _segfault,
    "abort": lambda *_: os.abort(),
    "kill": lambda *_: os.kill(os.getpid(), signal.SIGKILL),
    "sleep": lambda *_: time.sleep(3600),
    "sleep_in_c": _sleep_in_c,
    "spin": _spin,
    "beat": _beat,
    "eat_memory": _eat_memory,
    "eat_memory_in_c": _eat_memory_in_c,
    "fork_and_hang": _fork_and_hang,
    "leave_grandchildren": _leave_grandchildren,
    "write": _write,
    "write_many": _write_many,
    "make_many": _make_many,
    "fork_bomb": _fork_bomb,
    "fork_bomb_in_c": _fork_bomb_in_c,
    "start_program": _start_program,
    "start_programs_in_c": _start_programs_in_c,
    "start_threads": _start_threads,
    "huge_result": _huge_result,
    "open_files": _open_files,
    "attempt": _attempt,
    "close_everything": _close_everything,
    "exit": lambda argument, *_: os._exit(int(argument)),
    "sys_exit": lambda *_: sys.exit(0),
    "half_a_result": _half_a_result,
    "print": _print,
    "fail": _fail,
    "import": _import,
    "hostile_texts": _hostile_texts,
    "surrogates": _surrogates,
    "tell": _tell,
    "connect": _connect,
}

_HERE = "pybase_pipelines_tests.sandbox.misbehaviour"
_ROW = ExtractorRow(
    format=Format.PDF,
    version="7",
    extract=f"{_HERE}:extract",
    content=f"{_HERE}:MisbehavedContent",
    options=f"{_HERE}:MisbehavedOptions",
    preload=("json",),
    libraries=("pydantic",),
)
EXTRACTORS = {
    Format.PDF: _ROW,
    Format.WERK24: replace(_ROW, format=Format.WERK24, uses_network=True, starts_processes=True),
    Format.STEP: replace(
        _ROW,
        format=Format.STEP,
        extract="no_such_library.extractor:extract",
        preload=("no_such_library",),
        libraries=("no-such-library",),
    ),
}
"""WERK24 stands for an extractor that needs the network and starts processes: it reads our trial files too."""
