"""Files that the drawing points to: external drawings, images, underlays, embedded objects."""

from __future__ import annotations

from typing import Any

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.dxf.survey import Handler, Survey, Where
from pybase_pipelines.results.cad import CadReference

_UNDERLAYS = {"PDFUNDERLAY": "pdf", "DWFUNDERLAY": "dwf", "DGNUNDERLAY": "dgn"}


def _add(survey: Survey, entity: Any, where: Where, kind: str, path: str | None, name: str | None = None) -> None:
    survey.content.references.append(
        CadReference(
            kind=kind, path=clean(path) if path else None, name=clean(name) if name else None,
            layout=where.layout, layer=entity.dxf.layer, handle=entity.dxf.handle,
        )
    )  # fmt: skip


def _image(survey: Survey, entity: Any, where: Where) -> None:
    for point in entity.boundary_path_wcs():
        where.scene.box.add(point.x, point.y)
    definition = survey.document.entitydb.get(entity.dxf.get("image_def_handle", "0"))
    _add(survey, entity, where, "image", definition.dxf.get("filename") if definition is not None else None)


def _underlay(survey: Survey, entity: Any, where: Where) -> None:
    point = entity.dxf.insert
    where.scene.box.add(point.x, point.y)
    definition = survey.document.entitydb.get(entity.dxf.get("underlay_def_handle", "0"))
    path = definition.dxf.get("filename") if definition is not None else None
    page = definition.dxf.get("name") if definition is not None else None
    _add(survey, entity, where, _UNDERLAYS[entity.dxftype()], path, page)


def _ole(survey: Survey, entity: Any, where: Where) -> None:
    _add(survey, entity, where, "ole", None)


HANDLERS: dict[str, Handler] = {"IMAGE": _image, "OLE2FRAME": _ole, "OLEFRAME": _ole} | dict.fromkeys(
    _UNDERLAYS, _underlay
)
