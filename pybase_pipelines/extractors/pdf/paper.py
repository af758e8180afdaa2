"""Names of standard sheets. Sizes in mm, the longer side first."""

from __future__ import annotations

SHEETS: dict[str, tuple[float, float]] = {
    "2A0": (1682, 1189), "A0": (1189, 841), "A1": (841, 594), "A2": (594, 420), "A3": (420, 297), "A4": (297, 210),
    "A5": (210, 148), "A6": (148, 105),
    "ANSI A": (279.4, 215.9), "ANSI B": (431.8, 279.4), "ANSI C": (558.8, 431.8), "ANSI D": (863.6, 558.8),
    "ANSI E": (1117.6, 863.6),
    "ARCH A": (304.8, 228.6), "ARCH B": (457.2, 304.8), "ARCH C": (609.6, 457.2), "ARCH D": (914.4, 609.6),
    "ARCH E": (1219.2, 914.4), "ARCH E1": (1066.8, 762), "Legal": (355.6, 215.9),
    "B1": (1000, 707), "B2": (707, 500), "B3": (500, 353), "B4": (353, 250), "B5": (250, 176),
}  # fmt: skip
TOLERANCE_MM = 2.0
POINTS_PER_INCH = 72.0
MM_PER_POINT = 25.4 / POINTS_PER_INCH


def name_sheet(width_mm: float, height_mm: float) -> str | None:
    """The name of the standard sheet of this size in either orientation, or None."""
    long, short = max(width_mm, height_mm), min(width_mm, height_mm)
    fits = [
        (abs(long - a) + abs(short - b), name)
        for name, (a, b) in SHEETS.items()
        if abs(long - a) <= TOLERANCE_MM and abs(short - b) <= TOLERANCE_MM
    ]
    return min(fits)[1] if fits else None


def name_orientation(width_mm: float, height_mm: float) -> str:
    """How the sheet lies."""
    if abs(width_mm - height_mm) < 1e-6:
        return "square"
    return "landscape" if width_mm > height_mm else "portrait"
