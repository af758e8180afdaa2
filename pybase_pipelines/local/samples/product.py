"""The made-up product that all samples of one part agree on: its sizes, names, parts list and history.

What belongs here: facts about the bearing bracket, in millimetres. What does not: how it is drawn or modelled.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPANY = "Tannhof Antriebstechnik"
PROJECT = "GX-40"
DRAWING_NUMBER = "BB-2041"
PART_NUMBER = "BB-2041-01"
TITLE = "Bearing bracket"
REVISION = "C"
DATE = "2026-03-17"
GENERAL_TOLERANCE = "ISO 2768-mK"


@dataclass(frozen=True, slots=True)
class Bracket:
    """The sizes of the bracket body: a foot, and an upright with a round head that carries the bearing bore."""

    width: float = 116.0
    depth: float = 64.0
    foot: float = 14.0
    corner: float = 6.0
    upright_width: float = 60.0
    upright_depth: float = 30.0
    bore_height: float = 60.0
    bore: float = 35.0
    bore_chamfer: float = 1.0
    bolt_circle: float = 48.0
    thread: float = 6.0
    thread_depth: float = 12.0
    hole_spacing: float = 88.0
    hole_depth_spacing: float = 42.0
    hole: float = 9.0
    spotface: float = 18.0
    dowel: float = 12.0

    @property
    def height(self) -> float:
        return self.bore_height + self.upright_width / 2


BRACKET = Bracket()


@dataclass(frozen=True, slots=True)
class BomRow:
    """One row of the parts list, as written."""

    item: str
    quantity: str
    part_number: str
    description: str
    material: str
    weight: str

    def cells(self) -> tuple[str, ...]:
        return (self.item, self.quantity, self.part_number, self.description, self.material, self.weight)


BOM_HEADERS = ("Item", "Qty", "Part number", "Description", "Material", "Weight kg")
BOM = (
    BomRow("1", "1", PART_NUMBER, "Bracket body", "EN-GJS-400-15", "1.36"),
    BomRow("2", "1", "BB-2041-02", "Mounting plate 160 x 100 x 12", "S355J2", "1.44"),
    BomRow("3", "1", "BB-2041-03", "Bearing bush 35/30 x 30", "CuSn8", "0.07"),
    BomRow("4", "2", "ISO 8734-12x24", "Dowel pin 12 m6 x 24", "Steel, hardened", "0.02"),
    BomRow("5", "4", "ISO 4762-M8x25", "Socket head cap screw M8 x 25", "Steel 8.8", "0.02"),
    BomRow("6", "4", "ISO 7089-8", "Plain washer 8 - 200 HV", "Steel, zinc plated", "0.002"),
)

REVISION_HEADERS = ("Rev", "Zone", "Description", "Date", "By")
REVISIONS = (
    ("C", "D3", "Dowel bores 2x Ø12 H7 added", "2026-03-17", "M. Okafor"),
    ("B", "C2", "Bore Ø32 H7 changed to Ø35 H7", "2025-11-04", "M. Okafor"),
    ("A", "-", "First issue", "2025-08-21", "J. Lindqvist"),
)

NOTES = (
    "Unless otherwise stated, break sharp edges 0.2 to 0.5 mm.",
    "General tolerances ISO 2768-mK, size ISO 14405 (E).",
    "Unmachined surfaces: casting tolerance ISO 8062-3 DCTG 9.",
    "All machined surfaces Ra 3.2 unless otherwise indicated.",
    "Threads M6 free of burrs, gauge 6H, countersink 90° to Ø6.4.",
    "Mark part number and heat number on the foot, letter height 5 mm.",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the title block: its corner on the sheet and its size in millimetres, its label and its value."""

    tag: str
    label: str
    value: str
    x: float
    y: float
    width: float
    height: float = 8.0
    text_height: float = 2.5


TITLE_BLOCK = (
    Cell("DEPARTMENT", "Responsible department", "Mechanical design", 230, 58, 45),
    Cell("REFERENCE", "Technical reference", "J. Lindqvist", 275, 58, 45),
    Cell("DOCUMENT_TYPE", "Document type", "Component drawing", 320, 58, 45),
    Cell("STATUS", "Document status", "Released", 365, 58, 45),
    Cell("DRAWN_BY", "Drawn by", "M. Okafor", 230, 50, 45),
    Cell("CHECKED_BY", "Checked by", "J. Lindqvist", 275, 50, 45),
    Cell("APPROVED_BY", "Approved by", "S. Varga", 320, 50, 45),
    Cell("DATE", "Date of issue", DATE, 365, 50, 45),
    Cell("MATERIAL", "Material", "EN-GJS-400-15", 230, 42, 45),
    Cell("FINISH", "Finish", "Phosphated, oiled", 275, 42, 45),
    Cell("WEIGHT", "Weight", "1.36 kg", 320, 42, 22.5),
    Cell("UNITS", "Units", "mm", 342.5, 42, 22.5),
    Cell("GENERAL_TOLERANCE", "General tolerance", GENERAL_TOLERANCE, 365, 42, 45),
    Cell("COMPANY", "Legal owner", COMPANY, 230, 26, 60, 16, 3.2),
    Cell("TITLE", "Title", TITLE, 290, 26, 75, 16, 5.0),
    Cell("PROJECT", "Project", PROJECT, 365, 26, 45, 16, 3.5),
    Cell("PROJECTION", "Projection", "", 230, 10, 30, 16),
    Cell("SCALE", "Scale", "1:1", 260, 10, 15, 16, 3.5),
    Cell("SIZE", "Size", "A3", 275, 10, 15, 16, 3.5),
    Cell("DRAWING_NUMBER", "Drawing number", DRAWING_NUMBER, 290, 10, 45, 16, 5.0),
    Cell("PART_NUMBER", "Part number", PART_NUMBER, 335, 10, 38, 16, 3.5),
    Cell("REVISION", "Revision", REVISION, 373, 10, 18, 16, 5.0),
    Cell("SHEET", "Sheet", "1 / 1", 391, 10, 19, 16, 3.5),
)
"""The title block as ISO 7200 lists its fields, at the lower right of an A3 sheet."""
