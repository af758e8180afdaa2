"""Files that are broken, packed, mislabelled or written otherwise than the library expects."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pybase_pipelines.errors import (
    CorruptedFile,
    EmptyFile,
    LimitExceeded,
    NoContent,
    PasswordRequired,
    PybaseError,
    TruncatedFile,
    UnsupportedFormat,
)
from pybase_pipelines.extractors.ifc.schemas import choose_schema
from pybase_pipelines_tests.extractors.ifc.models import BASE, HEADER, PROJECT, TRAILER, WALL, read, spf

HOUSE = spf(BASE + WALL)


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


def test_a_truncated_file_is_never_a_success(tmp_path: Path) -> None:
    found = read(tmp_path, HOUSE[: HOUSE.index("#18=")])
    assert (found.progress.is_partial, found.codes[0]) == (True, "truncated_file")
    assert found.content.spatial_structure.storeys[1].name == "Upper"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(min_value=1, max_value=len(HOUSE) - len(TRAILER)))
def test_wherever_it_is_cut_a_file_is_partial_or_refused(tmp_path: Path, length: int) -> None:
    try:
        found = read(tmp_path, HOUSE[:length])
    except (TruncatedFile, CorruptedFile):
        return
    assert found.progress.is_partial
    assert "truncated_file" in found.codes


@pytest.mark.parametrize("length", [60, len(HEADER), len(HEADER) + 5])
def test_a_file_that_ends_before_its_first_object_is_truncated(tmp_path: Path, length: int) -> None:
    with pytest.raises(TruncatedFile, match="end"):
        read(tmp_path, HOUSE[:length])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_random_bytes_are_refused_by_an_error_with_a_name(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(PybaseError):
        read(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", EmptyFile, "no bytes"),
        (b"\x00" * 4096, CorruptedFile, "NUL"),
        (b'<?xml version="1.0"?><ifc:ifcXML/>', UnsupportedFormat, "ifcXML"),
        (b'{"type": "ifcJSON"}', UnsupportedFormat, "ifcJSON"),
        (spf(PROJECT, "IFC9"), UnsupportedFormat, "IFC9"),
        (spf(PROJECT, "AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }"), UnsupportedFormat, "AUTOMOTIVE_DESIGN"),
        (spf(""), NoContent, "no instance"),
        (spf("#1=IFCPROJECT('p\\X2\\00F');\n"), CorruptedFile, "parsed"),
        (b"PK\x03\x04" + b"x" * 100, TruncatedFile, "ZIP"),
        (zipped(model__ifc=HOUSE).replace(b"PK\x03\x04", b"PK\x03\x05", 1), CorruptedFile, "ZIP"),
        (gzip.compress(HOUSE.encode())[:-20], TruncatedFile, "gzip"),
    ],
)
def test_each_failure_names_what_was_found(tmp_path: Path, data: str | bytes, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        read(tmp_path, data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_raw_characters_are_kept_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, HOUSE.replace("'W1'", "'Tür \\X2\\00D8\\X0\\ 5'").encode(encoding))
    assert found.element("wall").name == "Tür Ø 5"
    assert found.codes == (["encoding_guessed"] if encoding == "cp1252" else [])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="'\\"), min_size=1, max_size=20))
def test_any_name_that_is_written_raw_comes_back(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, HOUSE.replace("'W1'", f"'{name}'")).element("wall").name == name


def test_a_huge_instance_number_is_replaced_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, HOUSE.replace("#20=", "#99999999999999999999=").replace("(#20)", "(#99999999999999999999)"))
    assert found.codes == ["instance_numbers_replaced"]
    assert (found.element("wall").storey, found.progress.is_partial) == ("Ground", False)


@pytest.mark.parametrize(
    ("named", "read_as"),
    [("IFC4X3", "IFC4X3_ADD2"), ("IFC4X3_ADD1", "IFC4X3_ADD2"), ("IFC4_ADD2", "IFC4"), ("IFC2X3_TC1", "IFC2X3")],
)
def test_editions_of_a_schema_are_read_as_the_one_that_is_known(tmp_path: Path, named: str, read_as: str) -> None:
    found = read(tmp_path, spf(PROJECT.replace(",#2)", ",$)"), named))
    assert (found.content.metadata.schema_, found.content.metadata.read_as) == (named, read_as)
    assert (found.codes, found.progress.is_partial) == ([], False)


def test_a_neighbouring_schema_is_read_with_a_warning_and_says_what_is_missing(tmp_path: Path) -> None:
    found = read(tmp_path, spf(BASE + WALL + "#90=IFCALIGNMENT2DVERTICAL(());\n", "IFC4X1"))
    assert found.content.metadata.schema_ == "IFC4X1"
    assert found.codes[:2] == ["schema_substituted", "instances_not_loaded"]
    assert found.progress.is_partial
    assert "IFCALIGNMENT2DVERTICAL (1)" in found.progress.warnings[1].message
    assert found.element("wall").storey == "Ground"


def test_the_stand_in_is_the_schema_that_knows_most() -> None:
    assert choose_schema(("IFC4X1",), ["IFCALIGNMENT", "IFCALIGNMENTSEGMENT"]) == ("IFC4X1", "IFC4X3_ADD2")
    assert choose_schema(("IFC4X1",), ["IFCBEAMSTANDARDCASE", "IFCWALL"]) == ("IFC4X1", "IFC4")
    assert choose_schema(("IFC2X2_FINAL",), []) == ("IFC2X2_FINAL", "IFC2X3")


def test_an_entity_that_the_schema_does_not_have_makes_the_result_partial(tmp_path: Path) -> None:
    found = read(tmp_path, spf(BASE + "#90=IFCFOOBAR('x');\n"))
    assert (found.progress.is_partial, found.codes) == (True, ["instances_not_loaded", "parser_log"])


def test_a_string_that_does_not_end_makes_the_result_partial(tmp_path: Path) -> None:
    found = read(tmp_path, HOUSE.replace("'a wall'", "'a wall"))
    assert found.progress.is_partial
    assert "incomplete_instances" in found.codes


def test_a_number_that_is_used_twice_makes_the_result_partial(tmp_path: Path) -> None:
    found = read(tmp_path, spf(BASE + WALL + "#20=IFCSLAB('slab',$,'S',$,$,$,$,$,$);\n"))
    assert (found.progress.is_partial, "duplicate_instance_numbers" in found.codes) == (True, True)


def test_ifczip_and_gzip_are_unpacked(tmp_path: Path) -> None:
    assert read(tmp_path, zipped(model__ifc=HOUSE, readme__txt="hi"), "a.ifczip").element("wall").name == "W1"
    assert read(tmp_path, gzip.compress(HOUSE.encode()), "a.ifc.gz").element("wall").name == "W1"


def test_of_two_models_the_larger_is_read_and_the_result_is_partial(tmp_path: Path) -> None:
    found = read(tmp_path, zipped(small__ifc=spf(BASE), large__IFC=HOUSE), "a.ifczip")
    assert (found.codes, found.progress.is_partial) == (["several_models"], True)
    assert "'small.ifc'" in found.progress.warnings[0].message
    assert found.element("wall").name == "W1"


def test_a_zip_without_a_model_says_what_is_in_it(tmp_path: Path) -> None:
    with pytest.raises(NoContent, match=r"readme\.txt"):
        read(tmp_path, zipped(readme__txt="hi"), "a.ifczip")
    with pytest.raises(UnsupportedFormat, match="XML"):
        read(tmp_path, zipped(model__ifcxml="<ifc/>"), "a.ifczip")


def test_an_encrypted_member_asks_for_no_password(tmp_path: Path) -> None:
    data = bytearray(zipped(model__ifc=HOUSE))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(PasswordRequired, match="encrypted"):
        read(tmp_path, bytes(data), "a.ifczip")


def test_bombs_are_refused_by_the_limit_that_they_break(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="max_unpacked_ratio"):
        read(tmp_path, zipped(model__ifc=" " * (40 << 20)), "a.ifczip")
    with pytest.raises(LimitExceeded, match="max_unpacked_bytes"):
        read(tmp_path, zipped(model__ifc=HOUSE), "a.ifczip", max_unpacked_bytes=100)
    with pytest.raises(LimitExceeded, match="max_unpacked_ratio"):
        read(tmp_path, gzip.compress(b" " * (40 << 20)), "a.ifc.gz")


def test_what_the_parser_says_is_told_without_its_time_stamps(tmp_path: Path) -> None:
    found = read(tmp_path, HOUSE.replace("(#20),#12)", "(#20,#777),#12)"))
    assert found.codes == ["parser_log"]
    assert "#777" in found.progress.warnings[0].message
    assert "20:" not in found.progress.warnings[0].message
    assert not found.progress.is_partial
