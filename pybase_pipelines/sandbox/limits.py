"""What one extraction may use, by format.

What belongs here: the figures. What does not: how they are enforced (`sandbox.confinement`, `sandbox.launcher`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pybase_pipelines.formats.table import Format
from pybase_pipelines.settings import Settings

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one extraction.

    `memory_bytes` comes on top of what the loaded libraries take. `stall_seconds` is the longest silence between two
    signs of life; a native library may be silent for long, so it is seldom much below `wall_seconds`.
    """

    memory_bytes: int = 2 * GIB
    cpu_seconds: int = 280
    wall_seconds: float = 300
    stall_seconds: float = 150
    result_bytes: int = 256 * MIB
    scratch_bytes: int = 512 * MIB
    open_files: int = 128
    file_bytes: int = 1 * GIB


LIMITS: dict[Format, Limits] = {
    Format.PDF: Limits(memory_bytes=2 * GIB),
    Format.DXF: Limits(memory_bytes=4 * GIB),
    Format.DWG: Limits(memory_bytes=2 * GIB, stall_seconds=90),
    Format.IFC: Limits(memory_bytes=4 * GIB, scratch_bytes=2 * GIB),
    Format.STEP: Limits(memory_bytes=4 * GIB, stall_seconds=300),
    Format.WERK24: Limits(memory_bytes=1 * GIB, cpu_seconds=60, wall_seconds=600, stall_seconds=600),
}


def make_limits(settings: Settings) -> dict[Format, Limits]:
    """The limits of each format, with what the operator set for all of them."""
    return {format_: _with_settings(limits, settings) for format_, limits in LIMITS.items()}


def _with_settings(limits: Limits, settings: Settings) -> Limits:
    wall = settings.wall_seconds or limits.wall_seconds
    is_longer = wall > limits.wall_seconds
    return replace(
        limits,
        file_bytes=settings.max_file_bytes,
        memory_bytes=settings.memory_bytes or limits.memory_bytes,
        wall_seconds=wall,
        cpu_seconds=max(1, int(wall)) if is_longer else limits.cpu_seconds,
        stall_seconds=wall if is_longer else min(limits.stall_seconds, wall),
    )
