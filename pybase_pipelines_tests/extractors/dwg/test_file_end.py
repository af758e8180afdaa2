"""A DWG without its end says so, even where all drawn objects could be read."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pybase_pipelines.errors import TruncatedFile
from pybase_pipelines.extractors.dwg.file_end import _mask, count_missing_bytes
from pybase_pipelines_tests.extractors.dwg.drawings import draw, run


def _line(drawing: object) -> None:
    drawing.modelspace().add_line((0, 0, 0), (30, 40, 0))  # pyright: ignore[reportAttributeAccessIssue]


def _paged(copy_at: int) -> bytes:
    """The beginning of a DWG 2018 that says where the copy of its header is."""
    header = bytearray(0x6C)
    header[:12] = b"AcFssFcAJMB\x00"
    struct.pack_into("<Q", header, 0x34, copy_at)
    return b"AC1032" + bytes(0x80 - 6) + bytes(a ^ b for a, b in zip(header, _mask(), strict=True))


def test_a_whole_file_misses_nothing(tmp_path: Path) -> None:
    assert count_missing_bytes(draw(tmp_path, _line), "AC1015") == 0


@pytest.mark.parametrize("cut", [1, 40])
def test_a_truncated_file_is_never_a_success(tmp_path: Path, cut: int) -> None:
    path = draw(tmp_path, _line)
    path.write_bytes(path.read_bytes()[:-cut])
    assert count_missing_bytes(path, "AC1015") == cut
    try:
        _, progress = run(path)
    except TruncatedFile as error:
        assert f"{cut} bytes" in error.message
    else:
        assert progress.is_partial
        assert progress.warnings[0].code == "truncated_file"


@pytest.mark.parametrize(("copy_at", "missing"), [(2000 - 0x6C, 0), (2000, 0x6C), (0, 0)])
def test_the_copy_of_the_header_is_the_end_of_a_newer_file(tmp_path: Path, copy_at: int, missing: int) -> None:
    path = tmp_path / "new.dwg"
    path.write_bytes(_paged(copy_at).ljust(2000, b"\0"))
    assert count_missing_bytes(path, "AC1032") == missing


def test_a_header_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "odd.dwg"
    path.write_bytes(b"AC1032" + bytes(2000))
    assert count_missing_bytes(path, "AC1032") == 0
