"""Block definitions of a DWG."""

from __future__ import annotations

from collections import Counter

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.nesting import Nesting, count_cells, count_instances
from pybase_pipelines.extractors.cad.scene import Scene
from pybase_pipelines.extractors.cad.sheets import MODEL
from pybase_pipelines.extractors.dwg.survey import Survey
from pybase_pipelines.results.cad import CadBlock, CadReference
from pybase_pipelines.results.drawing import BBox

_LAYOUTS = ("*model_space", "*paper_space")
_XREF_PATH = 1
"""The strings of a block record since R2007: name, path of the external drawing, description."""


def read_blocks(survey: Survey, nesting: Nesting, boxes: dict[str, BBox | None]) -> list[CadBlock]:
    """Every definition except the layouts' own."""
    references: Counter[str] = Counter()
    for scene in (*survey.layouts.values(), *survey.blocks.values()):
        references.update(count_cells(scene.placements))
    instances = count_instances(survey.layouts.get(MODEL, Scene()), survey.blocks, nesting)
    details = {row["handle"]: row for row in survey.database.rows("write_blocks")}
    blocks = []
    for handle, name in survey.database.block_names.items():
        if name.casefold().startswith(_LAYOUTS):
            continue
        key, detail = str(handle), details.get(handle, {})
        scene = survey.blocks.get(key, Scene())
        strings = survey.database.strings(handle)
        path = clean(strings[_XREF_PATH]) if len(strings) > _XREF_PATH else ""
        blocks.append(
            CadBlock(
                name=clean(name),
                insert_count=references[key],
                instance_count=instances.get(key, 0),
                base_point=detail.get("base_point"),
                entity_count=scene.types.total(),
                entity_types=dict(scene.types),
                nested={_name(survey, child): cells for child, cells in count_cells(scene.placements).items()},
                attributes=survey.definitions.get(handle, []),
                bbox=boxes.get(key),
                is_anonymous=name.startswith("*"),
                is_xref=bool(path),
                xref_path=path or None,
                description=clean(detail.get("description") or "") or None,
                handle=f"{handle:X}",
            )
        )
    return blocks


def list_xrefs(blocks: list[CadBlock]) -> list[CadReference]:
    return [
        CadReference(kind="xref", path=block.xref_path, name=block.name, handle=block.handle)
        for block in blocks
        if block.is_xref
    ]


def _name(survey: Survey, key: str) -> str:
    handle = int(key) if key.isdecimal() else None
    return survey.block_name(handle) or key


def count_inserts(survey: Survey, scene: Scene) -> dict[str, int]:
    """INSERT objects by the name of their block."""
    counts: Counter[str] = Counter()
    for key, number in scene.inserts.items():
        counts[_name(survey, key)] += number
    return dict(counts)
