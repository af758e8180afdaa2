"""What the reader of Part 21 headers promises: it reads what is there, and survives what is not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.formats.part21_header import read_part21_header
from pybase_pipelines.formats.part21_strings import decode_string

HEADER = rb"""/* a comment; with 'a quote */
ISO-10303-21;
HEADER;
/* FILE_SCHEMA(('WRONG')); */
FILE_DESCRIPTION(/* why */ ('ViewDefinition [CoordinationView]', 'second'), '2;1');
FILE_NAME('it''s \X2\00D8\X0\50.ifc', '2024-01-02T03:04:05', ('A; B', 'C'), ('Org'), 'pre', 'orig', $);
FILE_SCHEMA (( 'IFC4X3_ADD2' ));
ENDSEC;
DATA;
#1= IFCPROJECT('x');
"""


def test_every_field_of_the_header_is_read_and_decoded():
    header = read_part21_header(HEADER)
    assert header is not None
    assert header.description == ("ViewDefinition [CoordinationView]", "second")
    assert header.implementation_level == "2;1"
    assert (header.name, header.time_stamp) == ("it's Ø50.ifc", "2024-01-02T03:04:05")
    assert (header.author, header.organization) == (("A; B", "C"), ("Org",))
    assert (header.preprocessor_version, header.originating_system, header.authorization) == ("pre", "orig", None)
    assert header.schemas == ("IFC4X3_ADD2",)
    assert header.is_complete
    assert header.data_start == ("IFCPROJECT",)


def test_a_broken_quote_before_it_does_not_hide_the_schema():
    header = read_part21_header(b"ISO-10303-21;HEADER;FILE_NAME('a - '1.0'.', '');\nFILE_SCHEMA(('IFC4'));\nENDSEC;")
    assert header is not None
    assert header.schemas == ("IFC4",)


def test_a_header_without_its_end_is_not_complete():
    header = read_part21_header(HEADER.split(b"ENDSEC")[0])
    assert header is not None
    assert not header.is_complete


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"ISO-10303-28;", b"x ISO-10303-21;"])
def test_other_files_have_no_header(data):
    assert read_part21_header(data) is None


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("it''s", "it's"),
        (r"\X2\00D8\X0\ 50", "Ø 50"),
        (r"\X4\0001F600\X0\!", "😀!"),
        (r"\X\D8 12", "Ø 12"),
        (r"\S\X 3", "Ø 3"),
        (r"\PA\plain", "plain"),
        (r"C:\\Temp", r"C:\Temp"),
        (r"\X2\D800\X0\ alone", "� alone"),
        (r"\X2\00D\X0\ cut", " cut"),
        (r"\X2\00D8", r"\X2\00D8"),
    ],
)
def test_strings_mean_what_the_standard_says(raw, meant):
    assert decode_string(raw) == meant


@pytest.mark.parametrize("filler", [b"/*", b"/**/", b"'", b"('", b"((((", b"\\X2\\", b"FILE_SCHEMA((", b"#1=", b" "])
def test_hostile_repetitions_take_no_time(filler):
    started = time.monotonic()
    read_part21_header(filler * (300_000 // len(filler)))
    read_part21_header(b"ISO-10303-21;" + filler * (300_000 // len(filler)))
    assert time.monotonic() - started < 3


@given(st.binary(max_size=300), st.integers(0, len(HEADER)))
def test_no_bytes_make_it_raise(noise, cut):
    header = read_part21_header(HEADER[:cut] + noise + HEADER[cut:])
    assert header is None or all(isinstance(s, str) for s in header.schemas)
