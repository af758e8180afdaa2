"""A DWG made in code, what comes back of it, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pybase_pipelines.errors import CorruptedFile, EmptyFile, FileError, TruncatedFile, UnsupportedFormat
from pybase_pipelines_tests.extractors.dwg.drawings import draw, run


def _part(drawing: Any) -> None:
    space = drawing.modelspace()
    bolt = drawing.blocks.new("BOLT", base_point=(1, 0, 0))
    bolt.add_circle((1, 0, 0), 2)
    bolt.add_attdef("TAG", "none", (0, 0, 0), 1.0, prompt="Which?")
    insert = space.add_blockref("BOLT", (10, 10, 0))
    space.add_attrib(insert, "TAG", "%%c12", (10, 10, 0), 2.0)
    space.add_text("%%c10 H7", (1, 2, 0), 2.5)
    space.add_mtext(r"one\Ptwo", (3, 4, 0), 1.5)
    space.add_line((0, 0, 0), (30, 40, 0))
    space.add_linear_dim((0, 5, 0), (0, 0, 0), (45, 0, 0))
    space.add_hatch([[(0, 0), (10, 0), (10, 10), (0, 10)]], pattern="ANSI31")


def test_everything_drawn_comes_back(tmp_path: Path) -> None:
    content, progress = run(draw(tmp_path, _part))
    counts = content.geometry_summary.model_space
    assert counts == {"INSERT": 1, "TEXT": 1, "MTEXT": 1, "LINE": 1, "DIMENSION": 1, "HATCH": 1}
    assert content.geometry_summary.bbox == pytest.approx((0, 0, 45, 40))
    assert content.geometry_summary.length_by_layer == {"0": 50.0}
    assert (content.metadata.dxf_version, content.metadata.units) == ("AC1015", "mm")
    assert {text.kind: text.text for text in content.text_blocks} == {
        "ATTRIB": "Ø12",
        "TEXT": "Ø10 H7",
        "MTEXT": "one\ntwo",
    }
    assert not progress.is_partial


def test_a_block_stands_where_its_base_point_is_put(tmp_path: Path) -> None:
    content, _ = run(draw(tmp_path, lambda drawing: _only_bolt(drawing)))
    assert content.geometry_summary.bbox == pytest.approx((8, 8, 12, 12))


def _only_bolt(drawing: Any) -> None:
    drawing.blocks.new("BOLT", base_point=(1, 0, 0)).add_circle((1, 0, 0), 2)
    drawing.modelspace().add_blockref("BOLT", (10, 10, 0))


class PanicException(BaseException):
    """As a library in Rust throws it: no `Exception`."""


def _panic(*_: object) -> None:
    raise PanicException("capacity overflow")


def test_a_decoder_that_gives_up_on_one_kind_costs_that_kind_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = draw(tmp_path, _part)
    monkeypatch.setattr("ezdwg.raw.decode_line_entities", _panic)
    content, progress = run(path)
    assert "Ø10 H7" in {text.text for text in content.text_blocks}
    assert progress.is_partial
    assert any("gave up (capacity overflow)" in reason for reason in content.coverage.warnings)


def test_a_decoder_that_gives_up_on_all_objects_fails_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = draw(tmp_path, _part)
    monkeypatch.setattr("ezdwg.raw.list_object_headers_with_type", _panic)
    with pytest.raises(CorruptedFile, match="capacity overflow"):
        run(path)


def test_attributes_are_joined_with_their_insert(tmp_path: Path) -> None:
    content, _ = run(draw(tmp_path, _part))
    (attribute,) = content.attributes
    assert (attribute.tag, attribute.value, attribute.block) == ("TAG", "Ø12", "BOLT")
    assert (attribute.layout, attribute.layer) == ("Model", "0")
    bolt = next(block for block in content.blocks if block.name == "BOLT")
    assert (bolt.insert_count, bolt.instance_count) == (1, 1)
    assert [(d.tag, d.prompt, d.default) for d in bolt.attributes] == [("TAG", "Which?", "none")]


def test_a_dimension_has_its_measurement_and_the_text_that_is_drawn(tmp_path: Path) -> None:
    (dimension,) = run(draw(tmp_path, _part))[0].dimensions
    assert (dimension.value, dimension.text, dimension.text_source) == (45.0, "45", "drawn")
    assert (dimension.style, dimension.layout, dimension.unit) == ("Standard", "Model", "mm")


def test_a_hatch_has_pattern_and_area(tmp_path: Path) -> None:
    (hatch,) = run(draw(tmp_path, _part))[0].hatches
    assert (hatch.pattern, hatch.area) == ("ANSI31", pytest.approx(100))


def test_coverage_says_that_all_was_read(tmp_path: Path) -> None:
    coverage = run(draw(tmp_path, _part))[0].coverage
    assert coverage.share == 1.0
    assert coverage.present == coverage.read
    assert not coverage.lost


def test_nothing_drawn_is_said_aloud(tmp_path: Path) -> None:
    content, progress = run(draw(tmp_path, lambda drawing: None))
    assert [layer.name for layer in content.layers] == ["0"]
    assert [warning.code for warning in progress.warnings] == ["no_content"]


@pytest.mark.parametrize(
    ("data", "error", "word"),
    [
        (b"", EmptyFile, "no bytes"),
        (b"hello, I am a text", CorruptedFile, "hello"),
        (b"AC1009" + bytes(2000), UnsupportedFormat, "R11/R12"),
        (b"AC1099" + bytes(2000), UnsupportedFormat, "AC1099"),
        (b"AC1032" + bytes(94), TruncatedFile, "AC1032"),
        (b"AC1032" + bytes(5000), CorruptedFile, "AC1032"),
        (b"AC1015" + bytes(5000), CorruptedFile, "AC1015"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    tmp_path: Path, data: bytes, error: type[FileError], word: str
) -> None:
    path = tmp_path / "bad.dwg"
    path.write_bytes(data)
    with pytest.raises(error, match=word):
        run(path)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_a_cut_file_is_never_a_clean_success(tmp_path: Path, share: float) -> None:
    path = draw(tmp_path, _part)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    try:
        _, progress = run(path)
    except FileError:
        return
    assert progress.is_partial
