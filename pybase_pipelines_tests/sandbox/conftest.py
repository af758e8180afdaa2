"""A sandbox whose extractor misbehaves, and the proof that nothing is left of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from pybase_pipelines.formats.table import Format
from pybase_pipelines.sandbox import ExtractionRequest, Limits, Outcome, Sandbox

MIB = 1024**2
TABLE = "pybase_pipelines_tests.sandbox.misbehaviour:EXTRACTORS"
TIGHT = Limits(
    memory_bytes=160 * MIB,
    cpu_seconds=3,
    wall_seconds=3.5,
    stall_seconds=1.0,
    result_bytes=4 * MIB,
    scratch_bytes=8 * MIB,
    open_files=64,
    file_bytes=1 * MIB,
)


@dataclass
class Trial:
    """A sandbox with the misbehaving extractor, and files that tell it what to do."""

    sandbox: Sandbox
    folder: Path

    def request(self, *acts: str, name: str = "trial.pdf", **fields: Any) -> ExtractionRequest:
        path = self.folder / f"{len(list(self.folder.iterdir()))}.pdf"
        path.write_text("\n".join(("%PDF-1.7 (not really)", *acts)))
        return ExtractionRequest(path=path, name=name, source_path=f"s3://bucket/{name}", **fields)

    def run(self, *acts: str, **fields: Any) -> Outcome:
        (outcome,) = self.sandbox.run([self.request(*acts, **fields)])
        return outcome

    def scratch_folders(self) -> list[Path]:
        assert self.sandbox._folder is not None
        return list(self.sandbox._folder.path.glob("scratch-*/*"))


def read(outcome: Outcome) -> dict[str, Any]:
    """The result document, as strictly as jsonb reads it."""
    data = outcome.result_path.read_bytes()
    assert len(data) == outcome.result_bytes
    result = json.loads(data.decode("utf-8"), parse_constant=lambda word: pytest.fail(f"{word} in the result"))
    assert "\x00" not in json.dumps(result, ensure_ascii=False)
    return result


def descendants() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE]


def processes_with(argument: str) -> list[psutil.Process]:
    return [p for p in psutil.process_iter() if argument in _arguments(p)]


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def trials(folder: Path) -> Iterator[Callable[..., Trial]]:
    """Makes trials, and at the end proves that no process and no folder of theirs is left."""
    sandboxes: list[Sandbox] = []

    def make(limits: Limits = TIGHT, slots: int = 1, **fields: Any) -> Trial:
        files = folder / f"files{len(sandboxes)}"
        files.mkdir()
        limits_by_format = dict.fromkeys(Format, limits)
        sandbox = Sandbox(limits_by_format, slots, folder=folder / "sandboxes", extractors=TABLE, **fields)
        sandboxes.append(sandbox)
        return Trial(sandbox.__enter__(), files)

    before = {p.pid for p in descendants()}
    yield make
    for sandbox in sandboxes:
        sandbox.close()
    assert {p.pid for p in descendants()} <= before, "a process is left behind"
    assert not sandboxes or not list((folder / "sandboxes").iterdir()), "a folder is left behind"


@pytest.fixture
def make_trial(tmp_path: Path) -> Iterator[Callable[..., Trial]]:
    with trials(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """One sandbox for many tests: each also proves that it outlived those before."""
    with trials(tmp_path_factory.mktemp("trial")) as make:
        yield make()
