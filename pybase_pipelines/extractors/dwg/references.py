"""Files that a DWG points to."""

from __future__ import annotations

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.dwg.survey import Survey
from pybase_pipelines.results.cad import CadReference

_UNDERLAYS = {"PDFDEFINITION": "pdf", "DWFDEFINITION": "dwf", "DGNDEFINITION": "dgn"}


def read_references(survey: Survey) -> None:
    """Images by their definition; underlays by the strings of theirs."""
    paths = {row[0]: row[1] for row in survey.database.rows("image_defs")}
    for row in survey.rows("image_entities", "IMAGE"):
        handle, insert, u, v, size, definition = row[0], row[1], row[2], row[3], row[4], row[10]
        box = survey.scene(handle).box
        for a, b in ((0, 0), (size[0], 0), (0, size[1]), size):
            box.add(insert[0] + u[0] * a + v[0] * b, insert[1] + u[1] * a + v[1] * b)
        survey.content.references.append(
            CadReference(
                kind="image", path=clean(paths.get(definition) or "") or None, layout=survey.spot(handle).layout,
                layer=survey.database.layer_of(handle), handle=f"{handle:X}",
            )
        )  # fmt: skip
    for name, kind in _UNDERLAYS.items():
        for handle in survey.database.of_type(name):
            words = survey.database.strings(handle)
            if words:
                survey.text_only[f"{kind.upper()}UNDERLAY"] += 1
                survey.content.references.append(
                    CadReference(
                        kind=kind,
                        path=clean(words[0]),
                        name=clean(words[1]) if len(words) > 1 else None,
                        handle=f"{handle:X}",
                    )
                )
