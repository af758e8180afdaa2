"""What is known of a STEP file before its entities are understood: header, schema, units, census, what is broken.

What belongs here: metadata, and the warnings about the text itself. What does not: the meaning of entities.
"""

from __future__ import annotations

import re

from pybase_pipelines.errors import CorruptedFile, EmptyFile, TruncatedFile, UnsupportedFormat
from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.step.part21 import Part21
from pybase_pipelines.extractors.step.units import UnitReader, rounded
from pybase_pipelines.formats.part21_header import Part21Header, read_part21_header
from pybase_pipelines.results.step import StepMetadata

_PROTOCOLS = (
    (r"CONFIG_CONTROL_DESIGN|CONFIG_CONTROLLED|AP203", "AP203"),
    (r"AUTOMOTIVE_DESIGN|AP214", "AP214"),
    (r"AP242|MANAGED_MODEL_BASED_3D", "AP242"),
    (r"AP209|ANALYSIS_AND_DESIGN|STRUCTURAL_ANALYSIS", "AP209"),
    (r"AP210|ELECTRONIC_ASSEMBLY", "AP210"),
    (r"AP238|INTEGRATED_CNC|MACHINING", "AP238"),
    (r"AP2\d\d|ASSOCIATIVE_DRAUGHTING|EXPLICIT_DRAUGHTING|GEOMETRIC_VALIDATION|CONFIG_CONTROL|SHIP_|PLANT_|AIC_", None),
)
_EDITION = re.compile(r"\{\s*1\s+0\s+10303\s+(\d+)\s+(-?\d+)")
_EXPONENT = re.compile(r"\d\.?E\+?(\d{3,})")
_MAX_EXPONENT = 308
_SHOWN = 3


def require_step(data: bytes) -> Part21Header:
    """The header of the file.

    Raises:
        EmptyFile, TruncatedFile, CorruptedFile, UnsupportedFormat: it is no STEP file.
    """
    if not data:
        raise EmptyFile("The file is empty.")
    header = read_part21_header(data)
    if header is None:
        start = data[:12].decode("ascii", "backslashreplace")
        raise CorruptedFile(f"A STEP file begins with 'ISO-10303-21;', this one with {start!r}.")
    if any(schema.upper().startswith("IFC") for schema in header.schemas):
        raise UnsupportedFormat(f"This is an IFC file (schema {header.schemas[0]}), not a STEP file.")
    return header


def require_entities(file: Part21, header: Part21Header) -> None:
    """Refuse a file that holds no instance that can be read.

    Raises:
        TruncatedFile: its end is missing as well.
        CorruptedFile: it is complete.
    """
    if file.spans:
        return
    if not file.is_complete:
        where = "in the header" if not header.is_complete else "before the first entity"
        raise TruncatedFile(f"The file ends {where}.")
    raise CorruptedFile("The file has a header and an end, but no entity that can be read between them.")


def read_metadata(header: Part21Header, file: Part21, units: UnitReader) -> StepMetadata:
    """The header, the units and the census."""
    census = {name: len(numbers) for name, numbers in file.by_type.items()}
    external = [i.record("DOCUMENT_FILE").text(0) for i in file.of("DOCUMENT_FILE")]
    named = (i.record("APPLIED_EXTERNAL_IDENTIFICATION_ASSIGNMENT").text(0) for i in file.of(
        "APPLIED_EXTERNAL_IDENTIFICATION_ASSIGNMENT"))  # fmt: skip
    return StepMetadata(
        schema=list(header.schemas),
        application_protocol=application_protocol(header.schemas),
        file_name=header.name,
        description=list(header.description),
        implementation_level=header.implementation_level,
        time_stamp=header.time_stamp,
        author=list(header.author),
        organization=list(header.organization),
        preprocessor_version=header.preprocessor_version,
        originating_system=header.originating_system,
        authorization=header.authorization,
        text_encoding=header.encoding,
        length_units=units.names("length"),
        angle_units=units.names("angle"),
        uncertainty_mm=_uncertainty(file, units),
        entities_total=len(file.spans),
        entity_counts=dict(sorted(census.items(), key=lambda item: (-item[1], item[0]))),
        external_references=list(dict.fromkeys(name for name in (*external, *named) if name and name.strip())),
    )


def application_protocol(schemas: tuple[str, ...]) -> str | None:
    """The protocol and, where the schema tells its object identifier, the edition: "AP242 edition 2"."""
    text = " ".join(schemas).upper()
    protocol = next((name for pattern, name in _PROTOCOLS if name and re.search(pattern, text)), None)
    identifier = _EDITION.search(text)
    if protocol == "AP242" and identifier:
        return f"AP242 edition {identifier[2]}" if int(identifier[2]) > 0 else protocol
    return protocol or (f"AP{identifier[1]}" if identifier else None)


def _uncertainty(file: Part21, units: UnitReader) -> float | None:
    for instance in file.of("UNCERTAINTY_MEASURE_WITH_UNIT"):
        measure = units.measure(instance.reference)
        if measure and measure.unit and measure.unit.kind == "length" and measure.unit.factor:
            return rounded(measure.raw * measure.unit.factor)
    return None


def warn_of_text(header: Part21Header, file: Part21, progress: Progress) -> None:
    """Tell what is broken in the text; all but an unknown schema means that something is missing."""
    if not file.is_complete:
        lost = "The end of the file is missing (no END-ISO-10303-21); what stood there is not in the result."
        progress.warn("truncated_file", lost, "end of file", partial=True)
    if file.duplicates:
        numbers = [f"#{n}" for n in file.duplicates]
        message = f"{len(numbers)} entities have a number that another one has; the first is kept: {_some(numbers)}."
        progress.warn("duplicate_entities", message, numbers[0], partial=True)
    if dangling := [f"#{n}" for n in file.dangling()]:
        message = f"{len(dangling)} entities are referred to but not in the file: {_some(dangling)}."
        progress.warn("dangling_references", message, dangling[0], partial=True)
    if huge := [m[0] for m in _EXPONENT.finditer(file.text) if len(m[1]) > 4 or int(m[1]) > _MAX_EXPONENT]:
        message = f"{len(huge)} numbers are too large for any computer (...{huge[0]}); they are left out."
        progress.warn("number_out_of_range", message, None, partial=True)
    known = any(re.search(pattern, " ".join(header.schemas).upper()) for pattern, _ in _PROTOCOLS)
    if not known and not _EDITION.search(" ".join(header.schemas)):
        named = ", ".join(header.schemas) or "none"
        progress.warn("unknown_schema", f"The schema ({named}) is none that we know; it is read as STEP all the same.")


def warn_of_unreadable(file: Part21, progress: Progress) -> None:
    """Tell what could not be read; called when all that is of interest was parsed."""
    if file.unreadable:
        message = f"{len(file.unreadable)} places cannot be read: {_some(file.unreadable)}."
        progress.warn("unreadable_entities", message, file.unreadable[0].split(":")[0], partial=True)


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return "; ".join(texts[:_SHOWN]) + more
