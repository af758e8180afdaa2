"""Joining lettering to whole dimension texts: words of one line, tolerances one above the other, two-line callouts.

What belongs here: what stands together. What does not: whether it is a dimension (that is `dimensions`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pybase_pipelines.extractors.drawing.dimension_text import parse_dimension
from pybase_pipelines.extractors.drawing.frame import Frame
from pybase_pipelines.extractors.drawing.sheet import Lettering
from pybase_pipelines.results.drawing import BBox

MOST_PIECES = 5_000
_MOST_CELLS = 64
_WORDS = re.compile(
    r"[-+±x×X°Ø⌀□↧⌴⌵()\[\]/]{1,3}|THRU|THRU ALL|THROUGH|TYP\.?|REF\.?|MAX\.?|MIN\.?|DEEP|DEPTH|DP|TIEF|mm|in|"
    r"PLACES|PLCS|PL|HOLES|"
    r"CHAMFER|DIA\.?|EQ\.? ?SP\.?|CBORE|CSK|UNC.*|UNF.*|NPT|BSC|R",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"[+-]\s?(?:\d+(?:[.,]\d+)?|[.,]\d+)°?|0(?:[.,]0+)?°?")
_PLAIN_NUMBER = re.compile(r"\d+[.,]\d+|\d+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Lettering in its own frame; `texts` are the runs it was made of."""

    text: str
    box: BBox
    height: float
    frame: Frame
    texts: tuple[Lettering, ...]

    @property
    def u(self) -> float:
        return (self.box[0] + self.box[2]) / 2

    @property
    def v(self) -> float:
        return (self.box[1] + self.box[3]) / 2


def make_pieces(lettering: Iterable[Lettering]) -> list[Piece]:
    """The lettering that may be a dimension or part of one."""
    pieces: list[Piece] = []
    for text in lettering:
        if len(text.text) > 60 or not (re.search(r"\d", text.text) or _WORDS.fullmatch(text.text.strip())):
            continue
        if len(pieces) >= MOST_PIECES:
            break
        frame = Frame.of(text.rotation)
        height = text.height or (text.bbox[3] - text.bbox[1])
        if height > 0:
            pieces.append(Piece(" ".join(text.text.split()), frame.box_of(text), height, frame, (text,)))
    return pieces


def join_pieces(pieces: list[Piece]) -> list[Piece]:
    """The pieces with neighbours joined wherever the whole says more than its parts."""
    by_direction: dict[Frame, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_direction[piece.frame].append(piece)
    joined: list[Piece] = []
    for group in by_direction.values():
        joined.extend(_join_lines(_join_stacks(_join_words(group))))
    return joined


def _join_words(pieces: list[Piece]) -> list[Piece]:
    """Words of one line, from left to right."""
    rows = _Rows(pieces)
    used: set[int] = set()
    result: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.box[0]):
        if id(piece) in used:
            continue
        whole = piece
        while (following := _next_word(whole, rows, used)) is not None:
            used.add(id(following))
            whole = _merge(whole, following, " ")
        used.add(id(piece))
        result.append(whole)
    return result


def _next_word(piece: Piece, rows: _Rows, used: set[int]) -> Piece | None:
    height = piece.height
    near = [
        other
        for other in rows.around(piece.box[2], piece.v)
        if id(other) not in used
        and other not in (piece,)
        and abs(other.v - piece.v) < 0.4 * height
        and 0.6 < other.height / height < 1.7
        and -0.4 * height < other.box[0] - piece.box[2] < 1.6 * height
        and other.box[0] > piece.box[0] + 0.2 * height
    ]
    following = min(near, key=lambda other: other.box[0], default=None)
    if following is None:
        return None
    one, two = _PLAIN_NUMBER.fullmatch(piece.text), _PLAIN_NUMBER.fullmatch(following.text)
    if one and two:
        return None
    is_open = bool(re.search(r"[-+±xX(\[/Ø□]$", piece.text))
    whole = parse_dimension(f"{piece.text} {following.text}")
    return following if whole is not None or is_open else None


def _join_stacks(pieces: list[Piece]) -> list[Piece]:
    """A size with its upper deviation above and its lower one below or behind it."""
    signed = [piece for piece in pieces if _SIGNED.fullmatch(piece.text)]
    if not signed:
        return pieces
    rows = _Rows(signed)
    used: set[int] = set()
    result: list[Piece] = []
    for piece in pieces:
        if id(piece) in used or _is_deviation(piece):
            continue
        result.append(_with_stack(piece, rows, used))
    kept = [piece for piece in pieces if _is_deviation(piece)]
    return [piece for piece in result if id(piece) not in used] + [piece for piece in kept if id(piece) not in used]


def _is_deviation(piece: Piece) -> bool:
    return piece.text[:1] in ("+", "-") and bool(_SIGNED.fullmatch(piece.text))


def _with_stack(piece: Piece, rows: _Rows, used: set[int]) -> Piece:
    height = piece.height
    core = re.fullmatch(r"(.*?\d)\s*(-\s?\d*[.,]?\d+|[+-])?", piece.text)
    dimension = parse_dimension(core[1]) if core else None
    if core is None or dimension is None or dimension.tolerance_plus is not None:
        return piece
    near = [
        other
        for other in rows.around(piece.box[2], piece.v)
        if other is not piece
        and id(other) not in used
        and piece.u < other.u
        and other.box[0] < piece.box[2] + 1.2 * height
        and abs(other.v - piece.v) < 1.9 * height
        and other.height < 1.2 * height
    ]
    upper = [other for other in near if other.v > piece.v + 0.2 * height]
    lower = [other for other in near if other.v < piece.v - 0.2 * height]
    parts = [upper[0].text if len(upper) == 1 else "", core[2] or (lower[0].text if len(lower) == 1 else "")]
    whole = f"{core[1]} {parts[0]}/{parts[1]}"
    if not all(parts) or parse_dimension(whole) is None:
        return piece
    stack = [upper[0], *(lower[:1] if not core[2] else [])]
    used.update(id(other) for other in stack)
    for other in stack:
        piece = _merge(piece, other, " ")
    return replace(piece, text=whole)


def _join_lines(pieces: list[Piece]) -> list[Piece]:
    """A hole and, in the line below, its thread, counterbore or countersink."""
    rows = _Rows(pieces)
    used: set[int] = set()
    result: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: -piece.v):
        if id(piece) in used:
            continue
        whole = piece
        while (below := _line_below(whole, rows, used)) is not None:
            used.add(id(below))
            whole = _merge(whole, below, " / ")
        result.append(whole)
    return result


def _line_below(piece: Piece, rows: _Rows, used: set[int]) -> Piece | None:
    if not re.match(r"(?:\d+\s?x\s?)?(?:Ø|⌀|M\d)", piece.text):
        return None
    for other in rows.around(piece.u, piece.box[1]):
        gap = piece.box[1] - other.box[3]
        is_aligned = abs(other.u - piece.u) < 1.5 * piece.height or abs(other.box[0] - piece.box[0]) < piece.height
        if other is piece or id(other) in used or not is_aligned or not -0.5 < gap / piece.height < 0.9:
            continue
        if re.match(r"⌴|⌵|↧|M\d|\d+/\d+-\d+ UN|C'?BORE|CSK", other.text) and parse_dimension(
            f"{piece.text} / {other.text}"
        ):
            return other
    return None


class _Rows:
    """Pieces of one direction by place."""

    def __init__(self, pieces: list[Piece]) -> None:
        self._size = max((piece.height for piece in pieces), default=1.0) * 4
        self._cells: dict[tuple[int, int], list[Piece]] = defaultdict(list)
        for piece in pieces:
            first, last = int(piece.box[0] // self._size), int(piece.box[2] // self._size)
            for i in range(first, min(last, first + _MOST_CELLS) + 1):
                self._cells[i, int(piece.v // self._size)].append(piece)

    def around(self, u: float, v: float) -> Iterator[Piece]:
        seen: set[int] = set()
        i, j = int(u // self._size), int(v // self._size)
        for key in ((i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1)):
            for piece in self._cells.get(key, ()):
                if id(piece) not in seen:
                    seen.add(id(piece))
                    yield piece


def _merge(piece: Piece, other: Piece, between: str) -> Piece:
    a, b = piece.box, other.box
    box = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    return replace(piece, text=f"{piece.text}{between}{other.text}", box=box, texts=(*piece.texts, *other.texts))
