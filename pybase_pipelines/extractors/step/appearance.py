"""How parts look: their colours and the layers they are on.

What belongs here: styles and layer assignments, read from the text. What does not: annotations and views.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pybase_pipelines.extractors.step.part21 import Instance, Part21, Reference, Value
from pybase_pipelines.extractors.step.products import Products
from pybase_pipelines.results.step import Layer

_STYLED = ("STYLED_ITEM", "OVER_RIDING_STYLED_ITEM")
_SHELLS_OF = {"MANIFOLD_SOLID_BREP": 1, "BREP_WITH_VOIDS": 1, "FACETED_BREP": 1, "SHELL_BASED_SURFACE_MODEL": 1}
_BODIES = (*_SHELLS_OF, "MAPPED_ITEM", "TESSELLATED_SOLID", "TESSELLATED_SHELL", "CSG_SOLID", "EXTRUDED_AREA_SOLID")
_NAMED = {
    "red": "#FF0000", "green": "#00FF00", "blue": "#0000FF", "yellow": "#FFFF00", "magenta": "#FF00FF",
    "cyan": "#00FFFF", "black": "#000000", "white": "#FFFFFF",
}  # fmt: skip
_MAX_STEPS = 60


@dataclass(slots=True)
class AppearanceFound:
    """Colours and layers by product, and all layers of the file."""

    color_of: dict[int, str] = field(default_factory=dict)
    layers_of: dict[int, list[str]] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)


def read_appearance(file: Part21, products: Products) -> AppearanceFound:
    """Read colours and layers. A part has the colour of its body, else the one that most of its faces have."""
    found = AppearanceFound()
    definition_of = _items_and_their_faces(file, products)
    bodies: dict[int, Counter[str]] = {}
    faces: dict[int, Counter[str]] = {}
    others: dict[int, Counter[str]] = {}
    style_colors: dict[int, str | None] = {}
    for instance in file.of(*_STYLED):
        record = instance.record("STYLED_ITEM", "OVER_RIDING_STYLED_ITEM")
        item = record.reference(2)
        definition = definition_of.get(item) if item is not None else None
        if item is None or definition is None:
            continue
        color = next(filter(None, (_color(file, style, style_colors) for style in record.items(1))), None)
        if color is not None:
            if item not in products.definition_of_item:
                where = faces
            else:
                body = file.get(item)
                where = bodies if body and any(t in body.records for t in _BODIES) else others
            where.setdefault(products.product_of_definition[definition], Counter())[color] += 1
    for product in {**others, **faces, **bodies}:
        colors = bodies.get(product) or faces.get(product) or others[product]
        found.color_of[product] = colors.most_common(1)[0][0]
    _read_layers(file, products, definition_of, found)
    return found


def _items_and_their_faces(file: Part21, products: Products) -> dict[int, int]:
    """The definition of each item of a shape, and of the shells and faces that bodies are made of."""
    owners = dict(products.definition_of_item)
    for item, definition in products.definition_of_item.items():
        body = file.get(item)
        index = next((i for type_, i in _SHELLS_OF.items() if body and type_ in body.records), None)
        if body is None or index is None:
            continue
        record = next(body.records[t] for t in _SHELLS_OF if t in body.records)
        for shell_reference in [record.at(index), *record.items(index), *record.items(index + 1)]:
            shell = file.get(shell_reference)
            if shell is not None:
                owners.setdefault(shell.id, definition)
                shell_record = shell.record("CLOSED_SHELL", "OPEN_SHELL", "CONNECTED_FACE_SET")
                owners.update({f: definition for f in shell_record.items(1) if isinstance(f, Reference)})
    return owners


def _color(file: Part21, style: Value, known: dict[int, str | None]) -> str | None:
    """The first colour of a surface, or else of a curve, that a style leads to."""
    if not isinstance(style, Reference):
        return None
    if style not in known:
        known[style] = None
        known[style] = _search_color(file, style)
    return known[style]


def _search_color(file: Part21, start: Reference) -> str | None:
    waiting: list[Value] = [start]
    fallback: str | None = None
    for _ in range(_MAX_STEPS):
        if not waiting:
            break
        instance = file.get(waiting.pop())
        if instance is None:
            continue
        if (color := _named_or_rgb(instance)) is not None:
            return color
        if curve := instance.record("CURVE_STYLE"):
            target = file.get(curve.at(3))
            fallback = fallback or (_named_or_rgb(target) if target else None)
            continue
        for record in instance.records.values():
            for value in reversed(record):
                waiting.extend(value if isinstance(value, list) else [value])
    return fallback


def _named_or_rgb(instance: Instance) -> str | None:
    if named := instance.record("DRAUGHTING_PRE_DEFINED_COLOUR", "PRE_DEFINED_COLOUR"):
        return _NAMED.get((named.text(0) or "").lower())
    rgb = instance.record("COLOUR_RGB")
    parts = [rgb.number(i) for i in (1, 2, 3)] if rgb else []
    if not parts or any(p is None for p in parts):
        return None
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, p or 0.0))):02X}" for p in parts)


def _read_layers(file: Part21, products: Products, definition_of: dict[int, int], found: AppearanceFound) -> None:
    hidden = {v for i in file.of("INVISIBILITY") for v in i.record("INVISIBILITY").items(0) if isinstance(v, Reference)}
    styled_item = {}
    for instance in file.of(*_STYLED):
        styled_item[instance.id] = instance.record("STYLED_ITEM", "OVER_RIDING_STYLED_ITEM").reference(2)
    merged: dict[str, Layer] = {}
    for instance in file.of("PRESENTATION_LAYER_ASSIGNMENT"):
        record = instance.record("PRESENTATION_LAYER_ASSIGNMENT")
        name = record.text(0) or ""
        layer = merged.setdefault(name, Layer(name=name, description=(record.text(1) or "").strip() or None))
        layer.item_count += len(record.items(2))
        layer.is_visible = layer.is_visible and instance.id not in hidden
        for item in record.items(2):
            target = styled_item.get(item, item) if isinstance(item, Reference) else None
            definition = definition_of.get(target) if isinstance(target, int) else None
            if definition is not None:
                names = found.layers_of.setdefault(products.product_of_definition[definition], [])
                if name not in names:
                    names.append(name)
    found.layers = list(merged.values())
