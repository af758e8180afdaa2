"""What a file is expected to cost: by name and size, corrected by what was seen."""

from dataclasses import dataclass

import pytest

from pybase_pipelines.intake.costs import LEAST_SAMPLES, MIB, expect_seconds, guess_kind, learn_corrections


@dataclass(frozen=True)
class Sample:
    format: str
    size: int
    cpu_seconds: float


@pytest.mark.parametrize(
    ("key", "kind"), [("a/b.STP", "step"), ("x.ifczip", "ifc"), ("no-name", "other"), ("v1.2/readme", "other")]
)
def test_the_name_suggests_the_format(key, kind):
    assert guess_kind(key, "auto", None) == kind


def test_what_is_known_of_a_file_counts_more_than_its_name():
    assert guess_kind("plan.pdf", "werk24", None) == "werk24"
    assert guess_kind("plan.pdf", "auto", "dxf") == "dxf"


def test_a_larger_file_costs_more():
    assert expect_seconds("step", 100 * MIB, {}) > 50 * expect_seconds("step", MIB // 100, {})


def test_finished_jobs_correct_the_table_once_there_are_enough():
    slow = [Sample("pdf", MIB, 3 * expect_seconds("pdf", MIB, {}))] * LEAST_SAMPLES
    assert learn_corrections(slow[1:]) == {}
    corrections = learn_corrections([*slow, Sample("strange", 1, 1.0)])
    assert corrections == {"pdf": pytest.approx(3)}
    assert expect_seconds("pdf", MIB, corrections) == pytest.approx(3 * expect_seconds("pdf", MIB, {}))


def test_absurd_experience_is_bounded():
    assert learn_corrections([Sample("dxf", 0, 10_000.0)] * LEAST_SAMPLES)["dxf"] == 20
