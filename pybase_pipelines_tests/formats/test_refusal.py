"""What is refused at once, and that the words help."""

from __future__ import annotations

import pytest

from pybase_pipelines.formats.refusal import refuse
from pybase_pipelines.formats.table import Detection, Format


def found(format_: Format | None, evidence: str = "x", **fields: str) -> Detection:
    return Detection(format=format_, evidence=(evidence,), **fields)


@pytest.mark.parametrize(
    ("detection", "size", "code", "words"),
    [
        (found(Format.PDF), 0, "empty_file", "0 bytes"),
        (found(Format.PDF), 2001, "file_too_large", "2,001"),
        (found(None, "an HTML page", contradiction="The name ends in '.pdf', but"), 9, "unsupported_format", "'.pdf'"),
        (found(None, "an HTML page"), 9, "unsupported_format", "HTML page"),
        (found(None, "nothing but NUL bytes"), 9, "corrupted_file", "NUL"),
        (found(None, "a ZIP archive of 2 members", wrapper="zip"), 9, "unsupported_format", "ZIP"),
        (found(Format.DXF, "a gzip file", wrapper="gzip"), 9, "unsupported_format", "gzip"),
        (found(Format.IFC, variant="ifcxml"), 9, "unsupported_format", "ifcXML"),
        (found(Format.DWG, version="AC1009"), 9, "unsupported_format", "R11/R12"),
        (found(Format.DWG, version="AC2.10"), 9, "unsupported_format", "2.10"),
        (found(Format.DWG, version="AC1099"), 9, "unsupported_format", "newer"),
    ],
)
def test_a_refusal_names_what_was_found(detection, size, code, words):
    error = refuse(detection, size, max_file_bytes=2000)
    assert error is not None
    assert error.code == code
    assert words in error.message
    assert error.hint


@pytest.mark.parametrize(
    "detection",
    [
        found(Format.PDF),
        found(Format.STEP, contradiction="The name ends in '.ifc'."),
        found(Format.IFC, wrapper="zip"),
        found(Format.IFC, wrapper="gzip"),
        *(found(Format.DWG, version=v) for v in ("AC1012", "AC1014", "AC1032")),
    ],
)
def test_what_an_extractor_reads_is_not_refused(detection):
    assert refuse(detection, 100) is None
