"""One pass over everything that is drawn: each object is looked at once, wherever it stands.

What belongs here: the walk, the counts, who handles which type. What does not: what a type means (the modules that
register here: geometry, inserts, texts, dimensions, hatches, references).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.options import CadOptions
from pybase_pipelines.extractors.cad.scene import Scene
from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.results.dxf import DxfContent

if TYPE_CHECKING:
    from ezdxf.document import Drawing

logger = logging.getLogger(__name__)
_BEAT = 4_096


@dataclass(slots=True)
class Where:
    """The layout or the block definition that is being walked through."""

    scene: Scene
    layout: str | None = None
    block: str | None = None


@dataclass(slots=True)
class Survey:
    """What the walk gathers. `defects` counts objects that could not be read, by type."""

    document: Drawing
    content: DxfContent
    options: CadOptions
    layouts: dict[str, Scene] = field(default_factory=dict)
    blocks: dict[str, Scene] = field(default_factory=dict)
    on_layer: Counter[str] = field(default_factory=Counter)
    defects: Counter[str] = field(default_factory=Counter)
    hidden_layers: frozenset[str] = frozenset()
    hidden_entities: int = 0
    wanted_layers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.wanted_layers = frozenset(name.casefold() for name in self.options.layer_filter or ())

    def is_hidden(self, layer: str | None) -> bool:
        return layer is not None and layer.casefold() in self.hidden_layers

    def is_wanted(self, layer: str) -> bool:
        return self.options.layer_filter is None or layer.casefold() in self.wanted_layers


Handler = Callable[[Survey, Any, Where], None]


def walk(survey: Survey, handlers: dict[str, Handler], progress: Progress) -> None:
    """Block definitions first (they may say what a layout shows), then model space and the sheets."""
    layers = survey.content.layers
    survey.hidden_layers = frozenset(layer.name.casefold() for layer in layers if layer.is_frozen or not layer.is_on)
    total = len(survey.document.entitydb)
    done = 0
    for block in survey.document.blocks:
        if not block.is_any_layout:
            scene = survey.blocks.setdefault(block.name.casefold(), Scene())
            done = _walk_one(survey, block, Where(scene, block=clean(block.name)), handlers, progress, (done, total))
    for layout in survey.document.layouts:
        included = survey.options.include_model_space if layout.is_modelspace else survey.options.include_paper_space
        if included:
            name = clean(layout.name)
            scene = survey.layouts.setdefault(name, Scene())
            done = _walk_one(survey, layout, Where(scene, layout=name), handlers, progress, (done, total))
    for name, number in survey.defects.items():
        progress.warn("damaged_objects", f"{number} {name} could not be read and are missing.", name, partial=True)


def _walk_one(
    survey: Survey,
    entities: Iterable[Any],
    where: Where,
    handlers: dict[str, Handler],
    progress: Progress,
    count: tuple[int, int],
) -> int:
    done, total = count
    for entity in entities:
        name = clean(entity.dxftype())
        where.scene.types[name] += 1
        layer = str(entity.dxf.layer) if entity.dxf.is_supported("layer") else "0"  # a type that nobody knows
        if where.layout is not None:
            survey.on_layer[layer.casefold()] += 1
            survey.hidden_entities += survey.is_hidden(layer)
        handler = handlers.get(name)
        if handler is not None:
            try:
                handler(survey, entity, where)
            except MemoryError:
                raise
            except Exception:  # one damaged object must not cost the drawing; it is counted and told
                logger.debug("%s %s", name, entity.dxf.handle, exc_info=True)
                survey.defects[name] += 1
        done += 1
        if done % _BEAT == 0:
            progress.advance(done, total)
    return done
