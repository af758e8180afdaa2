"""What a drawing sheet is made of, in sheet millimetres, apart from any file format.

What belongs here: lines, texts, dimensions and symbols as plain data, and the symbols that are only strokes. What does
not: where they stand (`views`, `sheet`) and how a format writes them (`drawing_pdf`, `drawing_dxf`, `drawing_dwg`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Point = tuple[float, float]


class Kind(StrEnum):
    """What a stroke stands for; a format makes a layer, a width and a line pattern of it."""

    OUTLINE = "OUTLINE"
    HIDDEN = "HIDDEN"
    CENTRE = "CENTRE"
    THIN = "THIN"
    SECTION = "SECTION"
    HATCH = "HATCH"
    DIMENSION = "DIMENSION"
    TEXT = "TEXT"
    FRAME = "FRAME"
    TABLE = "TABLE"


WIDTHS_MM: dict[Kind, float] = {
    Kind.OUTLINE: 0.50, Kind.HIDDEN: 0.25, Kind.CENTRE: 0.18, Kind.THIN: 0.25, Kind.SECTION: 0.35, Kind.HATCH: 0.13,
    Kind.DIMENSION: 0.18, Kind.TEXT: 0.25, Kind.FRAME: 0.70, Kind.TABLE: 0.25,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Path:
    """Straight strokes through points."""

    points: tuple[Point, ...]
    kind: Kind
    closed: bool = False
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Arc:
    """A circle, or the part of it from `start` to `end` (whole degrees, counter-clockwise)."""

    center: Point
    radius: float
    kind: Kind
    start: float = 0.0
    end: float = 360.0

    @property
    def is_circle(self) -> bool:
        return self.end - self.start >= 360.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `align` is left, center or right of the point on the base line."""

    text: str
    at: Point
    height: float = 2.5
    align: str = "left"
    kind: Kind = Kind.TEXT
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Hatch:
    """A cut face, hatched at 45 degrees inside the outline."""

    outline: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class LinearDimension:
    """A horizontal or vertical dimension whose line passes through `base`; `tolerance` is ± millimetres."""

    first: Point
    second: Point
    base: Point
    vertical: bool = False
    tolerance: float | None = None

    @property
    def value(self) -> float:
        axis = 1 if self.vertical else 0
        return round(abs(self.second[axis] - self.first[axis]), 3)

    @property
    def text(self) -> str:
        return f"{self.value:g}" + (f" ±{self.tolerance:g}" if self.tolerance else "")


@dataclass(frozen=True, slots=True)
class RoundDimension:
    """A diameter or radius, its leader pointing at the circle at `angle`, its text at `text_at`."""

    center: Point
    radius: float
    angle: float
    text_at: Point
    text: str
    is_radius: bool = False
    second_line: str | None = None


@dataclass(frozen=True, slots=True)
class Leader:
    """A remark with an arrow."""

    tip: Point
    text_at: Point
    text: str


@dataclass(frozen=True, slots=True)
class ToleranceFrame:
    """A geometric tolerance: `symbol` is flatness, parallelism or position; `value` as written."""

    at: Point
    symbol: str
    value: str
    datums: tuple[str, ...] = ()


Item = Path | Arc | Text | Hatch | LinearDimension | RoundDimension | Leader | ToleranceFrame


def line(start: Point, end: Point, kind: Kind) -> Path:
    return Path((start, end), kind)


def rectangle(x0: float, y0: float, x1: float, y1: float, kind: Kind) -> Path:
    return Path(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), kind, closed=True)


def datum_feature(tip: Point, letter: str) -> list[Item]:
    """The datum triangle hanging below a surface at `tip`, with its letter in a box."""
    x, y = tip
    return [
        Path(((x - 1.75, y), (x + 1.75, y), (x, y - 3.0)), Kind.DIMENSION, closed=True, filled=True),
        line((x, y - 3.0), (x, y - 5.0), Kind.DIMENSION),
        rectangle(x - 2.5, y - 10.0, x + 2.5, y - 5.0, Kind.DIMENSION),
        Text(letter, (x, y - 8.6), 2.5, "center", Kind.DIMENSION),
    ]


def surface_texture(at: Point, text: str) -> list[Item]:
    """The symbol for a machined surface that stands on it at `at`, with its requirement."""
    x, y = at
    return [
        Path(((x - 1.6, y + 2.8), (x, y), (x + 3.2, y + 5.6), (x + 13.0, y + 5.6)), Kind.DIMENSION),
        line((x - 1.6, y + 2.8), (x + 1.6, y + 2.8), Kind.DIMENSION),
        Text(text, (x + 3.6, y + 2.6), 2.2, "left", Kind.DIMENSION),
    ]


def tolerance_strokes(frame: ToleranceFrame) -> list[Item]:
    """The frame as boxes, strokes and texts, for formats that have no entity of their own for it."""
    x, y = frame.at
    height, edges = 5.0, [0.0, 6.0, 6.0 + 2.0 * len(frame.value) + 3.0]
    edges += [edges[-1] + 5.0 * (n + 1) for n in range(len(frame.datums))]
    items: list[Item] = [rectangle(x, y, x + edges[-1], y + height, Kind.DIMENSION)]
    items += [line((x + e, y), (x + e, y + height), Kind.DIMENSION) for e in edges[1:-1]]
    for text, left, right in zip((frame.value, *frame.datums), edges[1:], edges[2:], strict=False):
        items.append(Text(text, (x + (left + right) / 2, y + 1.4), 2.5, "center", Kind.DIMENSION))
    return items + _characteristic(frame.symbol, x + 3.0, y + 2.5)


def _characteristic(symbol: str, x: float, y: float) -> list[Item]:
    if symbol == "flatness":
        corners = ((x - 2.1, y - 1.1), (x + 0.9, y - 1.1), (x + 2.1, y + 1.1), (x - 0.9, y + 1.1))
        return [Path(corners, Kind.DIMENSION, closed=True)]
    if symbol == "parallelism":
        return [line((x - 1.6 + d, y - 1.4), (x - 0.2 + d, y + 1.4), Kind.DIMENSION) for d in (0.0, 1.8)]
    return [
        Arc((x, y), 1.2, Kind.DIMENSION),
        line((x - 1.9, y), (x + 1.9, y), Kind.DIMENSION),
        line((x, y - 1.9), (x, y + 1.9), Kind.DIMENSION),
    ]
