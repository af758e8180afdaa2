"""The grammar of one dimension as drawn: "2x Ø12 H7", "45 ±0.1", "M6x1", "2x45°", "R5", "(30)", "7 1/2"".

What belongs here: what one text says. What does not: finding such texts on a sheet (that is `dimensions`), threads
and chamfers, whose many spellings have a module of their own (`callouts`), and what follows the size: tolerances,
fits, depths, counts (`dimension_tails`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pybase_pipelines.extractors.drawing.callouts import CALLOUTS
from pybase_pipelines.extractors.drawing.dimension_tails import TAILS, UNIT, apply_fit
from pybase_pipelines.extractors.drawing.scan import Draft, Scanner
from pybase_pipelines.extractors.drawing.symbols import FRACTION, NUMBER, clean, parse_fraction, parse_number
from pybase_pipelines.results.drawing import Dimension

_LONGEST = 120


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
        if not any(read(scanner, draft) for read in TAILS):
            return None
    apply_fit(draft)
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
        or scanner.take(rf"{count}\s?[xX]\s?(?=\d{{3}}\s?°)")
        or scanner.take(rf"{count}\s?-\s?(?=[Ø□MRC]\s?\d|\d+[.,]?\d*\s?x\s?\d)")
        or scanner.take(rf"{count}\s+(?:HOLES?|PL(?:ACES)?|OFF|STK\.?|PCS)\s+(?=[Ø□MR\d])")
        or scanner.take(rf"{count}\s+(?=[Ø□]\s?\d|M\d)")
    ):
        draft.quantity = int(match[1])
        draft.count = re.sub(r"\s?[xX*]\s*$", "x ", match[0])


def _read_diameter(scanner: Scanner, draft: Draft) -> bool:
    if match := scanner.take(rf'Ø\s?((?:\d{{1,3}}[\s-]+)?{FRACTION})\s?"?'):
        draft.start(match[0].strip().replace("Ø ", "Ø"), "diameter", parse_fraction(match[1]))
        draft.unit = "in"
        return True
    match = scanner.take(rf"(SØ|S Ø|Ø|DIA\.?|D(?=\d))\s?({NUMBER})(?:\s?({UNIT}))?", re.IGNORECASE)
    if not match:
        return False
    sign = {"S": "SØ", "D": match[1]}.get(match[1][0].upper(), "Ø")
    sign += " " if sign.upper().startswith("DIA") else ""
    draft.start(sign + match[2], "diameter", parse_number(match[2]), match[3])
    return True


def _read_radius(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"(SR|R)\s?({NUMBER})(?:\s?({UNIT}))?") or scanner.take(rf"(R)\.\s?({NUMBER})()")
    if not match:
        return False
    draft.start(match[1] + match[2], "radius", parse_number(match[2]), match[3])
    return True


def _read_sign(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"(□|SQ\.?|SW|A/?F|⌒|↧|⌴\s?Ø?|⌵\s?Ø?)\s?({NUMBER})(?:\s?({UNIT}))?")
    if not match:
        return False
    kinds = {"□": "square", "SQ": "square", "⌒": "arc_length", "↧": "depth", "⌴": "counterbore", "⌵": "countersink"}
    sign = match[1].replace(" ", "")
    blank = " " if sign[0] in "↧⌴⌵SA" and sign != "SQ" else ""
    text = sign[:-1] + " Ø" + match[2] if sign.endswith("Ø") else sign + blank + match[2]
    draft.start(text, kinds.get(sign.rstrip(".Ø"), "linear"), parse_number(match[2]), match[3])
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
    match = scanner.take(rf"([A-Z]\s(?={NUMBER}\s?[±+])|t\s?=?\s?(?=\d))?({NUMBER})(?:\s?({UNIT}))?(?![\w:#%$&])")
    if not match:
        return False
    kind = "thickness" if (match[1] or "").startswith("t") else "linear"
    letter = (match[1] or "").replace(" ", "")
    draft.start(
        f"{letter}{'' if letter.endswith('=') else ' '}{match[2]}".strip(), kind, parse_number(match[2]), match[3]
    )
    return True


def _read_rectangle(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"({NUMBER})((?:\s?[xX]\s?{NUMBER}){{1,2}})(?:\s?({UNIT}))?(?![\w°:#%])")
    if not match or parse_number(match[1]) == 0:
        return False
    draft.start(re.sub(r"\s?[xX]\s?", "x", match[1] + match[2]), "linear", parse_number(match[1]), match[3])
    return True


_CORES: tuple[Callable[[Scanner, Draft], bool], ...] = (
    *CALLOUTS, _read_diameter, _read_radius, _read_sign, _read_angle, _read_feet, _read_inch_fraction, _read_rectangle,
    _read_linear,
)  # fmt: skip
