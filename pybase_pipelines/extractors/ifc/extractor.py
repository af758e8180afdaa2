"""One building model, stage by stage: header, units, places, materials, types, elements, and its health."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pybase_pipelines.errors import NoContent, OptionsInvalid, TruncatedFile
from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.ifc.bom import gather_bom
from pybase_pipelines.extractors.ifc.elements import Elements
from pybase_pipelines.extractors.ifc.file_text import FileText, inspect_text
from pybase_pipelines.extractors.ifc.georeferencing import read_georeferencing
from pybase_pipelines.extractors.ifc.groups import read_groups, read_owners
from pybase_pipelines.extractors.ifc.header import application_names, fill_header
from pybase_pipelines.extractors.ifc.health import check_model
from pybase_pipelines.extractors.ifc.materials import Materials, material_name
from pybase_pipelines.extractors.ifc.model import Model, reference, text
from pybase_pipelines.extractors.ifc.options import IfcOptions
from pybase_pipelines.extractors.ifc.packing import unpack
from pybase_pipelines.extractors.ifc.property_sets import PropertySets
from pybase_pipelines.extractors.ifc.reading import check_reading, choose, open_text
from pybase_pipelines.extractors.ifc.references import References
from pybase_pipelines.extractors.ifc.relations import Relations, built_elements, read_relations
from pybase_pipelines.extractors.ifc.spatial_structure import Places
from pybase_pipelines.extractors.ifc.units import Units
from pybase_pipelines.results.ifc import IfcContent, IfcMaterial

BEAT_EVERY = 1000


def extract(source: Source, content: IfcContent, progress: Progress) -> None:
    """Read a model into `content`.

    Raises:
        PybaseError: the file cannot be read at all; the error says why.
    """
    with progress.stage("unpack"):
        path = unpack(source, progress)
    with progress.stage("header"):
        file_text = inspect_text(path)
        named, schema = choose(file_text)
        fill_header(content.metadata, file_text, named)
    with progress.stage("open", risky=True):
        model, read_path = open_text(file_text, named, schema, source.scratch, progress)
        content.metadata.schema_identifier = named.strip()
        content.metadata.read_as = schema if schema != content.metadata.schema_ else None
        content.metadata.instance_count = check_reading(model, file_text, read_path, progress)
        _require_content(model, file_text, content, progress)
    with _without_collector():
        _Extraction(model, source.options, content, progress).run()


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows and results hold no cycles; looking for some in millions of live objects costs a third of all time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _require_content(model: Model, file_text: FileText, content: IfcContent, progress: Progress) -> None:
    if not file_text.is_complete and not model.numbers("IfcObjectDefinition"):
        raise TruncatedFile("The end of the file is missing, and no object of the model stands before it.")
    if not content.metadata.instance_count:
        raise NoContent("The DATA section of the file holds no instance.")
    projects = model.numbers("IfcProject")
    if len(projects) > 1:
        message = f"The file has {len(projects)} IfcProjects; the structure shown is that of #{min(projects)}."
        progress.warn("several_projects", message)
    if not projects:
        message = "The file has no IfcProject: units and the spatial structure are unknown."
        progress.warn("no_project", message, partial=True)


@dataclass(slots=True)
class _Extraction:
    """The stages on an open model, in the order in which a partial result is most useful."""

    model: Model
    options: IfcOptions
    content: IfcContent
    progress: Progress
    units: Units = field(init=False)
    relations: Relations = field(init=False)
    sets: PropertySets | None = field(init=False)

    def run(self) -> None:
        with self.progress.stage("units", risky=True):
            self.units = Units.of(self.model)
            self.read_metadata()
        with self.progress.stage("georeferencing", optional=True):
            self.content.metadata.georeferencing = read_georeferencing(self.model, self.units)
        with self.progress.stage("relations", risky=True):
            self.relations = read_relations(self.model)
        if self.options.extract_spatial_structure:
            with self.progress.stage("spatial_structure", optional=True):
                self.read_places()
        self.read_objects()
        with self.progress.stage("groups", optional=True, risky=True):
            self.content.groups = read_groups(self.model, self.relations)
            self.content.owners = read_owners(self.model)
        with self.progress.stage("health", optional=True, risky=True):
            self.content.health = check_model(self.model, self.relations, self.sets, self.content, self.progress)

    def read_metadata(self) -> None:
        metadata = self.content.metadata
        metadata.units, metadata.unit_details = self.units.names(), self.units.details()
        metadata.applications = application_names(self.model)
        metadata.project_name = next((text(row.get("Name")) for row in self.model.rows("IfcProject")), None)
        for name, count, names in (
            ("IfcPropertySet", "property_set_count", "property_set_names"),
            ("IfcElementQuantity", "quantity_set_count", "quantity_set_names"),
        ):
            found = self.model.entities(name)
            setattr(metadata, count, len(found))
            setattr(metadata, names, sorted({n for n in (text(e.get_argument(2)) for e in found) if n}))

    def read_places(self) -> None:
        places = Places(self.model, self.relations, self.units)
        self.content.spatial_structure = places.structure()
        self.content.tree = places.tree(self.progress)

    def read_objects(self) -> None:
        options, references = self.options, References(self.model)
        wants_sets = options.extract_properties or options.extract_quantities
        self.sets = sets = PropertySets(self.model, self.units) if wants_sets else None
        materials = Materials(self.model) if options.extract_materials else None
        elements = Elements(
            self.model,
            self.relations,
            references,
            sets,
            materials,
            options.extract_properties,
            options.extract_quantities,
        )
        with self.progress.stage("classifications", optional=True):
            self.content.classifications = references.classification_systems()
        with self.progress.stage("types", optional=True, risky=True):
            self.content.type_objects = elements.read_types()
        with self.progress.stage("elements", risky=True):
            self.read_elements(elements)
        if materials is not None:
            with self.progress.stage("materials", optional=True, risky=True):
                self.content.materials = self.read_materials(sets or PropertySets(self.model, self.units), references)
        with self.progress.stage("bom", optional=True, risky=True):
            self.gather_bom()
        if sets is not None:
            self.content.property_definitions = sets.catalogue()
            if sets.repeated:
                message = (
                    f"{sets.repeated} properties stand twice in their set; all but the first are called 'name (2)'."
                )
                self.progress.warn("repeated_properties", message)

    def read_elements(self, elements: Elements) -> None:
        rows = list(elements.occurrences())
        self.content.element_counts = dict(sorted(Counter(row["type"] for row in rows).items()))
        self.content.metadata.total_elements = len(rows)
        if self.options.element_types is not None:
            wanted = self.wanted_numbers(self.options.element_types)
            rows = [row for row in rows if row["id"] in wanted]
        if len(rows) > self.options.max_elements:
            message = (
                f"The model has {len(rows)} elements; the first {self.options.max_elements} are listed (max_elements)."
            )
            self.progress.warn("max_elements", message, "elements", partial=True)
            rows = rows[: self.options.max_elements]
        for done, row in enumerate(rows):
            if done % BEAT_EVERY == 0:
                self.progress.advance(done, len(rows))
            self.content.elements.append(elements.describe(row))

    def wanted_numbers(self, names: tuple[str, ...]) -> set[int]:
        from ifcopenshell import ifcopenshell_wrapper

        declared = ifcopenshell_wrapper.schema_by_name(self.model.schema_identifier)
        known = {entity.name().lower() for entity in declared.entities()}
        if unknown := [name for name in names if name.lower() not in known]:
            raise OptionsInvalid(f"element_types: {', '.join(unknown)} is no class of {self.model.schema_identifier}.")
        return set().union(*(self.model.numbers(name) for name in names))

    def read_materials(self, sets: PropertySets, references: References) -> list[IfcMaterial]:
        """One for each IfcMaterial, with its property sets and how many elements use it."""
        properties: dict[int, list] = {}
        for row in self.model.rows("IfcMaterialProperties"):
            if (material := reference(row.get("Material"))) is not None:
                properties.setdefault(material.id(), []).append(row)
        uses = Counter(number for e in self.content.elements for number in {use.material_id for use in e.materials})
        joined = self.relations.classifications
        return [
            IfcMaterial(
                entity_id=row["id"],
                name=material_name(row),
                description=text(row.get("Description")),
                category=text(row.get("Category")),
                properties=sets.of_material(properties.get(row["id"], [])),
                classifications=references.of(joined.get(row["id"], [])),
                element_count=uses[row["id"]],
            )
            for row in self.model.rows("IfcMaterial")
        ]

    def gather_bom(self) -> None:
        counted = built_elements(self.model)
        self.content.bom = gather_bom(e for e in self.content.elements if e.entity_id in counted)
