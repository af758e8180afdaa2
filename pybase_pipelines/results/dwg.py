"""What a DWG gives: the shape of every CAD drawing, and how much of the file the decoder could read."""

from __future__ import annotations

from pydantic import Field

from pybase_pipelines.results.cad import CadContent
from pybase_pipelines.results.envelope import Envelope, Shape


class Coverage(Shape):
    """What the decoder read. `present` and `read` count entities by type; `lost` is what is present but not read.

    `text_only` are types of which only the words could be read; `unplaced` entities whose space is not known.
    """

    present: dict[str, int] = Field(default_factory=dict)
    read: dict[str, int] = Field(default_factory=dict)
    text_only: dict[str, int] = Field(default_factory=dict)
    lost: dict[str, int] = Field(default_factory=dict)
    unplaced: int = 0
    share: float | None = None
    warnings: list[str] = Field(default_factory=list)


class DwgContent(CadContent):
    coverage: Coverage = Field(default_factory=Coverage)


class DwgResult(Envelope, DwgContent):
    """The whole result of a DWG file."""
