"""Which extractor reads which format: one row each, by name, so that nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import cast

from pybase_pipelines.extractors.contract import Extract, Options
from pybase_pipelines.formats.table import Format
from pybase_pipelines.results.envelope import Content, ExtractorInfo


@dataclass(frozen=True, slots=True)
class ExtractorRow:
    """One extractor.

    `version` counts up whenever results change, and makes finished files eligible for a new extraction.
    `preload` are the modules that a launcher imports before it forks, `libraries` the distributions named in results.
    Network and processes are refused to an extractor whose row does not ask for them.
    """

    format: Format
    version: str
    extract: str
    content: str
    options: str
    preload: tuple[str, ...]
    libraries: tuple[str, ...]
    uses_network: bool = False
    starts_processes: bool = False

    def load_extract(self) -> Extract:
        return cast("Extract", _load(self.extract))

    def load_content(self) -> type[Content]:
        return cast("type[Content]", _load(self.content))

    def load_options(self) -> type[Options]:
        return cast("type[Options]", _load(self.options))

    def info(self) -> ExtractorInfo:
        libraries = {name: metadata.version(name) for name in self.libraries}
        return ExtractorInfo(name=self.format.value, version=self.version, libraries=libraries)


def _load(path: str) -> object:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _row(
    format_: Format,
    version: str,
    model: str,
    preload: tuple[str, ...],
    libraries: tuple[str, ...],
    *,
    uses_network: bool = False,
) -> ExtractorRow:
    room = f"pybase_pipelines.extractors.{format_.value}"
    return ExtractorRow(
        format=format_,
        version=version,
        extract=f"{room}.extractor:extract",
        content=f"pybase_pipelines.results.{format_.value}:{model}Content",
        options=f"{room}.options:{model}Options",
        preload=(f"{room}.extractor", *preload),
        libraries=libraries,
        uses_network=uses_network,
    )


EXTRACTORS: dict[Format, ExtractorRow] = {
    row.format: row
    for row in (
        _row(Format.PDF, "1", "Pdf", ("pypdfium2", "pdfplumber"), ("pypdfium2", "pdfplumber")),
        _row(Format.DXF, "1", "Dxf", ("ezdxf", "ezdxf.recover", "ezdxf.bbox"), ("ezdxf",)),
        _row(Format.DWG, "1", "Dwg", ("ezdwg", "ezdxf"), ("ezdwg", "ezdxf")),
        _row(Format.IFC, "1", "Ifc", ("ifcopenshell", "ifcopenshell.util.unit"), ("ifcopenshell",)),
        _row(Format.STEP, "1", "Step", ("OCP.STEPControl", "OCP.STEPConstruct", "OCP.BRepGProp"), ("cadquery-ocp",)),
        _row(Format.WERK24, "1", "Werk24", (), ("werk24",), uses_network=True),
    )
}
