"""The file's header as metadata. What belongs here: what the HEADER section says. What does not: the model."""

from __future__ import annotations

import re

from pybase_pipelines.extractors.ifc.file_text import FileText
from pybase_pipelines.extractors.ifc.model import Model, reference, text
from pybase_pipelines.extractors.ifc.schemas import plain_name
from pybase_pipelines.results.ifc import IfcMetadata

_VIEWS = re.compile(r"ViewDefinition\s*\[([^\]]*)\]?", re.IGNORECASE)


def fill_header(metadata: IfcMetadata, file_text: FileText, schema: str) -> None:
    header = file_text.header
    metadata.schema_ = plain_name(schema)
    metadata.schema_identifier = schema.strip()
    metadata.file_name = header.name
    metadata.file_description = list(header.description)
    views = (view.strip() for line in header.description for found in _VIEWS.findall(line) for view in found.split(","))
    metadata.view_definitions = [view for view in views if view]
    metadata.implementation_level = header.implementation_level
    metadata.time_stamp = header.time_stamp
    metadata.author = list(header.author)
    metadata.organization = list(header.organization)
    metadata.preprocessor_version = header.preprocessor_version
    metadata.originating_system = header.originating_system
    metadata.authorization = header.authorization


def application_names(model: Model) -> list[str]:
    """The programs that wrote parts of the model, with their versions."""
    names = []
    for row in model.rows("IfcApplication"):
        developer = reference(row.get("ApplicationDeveloper"))
        name = text(row.get("ApplicationFullName")) or text(row.get("ApplicationIdentifier"))
        name = name or (text(model.row(developer).get("Name")) if developer is not None else None)
        names.append(" ".join(part for part in (name, text(row.get("Version"))) if part))
    return list(dict.fromkeys(name for name in names if name))
