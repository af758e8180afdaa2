"""The grammar of one dimension as drawn: "2x Ø12 H7", "45 ±0.1", "M6x1", "2x45°", "R5", "(30)", "7 1/2"".

What belongs here: what one text says. What does not: finding such texts on a sheet (that is `dimensions`), threads
and chamfers, whose many spellings have a module of their own (`callouts`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pybase_pipelines.extractors.drawing.callouts import CALLOUTS
from pybase_pipelines.extractors.drawing.fits import find_deviations
from pybase_pipelines.extractors.drawing.scan import Draft, Scanner
from pybase_pipelines.extractors.drawing.symbols import FRACTION, NUMBER, clean, parse_fraction, parse_number
from pybase_pipelines.results.drawing import Dimension

_LONGEST = 120
_UNIT = r'(?:mm|cm|inch(?:es)?|in|")(?![a-z])'
_SIGNED = rf"(?:[+-]\s?{NUMBER}(?![\d.,]*\d)|0(?:[.,]0+)?(?![\d.,]*\d))"
_FIT_LETTERS = "CD|EF|FG|JS|Z[ABC]|[A-HJKM-NPR-VX-Z]"
_FIT = rf"(?:{_FIT_LETTERS}|{_FIT_LETTERS.lower()})(?:1[0-8]|0?[1-9])(?!\d)"


def parse_dimension(text: str) -> Dimension | None:
    """What a dimension text says; None for what is not a dimension."""
    text = clean(text)
    if not text or len(text) > _LONGEST or not re.search(r"\d", text):
        return None
    whole = _parse_line(text)
    if whole is not None:
        return whole
    lines = [part for part in re.split(r"\s+/\s+|;", text) if part.strip()]
    parsed = [_parse_line(line) for line in lines]
    if len(lines) < 2 or None in parsed:
        return None
    first, *_ = found = [dimension for dimension in parsed if dimension is not None]
    return first.model_copy(update={"text": " / ".join(dimension.text or "" for dimension in found)})


def _parse_line(text: str) -> Dimension | None:
    draft = Draft()
    text = _unwrap(text.strip(), draft)
    scanner = Scanner(text)
    _read_quantity(scanner, draft)
    rest = _unwrap(scanner.rest, draft)
    if rest != scanner.rest.strip():
        scanner = Scanner(rest)
    if not any(read(scanner, draft) for read in _CORES):
        return None
    while not scanner.is_done:
        if not any(read(scanner, draft) for read in _TAILS):
            return None
    _apply_fit(draft)
    return _to_dimension(draft)


def _to_dimension(draft: Draft) -> Dimension:
    body = " ".join(part for part in draft.parts if part)
    if draft.is_reference and draft.has_brackets:
        body = f"({body})"
    elif draft.is_basic and draft.has_brackets:
        body = f"[{body}]"
    return Dimension(
        text=draft.count + body,
        value=draft.value,
        unit=draft.unit,
        dimension_type=draft.dimension_type,
        tolerance_plus=draft.tolerance_plus,
        tolerance_minus=draft.tolerance_minus,
        fit=draft.fit,
        quantity=draft.quantity,
        is_reference=draft.is_reference,
        is_basic=draft.is_basic,
    )


def _unwrap(text: str, draft: Draft) -> str:
    for pattern, name in ((r"\(([^()]+)\)", "is_reference"), (r"\[([^\[\]]+)\]", "is_basic")):
        if match := re.fullmatch(pattern, text.strip()):
            setattr(draft, name, True)
            draft.has_brackets = True
            return match[1].strip()
    return text


def _read_quantity(scanner: Scanner, draft: Draft) -> None:
    symbol = r"[A-WYZØ□⌴⌵⌒(\[]"
    count = r"(\d{1,3})"
    if match := (
        scanner.take(rf"{count}\s?[xX*]\s*(?={symbol})")
        or scanner.take(rf"{count}[xX]\s+(?=[\d.,])")
        or scanner.take(rf"{count}\s?-\s?(?=[Ø□MRC]\s?\d|\d+[.,]?\d*\s?x\s?\d)")
        or scanner.take(rf"{count}\s+(?:HOLES?|PL(?:ACES)?|OFF|STK\.?|PCS)\s+(?=[Ø□MR\d])")
        or scanner.take(rf"{count}\s+(?=[Ø□]\s?\d|M\d)")
    ):
        draft.quantity = int(match[1])
        draft.count = re.sub(r"\s?[xX*]\s*$", "x ", match[0])


def _read_diameter(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"(SØ|S Ø|Ø|DIA\.?|D(?=\d))\s?({NUMBER})(?:\s?({_UNIT}))?", re.IGNORECASE)
    if not match:
        return False
    sign = {"S": "SØ", "D": match[1]}.get(match[1][0].upper(), "Ø")
    sign += " " if sign.upper().startswith("DIA") else ""
    draft.start(sign + match[2], "diameter", parse_number(match[2]), match[3])
    return True


def _read_radius(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"(SR|R)\s?({NUMBER})(?:\s?({_UNIT}))?") or scanner.take(rf"(R)\.\s?({NUMBER})()")
    if not match:
        return False
    draft.start(match[1] + match[2], "radius", parse_number(match[2]), match[3])
    return True


def _read_sign(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"(□|SQ\.?|SW|A/?F|⌒|↧|⌴\s?Ø?|⌵\s?Ø?)\s?({NUMBER})(?:\s?({_UNIT}))?")
    if not match:
        return False
    kinds = {"□": "square", "SQ": "square", "⌒": "arc_length", "↧": "depth", "⌴": "counterbore", "⌵": "countersink"}
    sign = match[1].replace(" ", "")
    blank = " " if sign[0] in "↧⌴⌵SA" and sign != "SQ" else ""
    draft.start(sign + blank + match[2], kinds.get(sign.rstrip(".Ø"), "linear"), parse_number(match[2]), match[3])
    return True


def _read_angle(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"({NUMBER})\s?°(?:\s?(\d{{1,2}})\s?'(?:\s?({NUMBER})\s?\")?)?")
    if not match:
        return False
    degrees = parse_number(match[1]) + int(match[2] or 0) / 60 + (parse_number(match[3]) / 3600 if match[3] else 0)
    minutes = f"{match[2]}'" if match[2] else ""
    seconds = f'{match[3]}"' if match[3] else ""
    draft.start(f"{match[1]}°{minutes}{seconds}", "angular", degrees)
    draft.unit = "deg"
    return True


def _read_feet(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"(\d{{1,4}})\s?'(?!\d)(?:\s?-?\s?(?:(\d{{1,2}})(?:\s({FRACTION}))?|({FRACTION}))\s?\")?")
    if not match:
        return False
    inches = int(match[2] or 0) + sum(parse_fraction(part) for part in (match[3], match[4]) if part)
    draft.start(match[0].strip(), "linear", int(match[1]) * 12 + inches)
    draft.unit = "in"
    return True


def _read_inch_fraction(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf'((?:\d{{1,4}}[\s-]+)?{FRACTION})\s?(?:"|in\b)') or scanner.take(
        rf"(\d{{1,4}}\s+{FRACTION})"
    )
    if not match:
        return False
    draft.start(match[0].strip(), "linear", parse_fraction(match[1]))
    draft.unit = "in"
    return True


def _read_linear(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"([A-Z]\s(?={NUMBER}\s?[±+])|t\s?=?\s?(?=\d))?({NUMBER})(?:\s?({_UNIT}))?(?![\w:#%$&])")
    if not match:
        return False
    kind = "thickness" if (match[1] or "").startswith("t") else "linear"
    draft.start(f"{(match[1] or '').strip()} {match[2]}".strip(), kind, parse_number(match[2]), match[3])
    return True


def _read_rectangle(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"({NUMBER})((?:\s?[xX]\s?{NUMBER}){{1,2}})(?:\s?({_UNIT}))?(?![\w°:#%])")
    if not match:
        return False
    draft.start(re.sub(r"\s?[xX]\s?", "x", match[1] + match[2]), "linear", parse_number(match[1]), match[3])
    return True


_CORES: tuple[Callable[[Scanner, Draft], bool], ...] = (
    *CALLOUTS, _read_diameter, _read_radius, _read_sign, _read_angle, _read_feet, _read_inch_fraction, _read_rectangle, _read_linear,
)  # fmt: skip


def _read_plus_minus(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"±\s?({NUMBER})\s?(°(?:\s?\d{{1,2}}')?|{_UNIT})?")
    if not match or draft.tolerance_plus is not None:
        return False
    value = parse_number(match[1])
    if (match[2] or "").endswith("'"):
        value += int(re.sub(r"\D", "", match[2])) / 60
    draft.tolerance_plus, draft.tolerance_minus = value, -value
    draft.parts.append(f"±{match[1]}{match[2] or ''}")
    return True


def _read_deviations(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"\(?({_SIGNED})\s?({_UNIT}|°)?\s*[/;,]?\s*({_SIGNED})\s?({_UNIT}|°)?\)?")
    if not match or not re.search(r"[+-]", match[1] + match[3]) or draft.tolerance_plus is not None:
        return False
    values = [parse_number(match[1]), parse_number(match[3])]
    if draft.value is None or max(map(abs, values)) > max(draft.value, 1):
        return False
    draft.tolerance_plus, draft.tolerance_minus = max(values), min(values)
    first, second = (part.replace(" ", "") for part in (match[1], match[3]))
    draft.parts.append(f"{first}{match[2] or ''}/{second}{match[4] or ''}")
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
    draft.fit = match[1] + (f"/{match[2]}" if match[2] else "")
    draft.parts.append(draft.fit)
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
        rf"(↧|⌴|⌵|DEPTH|DEEP|TIEFE|TIEF|PROF\.?)\s?(Ø?)\s?({NUMBER})\s?({_UNIT})?(\s?[xX]\s?{NUMBER}°)?", re.IGNORECASE
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
    match = scanner.take(
        r"\(?(THRU(?: ALL)?|THROUGH(?: ALL)?|DURCHGEHEND|DURCH|TYP(?:ICAL)?|REF|MAX|MIN|BSC|BASIC|NOM|EQ(?:\.|UALLY)? ?SP(?:ACED)?|"
        r"CLR|A/F|DIA|PCD|BCD|B\.C\.|THK|THICK|WIDE|HOLES?|SQ|SQUARE|CHAM(?:FER)?|RAD(?:IUS)?|BOTH (?:SIDES|ENDS)|FULL R)(?!\w)\.?\)?",
        re.IGNORECASE,
    )
    if not match:
        return False
    word = match[1].upper()
    draft.is_reference = draft.is_reference or word == "REF"
    draft.is_basic = draft.is_basic or word in ("BSC", "BASIC")
    if draft.dimension_type == "linear":
        draft.dimension_type = {"DIA": "diameter", "PCD": "diameter", "BCD": "diameter", "CHAMFER": "chamfer", "CHAM": "chamfer",
                                "RAD": "radius", "RADIUS": "radius", "SQ": "square", "SQUARE": "square"}.get(word, "linear")  # fmt: skip
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
    match = scanner.take(rf"[\[(]\s?(?:Ø|R)?({NUMBER}|{FRACTION})\s?({_UNIT})?(?:\s?±\s?{NUMBER})?\s?[\])]")
    if not match:
        return False
    draft.parts.append(match[0].strip())
    return True


def _read_unit(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"({_UNIT})")
    if not match or draft.unit is not None:
        return False
    draft.set_unit(match[1])
    return True


_TAILS: tuple[Callable[[Scanner, Draft], bool], ...] = (
    _read_plus_minus, _read_deviations, _read_one_deviation, _read_fit, _read_lower_limit, _read_hole_form, _read_word,
    _read_count_behind, _read_other_unit, _read_unit,
)  # fmt: skip


def _apply_fit(draft: Draft) -> None:
    if not draft.fit or draft.value is None or draft.unit == "in" or draft.tolerance_plus is not None:
        return
    deviations = find_deviations(draft.fit, draft.value)
    if deviations:
        draft.tolerance_plus, draft.tolerance_minus = deviations
