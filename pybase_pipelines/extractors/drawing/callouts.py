"""Threads and chamfers as drawn: "M6x1-6H", "1/4-20 UNC-2B", "G1/2", "Tr20x4", "2x45°", "C0.5", "CHAMFER 0,2"."""

from __future__ import annotations

import re

from pybase_pipelines.extractors.drawing.scan import Draft, Scanner
from pybase_pipelines.extractors.drawing.symbols import FRACTION, NUMBER, parse_fraction, parse_number

_INCHES = rf"(?:\d{{1,2}}[\s-])?{FRACTION}|{NUMBER}"
_CLASS = r"\d[a-zA-Z](?:\d[a-zA-Z])?(?:/\d[a-z](?:\d[a-z])?)?(?!\w)"


def _read_metric_thread(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(
        rf"(MJ?)\s?(\d{{1,3}}(?:[.,]\d{{1,2}})?)(?:\s?[xX*]\s?({NUMBER}))?(?:\s?-?\s?({_CLASS}))?(\s?-?\s?LH)?(?![\w:])"
    )
    if not match:
        return False
    pitch = f"x{match[3]}" if match[3] else ""
    grade = f"-{match[4]}" if match[4] else ""
    draft.start(f"{match[1]}{match[2]}{pitch}{grade}{'-LH' if match[5] else ''}", "thread", parse_number(match[2]))
    draft.unit = "mm"
    return True


def _read_trapezoidal_thread(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(rf"(Tr|TR)\s?(\d{{1,3}})\s?[xX]\s?({NUMBER})(?:\s?-\s?({_CLASS}))?(?!\w)")
    if not match:
        return False
    grade = f"-{match[4]}" if match[4] else ""
    draft.start(f"Tr{match[2]}x{match[3]}{grade}", "thread", float(match[2]))
    draft.unit = "mm"
    return True


def _read_unified_thread(scanner: Scanner, draft: Draft) -> bool:
    match = scanner.take(
        rf"(#\d{{1,2}}|{_INCHES})\s?\"?\s?-\s?(\d{{1,2}})\s?-?\s?(UN(?:JC|JF|RC|RF|EF|C|F|S)?|NC|NF)(?:\s?-?\s?(\d[AB]))?(\s?-?\s?LH)?(?!\w)"
    )
    if not match:
        return False
    size = 0.060 + 0.013 * int(match[1][1:]) if match[1].startswith("#") else _inches(match[1])
    grade = f"-{match[4]}" if match[4] else ""
    draft.start(f"{match[1]}-{match[2]} {match[3]}{grade}{'-LH' if match[5] else ''}", "thread", round(size, 6))
    draft.unit = "in"
    return True


def _read_pipe_thread(scanner: Scanner, draft: Draft) -> bool:
    """The number of a pipe thread names a size, it does not measure one; it is kept as the value in inches."""
    match = scanner.take(
        rf"(?P<kind>G|R[cp]?|BSPP?|BSPT)\s?(?P<size>(?:\d{{1,2}}[\s-])?{FRACTION}|\d(?=\s?\"))\s?\"?(?P<rest>\s?-?[AB](?!\w))?"
    )
    match = match or scanner.take(
        rf"(?P<size>{_INCHES})\s?\"?(?P<rest>\s?-\s?\d{{1,2}}(?:[.,]5)?)?\s?-?\s?(?P<kind>NPTF?|NPSM?|BSPP|BSPT|BSP)(?!\w)"
    )
    if not match:
        return False
    draft.start(re.sub(r"\s?-\s?", "-", match[0].strip()), "thread", _inches(match["size"]))
    draft.unit = "in"
    return True


def _read_chamfer(scanner: Scanner, draft: Draft) -> bool:
    if match := scanner.take(rf"({NUMBER})\s?(?:mm\s?)?[xX*]\s?([1-8]?\d(?:[.,]\d+)?)\s?°"):
        draft.start(f"{match[1]}x{match[2]}°", "chamfer", parse_number(match[1]))
    elif match := scanner.take(rf"({NUMBER})\s?°\s?[xX*]\s?({NUMBER})(?:\s?mm)?"):
        draft.start(f"{match[1]}°x{match[2]}", "chamfer", parse_number(match[2]))
    elif match := scanner.take(
        rf"(CHAMFER|CHAM\.?|FASE|CHANFREIN|C)\s?({NUMBER})(?![\w:])", re.IGNORECASE if scanner.rest[:3].isalpha() else 0
    ):
        blank = "" if match[1] == "C" else " "
        draft.start(match[1] + blank + match[2], "chamfer", parse_number(match[2]))
    else:
        return False
    return True


def _inches(text: str) -> float:
    return parse_fraction(text) if "/" in text else parse_number(text)


CALLOUTS = (_read_chamfer, _read_metric_thread, _read_trapezoidal_thread, _read_unified_thread, _read_pipe_thread)
