"""Where a component stands in its assembly: the matrix from the child's coordinates to the parent's, in millimetres."""

from __future__ import annotations

import math

from pybase_pipelines.extractors.step.part21 import Instance, Part21, Value
from pybase_pipelines.extractors.step.products import Products, representation_items
from pybase_pipelines.extractors.step.units import UnitReader, rounded

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector, Vector]
"""The images of x, y and z, then the translation."""

IDENTITY: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0))


def read_transforms(file: Part21, products: Products, units: UnitReader) -> dict[int, Matrix]:
    """The matrix of each usage for which the file gives one."""
    found: dict[int, Matrix] = {}
    for link in file.of("CONTEXT_DEPENDENT_SHAPE_REPRESENTATION"):
        record = link.record("CONTEXT_DEPENDENT_SHAPE_REPRESENTATION")
        relationship, shape = file.get(record.at(0)), file.get(record.at(1))
        usage = shape.record("PRODUCT_DEFINITION_SHAPE").reference(2) if shape else None
        if relationship is None or usage not in products.usages:
            continue
        matrix = _read_relationship(file, products, units, relationship, products.usages[usage])
        if matrix is not None:
            found[usage] = matrix
    return found


def _read_relationship(
    file: Part21, products: Products, units: UnitReader, relationship: Instance, usage: tuple[int, int]
) -> Matrix | None:
    operator = file.get(relationship.record("REPRESENTATION_RELATIONSHIP_WITH_TRANSFORMATION").at(0))
    ends = relationship.record("REPRESENTATION_RELATIONSHIP", "SHAPE_REPRESENTATION_RELATIONSHIP")
    if operator is None or not (items := operator.record("ITEM_DEFINED_TRANSFORMATION")):
        return None
    owners = products.definition_of_representation
    first, second = (file.get(ends.at(i)) for i in (2, 3))
    matrices = []
    for item, representation in ((items.at(2), first), (items.at(3), second)):
        factor = units.factor(representation_items(representation)[1])
        matrices.append(_read_placement(file, item, factor))
    one, two = matrices
    if one is None or two is None:
        return None
    is_reversed = first is not None and owners.get(first.id) == usage[0] and usage[0] != usage[1]
    return multiply(one, inverse(two)) if is_reversed else multiply(two, inverse(one))


def _read_placement(file: Part21, reference: Value, factor: float) -> Matrix | None:
    """The matrix of an AXIS2_PLACEMENT_3D, completed as the standard says where directions are left out."""
    instance = file.get(reference)
    record = instance.record("AXIS2_PLACEMENT_3D") if instance else None
    origin = read_point(file, record.at(1), factor) if record else None
    if record is None or origin is None:
        return None
    z = _read_direction(file, record.at(2)) or (0.0, 0.0, 1.0)
    wish = _read_direction(file, record.at(3)) or ((1.0, 0.0, 0.0) if abs(z[0]) < 1 - 1e-12 else (0.0, 0.0, 1.0))
    along = sum(a * b for a, b in zip(wish, z, strict=True))
    x = _unit((wish[0] - along * z[0], wish[1] - along * z[1], wish[2] - along * z[2]))
    if x is None:
        return None
    y = (z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0])
    return x, y, z, origin


def read_point(file: Part21, reference: Value, factor: float) -> Vector | None:
    instance = file.get(reference)
    if instance is None or not (record := instance.record("CARTESIAN_POINT")):
        return None
    values = [record.items(1).number(i) for i in range(3)]
    if any(v is None for v in values[: len(record.items(1))]):
        return None
    x, y, z = (float(v or 0.0) * factor for v in values)
    return x, y, z


def _read_direction(file: Part21, reference: Value) -> Vector | None:
    instance = file.get(reference)
    values = instance.record("DIRECTION").items(1) if instance else None
    if not values:
        return None
    return _unit((values.number(0) or 0.0, values.number(1) or 0.0, values.number(2) or 0.0))


def _unit(vector: Vector) -> Vector | None:
    length = math.hypot(*vector)
    if not math.isfinite(length) or length < 1e-12:
        return None
    return vector[0] / length, vector[1] / length, vector[2] / length


def rotate(matrix: Matrix, vector: Vector) -> Vector:
    x, y, z, _ = matrix
    a, b, c = (x[i] * vector[0] + y[i] * vector[1] + z[i] * vector[2] for i in range(3))
    return a, b, c


def move(matrix: Matrix, point: Vector) -> Vector:
    turned, origin = rotate(matrix, point), matrix[3]
    return turned[0] + origin[0], turned[1] + origin[1], turned[2] + origin[2]


def multiply(outer: Matrix, inner: Matrix) -> Matrix:
    return rotate(outer, inner[0]), rotate(outer, inner[1]), rotate(outer, inner[2]), move(outer, inner[3])


def inverse(matrix: Matrix) -> Matrix:
    """The way back; the directions of a placement are orthonormal, so that the inverse is the transpose."""
    x, y, z, origin = matrix
    turned: Matrix = ((x[0], y[0], z[0]), (x[1], y[1], z[1]), (x[2], y[2], z[2]), (0.0, 0.0, 0.0))
    back = rotate(turned, origin)
    return turned[0], turned[1], turned[2], (-back[0], -back[1], -back[2])


def rows(matrix: Matrix) -> list[float]:
    """The first three rows of the 4x4 matrix, cleaned of noise around zero."""
    x, y, z, origin = matrix
    values = [v for i in range(3) for v in (x[i], y[i], z[i], origin[i])]
    return [0.0 if abs(v) < 1e-12 else rounded(v) or 0.0 for v in values]
