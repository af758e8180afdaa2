"""Drawings made in code, and a way to extract them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
from ezdxf.document import Drawing

from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.dxf.extractor import extract
from pybase_pipelines.extractors.dxf.options import DxfOptions
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.results.dxf import DxfContent


def run(path: Path, **options: Any) -> tuple[DxfContent, Progress]:
    """What the sandbox does with a DXF, without the child; what comes out must be JSON."""
    content, progress = DxfContent(), Progress()
    detection = Detection(format=Format.DXF)
    extract(Source(path, path.name, detection, DxfOptions(**options), path.parent), content, progress)
    DxfContent.model_validate_json(content.model_dump_json())
    return content, progress


def draw(folder: Path, fill: Callable[[Drawing], None], *, version: str = "R2018", binary: bool = False) -> Path:
    """A drawing in millimetres with what `fill` puts in."""
    document = ezdxf.new(version, setup=True)
    document.units = 4
    fill(document)
    path = folder / "drawing.dxf"
    document.saveas(path, fmt="bin" if binary else "asc")
    return path


def text_dxf(*entities: str, blocks: str = "") -> bytes:
    """A minimal R12 file written by hand; each entity is its tags, joined by blanks as "code=value"."""

    def tags(line: str) -> str:
        return "".join(f"{code}\n{value}\n" for code, _, value in (pair.partition("=") for pair in line.split("|")))

    def section(name: str, body: str) -> str:
        return f"0\nSECTION\n2\n{name}\n{body}0\nENDSEC\n"

    header = section("HEADER", "9\n$ACADVER\n1\nAC1009\n")
    definitions = section("BLOCKS", "".join(tags(line) for line in blocks.splitlines() if line))
    return (header + definitions + section("ENTITIES", "".join(map(tags, entities))) + "0\nEOF\n").encode()
