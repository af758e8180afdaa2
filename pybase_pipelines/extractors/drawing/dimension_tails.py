"""What follows the size in a dimension text: tolerances, fits, limits, depths, counts, words such as THRU and TYP.

Each function reads one such part at the scanner's position and says whether it was there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pybase_pipelines.extractors.drawing.fits import find_deviations
from pybase_pipelines.extractors.drawing.scan import Draft, Scanner
from pybase_pipelines.extractors.drawing.symbols import FRACTION, NUMBER, parse_number

UNIT = r'(?:mm|cm|inch(?:es)?|in|")(?![a-z])'
_SIGNED = rf"(?:[+-]\s?{NUMBER}(?![\d.,]*\d)|0(?:[.,]0+)?(?![\d.,]*\d))"
_FIT_LETTERS = "CD|EF|FG|JS|Z[ABC]|[A-HJKM-NPR-VX-Z]"
_FIT = rf"(?:{_FIT_LETTERS}|{_FIT_LETTERS.lower()})(?:1[0-8]|0?[1-9])(?!\d)"
_KINDS = {
    "DIA": "diameter", "PCD": "diameter", "BCD": "diameter", "CHAMFER": "chamfer", "CHAM": "chamfer",
    "RAD": "radius", "RADIUS": "radius", "SQ": "square", "SQUARE": "square",
}  # fmt: skip
_WORDS = (
    r"\(?(THRU(?: ALL)?|THROUGH(?: ALL)?|DURCHGEHEND|DURCH|TYP(?:ICAL)?|REF|MAX|MIN|BSC|BASIC|NOM|"
    r"EQ(?:\.|UALLY)? ?SP(?:ACED)?|CLR|A/F|DIA|PCD|BCD|B\.C\.|THK|THICK|WIDE|HOLES?|SQ|SQUARE|CHAM(?:FER)?|"
    r"RAD(?:IUS)?|BOTH (?:SIDES|ENDS)|FULL R)(?!\w)\.?\)?"
)


def _read_plus_minus(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"±\s?({NUMBER})\s?(°(?:\s?\d{{1,2}}')?|{UNIT})?")
    if not match or draft.tolerance_plus is not None:
        return False
    value = parse_number(match[1])
    if (match[2] or "").endswith("'"):
        value += int(re.sub(r"\D", "", match[2])) / 60
    draft.tolerance_plus, draft.tolerance_minus = value, -value
    draft.parts.append(f"±{match[1]}{match[2] or ''}")
    return True


def _read_deviations(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"\(?\s?({_SIGNED})\s?({UNIT}|°)?\s*[/;,]?\s*({_SIGNED})\s?({UNIT}|°)?\s?\)?")
    if not match or not re.search(r"[+-]", match[1] + match[3]) or draft.tolerance_plus is not None:
        return False
    values = [parse_number(match[1]), parse_number(match[3])]
    if draft.value is None or max(map(abs, values)) > max(draft.value, 1):
        return False
    draft.tolerance_plus, draft.tolerance_minus = max(values) + 0.0, min(values) + 0.0
    first, second = (part.replace(" ", "") for part in (match[1], match[3]))
    text = f"{first}{match[2] or ''}/{second}{match[4] or ''}"
    draft.parts.append(f"({text})" if match[0].startswith("(") and match[0].endswith(")") else text)
    return True


def _read_one_deviation(scanner: Scanner, draft: Draft) -> bool:
    if draft.tolerance_plus is not None or draft.tolerance_minus is not None:
        return False
    match = scanner.take(rf"([+])\s?({NUMBER})") or scanner.take(r"(-)\s?(0?[.,]\d+)")
    if not match:
        return False
    value = parse_number(match[2])
    if match[1] == "+":
        draft.tolerance_plus = value
    else:
        draft.tolerance_minus = -value
    draft.parts.append(match[1] + match[2])
    return True


def _read_fit(scanner: Scanner, draft: Draft) -> bool:
    if draft.fit or draft.dimension_type not in ("diameter", "linear", "square"):
        return False
    match = scanner.take(rf"\(?({_FIT})(?:\s?/\s?({_FIT}))?\)?(?!\w)")
    if not match:
        return False
    fit = match[1] + (f"/{match[2]}" if match[2] else "")
    draft.fit = fit
    draft.parts.append(fit)
    return True


def _read_lower_limit(scanner: Scanner, draft: Draft) -> bool:
    """ "12.1/11.9": both limits in place of a nominal size; the value is the upper one."""
    if (
        draft.value is None
        or draft.tolerance_plus is not None
        or draft.dimension_type not in ("diameter", "linear", "radius")
    ):
        return False
    match = scanner.take(r"[/-]\s?(?:Ø|R)?(\d{0,5}[.,]\d{1,5})(?![\w/])")
    if not match:
        return False
    first, second = draft.value, parse_number(match[1])
    if first == second or abs(first - second) > 0.1 * max(first, second):
        return False
    draft.value, draft.tolerance_plus, draft.tolerance_minus = max(first, second), 0.0, -round(abs(first - second), 9)
    draft.parts[-1] += f"/{match[1]}"
    return True


def _read_hole_form(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(
        rf"(↧|⌴|⌵|DEPTH|DEEP|TIEFE|TIEF|PROF\.?)\s?(Ø?)\s?({NUMBER})\s?({UNIT})?(\s?[xX]\s?{NUMBER}°)?", re.IGNORECASE
    )
    if match:
        draft.parts.append(f"{match[1]} {match[2]}{match[3]}{match[4] or ''}{(match[5] or '').replace(' ', '')}")
        return True
    match = scanner.take(rf"[xX]?\s?({NUMBER})\s?(?:mm\s?)?(DEEP|DEPTH|DP|TIEF|LG|LONG)\b\.?", re.IGNORECASE)
    match = match or scanner.take(r"(C'?BORE|COUNTERBORE|C'?SK|C'?SINK|COUNTERSINK)\b", re.IGNORECASE)
    match = match or scanner.take(rf"(Ø|x\s?){NUMBER}°?")
    if not match:
        return False
    draft.parts.append(match[0].strip())
    return True


def _read_word(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(_WORDS, re.IGNORECASE)
    if not match:
        return False
    word = match[1].upper()
    draft.is_reference = draft.is_reference or word == "REF"
    draft.is_basic = draft.is_basic or word in ("BSC", "BASIC")
    if draft.dimension_type == "linear":
        draft.dimension_type = _KINDS.get(word, "linear")
    draft.parts.append(match[0].strip())
    return True


def _read_count_behind(scanner: Scanner, draft: Draft) -> bool:
    if draft.quantity is not None:
        return False
    match = scanner.take(r"\(\s?(\d{1,3})\s?[xX]\s?\)") or scanner.take(
        r"(\d{1,3})\s?(?:[xX](?!\w)|(?:PLACES|PLCS|PL|OFF|HOLES)\b)\.?"
    )
    if not match:
        return False
    draft.quantity = int(match[1])
    draft.parts.append(match[0].strip())
    return True


def _read_other_unit(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"[\[(]\s?(?:Ø|R)?({NUMBER}|{FRACTION})\s?({UNIT})?(?:\s?±\s?{NUMBER})?\s?[\])]")
    if not match:
        return False
    draft.parts.append(match[0].strip())
    return True


def _read_unit(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"({UNIT})")
    if not match or draft.unit is not None:
        return False
    draft.set_unit(match[1])
    return True


TAILS: tuple[Callable[[Scanner, Draft], bool], ...] = (
    _read_plus_minus, _read_deviations, _read_one_deviation, _read_fit, _read_lower_limit, _read_hole_form, _read_word,
    _read_count_behind, _read_other_unit, _read_unit,
)  # fmt: skip


def apply_fit(draft: Draft) -> None:
    if not draft.fit or draft.value is None or draft.unit == "in" or draft.tolerance_plus is not None:
        return
    deviations = find_deviations(draft.fit, draft.value)
    if deviations:
        draft.tolerance_plus, draft.tolerance_minus = deviations
