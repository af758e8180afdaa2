"""What a building model (IFC) holds, as data.

Values are as authored, in the project's units (`metadata.units`). Where a property or a quantity has a unit of its
own, or more than one number, its value is an object that says so: {value, unit, ...}.

Property values: a single value is the value itself; an enumerated value or a list is a list; a bounded value is
{kind, value, lower, upper, unit}; a table {kind, rows, ...}; a complex property {kind, usage_name, properties}; a
reference {kind, usage_name, type, value}. What stands twice under one name is "name" and "name (2)". Which measure a
value is, and so in which unit, tells `property_definitions`.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, SkipValidation

from pybase_pipelines.results.envelope import Content, Envelope, Shape

Values = SkipValidation[dict[str, dict[str, Any]]]
"""{set: {name: value}}. Made by us and shared by the elements that share a set, so it is neither checked nor copied."""


class IfcUnit(Shape):
    """A unit of the project: `si_factor` turns a value into `si_unit` (None where it is not a mere factor)."""

    name: str
    si_factor: float | None = None
    si_unit: str | None = None


class IfcGeoreferencing(Shape):
    """Where on earth the model lies. Angles in degrees (true north clockwise from +y), lengths as authored."""

    crs_name: str | None = None
    crs_description: str | None = None
    geodetic_datum: str | None = None
    vertical_datum: str | None = None
    map_projection: str | None = None
    map_zone: str | None = None
    map_unit: str | None = None
    eastings: float | None = None
    northings: float | None = None
    orthogonal_height: float | None = None
    x_axis_abscissa: float | None = None
    x_axis_ordinate: float | None = None
    scale: float | None = None
    rotation_degrees: float | None = None
    true_north_degrees: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    elevation: float | None = None


class IfcMetadata(Shape):
    """The file's header, its units, and how much it holds. `schema` is as the file names it.

    `read_as` is the schema of the library that it was read with, where that is not the same.
    """

    schema_: str | None = Field(default=None, alias="schema")
    schema_identifier: str | None = None
    read_as: str | None = None
    file_name: str | None = None
    file_description: list[str] = Field(default_factory=list)
    view_definitions: list[str] = Field(default_factory=list)
    implementation_level: str | None = None
    time_stamp: str | None = None
    author: list[str] = Field(default_factory=list)
    organization: list[str] = Field(default_factory=list)
    preprocessor_version: str | None = None
    originating_system: str | None = None
    authorization: str | None = None
    applications: list[str] = Field(default_factory=list)
    project_name: str | None = None
    instance_count: int | None = None
    total_elements: int | None = None
    property_set_count: int | None = None
    quantity_set_count: int | None = None
    property_set_names: list[str] = Field(default_factory=list)
    quantity_set_names: list[str] = Field(default_factory=list)
    units: dict[str, str] = Field(default_factory=dict)
    unit_details: dict[str, IfcUnit] = Field(default_factory=dict)
    georeferencing: IfcGeoreferencing | None = None


class IfcSpatial(Shape):
    """The project, a site, a building, a storey, a space or another place.

    `elevation` is as authored, `elevation_m` the same in metres; `element_count` are the elements right in it.
    """

    entity_id: int
    global_id: str | None = None
    ifc_class: str
    name: str | None = None
    long_name: str | None = None
    description: str | None = None
    object_type: str | None = None
    predefined_type: str | None = None
    composition_type: str | None = None
    elevation: float | None = None
    elevation_m: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: list[str] = Field(default_factory=list)
    parent_global_id: str | None = None
    storey: str | None = None
    phase: str | None = None
    element_count: int = 0


class IfcSpatialStructure(Shape):
    """The places of the model by kind; how they nest is in `tree`. `others`: facilities, bridges, roads, zones, ..."""

    project: IfcSpatial | None = None
    sites: list[IfcSpatial] = Field(default_factory=list)
    buildings: list[IfcSpatial] = Field(default_factory=list)
    storeys: list[IfcSpatial] = Field(default_factory=list)
    spaces: list[IfcSpatial] = Field(default_factory=list)
    others: list[IfcSpatial] = Field(default_factory=list)


class IfcTreeNode(Shape):
    """A place and the places in it. `elements` counts what stands right in it, by class."""

    global_id: str | None = None
    ifc_class: str | None = None
    name: str | None = None
    elements: dict[str, int] = Field(default_factory=dict)
    children: list[IfcTreeNode] = Field(default_factory=list)


class IfcMaterialUse(Shape):
    """One material of an element, in the order of its layers, profiles or constituents; thickness in project units."""

    name: str | None = None
    material_id: int | None = None
    thickness: float | None = None
    kind: str
    layer_name: str | None = None
    profile: str | None = None
    fraction: float | None = None
    category: str | None = None
    is_ventilated: bool | None = None
    from_type: bool = False


class IfcMaterial(Shape):
    """One IfcMaterial, with its property sets, and by how many elements it is used."""

    entity_id: int
    name: str | None = None
    description: str | None = None
    category: str | None = None
    properties: Values = Field(default_factory=dict)
    classifications: list[IfcReference] = Field(default_factory=list)
    element_count: int = 0


class IfcReference(Shape):
    """A classification, document or library that an object refers to."""

    kind: str
    system: str | None = None
    identification: str | None = None
    name: str | None = None
    location: str | None = None
    edition: str | None = None
    from_type: bool = False


class IfcType(Shape):
    """One type object (a wall type, a door style), its own sets, and how many elements are of it."""

    entity_id: int
    global_id: str | None = None
    ifc_class: str
    name: str | None = None
    description: str | None = None
    predefined_type: str | None = None
    element_type: str | None = None
    tag: str | None = None
    applicable_occurrence: str | None = None
    properties: Values = Field(default_factory=dict)
    quantities: Values = Field(default_factory=dict)
    materials: list[IfcMaterialUse] = Field(default_factory=list)
    classifications: list[IfcReference] = Field(default_factory=list)
    documents: list[IfcReference] = Field(default_factory=list)
    instance_count: int = 0


class IfcElement(Shape):
    """One object occurrence: a product, a place, an opening, a group, a system, a task, ...

    `properties` and `quantities` are its own, `type_properties` those of its type, as the type has them.
    `storey` is the name of the storey it is in, through its whole, its host or its room too. `owner` is the
    `id` of an entry of `owners`.
    """

    entity_id: int
    global_id: str | None = None
    ifc_class: str
    name: str | None = None
    description: str | None = None
    object_type: str | None = None
    predefined_type: str | None = None
    tag: str | None = None
    long_name: str | None = None
    type_name: str | None = None
    type_global_id: str | None = None
    storey: str | None = None
    container_global_id: str | None = None
    container_name: str | None = None
    parent_global_id: str | None = None
    host_global_id: str | None = None
    fills_global_id: str | None = None
    properties: Values = Field(default_factory=dict)
    type_properties: Values = Field(default_factory=dict)
    quantities: Values = Field(default_factory=dict)
    materials: list[IfcMaterialUse] = Field(default_factory=list)
    classifications: list[IfcReference] = Field(default_factory=list)
    documents: list[IfcReference] = Field(default_factory=list)
    systems: list[str] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list)
    connected_to: list[str] = Field(default_factory=list)
    opening_count: int = 0
    filling_count: int = 0
    part_count: int = 0
    port_count: int = 0
    owner: int | None = None


class IfcGroup(Shape):
    """A group, system or zone, and the global ids of what is in it."""

    entity_id: int
    global_id: str | None = None
    ifc_class: str
    name: str | None = None
    long_name: str | None = None
    description: str | None = None
    object_type: str | None = None
    predefined_type: str | None = None
    members: list[str] = Field(default_factory=list)
    serves: list[str] = Field(default_factory=list)


class IfcClassificationSystem(Shape):
    """A classification that the model uses."""

    entity_id: int
    name: str | None = None
    source: str | None = None
    edition: str | None = None
    location: str | None = None
    reference_count: int = 0


class IfcPropertyDefinition(Shape):
    """A property as the model uses it: of which set, of which measures, in which project unit, on how many sets."""

    set: str
    name: str
    kind: str
    value_types: list[str] = Field(default_factory=list)
    unit: str | None = None
    count: int = 0


class IfcOwner(Shape):
    """An owner history; times are ISO 8601 in UTC."""

    id: int
    user: str | None = None
    organization: str | None = None
    application: str | None = None
    change_action: str | None = None
    created_at: str | None = None
    modified_at: str | None = None


class IfcBomQuantity(Shape):
    """The sum of one quantity over the elements of a BOM item that have it."""

    total: float
    unit: str | None = None
    count: int


class IfcBomItem(Shape):
    """Elements of the same class, type and materials."""

    item: int
    ifc_class: str
    type_name: str | None = None
    type_global_id: str | None = None
    materials: list[str] = Field(default_factory=list)
    quantity: int
    quantities: dict[str, IfcBomQuantity] = Field(default_factory=dict)


class IfcBom(Shape):
    items: list[IfcBomItem] = Field(default_factory=list)


class IfcDuplicate(Shape):
    global_id: str
    entity_ids: list[int]


class IfcHealth(Shape):
    """What a model checker would say. Lists hold the first hundred; the counts are complete."""

    duplicate_global_ids: list[IfcDuplicate] = Field(default_factory=list)
    duplicate_global_id_count: int = 0
    without_container: list[str] = Field(default_factory=list)
    without_container_count: int = 0
    without_type_count: int = 0
    proxy_count: int = 0
    proxy_share: float = 0.0
    empty_property_set_count: int = 0
    unused_type_count: int = 0
    storeys_without_elevation: list[str] = Field(default_factory=list)


class IfcContent(Content):
    """All that is read of an IFC file, in the order in which it is read."""

    metadata: IfcMetadata = Field(default_factory=IfcMetadata)
    spatial_structure: IfcSpatialStructure = Field(default_factory=IfcSpatialStructure)
    tree: IfcTreeNode | None = None
    element_counts: dict[str, int] = Field(default_factory=dict)
    elements: list[IfcElement] = Field(default_factory=list)
    materials: list[IfcMaterial] = Field(default_factory=list)
    type_objects: list[IfcType] = Field(default_factory=list)
    groups: list[IfcGroup] = Field(default_factory=list)
    classifications: list[IfcClassificationSystem] = Field(default_factory=list)
    property_definitions: list[IfcPropertyDefinition] = Field(default_factory=list)
    owners: list[IfcOwner] = Field(default_factory=list)
    bom: IfcBom = Field(default_factory=IfcBom)
    health: IfcHealth = Field(default_factory=IfcHealth)


class IfcResult(Envelope, IfcContent):
    """The whole result of an IFC file."""
