"""Dimensions on sheets: what is one, what only looks like one, and signs that are drawn as strokes."""

from __future__ import annotations

import math
from itertools import pairwise

from pybase_pipelines.extractors.drawing.dimensions import read_dimensions
from pybase_pipelines.extractors.drawing.reading import MOST_RULES, read_sheet
from pybase_pipelines.extractors.drawing.sheet import Lettering, Sheet
from pybase_pipelines_tests.extractors.drawing.sheets import Paper


def part() -> Paper:
    """A sheet with a part on it: enough lines to be a drawing."""
    paper = Paper()
    for number in range(6):
        paper.box(100 + number, 100 + number, 80 - 2 * number, 40 - 2 * number)
    return paper


def measured(paper: Paper, x: float, y: float, text: str) -> Paper:
    """A text above its dimension line."""
    return paper.write(x, y + 0.8, text).line(x - 15, y, x + 25, y)


def texts(paper: Paper) -> list[str | None]:
    return sorted(dimension.text or "" for dimension in read_sheet(paper.sheet()).dimensions)


def ring(paper: Paper, x: float, y: float, radius: float) -> Paper:
    """A circle as the chords that curves are handed over as."""
    corners = [(x + radius * math.cos(n * math.pi / 4), y + radius * math.sin(n * math.pi / 4)) for n in range(9)]
    for start, end in pairwise(corners):
        paper.line(*start, *end)
    return paper


def test_a_bare_number_counts_only_beside_a_dimension_line() -> None:
    paper = measured(part(), 130, 80, "45")
    paper.write(250, 250, "7").write(260, 200, "12")
    assert texts(paper) == ["45"]


def test_words_of_one_dimension_are_joined() -> None:
    paper = part().write(200, 200, "2x").write(204, 200, "Ø12").write(210, 200, "H7")
    assert texts(paper) == ["2x Ø12 H7"]


def test_deviations_above_each_other_belong_to_their_size() -> None:
    paper = part().write(200, 200, "Ø20", 2.5).write(205, 201.5, "+0.2", 1.6).write(205, 199, "-0.1", 1.6)
    dimension = read_dimensions(paper.sheet())[0]
    assert (dimension.text, dimension.tolerance_plus, dimension.tolerance_minus) == ("Ø20 +0.2/-0.1", 0.2, -0.1)


def test_signs_drawn_as_strokes_are_seen() -> None:
    paper = part().write(200, 200, "9,14", 3.0)
    ring(paper, 197.7, 201.5, 1.4).line(197, 199.4, 198.4, 203.6)
    paper.write(240, 200, "6,80", 3.0).line(250, 203, 252, 203).line(251, 203, 251, 200)
    paper.line(250.3, 201.2, 251, 200).line(251.7, 201.2, 251, 200).write(253.5, 200, "20", 3.0)
    assert texts(paper) == ["6,80 ↧ 20", "Ø9,14"]


def test_a_slanted_stroke_without_a_ring_is_no_diameter() -> None:
    paper = part().write(200, 200, "9,14", 3.0)
    paper.line(197, 199.4, 198.4, 203.6)
    assert texts(paper) == ["9,14"]


def test_surface_texture_that_a_centre_line_crosses_is_no_dimension() -> None:
    paper = part().write(200, 200, "Ra 1.6", 2.5).line(203.8, 150, 203.8, 250)
    assert texts(paper) == []


def test_the_number_of_the_page_at_its_foot_is_no_dimension() -> None:
    paper = measured(part(), 130, 80, "45").write(200, 20, "1").line(50, 19.5, 300, 19.5)
    assert texts(paper) == ["45"]


def test_the_value_in_a_tolerance_frame_is_no_dimension_whatever_sign_stands_before_it() -> None:
    paper = part().box(200, 60, 20, 5).line(206, 60, 206, 65).write(207, 61.2, "0.02")
    paper.line(201, 61.4, 204, 61.4).line(204, 61.4, 205.5, 63.6).line(205.5, 63.6, 202.4, 63.6)
    assert texts(paper) == []


def test_upright_dimensions_are_found_like_level_ones() -> None:
    sheet = measured(part(), 130, 80, "45,5").write(200, 200, "R5").turned()
    assert sorted(d.text or "" for d in read_dimensions(sheet)) == ["45,5", "R5"]


def test_a_tolerance_frame_holds_no_dimensions_and_a_boxed_one_is_basic() -> None:
    paper = part().row(200, 60, 5, [6, 14, 6], ["", "0,02", "A"])
    paper.row(260, 60, 5, [12], ["30,5"])
    dimensions = read_dimensions(paper.sheet())
    assert [(d.text, d.is_basic) for d in dimensions] == [("30,5", True)]


def test_pins_of_a_circuit_are_no_dimensions() -> None:
    paper = part()
    for number, name in enumerate(["R1", "R2", "R3", "C1", "C2", "U1", "U2", "D1", "J1"]):
        measured(paper.write(20 + 20 * number, 30, name), 20 + 20 * number, 50, str(number + 1))
    assert texts(paper) == []


def test_numbers_in_tables_and_title_blocks_are_no_dimensions() -> None:
    paper = part()
    for number in range(4):
        paper.row(250, 200 - 6 * number, 6, [20, 20, 20], [str(number), "12,5", "40"])
    paper.cell(300, 20, 40, 10, "SCALE", "1:2").cell(340, 20, 40, 10, "WEIGHT", "1,25").cell(
        380, 20, 30, 10, "DWG NO", "4711"
    )
    assert texts(paper) == []


def test_running_text_is_no_drawing() -> None:
    lines = tuple(
        Lettering("A sentence of a report that goes on about 45 mm for quite some length.", (10, y, 190, y + 3), 3.0)
        for y in range(0, 290, 5)
    )
    assert (
        read_dimensions(Sheet(210, 297, (*lines, Lettering("45,5", (10, 293, 20, 296), 3.0)), part().sheet().rules))
        == []
    )


def test_the_unit_that_the_sheet_names_is_taken_over() -> None:
    paper = part().write(200, 200, "R5").write(20, 20, "All dimensions in inches")
    assert read_dimensions(paper.sheet())[0].unit == "in"


def test_a_sheet_with_too_much_on_it_says_what_was_left_out() -> None:
    paper = part()
    rules = tuple(paper.rules) * (MOST_RULES // len(paper.rules) + 1)
    lettering = (Lettering("R5", (200, 200, 206, 203), 3.0),)
    reading = read_sheet(Sheet(420, 297, lettering, rules))
    assert reading.limits == [f"Only the first 200,000 of {len(rules):,} lines were looked at."]
    assert read_sheet(paper.sheet()).limits == []


def test_a_level_number_in_an_upright_dimension_line_counts() -> None:
    paper = part().write(300, 100, "88").line(301.5, 60, 301.5, 99).line(301.5, 104, 301.5, 140)
    assert texts(paper) == ["88"]
