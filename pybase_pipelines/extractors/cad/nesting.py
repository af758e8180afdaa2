"""How blocks nest: order, counts and boxes by arithmetic, never by exploding.

A block may insert itself, two may insert each other, ten levels of ten make ten thousand million, one INSERT may be an
array of a thousand million: nothing here takes longer for that, except `flatten`, which has a limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pybase_pipelines.extractors.cad.scene import Affine, Box, Placement, Run, Scene
from pybase_pipelines.results.drawing import BBox

MAX_COUNT = 10**15
MAX_DEPTH = 12


@dataclass(slots=True)
class Nesting:
    """The blocks from the innermost out, and the inserts that would close a circle."""

    order: list[str] = field(default_factory=list)
    circles: list[tuple[str, str]] = field(default_factory=list)


def order_blocks(blocks: Mapping[str, Scene]) -> Nesting:
    """Depth first without recursion, so that a chain of a hundred thousand blocks is no trouble."""
    nesting = Nesting()
    state: dict[str, int] = {}
    for root in blocks:
        if root in state:
            continue
        state[root] = 1
        stack: list[tuple[str, Iterator[str]]] = [(root, iter(blocks[root].children))]
        while stack:
            name, children = stack[-1]
            child = next(children, None)
            if child is None:
                state[name] = 2
                nesting.order.append(name)
                stack.pop()
            elif state.get(child) == 1:
                nesting.circles.append((name, child))
            elif child in blocks and child not in state:
                state[child] = 1
                stack.append((child, iter(blocks[child].children)))
    return nesting


def count_cells(placements: list[Placement]) -> Counter[str]:
    """References by block; each cell of an array counts."""
    cells: Counter[str] = Counter()
    for placement in placements:
        if not placement.is_picture:
            cells[placement.block] += placement.columns * placement.rows
    return cells


def count_instances(root: Scene, blocks: Mapping[str, Scene], nesting: Nesting) -> Counter[str]:
    """How often each block stands in `root` once nested blocks are resolved; circles are not followed."""
    circles = set(nesting.circles)
    counts = count_cells(root.placements)
    for name in reversed(nesting.order):
        times = counts.get(name, 0)
        if times:
            for child, cells in count_cells(blocks[name].placements).items():
                if (name, child) not in circles:
                    counts[child] = min(counts[child] + times * cells, MAX_COUNT)
    return counts


def measure_blocks(blocks: Mapping[str, Scene], nesting: Nesting) -> dict[str, BBox | None]:
    """The box of each block, with what it inserts."""
    boxes: dict[str, BBox | None] = {}
    for name in nesting.order:
        boxes[name] = measure(blocks[name], boxes)
    return boxes


def measure(scene: Scene, boxes: Mapping[str, BBox | None]) -> BBox | None:
    """The box of a layout or block whose inserted blocks are measured already."""
    box = Box()
    box.add_box(scene.box.value, Affine())
    for placement in scene.placements:
        inner = boxes.get(placement.block)
        for cell in placement.corners() if inner else ():
            box.add_box(inner, placement.place.after(cell))
    return box.value


@dataclass(slots=True)
class Flat:
    """Lettering and rules of a layout with its blocks resolved. `is_cut`: there were more than the limits."""

    runs: list[tuple[Run, Affine]] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)
    is_cut: bool = False


def flatten(root: Scene, blocks: Mapping[str, Scene], max_runs: int, max_rules: int) -> Flat:
    """Resolve blocks down to MAX_DEPTH, the first cell of an array only, until the limits are reached."""
    flat = Flat()
    visits = 4 * max_runs
    stack: list[tuple[Scene, Affine, int]] = [(root, Affine(), 0)]
    while stack:
        scene, place, depth = stack.pop()
        visits -= 1
        if visits < 0 or len(flat.runs) >= max_runs:
            flat.is_cut = True
            return flat
        flat.runs += ((run, place) for run in scene.runs[: max_runs - len(flat.runs)])
        for x0, y0, x1, y1 in scene.rules[: max_rules - len(flat.rules)]:
            flat.rules.append((*place.apply(x0, y0), *place.apply(x1, y1)))
        for placement in scene.placements if depth < MAX_DEPTH else ():
            inner = blocks.get(placement.block) if placement.is_lettered else None
            if inner is not None and (inner.runs or inner.rules or inner.placements):
                stack.append((inner, place.after(placement.place), depth + 1))
    return flat
