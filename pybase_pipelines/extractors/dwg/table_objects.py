"""Table objects of a DWG: the decoder does not read them, but the file keeps a picture of each, lines and lettering."""

from __future__ import annotations

from bisect import bisect_right

from pybase_pipelines.extractors.cad.scene import Scene
from pybase_pipelines.extractors.dwg.survey import Survey
from pybase_pipelines.results.cad import CadTable

MAX_CELLS = 50_000


def read_tables(survey: Survey) -> None:
    """Cells by row. To be called when lettering and lines of the blocks are read."""
    for handle, block in _find_pictures(survey).items():
        rows = read_cells(survey.blocks.get(str(block), Scene()))
        if rows and survey.options.extract_text and survey.is_included(handle) and survey.is_wanted(handle):
            survey.text_only["ACAD_TABLE"] += 1
            layer, layout = survey.database.layer_of(handle), survey.spot(handle).layout
            survey.content.tables.append(CadTable(rows=rows, layer=layer, layout=layout, handle=f"{handle:X}"))


def _find_pictures(survey: Survey) -> dict[int, int]:
    """The picture of each table: by the handles that the table refers to, else the only table has the only picture."""
    database = survey.database
    tables = [handle for handle, name in database.entities.items() if name == "ACAD_TABLE"]
    blocks = [handle for handle, name in database.block_names.items() if name.upper().startswith("*T")]
    if not tables or not blocks:
        return {}
    pictures = {}
    for handle, references in database.ask("decode_object_handle_stream_refs", tables):
        picture = next((block for block in blocks if block in references), None)
        if picture is not None:
            pictures[handle] = picture
    return pictures or ({tables[0]: blocks[0]} if len(tables) == len(blocks) == 1 else {})


def read_cells(picture: Scene) -> list[list[str | None]]:
    """Which lettering stands between which lines."""
    columns = _edges([x0 for x0, y0, x1, y1 in picture.rules if abs(x1 - x0) < abs(y1 - y0)])
    rows = _edges([y0 for x0, y0, x1, y1 in picture.rules if abs(x1 - x0) > abs(y1 - y0)])
    if len(columns) < 2 or len(rows) < 2 or (len(columns) - 1) * (len(rows) - 1) > MAX_CELLS:
        return []
    cells: list[list[str | None]] = [[None] * (len(columns) - 1) for _ in rows[1:]]
    for run in picture.runs:
        x0, y0, x1, y1 = run.box()
        column, row = bisect_right(columns, (x0 + x1) / 2) - 1, bisect_right(rows, (y0 + y1) / 2) - 1
        if 0 <= column < len(columns) - 1 and 0 <= row < len(rows) - 1:
            above = cells[-1 - row][column]
            cells[-1 - row][column] = f"{above}\n{run.text}" if above else run.text
    return cells


def _edges(places: list[float]) -> list[float]:
    """The places of lines in order; lines that coincide are one."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > 1e-6 * max(1.0, abs(place)):
            edges.append(place)
    return edges
