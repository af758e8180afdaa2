"""What a file is expected to cost, in CPU seconds, before anybody has looked at it: by name, size and experience.

The figures are rough and need not be more: they keep a run to some minutes, and a big model alone. What finished jobs
really took corrects them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pybase_pipelines.formats.table import FORMATS, Format

MIB = 1024**2
UNKNOWN = "other"
LEAST_SAMPLES = 20
MOST_CORRECTION = 20.0
HEAVY_SECONDS = 60.0
"""A file expected to take longer is heavy work, of which dagster.yaml lets only so many runs happen at once."""


class Sample(Protocol):
    """What a finished job took."""

    @property
    def format(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def cpu_seconds(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds for any file, and for each MiB of it."""

    base: float
    per_mib: float

    def expect(self, size: int) -> float:
        return self.base + self.per_mib * size / MIB


COSTS: dict[str, Cost] = {
    Format.PDF: Cost(0.2, 1.0),
    Format.DXF: Cost(0.2, 0.6),
    Format.DWG: Cost(0.3, 2.0),
    Format.IFC: Cost(0.5, 0.5),
    Format.STEP: Cost(0.5, 2.0),
    Format.WERK24: Cost(1.0, 0.1),
    UNKNOWN: Cost(0.2, 0.2),
}
_BY_EXTENSION = {extension: str(row.format) for row in FORMATS.values() for extension in row.extensions}


def guess_kind(object_key: str, *known: str | None) -> str:
    """The format that is known of a file, or that its name suggests; `UNKNOWN` where neither says anything."""
    for word in known:
        if word in COSTS:
            return str(word)
    name = object_key.rpartition("/")[2].lower()
    return _BY_EXTENSION.get(f".{name.rpartition('.')[2]}", UNKNOWN) if "." in name else UNKNOWN


def learn_corrections(samples: Iterable[Sample]) -> dict[str, float]:
    """How much dearer (or cheaper) than the table each format was; formats with few samples are left out."""
    taken: dict[str, list[tuple[float, float]]] = {}
    for sample in samples:
        if sample.format in COSTS:
            expected = COSTS[sample.format].expect(sample.size)
            taken.setdefault(sample.format, []).append((sample.cpu_seconds, expected))
    return {
        kind: min(max(sum(real for real, _ in pairs) / sum(guess for _, guess in pairs), 0.05), MOST_CORRECTION)
        for kind, pairs in taken.items()
        if len(pairs) >= LEAST_SAMPLES
    }


def expect_seconds(kind: str, size: int, corrections: Mapping[str, float]) -> float:
    """The expected CPU seconds of a file."""
    return COSTS[kind].expect(size) * corrections.get(kind, 1.0)


def needs_limited_run(kind: str, seconds: float) -> bool:
    """Whether dagster.yaml limits how many runs with such a file happen at once: heavy work, and a paid service."""
    return kind == Format.WERK24 or seconds > HEAVY_SECONDS
