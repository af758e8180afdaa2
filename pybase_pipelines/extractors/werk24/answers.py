"""From the answer to AskFeatures and AskMetaData to the fields of the result.

What belongs here: which field of an answer is which of ours. What does not: how a field is read (`payloads`) and
which answers count (`messages`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pybase_pipelines.extractors.werk24.payloads import (
    Payload,
    confidence,
    count,
    flag,
    number,
    record,
    records,
    unit,
    word,
)  # fmt: skip
from pybase_pipelines.results.drawing import Bom, BomItem, Dimension, Note, TitleBlock
from pybase_pipelines.results.werk24 import DrawingMaterial, Feature, GeometricTolerance, SurfaceFinish, Thread

_OTHER_FEATURES = {
    "bores": "bore", "chamfers": "chamfer", "radii": "radius", "undercuts": "undercut", "key_slots": "key_slot",
    "center_holes": "center_hole", "fasteners": "fastener",
}  # fmt: skip
_IDENTIFIERS = {
    "drawing_number": ("DRAWING_NUMBER", "DOCUMENT_NUMBER", "NUMBER"),
    "part_number": ("PART_NUMBER", "ITEM_NUMBER", "MATERIAL_NUMBER", "IDENTIFICATION_NUMBER"),
    "project": ("PROJECT_NAME", "PROJECT_NUMBER"),
    "company": ("MANUFACTURER_NAME",),
}
"""Which kinds of identifier fill a field, the best first; all others stay under their own kind."""


def _base(item: Payload, page: int) -> dict[str, Any]:
    """What every finding has."""
    return {
        "text": word(item, "label"),
        "page": page,
        "confidence": confidence(item),
        "reference_id": count(item, "reference_id"),
    }


def read_dimensions(payload: Payload, page: int) -> list[Dimension]:
    found = []
    for item in records(payload, "dimensions"):
        size = record(item, "size")
        tolerance = record(size, "tolerance")
        sure = confidence(item)
        found.append(
            Dimension(
                page=page,
                text=word(item, "label"),
                value=number(size, "value"),
                unit=unit(size),
                dimension_type=(word(size, "size_type") or "linear").lower(),
                tolerance_plus=number(tolerance, "deviation_upper"),
                tolerance_minus=number(tolerance, "deviation_lower"),
                fit=word(tolerance, "fit"),
                quantity=count(item, "quantity"),
                is_reference=flag(tolerance, "is_reference"),
                is_basic=flag(tolerance, "is_theoretically_exact"),
                confidence=1.0 if sure is None else sure,
            )
        )
    return found


def read_gdts(payload: Payload, page: int) -> list[GeometricTolerance]:
    found = []
    for item in records(payload, "gdnts"):
        value = record(record(item, "zone"), "value")
        found.append(
            GeometricTolerance(
                **_base(item, page),
                characteristic_type=word(item, "characteristic"),
                tolerance_value=number(value, "value"),
                tolerance_unit=unit(value),
                material_condition=word(item, "material_condition"),
                state=word(item, "state"),
                datums=[letter for datum in records(item, "datums") if (letter := word(datum, "label"))],
            )
        )
    return found


def read_threads(payload: Payload, page: int) -> list[Thread]:
    found = []
    for item in records(payload, "threads"):
        diameter, spacing, depth = record(item, "diameter"), record(item, "spacing"), record(item, "depth")
        kind = word(item, "thread_type")
        found.append(
            Thread(
                **_base(item, page),
                thread_type=kind,
                standard=kind,
                designation=word(item, "label"),
                nominal_diameter=number(diameter, "value"),
                unit=unit(diameter),
                pitch=number(spacing, "pitch_in_mm"),
                threads_per_inch=number(spacing, "threads_per_inch"),
                thread_class=_thread_class(item),
                hand=word(item, "handedness"),
                depth=number(record(depth, "size"), "value"),
                depth_type=word(depth, "depth_type"),
                quantity=count(item, "quantity"),
            )
        )
    return found


def _thread_class(item: Payload) -> str | None:
    """The class as written where the standard has one, else the tolerance fields of the metric thread."""
    for name in ("uts_tolerance_class", "whitworth_tolerance_class"):
        if found := word(item, name):
            return found
    grades = []
    for side in ("female", "male"):
        for part in ("pitch_diameter", "major_diameter"):
            tolerance = record(item, f"{side}_{part}_tolerance")
            grade = word(tolerance, "fit") or word(tolerance, "tolerance_grade")
            if grade and grade not in grades:
                grades.append(grade)
    return " ".join(grades) or None


def read_surface_finishes(payload: Payload, page: int) -> list[SurfaceFinish]:
    return [_surface_finish(item, page) for item in records(payload, "roughnesses")]


def read_general_finish(payload: Payload, page: int) -> list[SurfaceFinish]:
    """What META_DATA says of all surfaces without a requirement of their own."""
    item = record(payload, "general_roughness")
    return [_surface_finish(item, page, is_general=True)] if item else []


def _surface_finish(item: Payload, page: int, *, is_general: bool = False) -> SurfaceFinish:
    values: dict[str, tuple[float | None, str | None]] = {}
    for condition in records(item, "conditions"):
        size = record(condition, "value")
        if (parameter := word(condition, "parameter")) and parameter not in values:
            values[parameter] = (number(size, "value"), unit(size))
    first = next(iter(values), None)
    value, of_unit = values[first] if first else (None, None)
    return SurfaceFinish(
        **_base(item, page),
        standard=word(item, "standard"),
        parameter=first,
        value=value,
        unit=of_unit,
        ra_value=values.get("Ra", (None, None))[0],
        rz_value=values.get("Rz", (None, None))[0],
        machining_allowance=number(record(item, "machining_allowance"), "value"),
        lay_symbol=word(item, "direction_of_lay"),
        process=word(item, "manufacturing_process"),
        material_removal=word(item, "material_removal_type"),
        applies_all_around=flag(item, "applies_all_around"),
        is_general=is_general,
    )


def read_features(payload: Payload, page: int) -> list[Feature]:
    known = {"label", "confidence", "reference_id", "quantity"}
    return [
        Feature(
            **_base(item, page),
            kind=kind,
            quantity=count(item, "quantity"),
            details={key: value for key, value in item.items() if key not in known and value is not None},
        )
        for name, kind in _OTHER_FEATURES.items()
        for item in records(payload, name)
    ]


def read_materials(payload: Payload, page: int) -> list[DrawingMaterial]:
    found = []
    for option, combination in enumerate(records(payload, "material_options"), start=1):
        for item in records(combination, "material_combination"):
            raw = item.get("material_category")
            categories = [c for c in raw if isinstance(c, str)] if isinstance(raw, list | tuple) else []
            found.append(
                DrawingMaterial(
                    text=word(item, "raw_ocr"),
                    page=page,
                    reference_id=count(combination, "reference_id"),
                    designation=word(item, "designation"),
                    standard=word(item, "standard"),
                    material_type=categories[0] if categories else None,
                    categories=categories,
                    option=option,
                )
            )
    return found


def read_title_block(payload: Payload, page: int) -> TitleBlock | None:
    """The title block, or None where nothing of one was read."""
    identifiers: dict[str, str] = {}
    for item in records(payload, "identifiers"):
        kind, value = word(item, "identifier_type"), word(item, "value")
        if kind and value:
            # A number that the drawing once had, or that a customer gives it, is not its number.
            qualifiers = (word(item, "period"), word(item, "stakeholder"))
            others = [q for q in qualifiers if q not in (None, "CURRENT", "OWNER")]
            kind = f"{kind} ({', '.join(str(q) for q in others)})" if others else kind
            identifiers.setdefault(kind, value)
    fields: dict[str, str] = {}
    for field, kinds in _IDENTIFIERS.items():
        kind = next((k for k in kinds if k in identifiers), None)
        if kind is not None:
            fields[field] = identifiers.pop(kind)
    fields |= {name: value for name, value in _written_fields(payload).items() if value}
    if not fields and not identifiers:
        return None
    return TitleBlock(page=page, custom_fields=identifiers, source="werk24", **fields)  # type: ignore[arg-type]


def _written_fields(payload: Payload) -> dict[str, str | None]:
    weight, general = record(payload, "weight"), record(payload, "general_tolerances")
    amount = number(weight, "value")
    materials = read_materials(payload, 0)
    systems = [word(item, "unit_system_type") for item in records(payload, "unit_systems")]
    return {
        "title": next((word(item, "value") for item in records(payload, "designation")), None),
        "weight": f"{amount:g} {unit(weight) or ''}".strip() if amount is not None else None,
        "projection": word(record(payload, "projection_method"), "projection_method"),
        "general_tolerance": " ".join(
            part for part in (word(general, "tolerance_standard"), word(general, "tolerance_class")) if part
        ),
        "material": next((m.text or m.designation for m in materials), None),
        "units": next((s for s in systems if s), None),
    }


def read_bom(payload: Payload, page: int) -> Bom | None:
    rows = records(record(payload, "bill_of_material"), "rows")
    items = [_bom_item(row) for row in rows]
    headers = ["position", "part_number", "designation", "material", "quantity", "unit_weight"]
    return Bom(page=page, headers=headers, items=items) if items else None


def _bom_item(row: Payload) -> BomItem:
    quantity, weight = record(row, "quantity"), record(row, "unit_weight")
    materials = read_materials(row, 0)
    return BomItem(
        item=word(row, "position"),
        quantity=_amount(quantity),
        part_number=word(row, "part_number"),
        description=word(row, "designation"),
        material=", ".join(m.designation for m in materials if m.designation) or None,
        unit=unit(quantity),
        weight=" ".join(part for part in (_amount(weight), unit(weight)) if part) or None,
    )


def _amount(quantity: Mapping[str, Any]) -> str | None:
    value = number(quantity, "value")
    return f"{value:g}" if value is not None else None


def read_notes(payload: Payload, page: int) -> list[Note]:
    return [Note(page=page, text=text) for item in records(payload, "notes") if (text := word(item, "label"))]


def read_words(payload: Payload, name: str, key: str) -> list[str]:
    """The words of a list, whose items are words or records that hold them under `key`."""
    found = payload.get(name)
    items = found if isinstance(found, list | tuple) else ()
    values = [item if isinstance(item, str) else word(item, key) for item in items if isinstance(item, str | Mapping)]
    return [value for value in values if value]
