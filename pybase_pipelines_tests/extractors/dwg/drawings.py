"""Drawings made in code with the writer of the decoder's library (R2000), and a way to extract them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdwg

from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.dwg.extractor import extract
from pybase_pipelines.extractors.dwg.options import DwgOptions
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.results.dwg import DwgContent


def run(path: Path, **options: Any) -> tuple[DwgContent, Progress]:
    """What the sandbox does with a DWG, without the child; what comes out must be JSON."""
    content, progress = DwgContent(), Progress()
    detection = Detection(format=Format.DWG)
    extract(Source(path, path.name, detection, DwgOptions(**options), path.parent), content, progress)
    DwgContent.model_validate_json(content.model_dump_json())
    return content, progress


def draw(folder: Path, fill: Callable[[Any], None]) -> Path:
    """A drawing in millimetres with what `fill` puts in."""
    drawing = ezdwg.new()
    drawing.header["insunits"] = 4
    fill(drawing)
    path = folder / "drawing.dwg"
    drawing.save(path)
    return path
