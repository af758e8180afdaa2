"""The codes of stored texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.extractors.cad.lettering import plain_mtext, plain_text, plain_tolerance


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("%%c12 H7", "Ø12 H7"),
        ("%%C12 %%P0.1 %%D", "Ø12 ±0.1 °"),
        ("%%uELEVATION%%u", "ELEVATION"),
        ("50%%%", "50%"),
        ("%%129 10%%127", "Ø 10°"),
        (r"\U+2205 10", "∅ 10"),
        ("one^Itwo", "one\ttwo"),
        ("a\x00b", "ab"),
    ],
)
def test_the_codes_of_a_text_become_what_a_person_reads(raw: str, read: str) -> None:
    assert plain_text(raw) == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (r"{\H0.7x;\S1#2;}", "1/2"),
        (r"2{\H0.7x;\S1#2;}\"", '2 1/2\\"'),
        (r"45{\H0.7x;\S+0.2^ -0.1;}", "45 +0.2/-0.1"),
        (r"10\S2^ ;", "10²"),
        (r"first\Psecond", "first\nsecond"),
        (r"hard\~space", "hard space"),
        (r"{\fgdt|b0|i0|c0|p0;n}10 {\Fgdt;x}5", "Ø10 ↧5"),
        (r"{\C1;\fArial|b1;red} black", "red black"),
        ("plain", "plain"),
    ],
)
def test_stacks_fonts_and_paragraphs_of_an_mtext_are_resolved(raw: str, read: str) -> None:
    assert plain_mtext(raw) == read


def test_a_tolerance_frame_shows_signs_and_cells_and_no_empty_end() -> None:
    frame = r"{\Fgdt;j}%%v{\Fgdt;n}.2{\Fgdt;m}%%vA%%v%%v^J{\Fgdt;b}%%v.1%%v%%v%%v"
    assert plain_tolerance(frame) == "⌖ | Ø.2Ⓜ | A\n⟂ | .1"


def test_three_megabytes_of_text_are_read_at_once() -> None:
    assert len(plain_mtext(r"{\H1;x}" * 400_000)) == 400_000


@given(st.text(max_size=80))
def test_no_text_breaks_the_decoder_or_leaves_what_a_database_refuses(raw: str) -> None:
    for decode in (plain_text, plain_mtext, plain_tolerance):
        read = decode(raw)
        assert "\x00" not in read
        read.encode("utf-8")
