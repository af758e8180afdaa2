"""Notes on sheets."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.notes import read_notes
from pybase_pipelines_tests.extractors.drawing.sheets import Paper


def written(*lines: str) -> Paper:
    paper = Paper()
    for number, line in enumerate(lines):
        paper.write(20, 250 - 4 * number, line)
    return paper


def found(paper: Paper) -> list[tuple[str | None, str]]:
    return [(note.number, note.text) for note in read_notes(paper.sheet())]


def test_numbered_notes_keep_their_numbers_and_their_second_lines() -> None:
    paper = written(
        "NOTES:", "1. BREAK SHARP EDGES", "2. ALL DIMENSIONS IN MM", "UNLESS OTHERWISE STATED", "3. PAINT BLACK"
    )
    paper.write(20, 150, "SECTION A-A")
    assert found(paper) == [
        ("1", "BREAK SHARP EDGES"),
        ("2", "ALL DIMENSIONS IN MM UNLESS OTHERWISE STATED"),
        ("3", "PAINT BLACK"),
    ]


def test_numbered_lines_need_no_heading_but_one_line_is_no_list() -> None:
    assert found(written("1. Entgraten", "2. Gehärtet 58 HRC")) == [("1", "Entgraten"), ("2", "Gehärtet 58 HRC")]
    assert found(written("1. Entgraten")) == []


def test_a_number_apart_from_its_text_is_joined() -> None:
    paper = written("HINWEISE").write(20, 246, "1.").write(25, 246, "Kanten gebrochen")
    assert found(paper) == [("1", "Kanten gebrochen")]


def test_a_note_in_one_line_is_a_note() -> None:
    assert found(written("NOTE: DO NOT SCALE")) == [(None, "DO NOT SCALE")]


def test_words_that_begin_like_a_heading_are_none() -> None:
    assert found(written("NOTEBOOK STAND", "1:2")) == []
