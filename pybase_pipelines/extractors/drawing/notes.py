"""The notes of a drawing: numbered lines, with or without a heading, and the block under "NOTES" or "HINWEISE"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pybase_pipelines.extractors.drawing.sheet import Sheet
from pybase_pipelines.extractors.drawing.view import Run, View, make_views, outline
from pybase_pipelines.results.drawing import Note

MOST_STARTS, MOST_LINES = 40, 200
"""Blocks of notes on a sheet, and lines in a block, that are looked at."""
_HEADING = re.compile(
    r"(?:(?:general|drawing|assembly|specific|allgemeine)\s+)?(?:notes?|hinweise?|bemerkung(?:en)?|anmerkung(?:en)?|"
    r"remarques?|notas?|note generali)(?:\s*\([^)]*\))?\s*(?P<mark>[:.\-]?)\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"[(\[]?(\d{1,2})\s?[.):\]-]+\s*(\S.*)?|(\d{1,2})\s+([A-ZÄÖÜ][^\d].*)")
_BULLET = re.compile(r"[-•*–]\s+(\S.*)")
_FARTHEST_LINE = 3.2
_LEAST_UNHEADED = 2


@dataclass(slots=True)
class _Draft:
    number: str | None
    words: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


def read_notes(sheet: Sheet) -> list[Note]:
    """The notes in reading order."""
    notes: list[Note] = []
    for view in make_views(sheet):
        taken: set[int] = set()
        for start in _find_starts(view):
            if id(start) in taken:
                continue
            drafts = _read_block(start, view)
            if not drafts or (not _is_heading(start) and sum(d.number is not None for d in drafts) < _LEAST_UNHEADED):
                continue
            taken.update(id(run) for draft in drafts for run in draft.runs)
            notes.extend(_to_note(draft, view, sheet) for draft in drafts if draft.words)
    return notes


def _to_note(draft: _Draft, view: View, sheet: Sheet) -> Note:
    box = view.turn_back(outline([run.box for run in draft.runs]))
    handle = draft.runs[0].source.handle
    return Note(
        number=draft.number, text=" ".join(draft.words), page=sheet.page, layout=sheet.layout, bbox=box, handle=handle
    )


def _find_starts(view: View) -> list[Run]:
    """Headings first, then lines that begin with number 1."""
    headings = [run for run in view.runs if _is_heading(run)]
    firsts = [run for run in view.runs if (match := _NUMBERED.fullmatch(run.text)) and (match[1] or match[3]) == "1"]
    return [*headings, *firsts][:MOST_STARTS]


def _is_heading(run: Run) -> bool:
    match = _HEADING.fullmatch(run.text)
    return bool(match and (not match["rest"] or match["mark"]))


def _read_block(start: Run, view: View) -> list[_Draft]:
    drafts: list[_Draft] = []
    match = _HEADING.fullmatch(start.text)
    if match and match["rest"]:
        drafts.append(_Draft(None, [match["rest"]], [start]))
    expected = 1
    for line in _lines_below(start, view, with_start=match is None):
        text = " ".join(run.text for run in line)
        numbered = _NUMBERED.fullmatch(text)
        bullet = _BULLET.fullmatch(text)
        if numbered and int(numbered[1] or numbered[3]) == expected:
            drafts.append(_Draft(numbered[1] or numbered[3], [numbered[2] or numbered[4] or ""], list(line)))
            expected += 1
        elif bullet or not drafts:
            drafts.append(_Draft(None, [bullet[1] if bullet else text], list(line)))
        else:
            drafts[-1].words.append(text)
            drafts[-1].runs.extend(line)
    for draft in drafts:
        draft.words = [word for word in draft.words if word]
    return drafts


def _lines_below(start: Run, view: View, *, with_start: bool) -> Iterable[list[Run]]:
    """The lines under a heading, until the gap is too wide or the column ends."""
    height, left = start.height, start.box[0]
    column = [
        run
        for run in view.runs
        if run.y < start.y - 0.5 * height
        and left - 3 * height < run.box[0] < left + 60 * height
        and 0.5 < run.height / height < 1.6
    ]
    column.sort(key=lambda run: (-run.y, run.box[0]))
    lines: list[list[Run]] = [[start, *_same_line(start, view)]] if with_start else []
    last = start
    for run in column:
        if lines and lines[-1] and abs(run.y - lines[-1][0].y) < 0.5 * height:
            if run.box[0] - lines[-1][-1].box[2] < 3 * height:
                lines[-1].append(run)
            continue
        if run.box[0] > left + 6 * height:
            continue
        if last.y - run.y > _FARTHEST_LINE * height or len(lines) >= MOST_LINES:
            break
        lines.append([run])
        last = run
    return lines


def _same_line(start: Run, view: View) -> list[Run]:
    height, end = start.height, start.box[2]
    near = [
        run
        for run in view.runs
        if run is not start and abs(run.y - start.y) < 0.5 * height and 0 <= run.box[0] - end < 3 * height
    ]
    return [min(near, key=lambda run: run.box[0])] if near else []
