"""Dimensions: value and text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ezdxf.document import Drawing

from pybase_pipelines.results.cad import CadDimension
from pybase_pipelines_tests.extractors.dxf.drawings import draw, run


def _linear(folder: Path, *, render: bool = True, text: str = "<>", **override: Any) -> CadDimension:
    def fill(document: Drawing) -> None:
        document.dimstyles.get("Standard").dxf.dimdec = 2
        settings = {"dimlfac": 1, "dimtxsty": "Standard", **override}
        dimension = document.modelspace().add_linear_dim(
            base=(0, 5), p1=(0, 0), p2=(45, 0), dimstyle="Standard", text=text, override=settings
        )
        if render:
            dimension.render()
        else:
            dimension.commit_changes() if hasattr(dimension, "commit_changes") else dimension.commit()

    (dimension,) = run(draw(folder, fill))[0].dimensions
    return dimension


@pytest.mark.parametrize("render", [True, False])
def test_a_measurement_is_shown_by_its_style(tmp_path: Path, render: bool) -> None:
    dimension = _linear(tmp_path, render=render)
    assert (dimension.value, dimension.text, dimension.unit) == (45.0, "45", "mm")
    assert dimension.text_source == ("drawn" if render else "style")
    assert (dimension.dimension_type, dimension.layout, dimension.is_overridden) == ("linear", "Model", False)
    assert dimension.handle


def test_the_factor_changes_what_is_shown_and_not_what_is_measured(tmp_path: Path) -> None:
    dimension = _linear(tmp_path, render=False, dimlfac=10)
    assert (dimension.value, dimension.text, dimension.linear_factor) == (45.0, "450", 10)


def test_a_tolerance_is_read_from_the_style(tmp_path: Path) -> None:
    dimension = _linear(tmp_path, render=False, dimtol=1, dimtp=0.2, dimtm=0.1, dimtdec=1, dimdsep=46)
    assert (dimension.text, dimension.tolerance_plus, dimension.tolerance_minus) == ("45 +0.2/-0.1", 0.2, -0.1)


def test_a_typed_text_is_flagged_and_the_measurement_kept(tmp_path: Path) -> None:
    dimension = _linear(tmp_path, text="2x %%c12 H7")
    assert (dimension.value, dimension.is_overridden) == (45.0, True)
    assert (dimension.text, dimension.override) == ("2x Ø12 H7", "2x Ø12 H7")
    assert (dimension.quantity, dimension.fit) == (2, "H7")


def test_angles_are_in_degrees_and_radii_have_their_sign(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        space = document.modelspace()
        space.add_angular_dim_3p(base=(5, 5), center=(0, 0), p1=(10, 0), p2=(0, 10)).render()
        space.add_radius_dim(center=(0, 0), radius=3, angle=45, override={"dimlfac": 1}).render()
        space.add_diameter_dim(center=(0, 0), radius=3, angle=45, override={"dimlfac": 1}).render()

    dimensions = {d.dimension_type: d for d in run(draw(tmp_path, fill))[0].dimensions}
    assert dimensions["angular_3_point"].value == pytest.approx(90)
    assert dimensions["angular_3_point"].unit == "°"
    assert dimensions["angular_3_point"].text == "90°"
    assert (dimensions["radius"].value, dimensions["radius"].text) == (pytest.approx(3), "R3")
    assert (dimensions["diameter"].value, dimensions["diameter"].text) == (pytest.approx(6), "Ø6")


def test_dimensions_on_sheets_and_hidden_layers_are_told_apart(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        document.layers.add("OFF").off()
        attributes = {"layer": "OFF"}
        sheet = document.layouts.get("Layout1")
        sheet.add_linear_dim(base=(0, 5), p1=(0, 0), p2=(7, 0), dxfattribs=attributes).render()

    (dimension,) = run(draw(tmp_path, fill))[0].dimensions
    assert (dimension.layout, dimension.is_hidden, dimension.value) == ("Layout1", True, 7.0)


def test_a_style_that_the_file_does_not_hold_costs_no_dimension(tmp_path: Path) -> None:
    def fill(document: Drawing) -> None:
        space = document.modelspace()
        dimension = space.add_linear_dim(base=(0, 5), p1=(0, 0), p2=(7, 0)).render().dimension
        dimension.dxf.dimstyle = "LOST"

    content, progress = run(draw(tmp_path, fill))
    assert content.dimensions[0].value == 7.0
    assert "damaged_objects" not in {warning.code for warning in progress.warnings}
