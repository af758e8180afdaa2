"""What is drawn in a layout or a block, in neutral terms: lettering runs, straight rules, inserted blocks, a box.

What belongs here: plane geometry of those (seen from above: z is dropped). What does not: how blocks nest.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from pybase_pipelines.results.drawing import BBox

FAR = 1e15
"""A coordinate beyond this (also NaN and infinity) is a defect of the file and counts for no box."""


@dataclass(frozen=True, slots=True)
class Affine:
    """x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def apply(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def after(self, inner: Affine) -> Affine:
        """First `inner`, then this one."""
        e, f = self.apply(inner.e, inner.f)
        return Affine(
            self.a * inner.a + self.c * inner.b,
            self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d,
            self.b * inner.c + self.d * inner.d,
            e,
            f,
        )

    @property
    def scale_y(self) -> float:
        return math.hypot(self.c, self.d)

    def turn(self, degrees: float) -> float:
        """The direction of an angle after the transformation."""
        x, y = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return math.degrees(math.atan2(self.b * x + self.d * y, self.a * x + self.c * y)) % 360


class Box:
    """A bounding box that grows."""

    __slots__ = ("x0", "x1", "y0", "y1")

    def __init__(self) -> None:
        self.x0 = self.y0 = math.inf
        self.x1 = self.y1 = -math.inf

    def add(self, x: float, y: float) -> None:
        if -FAR < x < FAR and -FAR < y < FAR:
            self.x0, self.x1 = min(self.x0, x), max(self.x1, x)
            self.y0, self.y1 = min(self.y0, y), max(self.y1, y)

    def add_circle(self, x: float, y: float, radius: float) -> None:
        self.add(x - radius, y - radius)
        self.add(x + radius, y + radius)

    def add_arc(self, x: float, y: float, radius: float, start: float, end: float) -> None:
        """Counter-clockwise from `start` to `end`, in degrees."""
        span = (end - start) % 360 or 360.0
        for angle in (start, end, *(q for q in range(0, 360, 90) if (q - start) % 360 <= span)):
            self.add(x + radius * math.cos(math.radians(angle)), y + radius * math.sin(math.radians(angle)))

    def add_box(self, box: BBox | None, place: Affine) -> None:
        if box:
            for x, y in ((box[0], box[1]), (box[0], box[3]), (box[2], box[1]), (box[2], box[3])):
                self.add(*place.apply(x, y))

    @property
    def value(self) -> BBox | None:
        """Plain floats: some libraries hand in their own, which no JSON writer takes."""
        return (float(self.x0), float(self.y0), float(self.x1), float(self.y1)) if self.x0 <= self.x1 else None


@dataclass(frozen=True, slots=True)
class Run:
    """One line of lettering. (x, y) is its anchor; `across` and `up` say where in it: 0 left/bottom, 1 right/top."""

    text: str
    x: float
    y: float
    height: float
    rotation: float = 0.0
    width_factor: float = 1.0
    across: float = 0.0
    up: float = 0.0
    handle: str | None = None
    layer: str | None = None

    def box(self, place: Affine | None = None) -> BBox:
        """The estimated box, after a transformation."""
        place = place or Affine()
        width = len(self.text) * self.height * 0.72 * (self.width_factor or 1.0)
        cos, sin = math.cos(math.radians(self.rotation)), math.sin(math.radians(self.rotation))
        left, bottom = -self.across * width, -self.up * self.height
        corners = [
            (left, bottom),
            (left + width, bottom),
            (left, bottom + self.height),
            (left + width, bottom + self.height),
        ]
        points = [place.apply(self.x + u * cos - v * sin, self.y + u * sin + v * cos) for u, v in corners]
        return (
            min(p[0] for p in points),
            min(p[1] for p in points),
            max(p[0] for p in points),
            max(p[1] for p in points),
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """A block inserted `columns` x `rows` times, `step` apart in its own axes.

    A picture is a block that draws a dimension or a table object: it has a box, but is no reference that counts.
    `is_lettered`: its texts are lettering of the sheet (a table's are, a dimension's are not).
    """

    block: str
    place: Affine
    columns: int = 1
    rows: int = 1
    step: tuple[float, float] = (0.0, 0.0)
    is_picture: bool = False
    is_lettered: bool = True

    def corners(self) -> list[Affine]:
        """The transformations of the outermost cells: enough for a box, whatever the number of cells."""
        xs = {0.0, (self.columns - 1) * self.step[0]}
        ys = {0.0, (self.rows - 1) * self.step[1]}
        return [Affine(e=x, f=y) for x in xs for y in ys]


MAX_RULES = 60_000


@dataclass(slots=True)
class Scene:
    """What stands in one layout or block. Rules are kept where they run along an axis: frames and tables do."""

    box: Box = field(default_factory=Box)
    runs: list[Run] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    labelled: list[tuple[str, str]] = field(default_factory=list)
    types: Counter[str] = field(default_factory=Counter)
    inserts: Counter[str] = field(default_factory=Counter)
    lengths: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add_line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.box.add(x0, y0)
        self.box.add(x1, y1)
        dx, dy = abs(x1 - x0), abs(y1 - y0)
        if (dx <= dy * 1e-3 or dy <= dx * 1e-3) and len(self.rules) < MAX_RULES:
            self.rules.append((x0, y0, x1, y1))

    def add_run(self, run: Run) -> None:
        box = run.box()
        self.box.add(box[0], box[1])
        self.box.add(box[2], box[3])
        self.runs.append(run)

    def add_placement(self, placement: Placement) -> None:
        self.placements.append(placement)
        if not placement.is_picture:
            self.inserts[placement.block] += 1

    @property
    def children(self) -> dict[str, None]:
        """The blocks that are inserted here, each once, in order."""
        return dict.fromkeys(placement.block for placement in self.placements)
