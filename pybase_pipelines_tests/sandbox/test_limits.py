"""What the limits promise: every format has them, and an operator's figure reaches all of them."""

from __future__ import annotations

from pybase_pipelines.formats.table import Format
from pybase_pipelines.sandbox.limits import LIMITS, make_limits
from pybase_pipelines.settings import Settings

GIB = 1024**3


def test_every_format_has_limits_that_fit_together():
    assert set(LIMITS) == set(Format)
    for limits in LIMITS.values():
        assert limits.stall_seconds <= limits.wall_seconds
        assert limits.cpu_seconds <= limits.wall_seconds
        assert 1 * GIB <= limits.memory_bytes <= 4 * GIB


def test_without_settings_the_defaults_of_each_format_hold(monkeypatch):
    made = make_limits(Settings(max_file_bytes=5))
    assert made[Format.STEP].memory_bytes == LIMITS[Format.STEP].memory_bytes
    assert made[Format.WERK24].wall_seconds == LIMITS[Format.WERK24].wall_seconds
    assert {limits.file_bytes for limits in made.values()} == {5}


def test_a_longer_wall_time_is_not_cut_short_by_the_other_clocks():
    for limits in make_limits(Settings(wall_seconds=5000, memory_bytes=6 * GIB)).values():
        assert (limits.wall_seconds, limits.stall_seconds, limits.cpu_seconds) == (5000, 5000, 5000)
        assert limits.memory_bytes == 6 * GIB


def test_a_shorter_wall_time_bounds_the_others():
    for limits in make_limits(Settings(wall_seconds=10)).values():
        assert (limits.wall_seconds, limits.stall_seconds) == (10, 10)
