# pyright: reportAttributeAccessIssue=false
# OCP's type stubs leave out most of what its modules hold.
"""The geometry as the OCCT kernel loads it: the shapes of each product definition.

What belongs here: reading the file with OCP, and the join with the text by the position of an instance in the file,
which the kernel keeps. What does not: measuring (`measures`). A crash of the kernel ends the process, so the text is
read before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pybase_pipelines.errors import CorruptedFile, NoContent
from pybase_pipelines.extractors.step.part21 import Part21
from pybase_pipelines.extractors.step.placements import Vector
from pybase_pipelines.extractors.step.products import DEFINITIONS, Products

if TYPE_CHECKING:
    from OCP.STEPControl import STEPControl_Reader
    from OCP.TopoDS import TopoDS_Shape


@dataclass(slots=True)
class Measured:
    """What is measured on the own shapes of one definition, without its components; mm, mm², mm³."""

    solids: int = 0
    shells: int = 0
    faces: int = 0
    edges: int = 0
    vertices: int = 0
    volume: float | None = None
    surface_area: float | None = None
    loose_area: float | None = None
    center: Vector | None = None
    box: tuple[Vector, Vector] | None = None


@dataclass(slots=True)
class Loaded:
    """The shapes of each definition. Key None: shapes that belong to no product."""

    shapes: dict[int | None, list[TopoDS_Shape]] = field(default_factory=dict)
    measured: dict[int | None, Measured] = field(default_factory=dict)
    inverted: list[int | None] = field(default_factory=list)


def load_shapes(path: Path, file: Part21, products: Products) -> Loaded:
    """Load the file with the kernel and find the shapes of each definition.

    Raises:
        CorruptedFile: the kernel refuses the file.
        NoContent: it reads the file and finds no shape.
    """
    from OCP.IFSelect import IFSelect_RetDone
    from OCP.Message import Message
    from OCP.STEPControl import STEPControl_Reader

    messenger = Message.DefaultMessenger_s()
    for printer in list(messenger.Printers()):
        messenger.RemovePrinter(printer)
    reader = STEPControl_Reader()
    status = reader.ReadFile(str(path))
    if status != IFSelect_RetDone:
        raise CorruptedFile(f"The geometry kernel cannot read the file (it answers {status.name}).")
    reader.TransferRoots()
    if reader.NbShapes() == 0:
        raise NoContent("The geometry kernel read the file and found no shape in it.")
    loaded = _sort_shapes(reader, _prototypes(reader, file), products)
    if not any(loaded.shapes.values()):
        raise NoContent("The geometry kernel read the file; its shapes are empty.")
    return loaded


def _prototypes(reader: STEPControl_Reader, file: Part21) -> dict[int, TopoDS_Shape]:
    """The shape of each product definition, components included."""
    from OCP.STEPConstruct import STEPConstruct_ValidationProps

    finder = STEPConstruct_ValidationProps(reader.WS())
    found = {}
    for definition, entity in _entities(reader.WS().Model(), file):
        shape = finder.GetPropShape(entity)
        if shape is not None and not shape.IsNull():
            found[definition] = shape
    return found


def _entities(model: Any, file: Part21) -> list[tuple[int, Any]]:
    """The kernel's entity for each definition: the same position in the file, else the same position among its kind."""
    from OCP.StepBasic import StepBasic_ProductDefinition

    wanted = sorted({n for t in DEFINITIONS for n in file.by_type.get(t, ())}, key=lambda n: file.spans[n][0])
    if model.NbEntities() == len(file.spans):
        position = {number: i for i, number in enumerate(file.spans, 1)}
        found = [(number, model.Value(position[number])) for number in wanted]
        if all(isinstance(entity, StepBasic_ProductDefinition) for _, entity in found):
            return found
    entities = [model.Value(i) for i in range(1, model.NbEntities() + 1)]
    entities = [e for e in entities if isinstance(e, StepBasic_ProductDefinition)]
    return list(zip(wanted, entities, strict=True)) if len(entities) == len(wanted) else []


class _ByIdentity:
    """Finds which definition a shape is the prototype of, wherever the shape was moved to."""

    def __init__(self, prototypes: dict[int, TopoDS_Shape]) -> None:
        self._known: dict[int, list[tuple[TopoDS_Shape, int]]] = {}
        for definition, shape in prototypes.items():
            base = self._base(shape)
            self._known.setdefault(hash(base), []).append((base, definition))

    def find(self, shape: TopoDS_Shape) -> int | None:
        base = self._base(shape)
        return next((d for s, d in self._known.get(hash(base), ()) if s.IsSame(base)), None)

    @staticmethod
    def _base(shape: TopoDS_Shape) -> TopoDS_Shape:
        from OCP.TopLoc import TopLoc_Location

        return shape.Located(TopLoc_Location())


def _sort_shapes(reader: STEPControl_Reader, prototypes: dict[int, TopoDS_Shape], products: Products) -> Loaded:
    loaded = Loaded()
    by_identity = _ByIdentity(prototypes)
    parents = {parent for parent, _ in products.usages.values()}
    for definition, shape in prototypes.items():
        own = _own_shapes(shape, definition, by_identity) if definition in parents else _parts_of(shape)
        if own:
            loaded.shapes[definition] = own
    roots = [reader.Shape(i) for i in range(1, reader.NbShapes() + 1)]
    loose = [s for root in roots if by_identity.find(root) is None for s in _parts_of(root)]
    if loose:
        empty = [d for d in products.product_of_definition if d not in loaded.shapes and d not in parents]
        # A file with one part that no shape is tied to means that part.
        loaded.shapes[empty[0] if len(empty) == 1 and not loaded.shapes else None] = loose
    return loaded


def _children(shape: TopoDS_Shape) -> list[TopoDS_Shape]:
    from OCP.TopoDS import TopoDS_Iterator

    found = []
    iterator = TopoDS_Iterator(shape)
    while iterator.More():
        found.append(iterator.Value())
        iterator.Next()
    return found


def _parts_of(shape: TopoDS_Shape) -> list[TopoDS_Shape]:
    return _own_shapes(shape, None, None)


def _own_shapes(shape: TopoDS_Shape, definition: int | None, by_identity: _ByIdentity | None) -> list[TopoDS_Shape]:
    """What a shape is made of without its components, compounds taken apart."""
    from OCP.TopAbs import TopAbs_COMPOUND

    own, waiting = [], [shape]
    while waiting:
        current = waiting.pop()
        if by_identity is not None and current is not shape and by_identity.find(current) not in (None, definition):
            continue
        if current.ShapeType() == TopAbs_COMPOUND:
            waiting.extend(_children(current))
        else:
            own.append(current)
    return own
