"""What is gathered from the decoder's rows: scenes of layouts and block definitions, counts, what was read.

What belongs here: that state, and the counts that need no decoding. What does not: what the rows of a kind mean
(`texts`, `inserts`, `dimensions`, `geometry`, `hatches`, `references`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.options import CadOptions
from pybase_pipelines.extractors.cad.scene import Scene
from pybase_pipelines.extractors.dwg.database import Database, Spot
from pybase_pipelines.results.cad import CadBlockAttribute
from pybase_pipelines.results.dwg import DwgContent

MAX_LEADER_VERTICES = 200
MAX_TEXTS_FROM_RECORDS = 20_000
_LINE_SPACING = 1.66
_NOWHERE = Spot()
_INVISIBLE, _CONSTANT = 1, 2


@dataclass(slots=True)
class Survey:
    """What the walk gathers. Blocks are known by the handle of their record, written as text, since names repeat."""

    database: Database
    content: DwgContent
    options: CadOptions
    layouts: dict[str, Scene] = field(default_factory=dict)
    blocks: dict[str, Scene] = field(default_factory=dict)
    read: Counter[str] = field(default_factory=Counter)
    text_only: Counter[str] = field(default_factory=Counter)
    on_layer: Counter[str] = field(default_factory=Counter)
    definitions: dict[int, list[CadBlockAttribute]] = field(default_factory=dict)
    hidden_layers: frozenset[str] = frozenset()
    hidden_entities: int = 0
    unplaced: int = 0
    wanted_layers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.wanted_layers = frozenset(name.casefold() for name in self.options.layer_filter or ())

    def spot(self, handle: int) -> Spot:
        return self.database.spots.get(handle, _NOWHERE)

    def scene(self, handle: int) -> Scene:
        """The scene an object stands in; one that nobody looks at where its place is not known."""
        spot = self.spot(handle)
        if spot.layout is None and spot.block is None:
            return Scene()
        scenes, name = (self.blocks, str(spot.block)) if spot.layout is None else (self.layouts, spot.layout)
        if name not in scenes:
            scenes[name] = Scene()
        return scenes[name]

    def block_name(self, handle: int | None) -> str | None:
        return clean(self.database.block_names[handle]) if handle in self.database.block_names else None

    def is_hidden(self, layer: str | None) -> bool:
        return layer is not None and layer.casefold() in self.hidden_layers

    def is_wanted(self, handle: int) -> bool:
        if self.options.layer_filter is None:
            return True
        return (self.database.layer_of(handle) or "").casefold() in self.wanted_layers

    def is_included(self, handle: int) -> bool:
        """Not switched off by the options."""
        layout = self.spot(handle).layout
        if layout is None:
            return True
        return self.options.include_model_space if layout == "Model" else self.options.include_paper_space

    def rows(self, name: str, *types: str) -> list[Any]:
        """The rows of one kind that are wanted; all of them count as read."""
        rows = self.database.rows(name)
        if types:
            self.read[types[0]] += len(rows)
        return [row for row in rows if self.is_included(row[0])]


def count_entities(survey: Survey) -> None:
    """Counts need no decoding: type and place of every object are known, also of those that cannot be read."""
    layers = survey.content.layers
    survey.hidden_layers = frozenset(layer.name.casefold() for layer in layers if layer.is_frozen or not layer.is_on)
    for handle in survey.database.block_names:
        survey.blocks.setdefault(str(handle), Scene())
    for handle, name in survey.database.entities.items():
        spot = survey.spot(handle)
        if spot is _NOWHERE:
            survey.unplaced += 1
        elif survey.is_included(handle):
            survey.scene(handle).types[name] += 1
            layer = survey.database.layer_of(handle)
            if spot.layout is not None and layer is not None:
                survey.on_layer[layer.casefold()] += 1
                survey.hidden_entities += survey.is_hidden(layer)
