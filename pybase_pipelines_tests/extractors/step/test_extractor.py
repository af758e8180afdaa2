"""What becomes of files that are broken, empty or no STEP files at all."""

from pathlib import Path

import pytest

from pybase_pipelines.errors import CorruptedFile, EmptyFile, FileError, NoContent, TruncatedFile, UnsupportedFormat
from pybase_pipelines.results.step import StepContent, StepResult
from pybase_pipelines_tests.extractors.step.files import AP242, MM, codes, contexts, product, read_text, step_text

WHOLE = step_text(contexts(), MM, product(10, "plate"), product(20, "bolt"))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        read_text(tmp_path, b"")


@pytest.mark.parametrize("data", [b"\x00" * 4096, b"PK\x03\x04rest", b"%PDF-1.7", "just some text\n"])
def test_what_is_no_step_file_is_named_by_how_it_begins(tmp_path: Path, data: bytes | str) -> None:
    with pytest.raises(CorruptedFile, match="begins with"):
        read_text(tmp_path, data)


def test_an_ifc_file_is_not_read_as_step(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="IFC4"):
        read_text(tmp_path, step_text("#1=IFCPROJECT('x');", schema="IFC4"))


def test_a_file_that_ends_in_its_header_is_truncated(tmp_path: Path) -> None:
    with pytest.raises(TruncatedFile, match="header"):
        read_text(tmp_path, WHOLE[:150])


@pytest.mark.parametrize("share", [0.55, 0.7, 0.9, 0.97])
def test_a_truncated_file_is_never_a_success(tmp_path: Path, share: float) -> None:
    try:
        _, progress = read_text(tmp_path, WHOLE[: int(len(WHOLE) * share)])
    except FileError as error:
        assert isinstance(error, TruncatedFile | CorruptedFile)
    else:
        assert progress.is_partial
        assert "truncated_file" in codes(progress)


def test_what_stands_before_the_cut_is_read(tmp_path: Path) -> None:
    content, progress = read_text(tmp_path, WHOLE[: WHOLE.index("#22=")])
    assert [p.name for p in content.parts] == ["plate", "bolt"]
    assert progress.is_partial


def test_a_file_with_neither_product_nor_shape_has_no_content(tmp_path: Path) -> None:
    with pytest.raises(NoContent, match="CARTESIAN_POINT"):
        read_text(tmp_path, step_text("#1=CARTESIAN_POINT('',(0.,0.,0.));"))


def test_a_file_without_entities_is_corrupted(tmp_path: Path) -> None:
    with pytest.raises(CorruptedFile, match="no entity"):
        read_text(tmp_path, step_text())


def test_a_product_that_cannot_be_read_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(CorruptedFile, match="nested deeper"):
        read_text(tmp_path, step_text("#1=PRODUCT(" + "(" * 500 + ")" * 500 + ");"))


def test_a_shape_without_a_product_that_cannot_be_loaded_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(CorruptedFile, match="none can be loaded"):
        read_text(tmp_path, step_text("#1=MANIFOLD_SOLID_BREP('',#2);", "#2=CLOSED_SHELL('',());"))


def test_shapes_that_the_kernel_cannot_load_make_the_result_partial(tmp_path: Path) -> None:
    text = step_text(
        contexts(), MM, product(10, "plate"), "#50=MANIFOLD_SOLID_BREP('',#51);", "#51=CLOSED_SHELL('',());"
    )
    content, progress = read_text(tmp_path, text)
    assert content.parts[0].name == "plate"
    assert content.shape_counts.solid_breps == 1
    assert content.shape_counts.solids is None
    assert progress.is_partial
    assert any(w.where == "geometry" for w in progress.warnings)


def test_parentheses_that_would_crash_the_kernel_cost_only_the_geometry(tmp_path: Path) -> None:
    deep = "#60=FOO(" + "(" * 5000 + ")" * 5000 + ");"
    text = step_text(
        contexts(), MM, product(10, "plate"), "#50=MANIFOLD_SOLID_BREP('',#51);", "#51=CLOSED_SHELL('',());", deep
    )
    content, progress = read_text(tmp_path, text)
    assert content.parts[0].name == "plate"
    assert progress.is_partial
    assert any("nested" in w.message for w in progress.warnings)


def test_a_schema_that_nobody_knows_is_told_and_read(tmp_path: Path) -> None:
    content, progress = read_text(tmp_path, step_text(contexts(), product(10, "plate"), schema="MADE_UP"))
    assert content.parts[0].name == "plate"
    assert codes(progress) == {"unknown_schema"}
    assert not progress.is_partial


@pytest.mark.parametrize(
    "schema",
    ["CONFIG_CONTROL_DESIGN", "AUTOMOTIVE_DESIGN { 1 0 10303 214 3 1 1 }", AP242, "{ 1 0 10303 203 1 0 1 }", "AP238"],
)
def test_the_schemas_of_real_files_are_known(tmp_path: Path, schema: str) -> None:
    _, progress = read_text(tmp_path, step_text(contexts(), product(10, "plate"), schema=schema))
    assert progress.warnings == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("#900=FOO(#12345);", "dangling_references"),
        ("#10=FOO();", "duplicate_entities"),
        ("#900=FOO(1.E+400);", "number_out_of_range"),
        ("#900=FOO('never closed);", "unreadable_entities"),
    ],
)
def test_what_is_broken_in_the_text_makes_the_result_partial(tmp_path: Path, statement: str, code: str) -> None:
    content, progress = read_text(tmp_path, step_text(contexts(), product(10, "plate"), statement))
    assert content.parts[0].name == "plate"
    assert codes(progress) == {code}
    assert progress.is_partial


def test_names_survive_every_way_of_writing_them(tmp_path: Path) -> None:
    text = step_text(contexts(), product(10, r"\X2\00D8\X0\ 12"), product(20, "Öse"), product(30, "it''s"))
    assert [p.name for p in read_text(tmp_path, text)[0].parts] == ["Ø 12", "Öse", "it's"]
    assert [p.name for p in read_text(tmp_path, text.encode("latin-1"))[0].parts] == ["Ø 12", "Öse", "it's"]


def test_shapes_in_other_files_are_named(tmp_path: Path) -> None:
    text = step_text(
        contexts(), product(10, "plate"), "#50=DOCUMENT_FILE('plate.stp','','',#51,'',$);", "#51=DOCUMENT_TYPE('g');"
    )
    content, progress = read_text(tmp_path, text)
    assert content.metadata.external_references == ["plate.stp"]
    assert codes(progress) == {"external_references"}


def test_parts_can_be_left_out(tmp_path: Path) -> None:
    content, _ = read_text(tmp_path, WHOLE, extract_parts=False, extract_assembly=False)
    assert content.parts == []
    assert content.metadata.entity_counts["PRODUCT"] == 2


def test_the_content_can_be_made_empty_and_written() -> None:
    assert StepContent().model_dump(by_alias=True)["metadata"]["schema"] == []
    assert set(StepContent.model_fields) <= set(StepResult.model_fields)
