"""A STEP file in stages: its text first, which tells structure and meaning, then the geometry as the kernel loads it.

The text needs no library, so that parts, assembly, attributes and PMI are known and written down before the kernel,
which crashes on some broken files, is called. What belongs here: the order of the stages and what each one fills.
"""

from __future__ import annotations

from dataclasses import dataclass

from pybase_pipelines.errors import CorruptedFile, NoContent, TruncatedFile
from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.step.appearance import read_appearance
from pybase_pipelines.extractors.step.aspects import read_aspects
from pybase_pipelines.extractors.step.assembly import Graph, build_graph, build_tree
from pybase_pipelines.extractors.step.dimensions import read_dimensions
from pybase_pipelines.extractors.step.geometry import fill_geometry
from pybase_pipelines.extractors.step.header import (
    read_metadata,
    require_entities,
    require_step,
    warn_of_text,
    warn_of_unreadable,
)
from pybase_pipelines.extractors.step.options import StepOptions
from pybase_pipelines.extractors.step.part21 import Part21, read_part21
from pybase_pipelines.extractors.step.placements import Matrix, read_transforms, rows
from pybase_pipelines.extractors.step.products import USAGES, Products, read_products
from pybase_pipelines.extractors.step.properties import PropertiesFound, read_properties
from pybase_pipelines.extractors.step.tolerances import read_datums, read_tolerances
from pybase_pipelines.extractors.step.units import UnitReader
from pybase_pipelines.formats.part21_header import decode_text
from pybase_pipelines.results.step import Occurrence, Part, StepBomItem, StepContent

SOLIDS = ("MANIFOLD_SOLID_BREP", "BREP_WITH_VOIDS", "FACETED_BREP")
SHAPES = (
    *SOLIDS, "SHELL_BASED_SURFACE_MODEL", "FACE_BASED_SURFACE_MODEL", "ADVANCED_FACE", "FACE_SURFACE", "GEOMETRIC_SET",
    "GEOMETRIC_CURVE_SET", "TESSELLATED_SOLID", "TESSELLATED_SHELL", "TESSELLATED_FACE", "TRIANGULATED_FACE_SET",
    "SHELL_BASED_WIREFRAME_MODEL", "EDGE_BASED_WIREFRAME_MODEL", "CSG_SOLID", "EXTRUDED_AREA_SOLID",
    "REVOLVED_AREA_SOLID", "BLOCK", "SPHERE", "TORUS", "RIGHT_CIRCULAR_CYLINDER", "RIGHT_CIRCULAR_CONE",
    "CLOSED_SHELL", "OPEN_SHELL",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text was found to hold; what the later stages work with."""

    file: Part21
    units: UnitReader
    products: Products
    graph: Graph
    transforms: dict[int, Matrix]


def extract(source: Source, content: StepContent, progress: Progress) -> None:
    """Fill `content` from a STEP file.

    Raises:
        FileError: the file is no STEP file, ends too early, or holds neither a product nor a shape.
    """
    options: StepOptions = source.options
    with progress.stage("text"):
        file, units = _read_text(source, content, progress)
    with progress.stage("structure"):
        reading = _read_structure(file, units, content, progress, options)
    with progress.stage("properties", optional=True, risky=True):
        _fill_properties(reading, content)
    if options.extract_pmi:
        with progress.stage("pmi", optional=True, risky=True):
            _fill_pmi(reading, content, progress)
    warn_of_unreadable(file, progress)
    if options.needs_geometry and (expected := file.count(*SHAPES)):
        has_shapes = fill_geometry(source, reading, content, progress, options)
        if not has_shapes and not reading.products.products:
            raise CorruptedFile(f"The file has no product, and of its {expected} shapes and faces none can be loaded.")
    if not options.extract_parts:
        content.parts.clear()


def _read_text(source: Source, content: StepContent, progress: Progress) -> tuple[Part21, UnitReader]:
    data = source.path.read_bytes()
    header = require_step(data)
    text, _ = decode_text(data)
    del data
    file = read_part21(text)
    units = UnitReader(file)
    content.metadata = read_metadata(header, file, units)
    require_entities(file, header)
    warn_of_text(header, file, progress)
    content.shape_counts.solid_breps = file.count(*SOLIDS)
    content.shape_counts.advanced_faces = file.count("ADVANCED_FACE")
    return file, units


def _read_structure(
    file: Part21, units: UnitReader, content: StepContent, progress: Progress, options: StepOptions
) -> Reading:
    products = read_products(file)
    if not products.products and not file.count(*SHAPES):
        if file.unreadable:
            raise CorruptedFile(f"No product and no shape can be read: {file.unreadable[0]}.")
        if not file.is_complete:
            raise TruncatedFile("The file ends before any product or shape.")
        found = ", ".join(list(content.metadata.entity_counts)[:5])
        raise NoContent(f"The file holds neither a product nor a shape; its {len(file.spans)} entities are: {found}.")
    graph = build_graph(products)
    reading = Reading(file, units, products, graph, read_transforms(file, products, units))
    if graph.cut:
        message = f"The assembly contains itself: {len(graph.cut)} occurrences that close a circle are not counted."
        progress.warn("cyclic_assembly", message, f"#{graph.cut[0]}", partial=True)
    if (lost := file.count(*USAGES) - len(products.usages)) > 0:
        message = f"{lost} occurrences name no parent or no child that is in the file; they are left out."
        progress.warn("broken_occurrences", message, "assembly", partial=True)
    _fill_parts(reading, content, progress, options)
    if options.extract_assembly:
        _fill_assembly(reading, content, progress)
    return reading


def _fill_parts(reading: Reading, content: StepContent, progress: Progress, options: StepOptions) -> None:
    products, graph = reading.products, reading.graph
    counts: dict[int, int] = {}
    for definition, count in graph.counts.items():
        product = products.product_of_definition[definition]
        counts[product] = counts.get(product, 0) + count
    assemblies = {products.product_of_definition[d] for d, usages in graph.usages_of.items() if usages}
    for product in products.products.values():
        if len(content.parts) >= options.max_parts:
            left_out = len(products.products) - options.max_parts
            message = f"{left_out} parts beyond max_parts ({options.max_parts}) are left out."
            progress.warn("limit_exceeded", message, "parts", partial=True)
            break
        content.parts.append(
            Part(
                name=product.name,
                part_id=product.part_id,
                description=product.description,
                version=products.versions.get(product.id) or None,
                entity=f"#{product.id}",
                is_assembly=product.id in assemblies,
                instance_count=counts.get(product.id),
            )
        )
    if content.metadata.external_references and not reading.file.count(*SHAPES):
        named = ", ".join(content.metadata.external_references[:5])
        progress.warn("external_references", f"The shapes are in other files, which are not read: {named}.", "geometry")


def _fill_assembly(reading: Reading, content: StepContent, progress: Progress) -> None:
    file, products, graph = reading.file, reading.products, reading.graph
    assembly = content.assembly
    for usage, (parent, child) in products.usages.items():
        instance = file.get(usage)
        if instance is not None:
            record = instance.record("PRODUCT_DEFINITION_RELATIONSHIP") or instance.record(*USAGES)
            designator = instance.record("ASSEMBLY_COMPONENT_USAGE").text(0) or instance.record(*USAGES).text(5)
            quantity = reading.units.measure(instance.record("QUANTIFIED_ASSEMBLY_COMPONENT_USAGE").at(0))
            matrix = reading.transforms.get(usage)
            assembly.occurrences.append(
                Occurrence(
                    parent=products.name_of(parent) or "",
                    child=products.name_of(child) or "",
                    parent_entity=f"#{products.product_of_definition[parent]}",
                    child_entity=f"#{products.product_of_definition[child]}",
                    name=record.text(1) or None,
                    occurrence_id=record.text(0) or None,
                    reference_designator=designator or None,
                    quantity=quantity.raw if quantity else 1.0,
                    transform=rows(matrix) if matrix else None,
                )
            )
    assembly.leaf_instances, assembly.depth = graph.leaf_instances, graph.depth
    assembly.tree, is_whole = build_tree(graph, products)
    if not is_whole:
        message = "The tree is cut, because it would be too large; `occurrences` has all of it."
        progress.warn("tree_cut", message, "assembly.tree")
    used = {products.product_of_definition[child] for _, child in graph.ends.values()}
    for part in content.parts:
        if int(part.entity[1:]) in used and part.instance_count:
            content.bom.items.append(
                StepBomItem(
                    item=str(len(content.bom.items) + 1),
                    quantity=part.instance_count,
                    part_number=part.part_id or part.name,
                    description=part.name,
                    is_assembly=part.is_assembly,
                )
            )


def _fill_properties(reading: Reading, content: StepContent) -> None:
    file, products = reading.file, reading.products
    found = read_properties(file, products, reading.units)
    looks = read_appearance(file, products)
    content.validation_properties = found.validation
    content.properties = found.others
    content.layers = looks.layers
    content.pmi.notes = found.notes
    for part in content.parts:
        number = int(part.entity[1:])
        part.attributes = found.attributes_of.get(number, {})
        part.color = looks.color_of.get(number)
        part.layers = looks.layers_of.get(number, [])
        part.layer = part.layers[0] if part.layers else None
        if number in found.materials_of:
            part.material = found.materials_of[number].name or None
            part.density_kg_m3 = found.materials_of[number].density_kg_m3
    _list_materials(found, products, content)
    materials = {p.part_id or p.name: p.material for p in content.parts}
    for item in content.bom.items:
        item.material = materials.get(item.part_number)


def _list_materials(found: PropertiesFound, products: Products, content: StepContent) -> None:
    """Each material once, with the parts that are made of it."""
    merged = {}
    for product, material in found.materials_of.items():
        if not material.name:
            continue
        key = (material.name, material.description, material.density)
        merged.setdefault(key, material).parts.append(products.products[product].name)
    content.materials = list(merged.values())


def _fill_pmi(reading: Reading, content: StepContent, progress: Progress) -> None:
    file, products, units, pmi = reading.file, reading.products, reading.units, content.pmi
    aspects = read_aspects(file)
    pmi.dimensions = read_dimensions(file, products, units, aspects)
    pmi.geometric_tolerances = read_tolerances(file, products, units, aspects)
    pmi.datums = read_datums(file, products, aspects)
    pmi.annotations = file.count("DRAUGHTING_CALLOUT", "DRAUGHTING_ELEMENTS") or file.count(
        "ANNOTATION_OCCURRENCE", "ANNOTATION_CURVE_OCCURRENCE", "TESSELLATED_ANNOTATION_OCCURRENCE"
    )
    if pmi.annotations and not (pmi.dimensions or pmi.geometric_tolerances or pmi.datums):
        message = f"{pmi.annotations} annotations are only drawn; the file does not say what they mean."
        progress.warn("presentation_only_pmi", message, "pmi")
