"""What one extraction may use, by format.

What belongs here: the figures. What does not: how they are enforced (`sandbox.confinement`, `sandbox.launcher`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from pybase_pipelines.errors import OptionsInvalid
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
    """The limits of each format, with what the operator set for all of them and for single ones.

    Raises:
        OptionsInvalid: PYBASE_LIMITS names a format or a limit that is none, or a value that cannot be.
    """
    if unknown := set(settings.limits) - set(Format):
        raise OptionsInvalid(f"PYBASE_LIMITS names {', '.join(sorted(unknown))}; the formats are {', '.join(Format)}.")
    return {
        format_: _override(_with_settings(limits, settings), settings.limits.get(format_, {}), format_)
        for format_, limits in LIMITS.items()
    }


def _override(limits: Limits, values: Mapping[str, float], format_: Format) -> Limits:
    kinds = {field.name: type(getattr(limits, field.name)) for field in fields(limits)}
    for name, value in values.items():
        if name not in kinds:
            raise OptionsInvalid(f"PYBASE_LIMITS: '{name}' of {format_} is no limit; there are {', '.join(kinds)}.")
        if not 0 < value < float("inf"):
            raise OptionsInvalid(f"PYBASE_LIMITS: '{name}' of {format_} must be above 0, not {value}.")
    limits = _with_wall(limits, values.get("wall_seconds", limits.wall_seconds))
    return replace(limits, **{name: kinds[name](value) for name, value in values.items()})


def _with_settings(limits: Limits, settings: Settings) -> Limits:
    limits = replace(
        limits, file_bytes=settings.max_file_bytes, memory_bytes=settings.memory_bytes or limits.memory_bytes
    )
    return _with_wall(limits, settings.wall_seconds or limits.wall_seconds)


def _with_wall(limits: Limits, wall: float) -> Limits:
    """The limits with another wall time, which the other clocks never cut short."""
    if wall > limits.wall_seconds:
        return replace(limits, wall_seconds=wall, cpu_seconds=max(1, int(wall)), stall_seconds=wall)
    return replace(limits, wall_seconds=wall, stall_seconds=min(limits.stall_seconds, wall))
