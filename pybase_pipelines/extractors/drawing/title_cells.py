"""Which value belongs to which label: by the cells that the ruling makes, or by nearness where there is no ruling.

The order in which a person looks: the rest of the label's own cell; then the next cell to the right; then the cell
below. A label that leaves room in its own cell has its value there, so that room left empty is an empty value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pybase_pipelines.extractors.drawing.fields import PEOPLE, fits
from pybase_pipelines.extractors.drawing.label_runs import Label
from pybase_pipelines.extractors.drawing.values import looks_like_date, split_date, take_value
from pybase_pipelines.extractors.drawing.view import Run, View
from pybase_pipelines.results.drawing import BBox

_MOST_RUN_CELLS = 3_000
_FARTHEST_RIGHT, _FARTHEST_BELOW = 14.0, 2.6
_ROW_CELLS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A label with its value (None: left blank), and the runs that make the value."""

    label: Label
    value: str | None
    runs: tuple[Run, ...] = ()
    date: str | None = None
    is_ruled: bool = False


class Cells:
    """The runs around the labels, by the cell they stand in."""

    def __init__(self, view: View, labels: list[Label], runs: Iterable[Run]) -> None:
        self.view = view
        self._labels: dict[BBox, list[Label]] = defaultdict(list)
        self._runs: dict[BBox, list[Run]] = defaultdict(list)
        self._used: set[int] = set()
        labelled = {id(label.run) for label in labels}
        for label in labels:
            self._labels[self._cell(label.run)].append(label)
        for run in list(runs)[:_MOST_RUN_CELLS]:
            if id(run) not in labelled:
                self._runs[self._cell(run)].append(run)

    def read(self, label: Label) -> Found:
        cell = self._cell(label.run)
        ruled = self.view.is_ruled(cell)
        if label.value is not None:
            return _with_date(Found(label, label.value, (label.run,), is_ruled=ruled))
        if not ruled:
            return self._found(label, self._nearby(label), ruled)
        if own := self._own_share(label, cell):
            return self._found(label, own, ruled)
        if label.field in PEOPLE and (row := self._read_row(label, cell)):
            return row
        if self._has_room(label, cell):
            return Found(label, None, is_ruled=True)
        return self._found(label, self._next_cell(label, cell), ruled)

    def _cell(self, run: Run) -> BBox:
        x0, y0, x1, y1 = self.view.cell_at(run.x, run.y)
        return (round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1))

    def _found(self, label: Label, runs: list[Run], ruled: bool) -> Found:
        """The value that the runs make: all of them, or the first that the field accepts by itself."""
        lines = sorted(runs, key=lambda run: (-round(run.y / max(run.height, 0.1)), run.x))
        value = take_value(" ".join(run.text for run in lines))
        field = label.field
        if value is None:
            return Found(label, None, is_ruled=ruled)
        whole = _with_date(Found(label, value, tuple(lines), is_ruled=ruled))
        if field is None or fits(field, whole.value or ""):
            return whole
        for run in lines:
            single = take_value(run.text)
            if single and fits(field, single):
                return Found(label, single, (run,), is_ruled=ruled)
        return Found(label, None, is_ruled=ruled)

    def _own_share(self, label: Label, cell: BBox) -> list[Run]:
        """The runs in the label's own cell that are nearer to it than to the other labels there."""
        runs, labels = self._runs.get(cell, []), self._labels[cell]
        if len(labels) == 1:
            return [run for run in runs if not _is_above(run, label.run)]
        return [
            run
            for run in runs
            if min(labels, key=lambda other: _distance(other.run, run)) is label and _distance(label.run, run) < 1e6
        ]

    def _has_room(self, label: Label, cell: BBox) -> bool:
        """Whether the cell is made for label and value both."""
        run = label.run
        below = run.box[1] - cell[1]
        right = cell[2] - run.box[2]
        if below >= 1.3 * run.height and below > 1.6 * (cell[3] - run.box[3]):
            return True
        return (
            label.has_colon
            and right >= max(6 * run.height, 0.8 * (run.box[2] - run.box[0]))
            and run.box[0] - cell[0] < 3 * run.height
        )

    def _next_cell(self, label: Label, cell: BBox) -> list[Run]:
        right = self._neighbour(cell[2] + 0.3 * self.view.letter, label.run.y)
        if self.view.is_ruled(right) and right not in self._labels and _same_row(cell, right, self.view.letter):
            if runs := self._runs.get(right):
                return runs
            if not label.field or label.has_colon:
                return []
        below = self._neighbour(label.run.x, cell[1] - 0.3 * self.view.letter)
        if self.view.is_ruled(below) and below not in self._labels and _same_column(cell, below, self.view.letter):
            return self._runs.get(below, [])
        return []

    def _neighbour(self, x: float, y: float) -> BBox:
        x0, y0, x1, y1 = self.view.cell_at(x, y)
        return (round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1))

    def _read_row(self, label: Label, cell: BBox) -> Found | None:
        """DRAWN | name | signature | date: the cells of the same row, in whatever order its columns are."""
        name: Run | None = None
        date: str | None = None
        here, steps = cell, 0
        while steps < _ROW_CELLS:
            here, steps = self._neighbour(here[2] + 0.3 * self.view.letter, label.run.y), steps + 1
            if here in self._labels or not self.view.is_ruled(here) or not _same_row(cell, here, self.view.letter):
                break
            for run in self._runs.get(here, []):
                value = take_value(run.text)
                if value and looks_like_date(value):
                    date = date or value
                elif value and name is None and fits(label.field or "", value):
                    name = run
        if name is None and date is None:
            return None
        runs = (name,) if name else ()
        return Found(label, take_value(name.text) if name else None, runs, date, is_ruled=True)

    def _nearby(self, label: Label) -> list[Run]:
        """Without ruling: what follows on the same line, else what stands right below."""
        run = label.run
        same_cell = self._runs.get(self._cell(run), [])
        others = [other.run for other in self._labels[self._cell(run)] if other is not label]
        right = [
            other
            for other in same_cell
            if abs(other.y - run.y) < 0.6 * run.height
            and 0 <= other.box[0] - run.box[2] + 0.5 * run.height < _FARTHEST_RIGHT * run.height
        ]
        if right:
            first = min(right, key=lambda other: other.box[0])
            between = any(abs(o.y - run.y) < 0.6 * run.height and run.box[2] <= o.box[0] < first.box[0] for o in others)
            return [] if between else [first]
        below = [other for other in same_cell if _is_right_below(other, run)]
        return [max(below, key=lambda other: other.y)] if below else []


def _with_date(found: Found) -> Found:
    """A person's name and the date behind it, which share a cell, told apart."""
    if found.label.field not in PEOPLE or found.value is None:
        return found
    name, date = split_date(found.value)
    return replace(found, value=name, date=date)


def _is_right_below(run: Run, label: Run) -> bool:
    """Whether a value stands below its label, near enough for the larger of the two."""
    height = max(run.height, label.height)
    return (
        0 < label.y - run.y < _FARTHEST_BELOW * height
        and -2 * height < run.box[0] - label.box[0]
        and run.box[0] - label.box[2] < 0.5 * height
    )


def _is_above(run: Run, label: Run) -> bool:
    return run.y > label.y + 1.2 * max(run.height, label.height)


def _distance(label: Run, run: Run) -> float:
    """How far a value is from a label it may belong to: behind it in the line, or below it; else endless."""
    height = max(label.height, run.height)
    if abs(run.y - label.y) < 0.7 * height:
        gap = run.box[0] - label.box[2]
        return 1e6 if gap < -height else max(gap, 0.0)
    down = label.y - run.y
    if down < 0:
        return 1e6
    aside = max(0.0, run.box[0] - label.box[2], label.box[0] - run.box[2])
    return down * 1.5 + 3 * aside


def _same_row(cell: BBox, other: BBox, letter: float) -> bool:
    return abs(cell[1] - other[1]) < 0.8 * letter and abs(cell[3] - other[3]) < 0.8 * letter


def _same_column(cell: BBox, other: BBox, letter: float) -> bool:
    overlap = min(cell[2], other[2]) - max(cell[0], other[0])
    return overlap > 0.7 * (cell[2] - cell[0]) and other[2] - other[0] < 2.5 * (cell[2] - cell[0]) + letter
