"""The tiny files that warm a launcher up are read without a complaint, or they would warm nothing."""

from __future__ import annotations

import pytest

from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.table import Format
from pybase_pipelines.sandbox.warm_up import warm_up


@pytest.mark.parametrize("format_", [Format.DXF, Format.PDF])
def test_the_tiny_file_is_read_in_full(tmp_path, format_):
    progress = warm_up(EXTRACTORS[format_], tmp_path)
    assert progress is not None
    assert progress.warnings == []
    assert not progress.is_partial
    assert len(progress.timings) > 3


def test_a_format_without_a_tiny_file_is_left_cold(tmp_path):
    assert warm_up(EXTRACTORS[Format.STEP], tmp_path) is None
