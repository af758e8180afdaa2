"""How coordinates of a page become those that a person sees: shifted to its crop box and turned by its rotation."""

from __future__ import annotations

from dataclasses import dataclass

from pybase_pipelines.results.drawing import BBox


@dataclass(frozen=True, slots=True)
class Turn:
    """Quarter turns clockwise of a box of `width` x `height` (before turning) whose lower left corner is (x0, y0)."""

    quarters: int
    width: float
    height: float
    x0: float = 0.0
    y0: float = 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height after turning."""
        return (self.height, self.width) if self.quarters % 2 else (self.width, self.height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self.x0, y - self.y0
        match self.quarters % 4:
            case 1:
                return y, self.width - x
            case 2:
                return self.width - x, self.height - y
            case 3:
                return self.height - y, x
            case _:
                return x, y

    def box(self, box: BBox) -> BBox:
        ax, ay = self.point(box[0], box[1])
        bx, by = self.point(box[2], box[3])
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def angle(self, degrees: float) -> float:
        """An angle counter-clockwise, after turning, in [0, 360)."""
        return (degrees - 90.0 * self.quarters) % 360.0

    def back(self) -> Turn:
        """The turn that undoes this one (a shift is not undone)."""
        width, height = self.size
        return Turn(-self.quarters % 4, width, height)
