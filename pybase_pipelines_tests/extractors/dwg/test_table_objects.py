"""Tables from the picture that the file keeps of them."""

from __future__ import annotations

from pybase_pipelines.extractors.cad.scene import Run, Scene
from pybase_pipelines.extractors.dwg.table_objects import read_cells


def test_lettering_between_lines_makes_cells_from_the_top() -> None:
    picture = Scene()
    for x in (0, 10, 30):
        picture.add_line(x, 0, x, 20)
    for y in (0, 10, 20):
        picture.add_line(0, y, 30, y)
    picture.add_run(Run("ITEM", 5, 15, 2, across=0.5, up=0.5))
    picture.add_run(Run("PART", 20, 15, 2, across=0.5, up=0.5))
    picture.add_run(Run("1", 5, 5, 2, across=0.5, up=0.5))
    assert read_cells(picture) == [["ITEM", "PART"], ["1", None]]


def test_lettering_without_lines_is_no_table() -> None:
    assert read_cells(Scene(runs=[Run("x", 0, 0, 1)])) == []
