"""What an extraction of a STEP file gives: its parts, the assembly, the geometry, the PMI.

Lengths are millimetres, areas mm², volumes mm³, angles degrees, whatever the file's own units are; attributes and
names stay as written. Numbers in `shape_counts` and of a part count each prototype once, however often it is used.
A field that is None could not be known; what is missing although the file holds it is told in the warnings.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pybase_pipelines.results.envelope import Content, Envelope, Shape

Point = tuple[float, float, float]
Box = tuple[float, float, float, float, float, float]


class StepMetadata(Shape):
    """The header of the file, its units, and how many entities of which type it holds."""

    schema_: list[str] = Field(default_factory=list, alias="schema", serialization_alias="schema")
    application_protocol: str | None = None
    file_name: str | None = None
    description: list[str] = Field(default_factory=list)
    implementation_level: str | None = None
    time_stamp: str | None = None
    author: list[str] = Field(default_factory=list)
    organization: list[str] = Field(default_factory=list)
    preprocessor_version: str | None = None
    originating_system: str | None = None
    authorization: str | None = None
    text_encoding: str | None = None
    length_units: list[str] = Field(default_factory=list)
    angle_units: list[str] = Field(default_factory=list)
    uncertainty_mm: float | None = None
    entities_total: int = 0
    entity_counts: dict[str, int] = Field(default_factory=dict)
    external_references: list[str] = Field(default_factory=list)


class Material(Shape):
    """A material as the file names it; a density is given in kg/m³ only where its unit is that of a density."""

    name: str
    description: str | None = None
    density: float | None = None
    density_unit: str | None = None
    density_kg_m3: float | None = None
    parts: list[str] = Field(default_factory=list)


class Part(Shape):
    """One PRODUCT. `instance_count` is how often it occurs in the whole assembly; a root occurs once.

    `entity` is its number in the file. `volume`, `surface_area`, `center_of_mass` and `bbox` (x, y and z at the
    least, then at the greatest) of an assembly include all that it contains. `volume` and `surface_area` are those of
    the solids; a part of surfaces only has no volume, and the area of its surfaces. `bbox_is_tight` is False where a
    turned component's box was turned instead of its shape measured anew.
    """

    name: str
    part_id: str
    description: str | None = None
    version: str | None = None
    entity: str
    is_assembly: bool = False
    instance_count: int | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)
    material: str | None = None
    density_kg_m3: float | None = None
    color: str | None = None
    layer: str | None = None
    layers: list[str] = Field(default_factory=list)
    external_file: str | None = None
    volume: float | None = None
    surface_area: float | None = None
    center_of_mass: Point | None = None
    bbox: Box | None = None
    bbox_is_tight: bool | None = None
    mass_kg: float | None = None
    num_solids: int | None = None
    num_shells: int | None = None
    num_faces: int | None = None
    num_edges: int | None = None
    num_vertices: int | None = None


class Layer(Shape):
    """One presentation layer: how many items are on it, and whether the file hides it."""

    name: str
    description: str | None = None
    item_count: int = 0
    is_visible: bool = True


class Occurrence(Shape):
    """One NEXT_ASSEMBLY_USAGE_OCCURRENCE: `child` stands in `parent`.

    `transform` are the first three rows of the matrix that takes the child's coordinates to the parent's, in mm.
    """

    parent: str
    child: str
    parent_entity: str | None = None
    child_entity: str | None = None
    name: str | None = None
    occurrence_id: str | None = None
    reference_designator: str | None = None
    quantity: float = 1.0
    transform: list[float] | None = None


class TreeNode(Shape):
    """A part in the tree; equal children are one node with a `quantity`."""

    part: str
    entity: str
    quantity: int = 1
    children: list[TreeNode] = Field(default_factory=list)


class Assembly(Shape):
    """How the parts are put together. `leaf_instances`: parts without components in the expanded assembly."""

    tree: list[TreeNode] = Field(default_factory=list)
    occurrences: list[Occurrence] = Field(default_factory=list)
    leaf_instances: int = 0
    depth: int = 0


class StepBomItem(Shape):
    """A part and how often it is needed for one of each root."""

    item: str
    quantity: int
    part_number: str
    description: str | None = None
    material: str | None = None
    is_assembly: bool = False


class StepBom(Shape):
    """The parts list that follows from the assembly; empty for a single part."""

    items: list[StepBomItem] = Field(default_factory=list)


class ShapeCounts(Shape):
    """The first two as in the file's text, the others as loaded (None: the shapes were not loaded)."""

    solid_breps: int = 0
    advanced_faces: int = 0
    solids: int | None = None
    shells: int | None = None
    faces: int | None = None
    edges: int | None = None
    vertices: int | None = None


class ValidationProperty(Shape):
    """A value that the sender computed. `agrees`: ours is the same to one part in ten thousand.

    `scope`: part, instance (of `part`, in the parent's coordinates) or shape_aspect (a body or feature of `part`).
    """

    part: str | None
    kind: str
    stored: float | Point
    computed: float | Point | None = None
    agrees: bool | None = None
    scope: str = "part"
    where: str | None = None
    description: str | None = None
    entity: str | None = None


class NamedProperty(Shape):
    """A user-defined value on something smaller or larger than a part; those of parts are in `parts[].attributes`."""

    part: str | None
    scope: str
    on: str | None = None
    name: str
    value: Any
    unit: str | None = None


class PmiDimension(Shape):
    """A semantic dimension. Tolerances are signed deviations from `nominal`; `unit` is mm or degree."""

    kind: str
    name: str
    type: str
    entity: str
    text: str | None = None
    nominal: float | None = None
    unit: str | None = None
    file_unit: str | None = None
    tolerance_plus: float | None = None
    tolerance_minus: float | None = None
    limits: tuple[float | None, float | None] | None = None
    fit: str | None = None
    qualifiers: list[str] = Field(default_factory=list)
    modifiers: list[str] = Field(default_factory=list)
    is_basic: bool = False
    is_reference: bool = False
    angle_selection: str | None = None
    faces: list[str] = Field(default_factory=list)
    part: str | None = None


class GeometricTolerance(Shape):
    """A semantic geometric tolerance. `datums` in order of precedence; `datum_modifiers` beside them."""

    type: str
    name: str
    entity: str
    value: float | None = None
    unit: str | None = None
    file_unit: str | None = None
    datums: list[str] = Field(default_factory=list)
    datum_modifiers: list[list[str]] = Field(default_factory=list)
    modifiers: list[str] = Field(default_factory=list)
    zone: str | None = None
    projected_length: float | None = None
    maximum: float | None = None
    unequal_displacement: float | None = None
    per_unit_length: float | None = None
    faces: list[str] = Field(default_factory=list)
    part: str | None = None


class Datum(Shape):
    """A datum and its letter; `targets` are the names of its datum targets (A1, A2, ...)."""

    letter: str
    entity: str
    targets: list[str] = Field(default_factory=list)
    faces: list[str] = Field(default_factory=list)
    part: str | None = None


class Pmi(Shape):
    """Product and manufacturing information. `annotations` counts what is only drawn, meaning included or not."""

    dimensions: list[PmiDimension] = Field(default_factory=list)
    geometric_tolerances: list[GeometricTolerance] = Field(default_factory=list)
    datums: list[Datum] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    annotations: int = 0


class StepContent(Content):
    """What a STEP file holds."""

    metadata: StepMetadata = Field(default_factory=StepMetadata)
    parts: list[Part] = Field(default_factory=list)
    layers: list[Layer] = Field(default_factory=list)
    materials: list[Material] = Field(default_factory=list)
    assembly: Assembly = Field(default_factory=Assembly)
    bom: StepBom = Field(default_factory=StepBom)
    shape_counts: ShapeCounts = Field(default_factory=ShapeCounts)
    validation_properties: list[ValidationProperty] = Field(default_factory=list)
    properties: list[NamedProperty] = Field(default_factory=list)
    pmi: Pmi = Field(default_factory=Pmi)


class StepResult(Envelope, StepContent):
    """The whole result of a STEP file."""
