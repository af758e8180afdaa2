"""The tables of the drawing: layers, linetypes, text and dimension styles, layouts with their viewports."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.units import LINEAR_UNITS, scale_text, sheet_size
from pybase_pipelines.extractors.dxf.dimensions import UNSET
from pybase_pipelines.results.cad import CadDimensionStyle, CadLayer, CadLayout, CadLinetype, CadTextStyle, CadViewport

if TYPE_CHECKING:
    from ezdxf.document import Drawing

ADDED_LAYER = "Defpoints"
VIEWPORT_OFF = 0x20000
MAIN_VIEWPORT = 1
"""The viewport with this id is the sheet itself, not a window."""


def read_layers(document: Drawing, path: Path) -> list[CadLayer]:
    """The layers of the file; the library adds a layer Defpoints to one that has none."""
    layers = []
    for layer in document.layers:
        if layer.dxf.name == ADDED_LAYER and not _is_mentioned(ADDED_LAYER, path):
            continue
        rgb = layer.rgb
        layers.append(
            CadLayer(
                name=clean(layer.dxf.name),
                color=abs(layer.dxf.get("color", 7)),
                true_color="#{:02x}{:02x}{:02x}".format(*rgb) if rgb else None,
                linetype=layer.dxf.get("linetype", "Continuous"),
                lineweight=layer.dxf.get("lineweight", -3),
                is_on=not layer.is_off(),
                is_frozen=layer.is_frozen(),
                is_locked=layer.is_locked(),
                is_plotted=bool(layer.dxf.get("plot", 1)),
                transparency=round(layer.transparency, 4) or None,
                description=clean(layer.description) or None,
                handle=layer.dxf.handle,
            )
        )
    return layers


def _is_mentioned(name: str, path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(name.encode()) >= 0


def read_linetypes(document: Drawing) -> list[CadLinetype]:
    return [
        CadLinetype(
            name=linetype.dxf.name,
            description=clean(linetype.dxf.get("description", "")) or None,
            pattern=[float(tag.value) for tag in linetype.pattern_tags.tags if tag.code == 49],
            length=next((float(tag.value) for tag in linetype.pattern_tags.tags if tag.code == 40), None),
        )
        for linetype in document.linetypes
    ]


def read_text_styles(document: Drawing) -> list[CadTextStyle]:
    return [
        CadTextStyle(
            name=style.dxf.name,
            font=style.dxf.get("font") or None,
            big_font=style.dxf.get("bigfont") or None,
            height=style.dxf.get("height") or None,
            width_factor=style.dxf.get("width"),
        )
        for style in document.styles
        if style.dxf.name
    ]


def read_dimension_styles(document: Drawing) -> list[CadDimensionStyle]:
    styles = []
    for style in document.dimstyles:
        get = style.dxf.get
        separator = get("dimdsep")
        styles.append(
            CadDimensionStyle(
                name=style.dxf.name,
                scale=get("dimscale", 1.0),
                text_height=get("dimtxt"),
                linear_factor=get("dimlfac", 1.0),
                decimal_places=get("dimdec", UNSET["dec"]),
                rounding=get("dimrnd", 0.0),
                prefix_suffix=get("dimpost") or None,
                decimal_separator=chr(separator) if separator else ".",
                linear_units=LINEAR_UNITS.get(get("dimlunit", 2)),
                shows_tolerance=bool(get("dimtol")),
                shows_limits=bool(get("dimlim")),
                tolerance_plus=get("dimtp"),
                tolerance_minus=-get("dimtm") if get("dimtm") else None,
            )
        )
    return styles


def read_layouts(document: Drawing) -> list[CadLayout]:
    """Model space first, then the sheets in the order of their tabs."""
    layouts = [_read_layout(layout) for layout in document.layouts]
    return sorted(layouts, key=lambda layout: (not layout.is_model, layout.tab_order or 0))


def _read_layout(layout: Any) -> CadLayout:
    get = layout.dxf.get
    width, height = get("paper_width") or None, get("paper_height") or None
    margins = tuple(float(get(f"{side}_margin") or 0.0) for side in ("left", "bottom", "right", "top"))
    numerator, denominator = get("scale_numerator") or 0.0, get("scale_denominator") or 0.0
    turned = get("plot_rotation") in (1, 3)
    return CadLayout(
        name=clean(layout.name),
        is_model=layout.is_modelspace,
        tab_order=get("taborder"),
        paper_name=get("paper_size") or None,
        paper_width_mm=height if turned else width,
        paper_height_mm=width if turned else height,
        sheet_size=sheet_size(width, height),
        margins_mm=margins if width else None,  # pyright: ignore[reportArgumentType]
        plot_rotation={0: 0, 1: 90, 2: 180, 3: 270}.get(get("plot_rotation", 0)),
        plot_scale=numerator / denominator if numerator and denominator else None,
        plot_style=get("current_style_sheet") or None,
        printer=get("plot_configuration_file") or None,
        viewports=[] if layout.is_modelspace else _read_viewports(layout),
    )


def _read_viewports(layout: Any) -> list[CadViewport]:
    viewports = []
    for viewport in layout.query("VIEWPORT"):
        get = viewport.dxf.get
        if get("id", 0) == MAIN_VIEWPORT:
            continue
        view_height, height, width = get("view_height", 0.0), get("height", 0.0), get("width", 0.0)
        scale = height / view_height if view_height and view_height > 1e-12 else None
        center, view = get("center"), get("view_center_point")
        viewports.append(
            CadViewport(
                handle=viewport.dxf.handle,
                layer=viewport.dxf.layer,
                center=(center.x, center.y) if center is not None else None,
                width=width,
                height=height,
                scale=scale,
                scale_text=scale_text(scale),
                view_center=(view.x, view.y) if view is not None else None,
                view_height=view_height or None,
                is_on=not get("flags", 0) & VIEWPORT_OFF,
                is_locked=bool(get("flags", 0) & 0x4000),
                frozen_layers=[str(name) for name in viewport.frozen_layers],
            )
        )
    return viewports
