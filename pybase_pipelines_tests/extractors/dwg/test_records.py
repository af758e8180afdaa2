"""The string stream behind an object's data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.extractors.dwg.records import read_strings

words = st.lists(
    st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40),
    max_size=8,
)


def _bits(value: int, count: int) -> str:
    return format(value, f"0{count}b")


def _short(value: int) -> str:
    return "".join(_bits(byte, 8) for byte in value.to_bytes(2, "little"))


def _record(strings: list[str]) -> bytes:
    """An R2018 record: some data bits, the strings, the length of the stream, the flag, some handle bits."""
    stream = ""
    for text in strings:
        units = text.encode("utf-16-le")
        stream += "00" + _short(len(units) // 2) + "".join(_bits(byte, 8) for byte in units)
    length = (
        _short(len(stream))
        if len(stream) < 0x8000
        else _short(len(stream) >> 15) + _short(len(stream) & 0x7FFF | 0x8000)
    )
    body = "1011001" + stream + length + "1"
    handles = "0" * (8 + -len(body) % 8)
    data = int(body + handles, 2).to_bytes((len(body) + len(handles)) // 8, "big")
    return len(data).to_bytes(2, "little") + bytes([len(handles)]) + data


@given(words)
def test_what_was_written_is_read(strings: list[str]) -> None:
    assert read_strings(_record(strings), "AC1032") == strings


def test_a_stream_of_more_than_4_kib_has_a_longer_length() -> None:
    strings = ["x" * 1500, "y" * 1500]
    assert read_strings(_record(strings), "AC1027") == strings


@given(st.binary(max_size=200))
@pytest.mark.parametrize("version", ["AC1021", "AC1032"])
def test_no_bytes_break_the_reader(version: str, data: bytes) -> None:
    assert isinstance(read_strings(data, version), list)


def test_older_releases_have_no_such_stream() -> None:
    assert read_strings(_record(["x"]), "AC1015") == []
