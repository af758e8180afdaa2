"""The bill of materials of a model: elements of one class, type and material, counted, their quantities summed.

What belongs here: grouping elements that are read. What does not: reading them.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybase_pipelines.results.ifc import IfcBom, IfcBomItem, IfcBomQuantity, IfcElement

Key = tuple[str, str | None, str | None, tuple[str, ...]]


def gather_bom(elements: Iterable[IfcElement]) -> IfcBom:
    """One item for each class, type and materials among `elements`, in the order of their first element."""
    items: dict[Key, IfcBomItem] = {}
    for element in elements:
        materials = tuple(use.name for use in element.materials if use.name)
        key = (element.ifc_class, element.type_global_id, element.type_name or element.object_type, materials)
        item = items.get(key)
        if item is None:
            item = items[key] = IfcBomItem(
                item=len(items) + 1,
                ifc_class=element.ifc_class,
                type_name=key[2],
                type_global_id=element.type_global_id,
                materials=list(materials),
                quantity=0,
            )
        item.quantity += 1
        _add_quantities(item, element)
    return IfcBom(items=list(items.values()))


def _add_quantities(item: IfcBomItem, element: IfcElement) -> None:
    counted: set[str] = set()
    for values in element.quantities.values():
        for name, quantity in values.items():
            value, unit = quantity.get("value"), quantity.get("unit")
            known = item.quantities.get(name)
            if value is None or name in counted or (known is not None and known.unit != unit):
                continue
            counted.add(name)
            if known is None:
                item.quantities[name] = IfcBomQuantity(total=value, unit=unit, count=1)
            else:
                known.total += value
                known.count += 1
