"""The real extractors, each with a fault in one stage: `FAULT` in the environment names both ("segfault sheets").

A table for the sandbox in place of the registry's. What belongs here: how a library can fail in the middle of a stage.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pybase_pipelines.extractors import registry
from pybase_pipelines.extractors.contract import Progress, Source

VARIABLE = "FAULT"


def extract(source: Source, content: Any, progress: Progress) -> None:
    """Extract as always, but fail in the stage that is named. The process is a throw-away one, so it may be patched."""
    fault, _, stage = os.environ[VARIABLE].partition(" ")
    whole = Progress.stage

    @contextmanager
    def faulty(self: Progress, name: str, **options: Any) -> Iterator[None]:
        with whole(self, name, **options):
            if name == stage and fault != "memory_error":
                FAULTS[fault]()
            yield
            if name == stage and fault == "memory_error":
                raise MemoryError

    Progress.stage = faulty  # pyright: ignore[reportAttributeAccessIssue]
    row = registry.EXTRACTORS[source.detection.format]  # pyright: ignore[reportArgumentType]
    row.load_extract()(source, content, progress)


def _eat_memory() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    while True:
        ctypes.memset(libc.malloc(16 << 20), 1, 16 << 20)


FAULTS: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "eat_memory": _eat_memory,
    "fork": os.fork,
}

EXTRACTORS = {
    format_: replace(row, extract=f"{__name__}:extract", preload=(f"{row.extract.partition(':')[0]}", *row.preload))
    for format_, row in registry.EXTRACTORS.items()
}
