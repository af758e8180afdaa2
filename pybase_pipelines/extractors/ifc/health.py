"""What is wrong or doubtful in a model that was read well: the findings of a model checker.

What belongs here: findings about the model, as numbers and warnings. What does not: faults of the file (`reading`).
"""

from __future__ import annotations

from collections import defaultdict

from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.ifc.model import Model, text
from pybase_pipelines.extractors.ifc.property_sets import PropertySets
from pybase_pipelines.extractors.ifc.relations import Relations, built_elements
from pybase_pipelines.results.ifc import IfcContent, IfcDuplicate, IfcHealth

MAX_LISTED = 100


def check_model(
    model: Model, relations: Relations, sets: PropertySets | None, content: IfcContent, progress: Progress
) -> IfcHealth:
    """The model's health; each finding that matters is a warning too."""
    health = IfcHealth()
    _find_duplicates(relations, health, progress)
    _find_orphans(model, relations, health, progress)
    health.empty_property_set_count = sets.empty if sets else 0
    health.unused_type_count = sum(not found.instance_count for found in content.type_objects)
    storeys = content.spatial_structure.storeys
    health.storeys_without_elevation = [
        s.name or s.global_id or f"#{s.entity_id}" for s in storeys if s.elevation is None
    ]
    return health


def _find_duplicates(relations: Relations, health: IfcHealth, progress: Progress) -> None:
    """Of objects; what other things (relations, property sets) are called is of no use to anyone."""
    known: dict[str, list[int]] = defaultdict(list)
    for number, row in relations.objects.items():
        if global_id := text(row.get("GlobalId")):
            known[global_id].append(number)
    found = [IfcDuplicate(global_id=k, entity_ids=v) for k, v in known.items() if len(v) > 1]
    if not found:
        return
    health.duplicate_global_ids, health.duplicate_global_id_count = found[:MAX_LISTED], len(found)
    message = f"{len(found)} GlobalIds stand for more than one object, the first is {found[0].global_id}."
    progress.warn("duplicate_global_ids", message, f"#{found[0].entity_ids[1]}")


def _find_orphans(model: Model, relations: Relations, health: IfcHealth, progress: Progress) -> None:
    elements = sorted(built_elements(model))
    loose = (n for n in elements if relations.place_of(n)[0] is None and not _is_placed(n, relations))
    orphans = [relations.objects[number] for number in loose]
    names = [text(row.get("GlobalId")) or f"#{row['id']}" for row in orphans]
    health.without_container, health.without_container_count = names[:MAX_LISTED], len(names)
    health.without_type_count = sum(number not in relations.types for number in elements)
    health.proxy_count = len(model.numbers("IfcBuildingElementProxy"))
    health.proxy_share = round(health.proxy_count / len(elements), 4) if elements else 0.0
    if orphans:
        message = f"{len(orphans)} elements stand in no place, the first is {orphans[0]['type']} {names[0]}."
        progress.warn("elements_without_container", message, f"#{orphans[0]['id']}")


def _is_placed(number: int, relations: Relations) -> bool:
    """Part of a whole that is a place (a part of a bridge is aggregated, not contained)."""
    seen: set[int] = set()
    while number not in seen and number in relations.wholes:
        seen.add(number)
        number = relations.wholes[number][0].id()
    row = relations.objects.get(number)
    return row is not None and row["type"] == "IfcProject"
