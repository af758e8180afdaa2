"""Block definitions: what is in them, how often they are used, where external ones come from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.cad.lettering import clean, plain_text
from pybase_pipelines.extractors.cad.nesting import Nesting, count_cells, count_instances
from pybase_pipelines.extractors.cad.scene import Scene
from pybase_pipelines.extractors.cad.sheets import MODEL
from pybase_pipelines.extractors.dxf.survey import Survey
from pybase_pipelines.extractors.dxf.texts import point_of
from pybase_pipelines.results.cad import CadBlock, CadBlockAttribute, CadReference
from pybase_pipelines.results.drawing import BBox

if TYPE_CHECKING:
    from ezdxf.document import Drawing

_TAG_OF_DYNAMIC_BLOCK = "AcDbBlockRepBTag"


def read_blocks(survey: Survey, nesting: Nesting, boxes: dict[str, BBox | None]) -> list[CadBlock]:
    """Every definition except the layouts' own."""
    references = _count_references(survey)
    instances = count_instances(survey.layouts.get(MODEL, Scene()), survey.blocks, nesting)
    names = {block.name.casefold(): clean(block.name) for block in survey.document.blocks}
    blocks = []
    for block in survey.document.blocks:
        if block.is_any_layout or block.block is None:
            continue
        key = block.name.casefold()
        scene = survey.blocks.get(key, Scene())
        begin = block.block.dxf
        flags = begin.get("flags", 0)
        blocks.append(
            CadBlock(
                name=clean(block.name),
                insert_count=references[key],
                instance_count=instances.get(key, 0),
                base_point=point_of(begin.get("base_point")),
                entity_count=sum(scene.types.values()),
                entity_types=dict(scene.types),
                nested={names.get(child, child): cells for child, cells in count_cells(scene.placements).items()},
                attributes=[_definition(entity) for entity in block if entity.dxftype() == "ATTDEF"],
                bbox=boxes.get(key),
                is_anonymous=bool(flags & 1) or block.name.startswith("*"),
                is_xref=bool(flags & 4),
                is_overlay=bool(flags & 8),
                xref_path=clean(begin.get("xref_path", "")) or None,
                base_name=_base_name(survey.document, block),
                description=clean(begin.get("description", "")) or None,
                handle=block.block_record_handle,
            )
        )
    return blocks


def list_xrefs(blocks: list[CadBlock]) -> list[CadReference]:
    return [
        CadReference(kind="xref", path=block.xref_path, name=block.name, handle=block.handle)
        for block in blocks
        if block.is_xref
    ]


def _count_references(survey: Survey) -> Counter[str]:
    references: Counter[str] = Counter()
    for scene in (*survey.layouts.values(), *survey.blocks.values()):
        references.update(count_cells(scene.placements))
    return references


def _definition(entity: Any) -> CadBlockAttribute:
    return CadBlockAttribute(
        tag=clean(entity.dxf.get("tag", "")),
        prompt=clean(entity.dxf.get("prompt", "")) or None,
        default=plain_text(entity.dxf.get("text", "")) or None,
        is_invisible=bool(entity.is_invisible),
        is_constant=bool(entity.dxf.get("flags", 0) & 2),
    )


def _base_name(document: Drawing, block: Any) -> str | None:
    """The dynamic block that an anonymous block is a state of."""
    record = block.block_record
    if not block.name.startswith("*U") or not record.has_xdata(_TAG_OF_DYNAMIC_BLOCK):
        return None
    handle = next((str(tag.value) for tag in record.get_xdata(_TAG_OF_DYNAMIC_BLOCK) if tag.code == 1005), "0")
    base = document.entitydb.get(handle)
    return clean(base.dxf.get("name", "")) or None if base is not None and base.dxftype() == "BLOCK_RECORD" else None
