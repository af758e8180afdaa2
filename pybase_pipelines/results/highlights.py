"""What a person wants to know of a result first: its main counts in a line, and a few rows of its main lists.

What belongs here: which parts of which result, and how many. What does not: how they are shown (`cli`,
`orchestration.metadata`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HIGHLIGHTS = {
    "pages": "pages",
    "elements": "elements",
    "spatial_structure.storeys": "storeys",
    "spatial_structure.spaces": "spaces",
    "parts": "parts",
    "assembly.occurrences": "occurrences",
    "pmi.dimensions": "PMI dimensions",
    "pmi.geometric_tolerances": "geometric tolerances",
    "dimensions": "dimensions",
    "bom.items": "BOM items",
    "revisions": "revisions",
    "tables": "tables",
    "layers": "layers",
    "attributes": "attributes",
    "text_blocks": "texts",
    "gdts": "geometric tolerances",
    "threads": "threads",
    "type_objects": "types",
}
"""Counts that tell most, in this order, and their words: plurals that end in s."""

LISTS = {
    "spatial_structure.storeys": ("name", "elevation"),
    "parts": ("name", "instance_count", "material", "volume"),
    "bom.items": ("item", "quantity", "part_number", "description", "ifc_class", "type_name", "material"),
    "revisions": ("revision", "date", "author", "description"),
}
"""Lists of which a few rows tell a person whether the file was understood, and their columns."""

_TITLE_FIELDS = (
    "drawing_number", "part_number", "title", "revision", "date", "author", "checked_by", "approved_by", "company",
    "project", "scale", "sheet", "size", "material", "finish", "weight", "general_tolerance",
)  # fmt: skip
_MOST_CHARACTERS = 200


def describe_counts(counts: Mapping[str, int], most: int = 5) -> list[str]:
    """The first counts of the table that are not zero, in words: "8 parts", "1 page"."""
    found = [(counts[name], words) for name, words in HIGHLIGHTS.items() if counts.get(name)]
    return [f"{number:,} {words if number != 1 else words.removesuffix('s')}" for number, words in found[:most]]


def shorten_version(version: str | None) -> str | None:
    """A format's version in a word: STEP names its whole schema ("AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF")."""
    return version.partition("_")[0].partition(" ")[0][:12] if version else None


def read_title_block(result: Mapping[str, Any]) -> dict[str, str]:
    """What the title block of a drawing says, by field."""
    block = result.get("title_block")
    if not isinstance(block, Mapping):
        return {}
    return {name: _cut(block[name]) for name in _TITLE_FIELDS if block.get(name)}


def read_rows(result: Mapping[str, Any], path: str, most: int) -> list[dict[str, str]]:
    """The first rows of one of `LISTS`, with the columns that any of them fills."""
    found: Any = result
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    rows = [row for row in found or () if isinstance(row, Mapping)][:most]
    columns = [name for name in LISTS[path] if any(row.get(name) not in (None, "") for row in rows)]
    return [{name: _cut(row.get(name)) for name in columns} for row in rows] if columns else []


def _cut(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:,.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
