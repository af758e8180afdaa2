"""From a DWG file to its content, stage by stage; and what of the file the decoder could not read."""

from __future__ import annotations

from pybase_pipelines.errors import CorruptedFile, TruncatedFile
from pybase_pipelines.extractors.cad.nesting import Nesting, measure, measure_blocks, order_blocks
from pybase_pipelines.extractors.cad.sheets import MODEL, Limits, Wanted, read_layouts
from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.dwg import tables
from pybase_pipelines.extractors.dwg.blocks import count_inserts, list_xrefs, read_blocks
from pybase_pipelines.extractors.dwg.coverage import report_coverage
from pybase_pipelines.extractors.dwg.database import Database, open_database, read_version
from pybase_pipelines.extractors.dwg.dimension_styles import read_styles
from pybase_pipelines.extractors.dwg.dimensions import read_dimensions
from pybase_pipelines.extractors.dwg.file_end import count_missing_bytes
from pybase_pipelines.extractors.dwg.geometry import read_geometry
from pybase_pipelines.extractors.dwg.hatches import read_hatches
from pybase_pipelines.extractors.dwg.inserts import read_inserts
from pybase_pipelines.extractors.dwg.options import DwgOptions
from pybase_pipelines.extractors.dwg.references import read_references
from pybase_pipelines.extractors.dwg.survey import Survey, count_entities
from pybase_pipelines.extractors.dwg.table_objects import read_tables
from pybase_pipelines.extractors.dwg.texts import read_leaders, read_texts
from pybase_pipelines.results.cad import CadMetadata, GeometrySummary
from pybase_pipelines.results.drawing import BBox
from pybase_pipelines.results.dwg import DwgContent


def extract(source: Source, content: DwgContent, progress: Progress) -> None:
    """Fill the content of a DWG.

    Raises:
        EmptyFile, TruncatedFile, CorruptedFile, UnsupportedFormat: the file cannot be read at all.
    """
    options: DwgOptions = source.options
    with progress.stage("open"):
        version = read_version(source.path)
        content.metadata = CadMetadata(dxf_version=version, is_binary=True)
        missing = count_missing_bytes(source.path, version)
    if missing:
        message = f"By its own table of contents the file should go on for {missing:,} bytes; they are missing."
        progress.warn("truncated_file", message, "end of file", partial=True)
    with progress.stage("objects", risky=True):
        database = _open_database(source, version, missing)
    with progress.stage("metadata", optional=True), source.path.open("rb") as file:
        content.metadata = tables.read_metadata(database, file.read(64))
    with progress.stage("tables", optional=True):
        content.layers = tables.read_layers(database)
        content.layouts = tables.read_layouts(database)
        content.linetypes = tables.read_linetypes(database)
        content.text_styles = tables.read_text_styles(database)
    survey = Survey(database, content, options)
    with progress.stage("counts"):
        count_entities(survey)
    _read_entities(survey, progress)
    nesting = order_blocks(survey.blocks)
    boxes: dict[str, BBox | None] = {}
    with progress.stage("summary", optional=True, risky=True):
        boxes = measure_blocks(survey.blocks, nesting)
        _summarize(survey, nesting, boxes, progress)
    if options.extract_blocks:
        with progress.stage("blocks", optional=True):
            content.blocks = read_blocks(survey, nesting, boxes)
            content.references += list_xrefs(content.blocks)
    if options.extract_title_block or options.extract_bom or options.extract_text:
        with progress.stage("sheets", optional=True, risky=True):
            _read_sheets(survey, options, progress)
    report_coverage(survey, progress)
    if not options.extract_layers:
        content.layers = []


def _open_database(source: Source, version: str, missing: int) -> Database:
    """Open the database; that a cut file cannot be read is due to what is missing."""
    try:
        return open_database(source.path, version)
    except CorruptedFile as error:
        if not missing:
            raise
        raise TruncatedFile(f"The last {missing:,} bytes of the file are missing. {error.message}") from error


def _read_entities(survey: Survey, progress: Progress) -> None:
    """Each kind is a stage of its own: a decoder that dies in one leaves the others."""
    with progress.stage("inserts", optional=True, risky=True):
        read_inserts(survey)
    with progress.stage("texts", optional=True, risky=True):
        read_texts(survey)
        read_leaders(survey)
    with progress.stage("dimensions", optional=True, risky=True):
        styles = read_styles(survey.database)
        survey.content.dimension_styles = [style.listed for style in styles.values()]
        read_dimensions(survey, {handle: (style.listed.name, style.rules) for handle, style in styles.items()})
    with progress.stage("geometry", optional=True, risky=True):
        read_geometry(survey)
    with progress.stage("table objects", optional=True):
        read_tables(survey)
    with progress.stage("hatches", optional=True, risky=True):
        read_hatches(survey)
    with progress.stage("references", optional=True):
        read_references(survey)


def _summarize(survey: Survey, nesting: Nesting, boxes: dict[str, BBox | None], progress: Progress) -> None:
    content = survey.content
    for layer in content.layers:
        layer.entity_count = survey.on_layer[layer.name.casefold()]
    for layout in content.layouts:
        if scene := survey.layouts.get(layout.name):
            layout.entity_counts = dict(scene.types)
            layout.extents = measure(scene, boxes)
    summary = GeometrySummary(hidden_entities=survey.hidden_entities, header_bbox=content.metadata.header_extents)
    for name, scene in survey.layouts.items():
        if name == MODEL:
            summary.model_space = dict(scene.types)
            summary.model_space_inserts = count_inserts(survey, scene)
            summary.bbox = measure(scene, boxes)
            summary.length_by_layer = {layer: float(length) for layer, length in scene.lengths.items()}
        else:
            summary.paper_space[name] = dict(scene.types)
    for scene in (*survey.layouts.values(), *survey.blocks.values()):
        for kind, count in scene.types.items():
            summary.totals[kind] = summary.totals.get(kind, 0) + count
    summary.total_entities = sum(summary.totals.values())
    content.geometry_summary = summary
    if nesting.circles:
        progress.warn("recursive_block", "Blocks insert each other in a circle; the circle is not followed.", "blocks")
    if not summary.model_space and not any(summary.paper_space.values()):
        progress.warn("no_content", "Nothing is drawn in model space or on a sheet.", "layouts")


def _read_sheets(survey: Survey, options: DwgOptions, progress: Progress) -> None:
    read_layouts(
        survey.content,
        survey.layouts,
        survey.blocks,
        progress,
        wanted=Wanted(options.extract_title_block, options.extract_bom, options.extract_dimensions),
        limits=Limits(options.max_lettering_per_layout, options.max_rules_per_layout),
        is_hidden=survey.is_hidden,
    )
