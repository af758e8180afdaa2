"""Header, layers, linetypes, styles and layouts of a DWG."""

from __future__ import annotations

from typing import Any

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.scene import FAR
from pybase_pipelines.extractors.cad.units import (
    ANGULAR_UNITS,
    LINEAR_UNITS,
    RELEASES,
    nearest_color,
    scale_text,
    sheet_size,
    unit_in_mm,
    unit_name,
)
from pybase_pipelines.extractors.dwg.database import Database, layout_records
from pybase_pipelines.extractors.dwg.summary_info import read_summary_info
from pybase_pipelines.results.cad import CadLayer, CadLayout, CadLinetype, CadMetadata, CadTextStyle, CadViewport
from pybase_pipelines.results.drawing import BBox

_HEADER = (
    "insunits",
    "lunits",
    "luprec",
    "aunits",
    "auprec",
    "ltscale",
    "textsize",
    "extmin",
    "extmax",
    "limmin",
    "limmax",
)
_DWG_CODEPAGES = {28 + number: f"ANSI_{page}" for number, page in enumerate((1250, 1251, 1252))}
_DWG_CODEPAGES |= {31: "GB2312", 38: "ANSI_932", 39: "ANSI_936", 40: "ANSI_949", 41: "ANSI_950"}
_DWG_CODEPAGES |= {32 + number: f"ANSI_{page}" for number, page in enumerate((1253, 1254, 1255, 1256, 1257, 874))}
_VIEWPORT_OFF = 0x20000
_VIEWPORT_LOCKED = 0x4000


def read_metadata(database: Database, head: bytes) -> CadMetadata:
    """`head` are the first bytes of the file: the code page is at offset 19."""
    header = dict(zip(_HEADER, database.rows("header_variables"), strict=False))
    units_code = header.get("insunits")
    codepage = _DWG_CODEPAGES.get(int.from_bytes(head[19:21], "little"))
    metadata = CadMetadata(
        dxf_version=database.version,
        release=RELEASES.get(database.version),
        maintenance_version=head[11] if len(head) > 11 else None,
        codepage=codepage,
        is_binary=True,
        units_code=units_code,
        units=unit_name(units_code),
        unit_in_mm=unit_in_mm(units_code),
        linear_units=LINEAR_UNITS.get(header.get("lunits") or 0),
        linear_precision=header.get("luprec"),
        angular_units=ANGULAR_UNITS.get(header["aunits"]) if header.get("aunits") is not None else None,
        angular_precision=header.get("auprec"),
        linetype_scale=header.get("ltscale"),
        header_extents=_box(header.get("extmin"), header.get("extmax")),
        limits=_box(header.get("limmin"), header.get("limmax")),
        header={
            f"${name.upper()}": list(value) if isinstance(value, tuple) else value for name, value in header.items()
        },
    )
    if data := _section(database, "AcDb:SummaryInfo"):
        encoding = "cp" + codepage.removeprefix("ANSI_") if codepage and codepage.startswith("ANSI_") else "cp1252"
        read_summary_info(metadata, data, database.version, encoding)
    return metadata


def _section(database: Database, name: str) -> bytes | None:
    try:
        for index, locator in enumerate(database.ask("list_section_locators")):
            if locator[0] == name:
                return bytes(database.ask("read_section_bytes", index))
    except (ValueError, OSError, RuntimeError) as error:
        database.failures[name] = str(error)[:300]
    return None


def _box(low: Any, high: Any) -> BBox | None:
    if not low or not high or low[0] > high[0] or max(abs(v) for v in (*low[:2], *high[:2])) > FAR:
        return None
    return low[0], low[1], high[0], high[1]


def read_layers(database: Database) -> list[CadLayer]:
    colors = {row[0]: row[1:] for row in database.rows("layer_colors")}
    states = {row[0]: row[1:] for row in database.rows("layer_states")}
    linetypes = {row[0]: row[1] for row in database.rows("linetypes")}
    linetype_of = dict(database.rows("layer_linetypes"))
    layers = []
    for handle, name in database.layer_names.items():
        color, rgb = colors.get(handle, (7, None))
        frozen, off, _, locked, plotted, lineweight = _state(states.get(handle))
        layers.append(
            CadLayer(
                name=clean(name),
                color=nearest_color(rgb) if rgb is not None else abs(color or 7),
                true_color=f"#{rgb & 0xFFFFFF:06x}" if rgb is not None else None,
                linetype=linetypes.get(linetype_of.get(handle, 0), "Continuous"),
                lineweight=lineweight,
                is_on=not off,
                is_frozen=frozen,
                is_locked=locked,
                is_plotted=plotted,
                handle=f"{handle:X}",
            )
        )
    return layers


def _state(row: Any) -> tuple[bool, bool, bool, bool, bool, int]:
    return row if row is not None else (False, False, False, False, True, -3)


def read_linetypes(database: Database) -> list[CadLinetype]:
    return [
        CadLinetype(name=clean(name), description=clean(text) or None, length=length, pattern=list(dashes))
        for _, name, text, length, dashes in database.rows("linetypes")
    ]


def read_text_styles(database: Database) -> list[CadTextStyle]:
    return [
        CadTextStyle(
            name=clean(row["name"]),
            font=row.get("font") or None,
            big_font=row.get("bigfont") or None,
            height=row.get("height") or None,
            width_factor=row.get("width"),
        )
        for row in database.rows("write_tables")
        if row.get("kind") == "STYLE" and row.get("name")
    ]


def read_layouts(database: Database) -> list[CadLayout]:
    """Model space first, then the sheets in the order of their tabs."""
    names = layout_records(database)
    viewports = {row[0]: row for row in database.rows("viewport_details")}
    layouts = []
    for row in database.layouts:
        name = names[row[4]]
        is_model = name == "Model"
        width, height, margins, paper_name, _, rotation = row[5]
        turned = rotation in (1, 3)
        numerator, denominator = row[10][5], row[10][6]
        layouts.append(
            CadLayout(
                name=clean(name),
                is_model=is_model,
                tab_order=row[2],
                paper_name=clean(paper_name) or None,
                paper_width_mm=(height if turned else width) or None,
                paper_height_mm=(width if turned else height) or None,
                sheet_size=sheet_size(width, height),
                margins_mm=tuple(margins) if width else None,
                plot_rotation={0: 0, 1: 90, 2: 180, 3: 270}.get(rotation),
                plot_scale=numerator / denominator if numerator and denominator else None,
                viewports=[] if is_model else _windows(database, name, row, viewports),
            )
        )
    return sorted(layouts, key=lambda layout: (not layout.is_model, layout.tab_order or 0))


def _windows(database: Database, name: str, row: Any, viewports: dict[int, Any]) -> list[CadViewport]:
    """The viewports of a sheet but the first, which is the sheet itself."""
    handles = [
        h
        for h in (row[8] or sorted(h for h in viewports if database.spots.get(h) and database.spots[h].layout == name))
    ]
    windows = []
    for handle in handles[1:]:
        viewport = viewports.get(handle)
        if viewport is None:
            continue
        _, center, width, height, view, frozen, _, _ = viewport[:8]
        view_height = view[3] if view else None
        scale = height / view_height if view_height and view_height > 1e-12 else None
        windows.append(
            CadViewport(
                handle=f"{handle:X}",
                layer=database.layer_of(handle),
                center=(center[0], center[1]) if center else None,
                width=width,
                height=height,
                scale=scale,
                scale_text=scale_text(scale),
                view_center=(view[7][0], view[7][1]) if view else None,
                view_height=view_height,
                is_on=not (view and view[8] & _VIEWPORT_OFF),
                is_locked=bool(view and view[8] & _VIEWPORT_LOCKED),
                frozen_layers=[database.layer_names[h] for h in frozen if h in database.layer_names],
            )
        )
    return windows
