"""Title blocks without labels and ruling: a few lines such as "Motor Shaft - 11.8.2020" over "A4 Drawing - Scale 3:1".

Each line is cut into segments, and a segment is taken for what it can only be; what remains of the first line is the
title. Nothing is read where fewer than two segments tell their kind.
"""

from __future__ import annotations

import re

from pybase_pipelines.extractors.drawing.fields import SCALE
from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.extractors.drawing.title_lettering import Block
from pybase_pipelines.extractors.drawing.values import find_iso_date, take_value
from pybase_pipelines.extractors.drawing.view import Run, find_quarter, find_view, outline

_MOST_LINES = 400
_LONGEST_LINE = 120
_LEAST_FACTS = 2
_SIZE = re.compile(r"(A[0-4])(?:\s+(?:drawing|sheet|zeichnung|format|paper))?", re.IGNORECASE)
_SCALED = re.compile(
    r"(?:drawing\s+|view\s+)?(?:scale|ma(?:ß|ss)stab|echelle|échelle|escala|scala)\s*[:=]?\s*(.+)", re.IGNORECASE
)
_UNITS = re.compile(
    r"(?:all\s+)?(?:dimensions?|dims?\.?|units?|ma(?:ß|ss)e|cotes)\s*(?:are\s+)?(?:in|en)?\s*[:=]?\s*(mm|cm|inch(?:es)?|in|millimet(?:er|re)s?|meters?|zoll)\.?",
    re.IGNORECASE,
)
_TOLERANCE = re.compile(
    r"(?:general\s+tolerances?|allgemeintoleranz(?:en)?|tolerances?)\s*[:=]?\s*(\S.*\d.*)", re.IGNORECASE
)
_MATERIAL = re.compile(
    r"(?:material\s*[:=]?\s*\S.*|(?:stainless |carbon |mild |tool |spring )?steel\b.*|alumini?um\b.*|brass\b.*|"
    r"bronze\b.*|copper\b.*|titan(?:ium)?\b.*|"
    r"cast iron\b.*|"
    r"edelstahl\b.*|stahl\b.*|messing\b.*|en[ -]aw[ -]?\d+.*|1\.\d{4}\b.*|s(?:235|275|355)\w*.*|pom\b.*|ptfe\b.*|"
    r"nylon\b.*|abs\b.*|pla\b.*|petg\b.*|polycarbonate\b.*|"
    r"plywood\b.*|mdf\b.*|acier\b.*|inox\b.*|acciaio\b.*|acero\b.*)",
    re.IGNORECASE,
)
_PERSON = re.compile(r"[A-ZÄÖÜ][\w'’.-]+(?: [A-ZÄÖÜ][\w'’.-]*)? [A-ZÄÖÜ][\w'’-]+")
_URL = re.compile(r"(?:https?://|www\.)(\S+)", re.IGNORECASE)
_LIST = re.compile(
    r"(?:bill of materials?|parts? list|stückliste|nomenclature|bom)\s+(?:for|of|für|zu|zur|zum|de|du|pour)\s+\S{3,}",
    re.IGNORECASE,
)
"""The heading of a sheet that is nothing but a parts list."""
_WEAK = frozenset({"material"})
_FACTS = frozenset({"scale", "size", "date", "units", "general_tolerance"})


def read_lines(sheet: Sheet) -> Block | None:
    """The fields that free lines give; None where too little stands together."""
    view = find_view(sheet, 0)
    lines = [run for run in view.runs if len(run.text) <= _LONGEST_LINE and find_quarter(run.source.rotation) == 0]
    facts = [run for run in lines[:_MOST_LINES] if set(_read_typed(run.text)) - _WEAK]
    best: Block | None = None
    for seed in facts:
        block = _read_stack(_stack(seed, lines))
        if best is None or len(block.values) > len(best.values):
            best = block
    if best and len(set(best.values) & _FACTS) >= _LEAST_FACTS:
        return best
    heading = next((run for run in lines[:_MOST_LINES] if _LIST.match(run.text)), None)
    return _read_stack([heading]) if heading else None


def _stack(seed: Run, lines: list[Run]) -> list[Run]:
    """The lines right above and below, from the top."""
    stack = [seed]
    for direction in (1, -1):
        here = seed
        while True:
            near = [
                run
                for run in lines
                if 0 < direction * (run.y - here.y) < 2.4 * max(run.height, here.height) * 1.3 and _overlap(run, here)
            ]
            if not near:
                break
            here = min(near, key=lambda run: abs(run.y - here.y))
            stack.append(here)
    return sorted(stack, key=lambda run: -run.y)


def _overlap(run: Run, other: Run) -> bool:
    shared = min(run.box[2], other.box[2]) - max(run.box[0], other.box[0])
    return shared > 0.5 * min(run.box[2] - run.box[0], other.box[2] - other.box[0])


def _read_stack(stack: list[Run]) -> Block:
    block = Block(bbox=outline([run.box for run in stack]))
    loose: list[tuple[int, str]] = []
    for index, run in enumerate(stack):
        typed = _read_typed(run.text)
        for name, value in typed.items():
            block.values.setdefault(name, value)
        segments = [segment for segment in _split(run.text) if not _read_segment(segment)]
        persons = [segment for segment in segments if typed and index > 0 and _PERSON.fullmatch(segment)]
        if persons:
            block.values.setdefault("author", persons[0])
        elif segments and not _URL.search(run.text):
            loose.append((index, " - ".join(segments)))
    if loose and loose[0][0] == 0 and re.search(r"[^\W\d_]{3}", loose[0][1]):
        block.values["title"] = loose[0][1]
    if company := _find_company([run.text for run in stack]):
        block.values["company"] = company
    block.num_fields = len(block.values)
    return block


def _find_company(lines: list[str]) -> str | None:
    """A line whose words are the name of the web site named beside it."""
    sites = [re.sub(r"[^a-z0-9]", "", match[1].casefold()) for line in lines if (match := _URL.search(line))]
    for line in lines:
        name = re.sub(r"[^a-z0-9]", "", line.casefold())
        if len(name) >= 4 and not _URL.search(line) and any(name in site for site in sites):
            return take_value(line)
    return None


def _split(line: str) -> list[str]:
    return [part.strip() for part in re.split(r"\s+[-–—/|•·]\s+|,\s+(?=\d)|\s{3,}|;\s", line) if part.strip()]


def _read_typed(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for segment in _split(line):
        if kind := _read_segment(segment):
            found.setdefault(*kind)
    return found


def _read_segment(segment: str) -> tuple[str, str] | None:
    if match := _SIZE.fullmatch(segment):
        return "size", match[1]
    if (match := _SCALED.fullmatch(segment)) and SCALE.fullmatch(match[1].strip()):
        return "scale", match[1].strip()
    if match := _UNITS.fullmatch(segment):
        return "units", match[1]
    if match := _TOLERANCE.fullmatch(segment):
        return "general_tolerance", match[1]
    if len(segment) <= 20 and find_iso_date(segment):
        return "date", segment
    if len(segment) <= 60 and _MATERIAL.fullmatch(segment):
        return "material", re.sub(r"^material\s*[:=]?\s*", "", segment, flags=re.IGNORECASE)
    return None
