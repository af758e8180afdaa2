"""Opening: what is whole, what is mended, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_pipelines.errors import CorruptedFile, EmptyFile, FileError, NoContent, TruncatedFile
from pybase_pipelines_tests.extractors.dxf.drawings import draw, run, text_dxf

LINE = "0=LINE|8=0|10=0|20=0|11=3|21=4"


def _many_lines(document) -> None:
    for number in range(500):
        document.modelspace().add_line((number, 0), (number, 10))


@pytest.mark.parametrize("binary", [False, True])
def test_a_whole_file_is_not_partial(tmp_path: Path, binary: bool) -> None:
    content, progress = run(draw(tmp_path, _many_lines, binary=binary))
    assert content.geometry_summary.model_space == {"LINE": 500}
    assert content.metadata.is_binary is binary
    assert not progress.is_partial
    assert not progress.warnings


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9995])
@pytest.mark.parametrize("binary", [False, True])
def test_a_truncated_file_is_never_a_success(tmp_path: Path, share: float, binary: bool) -> None:
    path = draw(tmp_path, _many_lines, binary=binary)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    try:
        _, progress = run(path)
    except FileError as error:
        assert error.code in {"truncated_file", "corrupted_file"}
    else:
        assert progress.is_partial
        assert "truncated_file" in {warning.code for warning in progress.warnings}


def test_what_arrived_of_a_cut_drawing_is_read(tmp_path: Path) -> None:
    path = draw(tmp_path, _many_lines)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"AcDbLine") - 4_000])
    content, progress = run(path)
    assert 450 < content.geometry_summary.model_space["LINE"] < 500
    assert progress.is_partial
    assert content.repairs


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyFile),
        (b"\x00" * 4096, CorruptedFile),
        (b"%PDF-1.4 not a drawing\n" * 50, TruncatedFile),
        (bytes(range(256)) * 64, CorruptedFile),
        (b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF\n", NoContent),
    ],
)
def test_what_is_no_drawing_is_refused_by_name(tmp_path: Path, data: bytes, error: type[FileError]) -> None:
    path = tmp_path / "bad.dxf"
    path.write_bytes(data)
    with pytest.raises(error):
        run(path)


def test_the_line_ends_of_old_macs_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "mac.dxf"
    path.write_bytes(text_dxf(LINE).replace(b"\n", b"\r"))
    content, progress = run(path)
    assert content.geometry_summary.model_space == {"LINE": 1}
    assert not progress.is_partial


def test_trash_behind_the_end_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "trash.dxf"
    path.write_bytes(text_dxf(LINE) + b"trash\nand more of it\n")
    assert run(path)[0].geometry_summary.model_space == {"LINE": 1}


def test_a_broken_number_is_repaired_and_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.dxf"
    path.write_bytes(text_dxf(LINE, "0=LINE|8=0|10=0|20=0|11=3|21=4x"))
    content, progress = run(path)
    assert progress.is_partial
    assert content.repairs


def test_a_file_without_its_header_is_read_by_what_its_objects_are(tmp_path: Path) -> None:
    path = draw(tmp_path, lambda document: document.blocks.new("PLATE").add_lwpolyline([(0, 0), (5, 5)]))
    data = path.read_bytes()
    path.write_bytes(data[data.index(b"  0\nSECTION\n  2\nBLOCKS") :])
    content, progress = run(path)
    assert "PLATE" in {block.name for block in content.blocks}
    assert content.metadata.dxf_version is None
    assert "no_version" in {warning.code for warning in progress.warnings}


def test_nothing_drawn_is_said_aloud(tmp_path: Path) -> None:
    _, progress = run(draw(tmp_path, lambda document: None))
    assert [warning.code for warning in progress.warnings] == ["no_content"]
