"""What `detect` promises: the content decides, the evidence names it, and nothing makes it raise."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pybase_pipelines.formats.detection import detect
from pybase_pipelines.formats.table import Detection, Format

IFC = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
STEP = IFC.replace(b"IFC4", b"AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }")
DXF = b"  0\nSECTION\n  2\nHEADER\n  9\n$ACADVER\n  1\nAC1027\n  0\nENDSEC\n  0\nEOF\n"
PDF = b"%PDF-1.6\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n"
BINARY_DXF = (
    b"AutoCAD Binary DXF\r\n\x1a\x00\x00\x00SECTION\x00\x02\x00HEADER\x00\x09\x00$ACADVER\x00\x01\x00AC1015\x00"
)
BINARY_DXF_R12 = b"AutoCAD Binary DXF\r\n\x1a\x00\x00SECTION\x00\x02HEADER\x00\x09$ACADVER\x00\x01AC1009\x00"
IFCXML = b'<?xml version="1.0"?>\n<!-- <html> -->\n<ifcXML xmlns="http://www.buildingsmart-tech.org/ifcXML/IFC4/Add2"/>'
OLD_IFCXML = (
    b'<ex:iso_10303_28 xmlns="urn:x"><uos xmlns="http://www.iai-tech.org/ifcXML/IFC2x3/FINAL"/></ex:iso_10303_28>'
)


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


def look(tmp_path: Path, data: bytes, name: str = "upload") -> Detection:
    path = tmp_path / "content"
    path.write_bytes(data)
    return detect(path, name)


@pytest.mark.parametrize(
    ("data", "format_", "version", "variant"),
    [
        (PDF, Format.PDF, "1.6", None),
        (b"junk " * 190 + PDF, Format.PDF, "1.6", None),
        (b"%!PS-Adobe-3.0 PDF-1.4\n", Format.PDF, "1.4", None),
        (b"1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF", Format.PDF, None, None),
        (DXF, Format.DXF, "AC1027", "ascii"),
        (DXF.replace(b"\n", b"\r\n"), Format.DXF, "AC1027", "ascii"),
        (DXF.replace(b"\n", b"\r"), Format.DXF, "AC1027", "ascii"),
        (b"\xef\xbb\xbf" + DXF, Format.DXF, "AC1027", "ascii"),
        (b"999\nmade by hand\n  999\n%PDF-1.4 quoted\n" + DXF, Format.DXF, "AC1027", "ascii"),
        (b"0\nSECTION\n2\nENTITIES\n0\nENDSEC\n0\nEOF", Format.DXF, None, "ascii"),
        (BINARY_DXF, Format.DXF, "AC1015", "binary"),
        (BINARY_DXF_R12, Format.DXF, "AC1009", "binary"),
        (b"AC1032\x00\x00\x00\x00", Format.DWG, "AC1032", None),
        (b"AC1009\x00\x00\x00\x00", Format.DWG, "AC1009", None),
        (b"AC2.10\x00\x00\x00\x00", Format.DWG, "AC2.10", None),
        (IFC, Format.IFC, "IFC4", None),
        (b"\xef\xbb\xbf" + IFC, Format.IFC, "IFC4", None),
        (IFC.decode().encode("utf-16"), Format.IFC, "IFC4", "utf-16"),
        (IFC.decode().encode("utf-16-be"), Format.IFC, "IFC4", "utf-16"),
        (b"/* FILE_SCHEMA(('CONFIG_CONTROL_DESIGN')); */ " + IFC, Format.IFC, "IFC4", None),
        (IFC.replace(b"IFC4", b"IFC9"), Format.IFC, "IFC9", None),
        (STEP, Format.STEP, "AUTOMOTIVE_DESIGN", "AP214"),
        (b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=IFCWALL();\n", Format.IFC, None, None),
        (b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=PRODUCT();\n", Format.STEP, None, None),
        (IFCXML, Format.IFC, "IFC4", "ifcxml"),
        (OLD_IFCXML, Format.IFC, "IFC2X3", "ifcxml"),
        (b'<n0:Uos xmlns:n0="http://standards.iso.org/iso/ts/10303/-3000/"/>', Format.STEP, None, "step-xml"),
        (b"\x89PNG\r\n\x1a\n", Format.WERK24, "PNG", None),
        (b"\xff\xd8\xff\xe0", Format.WERK24, "JPEG", None),
        (b"MM\x00*\x00\x00", Format.WERK24, "TIFF", None),
    ],
)  # fmt: skip
def test_the_content_tells_the_format_without_any_name(tmp_path, data, format_, version, variant):
    found = look(tmp_path, data)
    assert (found.format, found.version, found.variant) == (format_, version, variant)
    assert found.evidence
    assert found.contradiction is None


@pytest.mark.parametrize(
    ("data", "wrapper", "format_", "version"),
    [
        (zipped(model__ifc=IFC), "zip", Format.IFC, "IFC4"),
        (zipped(readme__txt=b"x", model__IFC=IFC), "zip", Format.IFC, "IFC4"),
        (zipped(model__ifcxml=IFCXML), "zip", Format.IFC, "IFC4"),
        (zipped(part__stp=STEP), "zip", Format.STEP, "AUTOMOTIVE_DESIGN"),
        (zipped(readme__txt=b"x"), "zip", None, None),
        (gzip.compress(IFC), "gzip", Format.IFC, "IFC4"),
        (gzip.compress(DXF), "gzip", Format.DXF, "AC1027"),
        (gzip.compress(b""), "gzip", None, None),
        (gzip.compress(gzip.compress(IFC)), "gzip", None, None),
        (b"\x1f\x8bnonsense", "gzip", None, None),
        (b"PK\x03\x04nonsense", "zip", None, None),
    ],
)
def test_a_packed_file_is_named_for_what_it_is_and_what_is_in_it(tmp_path, data, wrapper, format_, version):
    found = look(tmp_path, data)
    assert (found.wrapper, found.format, found.version) == (wrapper, format_, version)
    assert {"zip": "ZIP", "gzip": "gzip"}[wrapper] in found.evidence[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"<!-- hi --><svg>", "SVG"),
        (b"<?xml version='1.0'?><note>", "XML document (root note)"),
        (b"hello, this is text\n" * 9, "plain text"),
        (b'{"a": 1}', "JSON"),
        (b"\x00" * 4096, "NUL"),
        (b" \n" * 99, "blanks"),
        (bytes(range(128, 256)) * 9, "without a known signature"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE2"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (b" " * 72 + b"S      1\n", "IGES"),
        (zipped(**{"word/document.xml": b"<a/>"}), "Word"),
    ],
)
def test_what_is_none_of_ours_is_named_and_contradicts_its_name(tmp_path, data, words):
    found = look(tmp_path, data, "Plan.PDF")
    assert found.format is None
    assert words in found.evidence[0]
    assert "'.pdf'" in (found.contradiction or "")
    assert words in (found.contradiction or "")


@pytest.mark.parametrize(
    ("data", "name", "format_", "contradicts"),
    [
        (PDF, "a.dxf", Format.PDF, True),
        (STEP, "a.ifc", Format.STEP, True),
        (STEP, "a.STP. ", Format.STEP, False),
        (PDF, "a.bin", Format.PDF, False),
        (IFC[:60].replace(b"FILE_SCHEMA", b"FILE_NAM"), "a.ifc", Format.IFC, False),
        (b"  8\n0\n 10\n1.0\n 20\n2.0\n 30\n0.0\n  0\nLINE\n", "a.dxf", Format.DXF, False),
        (b"  8\n0\n 10\n1.0\n 20\n2.0\n 30\n0.0\n  0\nLINE\n", "a.txt", None, False),
        (b"", "a.dwg", Format.DWG, False),
        (b"", "a", None, False),
    ],
)
def test_the_name_decides_only_where_the_content_is_silent(tmp_path, data, name, format_, contradicts):
    found = look(tmp_path, data, name)
    assert found.format is format_
    assert bool(found.contradiction) is contradicts


@pytest.mark.parametrize(("data", "cut", "words"), [(PDF, 7, "%%EOF"), (DXF, 6, "EOF"), (IFC, 20, "END-ISO")])
def test_a_missing_end_is_part_of_the_evidence(tmp_path, data, cut, words):
    def missing(found: Detection) -> list[str]:
        return [e for e in found.evidence if e.startswith("no ") and words in e]

    assert not missing(look(tmp_path, data))
    assert missing(look(tmp_path, data[:-cut]))


def test_a_zip_directory_of_hostile_size_is_not_read(tmp_path):
    end = b"PK\x05\x06" + b"\x00" * 8 + (1 << 30).to_bytes(4, "little") + b"\x00" * 6
    assert "too many members" in look(tmp_path, b"PK\x03\x04" + b"x" * 999 + end).evidence[0]


def test_a_huge_file_is_detected_from_its_head_and_tail_only(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as stream:
        stream.write(DXF)
        stream.truncate(20 << 30)  # sparse
    started = time.monotonic()
    assert detect(path, "huge.dxf").version == "AC1027"
    assert time.monotonic() - started < 2


PREFIXES = [
    b"",
    PDF,
    DXF,
    IFC,
    STEP,
    IFCXML,
    BINARY_DXF,
    zipped(a__ifc=IFC),
    gzip.compress(IFC),
    b"AC10",
    b"/*",
    b"<!--",
]


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prefix=st.sampled_from(PREFIXES),
    keep=st.integers(0, 300),
    noise=st.binary(max_size=400),
    repeat=st.sampled_from([1, 1, 1, 900]),
    name=st.text(max_size=20) | st.sampled_from(["a.dxf", "b.IFC", "c.pdf", "d.dwg."]),
)
def test_no_bytes_and_no_name_make_it_raise_or_hang(tmp_path, prefix, keep, noise, repeat, name):
    found = look(tmp_path, prefix[:keep] + noise * repeat, name)
    assert found.evidence
    assert Detection.model_validate_json(found.model_dump_json()) == found
