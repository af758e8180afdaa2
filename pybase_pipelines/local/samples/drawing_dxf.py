"""The sheet of the bearing bracket as a DXF (2010), as a CAD program keeps it.

The views and their dimensions stand in model space at full size; the sheet is a layout that looks at them through two
viewports and carries the title block as a block with attributes.
"""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from pybase_pipelines.local.samples import product, sheet, views
from pybase_pipelines.local.samples.bracket_solid import isometric_edges
from pybase_pipelines.local.samples.primitives import (
    WIDTHS_MM,
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
)  # fmt: skip

if TYPE_CHECKING:
    from ezdxf.document import Drawing
    from ezdxf.entities.dimstyleoverride import DimStyleOverride
    from ezdxf.entities.text import Text as TextEntity
    from ezdxf.layouts.base import BaseLayout

COLOURS: dict[Kind, int] = {
    Kind.OUTLINE: 7, Kind.HIDDEN: 8, Kind.CENTRE: 1, Kind.THIN: 8, Kind.SECTION: 1, Kind.HATCH: 4,
    Kind.DIMENSION: 3, Kind.TEXT: 7, Kind.FRAME: 7, Kind.TABLE: 8,
}  # fmt: skip
_LINETYPES = {Kind.CENTRE: "CENTER", Kind.HIDDEN: "DASHED"}
_TEXT_STYLE = "ISO3098"
_DIM_STYLE = "ISO129"
_ALIGN = {"left": "LEFT", "center": "CENTER", "right": "RIGHT"}
_ISOMETRIC_AT = (700.0, 188.0)
"""Where the isometric view stands in model space, at full size, away from the other views."""
_GDT_LETTERS = {"flatness": "c", "parallelism": "f", "position": "j"}


def write_dxf(path: FilePath) -> None:
    """Write the drawing, with the same times and identifiers each time."""
    from ezdxf._options import options

    before = options.write_fixed_meta_data_for_testing
    options.write_fixed_meta_data_for_testing = True
    try:
        document = _draw()
        for name in ("ACDBPLACEHOLDER", "LAYOUT"):  # ezdxf itself adds them from a set, in another order each time
            document.classes.add_class(name)
        document.saveas(path)
    finally:
        options.write_fixed_meta_data_for_testing = before


def _draw() -> Drawing:
    from ezdxf import units
    from ezdxf.filemanagement import new

    doc = new("R2010", setup=["linetypes"], units=units.MM)
    _set_up(doc)
    pen = _Pen(doc.modelspace())
    for item in views.bracket_views():
        pen.draw(item)
    x, y = _ISOMETRIC_AT
    for edge in isometric_edges():
        pen.draw(Path(tuple((x + u, y + v) for u, v in edge), Kind.OUTLINE))
    _lay_out(doc)
    return doc


def _set_up(doc: Drawing) -> None:
    doc.header["$LTSCALE"] = 0.25
    doc.header["$LASTSAVEDBY"] = "mokafor"
    for name, value in (
        ("Part number", product.PART_NUMBER),
        ("Revision", product.REVISION),
        ("Project", product.PROJECT),
        ("Company", product.COMPANY),
    ):
        doc.header.custom_vars.append(name, value)
    doc.styles.add(_TEXT_STYLE, font="isocpeur.ttf")
    for kind in Kind:
        attributes = {"color": COLOURS[kind], "lineweight": round(WIDTHS_MM[kind] * 100)}
        doc.layers.add(kind.value, linetype=_LINETYPES.get(kind, "Continuous"), dxfattribs=attributes)
    doc.layers.add("VIEWPORT", color=9, plot=False)
    doc.layers.add("CONSTRUCTION", color=252).off()
    doc.dimstyles.new(
        _DIM_STYLE,
        dxfattribs={
            "dimtxt": 2.8, "dimasz": 3.0, "dimexe": 2.0, "dimexo": 1.0, "dimgap": 1.0, "dimtad": 1, "dimtih": 0,
            "dimtoh": 0, "dimdec": 2, "dimzin": 8, "dimtdec": 2, "dimtzin": 8, "dimtfac": 1.0, "dimlfac": 1.0,
            "dimscale": 1.0, "dimdsep": ord("."), "dimtxsty": _TEXT_STYLE, "dimlunit": 2, "dimtix": 0, "dimtofl": 1,
        },
    )  # fmt: skip


def _lay_out(doc: Drawing) -> None:
    """The A3 sheet in paper space."""
    doc.layouts.rename("Layout1", "A3")
    layout = doc.paperspace("A3")
    layout.page_setup(size=(sheet.WIDTH, sheet.HEIGHT), margins=(0, 0, 0, 0), units="mm", name="ISO_A3")
    pen = _Pen(layout)
    for item in (*sheet.border(), *sheet.parts_list(), *sheet.revision_table(), *sheet.notes()):
        pen.draw(item)
    layout.add_viewport((161, 169), (278, 234), (161, 169), 234, dxfattribs={"layer": "VIEWPORT"})
    x, y = views.ISOMETRIC_CENTRE
    layout.add_viewport((x, y), (96, 80), _ISOMETRIC_AT, 80 / views.ISOMETRIC_SCALE, dxfattribs={"layer": "VIEWPORT"})
    pen.draw(Text("Isometric view 1:2", (x, y - 44), 3.5, "center"))
    _title_block(doc, layout)


def _title_block(doc: Drawing, layout: BaseLayout) -> None:
    block = doc.blocks.new("TITLE_BLOCK_A3")
    pen = _Pen(block)
    for item in sheet.title_block_form():
        pen.draw(item)
    filled = [cell for cell in product.TITLE_BLOCK if cell.value]
    for cell in filled:
        attributes = {"height": cell.text_height, "style": _TEXT_STYLE, "layer": Kind.TEXT, "prompt": cell.label}
        block.add_attdef(cell.tag, sheet.value_position(cell), dxfattribs=attributes)
    insert = layout.add_blockref("TITLE_BLOCK_A3", (0, 0), dxfattribs={"layer": Kind.TABLE})
    insert.add_auto_attribs({cell.tag: cell.value for cell in filled})


class _Pen:
    """Adds each kind of item to a layout or block."""

    def __init__(self, layout: BaseLayout) -> None:
        self.layout = layout

    def draw(self, item: Item) -> None:
        match item:
            case Path():
                self._path(item)
            case Arc():
                attributes = {"layer": item.kind}
                if item.is_circle:
                    self.layout.add_circle(item.center, item.radius, dxfattribs=attributes)
                else:
                    self.layout.add_arc(item.center, item.radius, item.start, item.end, dxfattribs=attributes)
            case Text():
                attributes = {"layer": item.kind, "style": _TEXT_STYLE}
                text = self.layout.add_text(item.text, height=item.height, dxfattribs=attributes)
                _place(text, item)
            case Hatch():
                hatch = self.layout.add_hatch(dxfattribs={"layer": Kind.HATCH})
                hatch.set_pattern_fill("ANSI31", scale=1.0)
                hatch.paths.add_polyline_path(item.outline, is_closed=True)
            case LinearDimension():
                self._linear(item)
            case RoundDimension():
                self._round(item)
            case Leader():
                self._leader(item)
            case ToleranceFrame():
                self._tolerance(item)

    def _path(self, item: Path) -> None:
        attributes = {"layer": item.kind}
        if item.filled:
            self.layout.add_solid([*item.points[:2], item.points[2], item.points[2]], dxfattribs=attributes)
        elif len(item.points) == 2:
            self.layout.add_line(*item.points, dxfattribs=attributes)
        else:
            self.layout.add_lwpolyline(item.points, close=item.closed, dxfattribs=attributes)

    def _linear(self, item: LinearDimension) -> None:
        override: dict[str, float] = {}
        if item.tolerance:
            override = {"dimtol": 1, "dimtp": item.tolerance, "dimtm": item.tolerance}
        self.layout.add_linear_dim(
            base=item.base,
            p1=item.first,
            p2=item.second,
            angle=90 if item.vertical else 0,
            dimstyle=_DIM_STYLE,
            override=override,
            dxfattribs={"layer": Kind.DIMENSION},
        ).render()

    def _round(self, item: RoundDimension) -> None:
        """The text stands beside the part; a dimension that only names its value keeps the measured one."""
        add = self.layout.add_radius_dim if item.is_radius else self.layout.add_diameter_dim
        measured = f"R{item.radius:g}" if item.is_radius else f"Ø{item.radius * 2:g}"
        text = item.text.replace(measured, "<>") if measured in item.text else item.text
        is_left = item.text_at[0] < item.center[0]
        landing = item.text_at[0] + (len(item.text) * 1.75 if is_left else 0.0)
        dimension = add(
            center=item.center,
            radius=item.radius,
            location=(landing, item.text_at[1] + 2.4),
            text=text,
            dimstyle=_DIM_STYLE,
            override={"dimtoh": 1, "dimtih": 1},
            dxfattribs={"layer": Kind.DIMENSION},
        )
        dimension.render()
        if item.second_line:
            x, y = _text_centre(dimension)
            at = (x - 0.9 * len(item.text), y - 6.8)
            self.draw(Text(item.second_line, at, 2.8, "left", Kind.DIMENSION))

    def _leader(self, item: Leader) -> None:
        x, y = item.text_at
        points = (item.tip, (x, y), (x + 2.1 * len(item.text), y))
        self.layout.add_leader(points, dimstyle=_DIM_STYLE, dxfattribs={"layer": Kind.DIMENSION})
        self.draw(Text(item.text, (x + 0.5, y + 1.0), 2.8, "left", Kind.DIMENSION))

    def _tolerance(self, item: ToleranceFrame) -> None:
        content = "%%v".join(
            (f"{{\\Fgdt;{_GDT_LETTERS[item.symbol]}}}", item.value.replace("Ø", "{\\Fgdt;n}"), *item.datums)
        )
        at = (item.at[0], item.at[1] + 2.5)
        attributes = {
            "insert": at,
            "content": content,
            "dimstyle": _DIM_STYLE,
            "layer": Kind.DIMENSION,
            "x_axis_vector": (1, 0, 0),
        }
        self.layout.new_entity("TOLERANCE", attributes)


def _text_centre(dimension: DimStyleOverride) -> tuple[float, float]:
    """Where the text of a rendered dimension stands: `text_midpoint` is only where it was asked for."""
    (centre,) = (item.dxf.insert for item in dimension.dimension.virtual_entities() if item.dxftype() == "MTEXT")
    return centre.x, centre.y


def _place(text: TextEntity, item: Text) -> None:
    from ezdxf.enums import TextEntityAlignment

    text.set_placement(item.at, align=TextEntityAlignment[_ALIGN[item.align]])
