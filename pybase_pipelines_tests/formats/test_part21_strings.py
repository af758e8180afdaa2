"""Strings in STEP files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.formats.part21_strings import decode_string


def encode(text: str) -> str:
    """As a careful writer encodes: plain ASCII stays, everything else becomes \\X2\\ or \\X4\\."""
    parts = []
    for character in text:
        code = ord(character)
        if 32 <= code < 127:
            parts.append({"'": "''", "\\": "\\\\"}.get(character, character))
        elif code < 0x10000:
            parts.append(f"\\X2\\{code:04X}\\X0\\")
        else:
            parts.append(f"\\X4\\{code:08X}\\X0\\")
    return "".join(parts)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back_as_it_was_encoded(text: str) -> None:
    assert decode_string(encode(text)) == text


@given(st.text())
def test_no_text_makes_the_decoder_raise(text: str) -> None:
    decode_string(text)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (r"\X2\00D8\X0\12 H7", "Ø12 H7"),
        (r"\X2\00C400D600DC\X0\ ", "ÄÖÜ "),
        (r"\X4\0001F600\X0\ ", "\U0001f600 "),
        (r"\X\B5m", "µm"),
        (r"caf\S\i", "café"),
        (r"\PE\\S\@\S\A", "РС"),
        ("it''s", "it's"),
        (r"C:\\S\\new", r"C:\S\new"),
        (r"C:\Documents\part.stp", r"C:\Documents\part.stp"),
        ("wrapped by \r\nthe writer", "wrapped by the writer"),
        ("ready Ø as UTF-8", "ready Ø as UTF-8"),
        (r"\X2\D800\X0\ lone", "\ufffd lone"),
    ],
)
def test_each_escape_is_decoded_and_what_is_none_stays(raw: str, expected: str) -> None:
    assert decode_string(raw) == expected
