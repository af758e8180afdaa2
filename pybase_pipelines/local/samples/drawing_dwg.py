"""The views of the bearing bracket with a title block as a DWG (2000).

The writer keeps one sheet in paper space; it knows no geometric tolerances and no leaders, so they become strokes.
"""

from __future__ import annotations

import math
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from pybase_pipelines.local.samples import product, sheet, views
from pybase_pipelines.local.samples.drawing_dxf import COLOURS
from pybase_pipelines.local.samples.primitives import (
    Arc,
    Hatch,
    Item,
    Kind,
    Leader,
    LinearDimension,
    Path,
    RoundDimension,
    Text,
    ToleranceFrame,
    tolerance_strokes,
)  # fmt: skip

if TYPE_CHECKING:
    from ezdwg import Drawing, EditableLayout

_MILLIMETRES = 4
_LINETYPES = {Kind.CENTRE: "CENTER", Kind.HIDDEN: "DASHED"}
_HALIGN = {"left": 0, "center": 1, "right": 2}


def write_dwg(path: FilePath) -> None:
    """Write the drawing."""
    import ezdwg

    doc = ezdwg.new("AC1015")
    doc.header.update(insunits=_MILLIMETRES, ltscale=0.25)
    doc.linetypes["CENTER"] = {"description": "Center ____ _ ____", "dashes": [31.75, -6.35, 6.35, -6.35]}
    doc.linetypes["DASHED"] = {"description": "Dashed __ __ __", "dashes": [12.7, -6.35]}
    for kind in Kind:
        doc.layers[kind.value] = {"color_index": COLOURS[kind], "linetype": _LINETYPES.get(kind, "Continuous")}
    pen = _Pen(doc.modelspace())
    for item in views.bracket_views():
        pen.draw(item)
    _lay_out(doc)
    doc.save(path)


def _lay_out(doc: Drawing) -> None:
    doc.set_paper(sheet.WIDTH, sheet.HEIGHT, name="A3")
    paper = doc.paperspace()
    pen = _Pen(paper)
    for item in (*sheet.border(), *sheet.parts_list(), *sheet.revision_table(), *sheet.notes()):
        pen.draw(item)
    paper.add_viewport((161, 169), 278, 234, view_center=(161, 169), view_height=234)
    block = doc.blocks.new("TITLE_BLOCK_A3")
    form = _Pen(block)
    for item in sheet.title_block_form():
        form.draw(item)
    filled = [cell for cell in product.TITLE_BLOCK if cell.value]
    for cell in filled:
        block.add_attdef(
            cell.tag, "", sheet.value_position(cell), cell.text_height, prompt=cell.label, layer=Kind.TEXT.value
        )
    insert = paper.add_blockref("TITLE_BLOCK_A3", (0, 0), layer=Kind.TABLE.value)
    for cell in filled:
        paper.add_attrib(
            insert, cell.tag, cell.value, sheet.value_position(cell), cell.text_height, layer=Kind.TEXT.value
        )


class _Pen:
    """Adds each kind of item to a layout or block."""

    def __init__(self, layout: EditableLayout) -> None:
        self.layout = layout

    def draw(self, item: Item) -> None:
        match item:
            case Path():
                self._path(item)
            case Arc() if item.is_circle:
                self.layout.add_circle(item.center, item.radius, layer=item.kind.value)
            case Arc():
                self.layout.add_arc(item.center, item.radius, item.start, item.end, layer=item.kind.value)
            case Text():
                self._text(item)
            case Hatch():
                self.layout.add_hatch([item.outline], pattern="ANSI31", layer=Kind.HATCH.value)
            case LinearDimension():
                angle = 90.0 if item.vertical else 0.0
                layer = Kind.DIMENSION.value
                self.layout.add_linear_dim(item.base, item.first, item.second, angle, text=item.text, layer=layer)
            case RoundDimension():
                self._round(item)
            case Leader():
                self._leader(item)
            case ToleranceFrame():
                for stroke in tolerance_strokes(item):
                    self.draw(stroke)

    def _path(self, item: Path) -> None:
        layer = item.kind.value
        if item.filled:
            self.layout.add_solid([(x, y, 0.0) for x, y in (*item.points, item.points[-1])], layer=layer)
        elif len(item.points) == 2:
            self.layout.add_line(*item.points, layer=layer)
        else:
            self.layout.add_lwpolyline(item.points, closed=item.closed, layer=layer)

    def _text(self, item: Text) -> None:
        placed = {} if item.align == "left" else {"halign": _HALIGN[item.align], "align_point": item.at}
        self.layout.add_text(item.text, item.at, item.height, layer=item.kind.value, **placed)

    def _round(self, item: RoundDimension) -> None:
        add = self.layout.add_radius_dim if item.is_radius else self.layout.add_diameter_dim
        middle = (item.text_at[0] + len(item.text) * 0.9, item.text_at[1] + 2.4)
        add(item.center, item.radius, item.angle, text=item.text, text_midpoint=middle, layer=Kind.DIMENSION.value)
        angle = math.radians(item.angle)
        tip = (item.center[0] + item.radius * math.cos(angle), item.center[1] + item.radius * math.sin(angle))
        landing = (item.text_at[0] + len(item.text) * 1.8, item.text_at[1])
        ends = (item.text_at, landing) if item.text_at[0] > tip[0] else (landing, item.text_at)
        self._path(Path((tip, *ends), Kind.DIMENSION))
        if item.second_line:
            self._text(Text(item.second_line, (item.text_at[0], item.text_at[1] - 3.6), 2.5, "left", Kind.DIMENSION))

    def _leader(self, item: Leader) -> None:
        self._path(Path((item.tip, item.text_at), Kind.DIMENSION))
        self._text(Text(item.text, (item.text_at[0] + 0.5, item.text_at[1] + 1.0), 2.5, "left", Kind.DIMENSION))
