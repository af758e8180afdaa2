"""Where on earth the model lies: map conversion, reference system, true north, the site's position.

What belongs here: reading these, in IFC2X3 also from the property sets that stand for them. What does not: shapes.
"""

from __future__ import annotations

import math
from typing import Any

from pybase_pipelines.extractors.ifc.model import Model, Row, number, reference, references, text
from pybase_pipelines.extractors.ifc.property_values import plain_value
from pybase_pipelines.extractors.ifc.units import Units
from pybase_pipelines.results.ifc import IfcGeoreferencing


def read_georeferencing(model: Model, units: Units) -> IfcGeoreferencing | None:
    """The georeferencing; None where the file says nothing of it."""
    found = IfcGeoreferencing(true_north_degrees=_true_north(model))
    conversions = [*model.rows("IfcMapConversion"), *model.rows("IfcRigidOperation")]
    if conversions:
        _fill_conversion(found, conversions[0])
        target = reference(conversions[0].get("TargetCRS"))
        if target is not None:
            _fill_crs(found, model.row(target), units)
    elif model.schema == "IFC2X3":
        _fill_from_sets(found, model)
    if site := next((row for row in model.rows("IfcSite")), None):
        found.latitude, found.longitude = (
            decimal_degrees(site.get("RefLatitude")),
            decimal_degrees(site.get("RefLongitude")),
        )
        found.elevation = number(site.get("RefElevation"))
    if found.x_axis_abscissa is not None and found.x_axis_ordinate is not None:
        found.rotation_degrees = math.degrees(math.atan2(found.x_axis_ordinate, found.x_axis_abscissa))
    return found if found.model_dump(exclude_none=True) else None


def decimal_degrees(value: Any) -> float | None:
    """Degrees, minutes, seconds and millionths of a second, all of one sign, as degrees."""
    if not isinstance(value, tuple) or not 3 <= len(value) <= 4 or not all(isinstance(v, int) for v in value):
        return None
    degrees, minutes, seconds, millionths = (*value, 0)[:4]
    return round(degrees + minutes / 60 + (seconds + millionths / 1_000_000) / 3600, 10)


def _fill_conversion(found: IfcGeoreferencing, row: Row) -> None:
    found.eastings = number(row.get("Eastings")) if "Eastings" in row else number(row.get("FirstCoordinate"))
    found.northings = number(row.get("Northings")) if "Northings" in row else number(row.get("SecondCoordinate"))
    found.orthogonal_height = number(row.get("OrthogonalHeight") if "OrthogonalHeight" in row else row.get("Height"))
    found.x_axis_abscissa = number(row.get("XAxisAbscissa"))
    found.x_axis_ordinate = number(row.get("XAxisOrdinate"))
    found.scale = number(row.get("Scale"))


def _fill_crs(found: IfcGeoreferencing, row: Row, units: Units) -> None:
    found.crs_name = text(row.get("Name"))
    found.crs_description = text(row.get("Description"))
    found.geodetic_datum = text(row.get("GeodeticDatum"))
    found.vertical_datum = text(row.get("VerticalDatum"))
    found.map_projection = text(row.get("MapProjection"))
    found.map_zone = text(row.get("MapZone"))
    found.map_unit = units.name_of(row.get("MapUnit"))


def _fill_from_sets(found: IfcGeoreferencing, model: Model) -> None:
    """IFC2X3 has no map conversion; by agreement it stands in ePSet_MapConversion and ePSet_ProjectedCRS."""
    for entity in model.entities("IfcPropertySet"):
        name = (text(entity.get_argument(2)) or "").lower()
        if name not in ("epset_mapconversion", "epset_projectedcrs"):
            continue
        row = model.row(entity)
        properties = (model.row(entity) for entity in references(row.get("HasProperties")))
        values = {text(p.get("Name")) or "": plain_value(p.get("NominalValue")) for p in properties}
        if name == "epset_mapconversion":
            _fill_conversion(found, values)
        else:
            _fill_crs(found, {k: v for k, v in values.items() if k != "MapUnit"}, Units(model))
            found.map_unit = text(values.get("MapUnit"))


def _true_north(model: Model) -> float | None:
    for row in model.rows("IfcGeometricRepresentationContext"):
        direction = reference(row.get("TrueNorth"))
        ratios = model.row(direction).get("DirectionRatios") if direction is not None else None
        if isinstance(ratios, tuple) and len(ratios) >= 2:
            x, y = number(ratios[0]), number(ratios[1])
            if x is not None and y is not None and (x or y):
                return round(math.degrees(math.atan2(x, y)), 10)
    return None
