"""How much of the file was read: told for every DWG, because the decoder does not know every object."""

from __future__ import annotations

from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.dwg.survey import Survey
from pybase_pipelines.results.dwg import Coverage

_SURFACES = ("SURFACE", "EXTRUDEDSURFACE", "LOFTEDSURFACE", "REVOLVEDSURFACE", "SWEPTSURFACE", "PLANESURFACE")
_OTHERS = ("3DSOLID", "REGION", "BODY", "LIGHT", "SECTIONOBJECT", "CAMERA", "OLE2FRAME", "OLEFRAME")
_COUNTED = frozenset(_SURFACES + _OTHERS)
"""Of these nothing but their number is reported, from a DXF neither: they are not lost."""


def report_coverage(survey: Survey, progress: Progress) -> None:
    """Fill `coverage`, and warn of what is lost: with that the result is partial."""
    present = survey.database.present()
    coverage = Coverage(present=dict(present), unplaced=survey.unplaced)
    for name, number in present.items():
        read = number if name in _COUNTED else min(number, survey.read[name])
        text_only = min(number - read, survey.text_only[name])
        missing = number - read - text_only
        for counts, amount in ((coverage.read, read), (coverage.text_only, text_only), (coverage.lost, missing)):
            if amount:
                counts[name] = amount
    total = sum(present.values())
    coverage.share = round(1 - sum(coverage.lost.values()) / total, 4) if total else None
    coverage.warnings = [f"{name}: {reason}" for name, reason in survey.database.failures.items()]
    survey.content.coverage = coverage
    for name, reason in survey.database.failures.items():
        progress.warn("decoder_failed", f"The decoder failed on {name.replace('_', ' ')}: {reason}", name, partial=True)
    if coverage.lost:
        listed = ", ".join(f"{number} {name}" for name, number in sorted(coverage.lost.items()))
        progress.warn(
            "not_decoded",
            f"The decoder cannot read: {listed}. They are counted, but what they hold is missing.",
            "entities",
            partial=True,
        )
    if coverage.text_only:
        listed = ", ".join(f"{number} {name}" for name, number in sorted(coverage.text_only.items()))
        progress.warn(
            "text_only", f"Only words could be read, not where they stand: {listed}.", "entities", partial=True
        )
    if coverage.unplaced:
        progress.warn(
            "unplaced",
            f"Of {coverage.unplaced} objects the space is not known; they are in no count.",
            "entities",
            partial=True,
        )
