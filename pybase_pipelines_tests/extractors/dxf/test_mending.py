"""Mended copies: what is lost, and that it is as little as can be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pybase_pipelines.extractors.dxf.mending import write_without_broken_objects
from pybase_pipelines_tests.extractors.dxf.drawings import run, text_dxf

LINE = "0=LINE|8=0|10=0|20=0|11=3|21=4"


@pytest.mark.parametrize(
    "broken",
    [
        "0=LINE|8=0|10=abc|20=0|11=3|21=4",
        "0=LINE|8=0|10=0|11=3|21=4",
        "0=LINE|8=0|1z0=0|20=0|11=3|21=4",
        "0=CIRCLE|8=0|10=0|20=0|40=2|62=-",
    ],
)
def test_one_broken_object_costs_that_object_only(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "broken.dxf"
    path.write_bytes(text_dxf(LINE, broken, LINE))
    content, progress = run(path)
    assert content.geometry_summary.model_space["LINE"] >= 2
    assert progress.is_partial
    assert content.repairs


def test_a_broken_header_variable_costs_that_variable_only(tmp_path: Path) -> None:
    path = tmp_path / "broken.dxf"
    data = text_dxf(LINE).replace(
        b"$ACADVER\n1\nAC1009\n", b"$ACADVER\n1\nAC1009\n9\n$EXTMIN\n10\nx\n20\n0\n9\n$INSUNITS\n70\n4\n"
    )
    path.write_bytes(data)
    content, progress = run(path)
    assert content.metadata.units_code == 4
    assert content.geometry_summary.model_space == {"LINE": 1}
    assert progress.is_partial


def test_a_whole_file_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "whole.dxf"
    path.write_bytes(text_dxf(LINE, LINE))
    copy, dropped = write_without_broken_objects(path, tmp_path)
    assert dropped == 0
    assert [line.strip() for line in copy.read_bytes().split()] == path.read_bytes().split()


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=12).filter(lambda b: b"\n" not in b), max_size=40))
def test_no_lines_break_the_mending(tmp_path: Path, lines: list[bytes]) -> None:
    path = tmp_path / "noise.dxf"
    path.write_bytes(b"\n".join(lines))
    assert write_without_broken_objects(path, tmp_path)[1] >= 0
