"""Shape aspects: which faces of the geometry a dimension, a tolerance or a datum is about."""

from __future__ import annotations

from dataclasses import dataclass, field

from pybase_pipelines.extractors.step.part21 import Part21, Reference, Typed, Value
from pybase_pipelines.extractors.step.products import Products

_USAGES = ("GEOMETRIC_ITEM_SPECIFIC_USAGE", "ITEM_IDENTIFIED_REPRESENTATION_USAGE")
_RELATIONSHIPS = (
    "SHAPE_ASPECT_RELATIONSHIP", "SHAPE_ASPECT_DERIVING_RELATIONSHIP", "FEATURE_FOR_DATUM_TARGET_RELATIONSHIP",
    "SHAPE_ASPECT_ASSOCIATIVITY",
)  # fmt: skip
_MAX_ASPECTS = 2000


@dataclass(slots=True)
class Aspects:
    """The items of each shape aspect, and which aspects are composed of which."""

    items: dict[int, list[int]] = field(default_factory=dict)
    related: dict[int, list[int]] = field(default_factory=dict)

    def faces(self, *references: Value) -> list[str]:
        """The items of aspects and of all that they are composed of, as "#12", each once."""
        found: dict[int, None] = {}
        waiting = [int(r) for r in reversed(references) if isinstance(r, Reference)]
        seen: set[int] = set()
        while waiting and len(seen) < _MAX_ASPECTS:
            aspect = waiting.pop()
            if aspect not in seen:
                seen.add(aspect)
                found.update(dict.fromkeys(self.items.get(aspect, ())))
                waiting.extend(reversed(self.related.get(aspect, ())))
        return [f"#{number}" for number in found]

    def part(self, products: Products, reference: Value) -> str | None:
        """The name of the part that an aspect belongs to."""
        product = products.owner(reference).product
        return products.products[product].name if product is not None else None


def read_aspects(file: Part21) -> Aspects:
    found = Aspects()
    for usage in file.of(*_USAGES):
        record = usage.record(*_USAGES)
        aspect = record.reference(2)
        identified = record.at(4)
        if aspect is not None:
            if isinstance(identified, Typed):  # SET_REPRESENTATION_ITEM((...))
                identified = identified.value
            listed = identified if isinstance(identified, list) else [identified]
            found.items.setdefault(aspect, []).extend(int(i) for i in listed if isinstance(i, Reference))
    for link in file.of(*_RELATIONSHIPS):
        record = link.record(*_RELATIONSHIPS)
        relating, related = record.reference(2), record.reference(3)
        if relating is not None and related is not None:
            found.related.setdefault(relating, []).append(related)
    return found
