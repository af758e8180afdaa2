"""The one contract of all extractors: what one is given, how it reports, what it must do.

An extractor is a function `extract(source, content, progress)`. It fills `content` (its format's content model) in
place, stage by stage, so that whatever is in it when a later stage fails or the child dies is what a partial result
keeps. It raises an error of `pybase_pipelines.errors` when the file cannot be read at all.

What belongs here: the types of that contract. What does not: limits, processes and files (that is `sandbox`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from pybase_pipelines.errors import OptionsInvalid, OutOfMemory, PybaseError
from pybase_pipelines.formats.table import Detection
from pybase_pipelines.results.envelope import Content, Problem

logger = logging.getLogger(__name__)


class Options(BaseModel):
    """Base of the options of each format; an unknown option is refused, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Source:
    """The file to read. `name` is the name it was uploaded under; `scratch` is a folder that is removed afterwards."""

    path: Path
    name: str
    detection: Detection
    options: Any
    scratch: Path


class Extract(Protocol):
    def __call__(self, source: Source, content: Any, progress: Progress) -> None: ...


def _nothing(*_: object) -> None:
    return None


@dataclass(slots=True)
class Progress:
    """How an extractor reports: stages with their seconds, warnings, what is missing, how far it is.

    `checkpoint` keeps what `content` holds so far (called before each risky stage), `beat` tells that work goes on;
    the sandbox also takes every half second's beat as a good moment to keep what there is.
    """

    checkpoint: Callable[[], None] = _nothing
    beat: Callable[[str, int, int], None] = _nothing
    warnings: list[Problem] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    is_partial: bool = False
    current_stage: str = "start"

    @contextmanager
    def stage(
        self, name: str, *, optional: bool = False, risky: bool = False, where: str | None = None
    ) -> Iterator[None]:
        """Time a stage. `optional`: if it fails, the result is partial, with a warning that names it, instead of lost.

        `risky`: native code may kill the process in it, so what was read before is written down first. `where`: the
        page or sheet that the warning names, if not the stage.
        """
        if risky:
            self.checkpoint()
        outer, self.current_stage = self.current_stage, name
        self.beat(name, 0, 0)
        started = time.perf_counter()
        try:
            yield
        except MemoryError as error:
            if not optional:
                raise OutOfMemory(f"The memory limit was reached in the stage '{name}'.") from error
            message = f"The memory limit was reached in the stage '{name}'; its results are missing."
            self.warn("out_of_memory", message, where or name, partial=True)
        except PybaseError as error:
            if not optional:
                raise
            self.warn(error.code, f"The stage '{name}' failed: {error.message}", where or name, partial=True)
        except Exception as error:
            if not optional:
                raise
            logger.warning("stage %s failed", name, exc_info=True)
            message = f"The stage '{name}' failed ({type(error).__name__}: {error}); its results are missing."
            self.warn("stage_failed", message, where or name, partial=True)
        finally:
            self.timings[name] = round(self.timings.get(name, 0.0) + time.perf_counter() - started, 4)
            self.current_stage = outer

    def advance(self, done: int, total: int) -> None:
        """Tell how far the current stage is; call it at least every few seconds in a long loop."""
        self.beat(self.current_stage, done, total)

    def warn(self, code: str, message: str, where: str | None = None, *, partial: bool = False) -> None:
        """Note something a person should know; `partial`: something that the file holds is missing from the result."""
        self.warnings.append(Problem(code=code, message=message, where=where))
        self.is_partial = self.is_partial or partial


def parse_options(model: type[Options], values: dict[str, Any]) -> Options:
    """The options of one file.

    Raises:
        OptionsInvalid: an option is unknown or has a wrong value.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(values)
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(str(p) for p in e['loc']) or 'options'}: {e['msg']}" for e in error.errors())
        raise OptionsInvalid(f"The options are not valid: {reasons}.") from error


__all__ = ["Content", "Extract", "Options", "Progress", "Source", "parse_options"]
