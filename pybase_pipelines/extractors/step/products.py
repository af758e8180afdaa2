"""Products, their definitions, and which product a property, a shape or an item of geometry belongs to.

What belongs here: the way from any instance to the product that owns it. What does not: how products contain each
other (`assembly`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pybase_pipelines.extractors.step.part21 import Instance, Part21, Reference, Value

DEFINITIONS = ("PRODUCT_DEFINITION", "PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS")
USAGES = ("NEXT_ASSEMBLY_USAGE_OCCURRENCE",)
_FORMATIONS = ("PRODUCT_DEFINITION_FORMATION", "PRODUCT_DEFINITION_FORMATION_WITH_SPECIFIED_SOURCE")
_PROPERTIES = ("PROPERTY_DEFINITION", "PRODUCT_DEFINITION_SHAPE")
_RELATIONSHIPS = (
    "SHAPE_REPRESENTATION_RELATIONSHIP", "REPRESENTATION_RELATIONSHIP",
    "CONSTRUCTIVE_GEOMETRY_REPRESENTATION_RELATIONSHIP",
)  # fmt: skip
_REPRESENTATIONS = (
    "REPRESENTATION", "SHAPE_REPRESENTATION", "ADVANCED_BREP_SHAPE_REPRESENTATION", "FACETED_BREP_SHAPE_REPRESENTATION",
    "MANIFOLD_SURFACE_SHAPE_REPRESENTATION", "GEOMETRICALLY_BOUNDED_SURFACE_SHAPE_REPRESENTATION",
    "GEOMETRICALLY_BOUNDED_WIREFRAME_SHAPE_REPRESENTATION", "EDGE_BASED_WIREFRAME_SHAPE_REPRESENTATION",
    "SHELL_BASED_WIREFRAME_SHAPE_REPRESENTATION", "CSG_SHAPE_REPRESENTATION", "TESSELLATED_SHAPE_REPRESENTATION",
    "TESSELLATED_SHAPE_REPRESENTATION_WITH_ACCURACY_PARAMETERS", "SHAPE_REPRESENTATION_WITH_PARAMETERS",
    "CONSTRUCTIVE_GEOMETRY_REPRESENTATION", "PLANAR_SHAPE_REPRESENTATION", "SHAPE_DIMENSION_REPRESENTATION",
    "NON_MANIFOLD_SURFACE_SHAPE_REPRESENTATION", "BEVELED_SHEET_REPRESENTATION", "DRAUGHTING_MODEL",
    "MECHANICAL_DESIGN_GEOMETRIC_PRESENTATION_REPRESENTATION",
)  # fmt: skip
_MAX_HOPS = 12


@dataclass(frozen=True, slots=True)
class Product:
    """A PRODUCT; its name is its id where it has no name."""

    id: int
    part_id: str
    name: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Owner:
    """What something is said about: a whole part, one use of it in an assembly, or an aspect of its shape."""

    scope: str
    product: int | None = None
    usage: int | None = None
    name: str | None = None


@dataclass(slots=True)
class Products:
    """The products of a file and the ways to them."""

    file: Part21
    products: dict[int, Product] = field(default_factory=dict)
    product_of_definition: dict[int, int] = field(default_factory=dict)
    versions: dict[int, str] = field(default_factory=dict)
    usages: dict[int, tuple[int, int]] = field(default_factory=dict)
    definition_of_representation: dict[int, int] = field(default_factory=dict)
    definition_of_item: dict[int, int] = field(default_factory=dict)

    def name_of(self, definition: int) -> str | None:
        product = self.products.get(self.product_of_definition.get(definition, -1))
        return product.name if product else None

    def owner(self, reference: Value) -> Owner:
        """Whom the thing that is referred to belongs to."""
        aspect: str | None = None
        is_aspect = False
        for _ in range(_MAX_HOPS):
            instance = self.file.get(reference)
            if instance is None:
                break
            if (found := self._end_of_way(instance)) is not None:
                return Owner("shape_aspect", found.product, found.usage, aspect) if is_aspect else found
            if record := instance.record(*_PROPERTIES, *_FORMATIONS):
                reference = record.at(2)
            elif shape := self._shape_of_aspect(instance):
                is_aspect, aspect, reference = True, _aspect_name(instance) or aspect, shape
            else:
                break
        return Owner("shape_aspect" if is_aspect else "other", None, None, aspect)

    def _end_of_way(self, instance: Instance) -> Owner | None:
        if instance.id in self.products:
            return Owner("part", instance.id)
        if instance.id in self.product_of_definition:
            return Owner("part", self.product_of_definition[instance.id])
        if instance.id in self.usages:
            child = self.usages[instance.id][1]
            return Owner("instance", self.product_of_definition.get(child), instance.id)
        return None

    def _shape_of_aspect(self, instance: Instance) -> Reference | None:
        """The PRODUCT_DEFINITION_SHAPE of a shape aspect: of every subtype it is the first reference to one."""
        for record in instance.records.values():
            for value in record:
                target = self.file.get(value) if isinstance(value, Reference) else None
                if target is not None and "PRODUCT_DEFINITION_SHAPE" in target.records:
                    return value if isinstance(value, Reference) else None
        return None


def _aspect_name(instance: Instance) -> str | None:
    return next((name for r in instance.records.values() if (name := r.text(0))), None)


def read_products(file: Part21) -> Products:
    """Find the products and all ways to them."""
    found = Products(file)
    for instance in file.of("PRODUCT"):
        record = instance.record("PRODUCT")
        part_id = record.text(0) or ""
        found.products[instance.id] = Product(instance.id, part_id, record.text(1) or part_id, record.text(2) or None)
    formations: dict[int, int] = {}
    for instance in file.of(*_FORMATIONS):
        record = instance.record(*_FORMATIONS)
        product = record.reference(2)
        if product in found.products:
            formations[instance.id] = product
            found.versions.setdefault(product, record.text(0) or "")
    for instance in file.of(*DEFINITIONS):
        formation = instance.record(*DEFINITIONS).reference(2)
        if formation in formations:
            found.product_of_definition[instance.id] = formations[formation]
    _read_usages(file, found)
    _read_representations(file, found)
    return found


def _read_usages(file: Part21, found: Products) -> None:
    for usage in file.of(*USAGES):
        record = usage.record(*USAGES)
        if not record.reference(3):
            record = usage.record("PRODUCT_DEFINITION_RELATIONSHIP")
        parent, child = record.reference(3), record.reference(4)
        if parent in found.product_of_definition and child in found.product_of_definition:
            found.usages[usage.id] = (int(parent), int(child))


def _read_representations(file: Part21, found: Products) -> None:
    """Which definition each representation and each of its items belongs to, through plain relationships as well."""
    owners = found.definition_of_representation
    for link in file.of("SHAPE_DEFINITION_REPRESENTATION"):
        shape = file.get(link.record("SHAPE_DEFINITION_REPRESENTATION").at(0))
        representation = link.record("SHAPE_DEFINITION_REPRESENTATION").reference(1)
        definition = shape.record(*_PROPERTIES).reference(2) if shape else None
        if representation is not None and definition in found.product_of_definition:
            owners.setdefault(representation, definition)
    neighbours: dict[int, list[int]] = {}
    for link in file.of(*_RELATIONSHIPS):
        if "REPRESENTATION_RELATIONSHIP_WITH_TRANSFORMATION" in link.records:
            continue  # that one places a component in its assembly
        record = link.record("REPRESENTATION_RELATIONSHIP") or link.record(*_RELATIONSHIPS)
        first, second = record.reference(2), record.reference(3)
        if first is not None and second is not None:
            neighbours.setdefault(first, []).append(second)
            neighbours.setdefault(second, []).append(first)
    waiting = list(owners)
    while waiting:
        representation = waiting.pop()
        for other in neighbours.get(representation, ()):
            if other not in owners:
                owners[other] = owners[representation]
                waiting.append(other)
    for representation, definition in owners.items():
        for item in representation_items(file.get(representation))[0]:
            if isinstance(item, Reference):
                found.definition_of_item.setdefault(item, definition)


def representation_items(instance: Instance | None) -> tuple[list[Value], Value]:
    """The items and the context of a representation of any kind."""
    if instance is None:
        return [], None
    record = instance.record(*_REPRESENTATIONS)
    if not record:  # a kind that we do not know has the same first three attributes
        record = next(iter(instance.records.values()), record)
    return list(record.items(1)), record.at(2)
