"""From a DXF file to its content, stage by stage; what costs little and says most comes first."""

from __future__ import annotations

from pybase_pipelines.extractors.cad.nesting import Nesting, measure, measure_blocks, order_blocks
from pybase_pipelines.extractors.cad.sheets import MODEL, Limits, Wanted, read_layouts
from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.dxf import dimensions, geometry, hatches, inserts, references, tables, texts
from pybase_pipelines.extractors.dxf.blocks import list_xrefs, read_blocks
from pybase_pipelines.extractors.dxf.document import Opened, open_drawing
from pybase_pipelines.extractors.dxf.header import read_metadata
from pybase_pipelines.extractors.dxf.options import DxfOptions
from pybase_pipelines.extractors.dxf.survey import Handler, Survey, walk
from pybase_pipelines.results.cad import GeometrySummary
from pybase_pipelines.results.drawing import BBox
from pybase_pipelines.results.dxf import DxfContent

HANDLERS: dict[str, Handler] = {
    **geometry.HANDLERS,
    **inserts.HANDLERS,
    **texts.HANDLERS,
    **dimensions.HANDLERS,
    **hatches.HANDLERS,
    **references.HANDLERS,
}


def extract(source: Source, content: DxfContent, progress: Progress) -> None:
    """Fill the content of a DXF.

    Raises:
        EmptyFile, TruncatedFile, CorruptedFile, NoContent, UnsupportedFormat: the file cannot be read at all.
    """
    options: DxfOptions = source.options
    with progress.stage("open"):
        opened = open_drawing(source.path, source.scratch, progress)
        content.repairs = opened.repairs
    with progress.stage("metadata", optional=True):
        content.metadata = read_metadata(opened.document, opened.path, is_binary=opened.integrity.is_binary)
        if opened.integrity.lacks_version:
            content.metadata.dxf_version = content.metadata.release = None
    with progress.stage("tables", optional=True):
        _read_tables(opened, content)
    survey = Survey(opened.document, content, options)
    with progress.stage("entities"):
        walk(survey, HANDLERS, progress)
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
    if not options.extract_layers:
        content.layers = []


def _read_tables(opened: Opened, content: DxfContent) -> None:
    document = opened.document
    content.layers = tables.read_layers(document, opened.path)
    content.layouts = tables.read_layouts(document)
    content.linetypes = tables.read_linetypes(document)
    content.text_styles = tables.read_text_styles(document)
    content.dimension_styles = tables.read_dimension_styles(document)
    content.groups = {name: sorted(group.handles(), key=_number) for name, group in document.groups}


def _number(handle: str) -> int:
    return int(handle, 16)


def _summarize(survey: Survey, nesting: Nesting, boxes: dict[str, BBox | None], progress: Progress) -> None:
    content = survey.content
    names = {block.name.casefold(): block.name for block in survey.document.blocks}
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
            summary.model_space_inserts = {names.get(key, key): count for key, count in scene.inserts.items()}
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
        pairs = ", ".join(
            f"{outer} in itself" if outer == inner else f"{inner} in {outer}" for outer, inner in nesting.circles[:5]
        )
        progress.warn(
            "recursive_block", f"Blocks insert each other in a circle ({pairs}); the circle is not followed.", "blocks"
        )
    if not sum(scene.types.total() for scene in survey.layouts.values()):
        progress.warn("no_content", "Nothing is drawn in model space or on a sheet.", "layouts")


def _read_sheets(survey: Survey, options: DxfOptions, progress: Progress) -> None:
    read_layouts(
        survey.content,
        survey.layouts,
        survey.blocks,
        progress,
        wanted=Wanted(options.extract_title_block, options.extract_bom, options.extract_dimensions),
        limits=Limits(options.max_lettering_per_layout, options.max_rules_per_layout),
        is_hidden=survey.is_hidden,
    )
