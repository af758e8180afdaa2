"""What the limits promise: every format has them, and an operator's figure reaches all of them."""

from __future__ import annotations

import pytest

from pybase_pipelines.errors import OptionsInvalid
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


def test_one_format_can_have_limits_of_its_own():
    made = make_limits(Settings(wall_seconds=60, limits={"step": {"wall_seconds": 900, "memory_bytes": 8e9}}))
    step = made[Format.STEP]
    assert (step.wall_seconds, step.cpu_seconds, step.stall_seconds, step.memory_bytes) == (
        900,
        900,
        900,
        8_000_000_000,
    )
    assert made[Format.PDF].wall_seconds == 60


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"stp": {"wall_seconds": 1}}, "stp"),
        ({"step": {"wall": 1}}, "'wall' of step is no limit"),
        ({"step": {"wall_seconds": -1}}, "must be above 0"),
        ({"step": {"memory_bytes": float("nan")}}, "must be above 0"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_by_name(limits, reason):
    with pytest.raises(OptionsInvalid, match=reason):
        make_limits(Settings(limits=limits))
