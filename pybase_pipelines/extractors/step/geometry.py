"""The stages of the geometry, cheap ones first: load and count, areas, volumes, boxes; then the sums and comparisons.

Each stage may end the process, so each begins with a checkpoint, and each that fails leaves the others' results.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pybase_pipelines.errors import CorruptedFile
from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.step.kernel import Loaded, Measured, load_shapes
from pybase_pipelines.extractors.step.measures import count_shapes, measure_areas, measure_boxes, measure_volumes
from pybase_pipelines.extractors.step.options import StepOptions
from pybase_pipelines.extractors.step.totals import Total, compare, sum_up
from pybase_pipelines.extractors.step.units import rounded
from pybase_pipelines.results.step import Part, Point, StepContent

if TYPE_CHECKING:
    from pybase_pipelines.extractors.step.extractor import Reading

_DEEP = re.compile(r"(?:\(\s*+){128}")


def fill_geometry(
    source: Source, reading: Reading, content: StepContent, progress: Progress, options: StepOptions
) -> bool:
    """Load the shapes, measure them and fill what they tell. False: no shape could be loaded."""
    loaded = Loaded()
    with progress.stage("geometry", optional=True, risky=True):
        if _DEEP.search(reading.file.text):
            raise CorruptedFile("Parentheses are nested so deeply that the geometry kernel would crash.")
        loaded = load_shapes(_path_for_kernel(source, reading, content), reading.file, reading.products)
        count_shapes(loaded, progress.advance)
        _fill(reading, loaded, content, options)
        _check_counts(content, progress)
    if not loaded.shapes:
        return False
    for name, wanted, measure in (
        ("areas", options.calculate_areas, measure_areas),
        ("volumes", options.calculate_volumes, measure_volumes),
        ("boxes", options.calculate_bboxes, measure_boxes),
    ):
        if wanted:
            with progress.stage(name, optional=True, risky=True):
                measure(loaded, progress.advance)
                _fill(reading, loaded, content, options)
    if loaded.inverted:
        named = {reading.products.name_of(d) or "no product" for d in loaded.inverted if d is not None}
        message = f"{len(loaded.inverted)} solids are inside out in the file; their volume is given as positive."
        progress.warn("inverted_solid", message, ", ".join(sorted(named)[:5]) or None)
    return True


def _path_for_kernel(source: Source, reading: Reading, content: StepContent) -> Path:
    """The file, or a copy that the kernel accepts: it knows no byte order mark and insists on the trailer."""
    file = reading.file
    is_plain = content.metadata.text_encoding in ("utf-8", "latin-1")
    # With instances missing, the kernel would rather crash than load: then its refusal of the file is better.
    if is_plain and (file.is_complete or file.dangling()):
        return source.path
    copy = source.scratch / "readable.stp"
    copy.write_text(f"{file.text[: file.end]}\nENDSEC;\nEND-ISO-10303-21;\n", encoding="utf-8")
    return copy


def _check_counts(content: StepContent, progress: Progress) -> None:
    """Tell when the kernel loaded less than the text holds."""
    counts = content.shape_counts
    for what, in_file, there in (
        ("solids", counts.solid_breps, counts.solids),
        ("faces", counts.advanced_faces, counts.faces),
    ):
        if there is not None and there < in_file:
            message = f"The file holds {in_file} {what}, of which the geometry kernel loaded {there}."
            progress.warn("geometry_incomplete", message, "geometry", partial=True)


def _fill(reading: Reading, loaded: Loaded, content: StepContent, options: StepOptions) -> None:
    measured = loaded.measured
    totals = sum_up(reading.graph, measured, reading.transforms)
    if options.count_shapes:
        for name in ("solids", "shells", "faces", "edges", "vertices"):
            setattr(content.shape_counts, name, sum(getattr(m, name) for m in measured.values()))
    by_product = _by_product(reading, measured, totals)
    for part in content.parts:
        own, total = by_product.get(int(part.entity[1:]), (None, None))
        if own is not None and options.count_shapes:
            part.num_solids, part.num_shells, part.num_faces = own.solids, own.shells, own.faces
            part.num_edges, part.num_vertices = own.edges, own.vertices
        if total is not None:
            _fill_part(part, total, options)
    _compare_validation(reading, by_product, content)


def _by_product(
    reading: Reading, measured: dict[int | None, Measured], totals: dict[int, Total]
) -> dict[int, tuple[Measured | None, Total]]:
    """The measures of each product: those of its definition that is assembled, where it has several."""
    found: dict[int, tuple[Measured | None, Total]] = {}
    counted = reading.graph.counts
    for definition in sorted(totals, key=lambda d: d not in counted):
        product = reading.products.product_of_definition.get(definition)
        if product is not None and product not in found:
            found[product] = (measured.get(definition), totals[definition])
    return found


def _fill_part(part: Part, total: Total, options: StepOptions) -> None:
    part.volume = rounded(total.volume)
    part.surface_area = rounded(total.area)
    if options.calculate_centroids and total.center is not None:
        part.center_of_mass = _point(total.center)
    if total.box is not None:
        part.bbox = (*_point(total.box[0]), *_point(total.box[1]))
        part.bbox_is_tight = total.box_is_tight
    if part.density_kg_m3 is not None and part.volume is not None:
        part.mass_kg = rounded(part.density_kg_m3 * part.volume * 1e-9)


def _point(vector: Point) -> Point:
    x, y, z = (0.0 if abs(v) < 1e-9 else rounded(v) or 0.0 for v in vector)
    return x, y, z


def _compare_validation(
    reading: Reading, by_product: dict[int, tuple[Measured | None, Total]], content: StepContent
) -> None:
    for stored in content.validation_properties:
        definition = reading.file.get(int(stored.entity[1:])) if stored.entity else None
        owner = reading.products.owner(definition.record("PROPERTY_DEFINITION").at(2) if definition else None)
        own, total = by_product.get(owner.product or 0, (None, None))
        matrix = reading.transforms.get(owner.usage) if owner.usage is not None else None
        computed, stored.agrees = compare(stored, own, total, matrix)
        stored.computed = _point(computed) if isinstance(computed, tuple) else rounded(computed)
