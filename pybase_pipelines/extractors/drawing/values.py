"""What may stand as a value in a title block: placeholders are none; dates get an ISO form where it is certain."""

from __future__ import annotations

import re
from datetime import date

_PLACEHOLDER = re.compile(
    r"""<[^<>]*>|\$\{?\w*\}?|\{\w*\}|%\w+%|%<.*>%|[.\-–—_*?#/\\\s:;,=~]*|x{2,}|X{2,}|n/?a|none|null|tbd|t\.b\.d\.?|
    not\ specified|unspecified|untitled|d{1,2}[./-]m{1,2}[./-]y{2,4}|y{4}[./-]m{1,2}[./-]d{1,2}|
    author\ name|drawing\ title|company\ name|your\ (?:name|company)|(?:insert|enter)\ .*\ here|
    \[\s*[\w ]*\s*\]|\(\s*\)|-+\s*/\s*-+""",
    re.IGNORECASE | re.VERBOSE,
)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier janv gennaio gen enero ene",
            "february feb februar fevrier févr fevr febbraio febrero",
            "march mar märz maerz mrz mars marzo", "april apr avril avr aprile abril abr", "may mai maggio mag mayo",
            "june jun juni juin giugno giu junio", "july jul juli juillet juil luglio lug julio",
            "august aug août aout agosto ago", "september sep sept septembre settembre set septiembre",
            "october oct oktober okt octobre ottobre ott octubre", "november nov novembre noviembre",
            "december dec dezember dez decembre décembre déc dicembre dic diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_NUMERIC_DATE = re.compile(r"(?<!\d)(\d{1,4})\s?([./\-\s])\s?(\d{1,2})\s?\2\s?(\d{2,4})(?!\d)")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[\s.\-/]*([a-zäéû]{3,10})\.?[\s,.\-/]*(\d{4}|\d{2})(?!\d)", re.IGNORECASE
)
_MONTH_FIRST = re.compile(r"([a-zäéû]{3,10})\.?\s*(\d{1,2})(?:st|nd|rd|th)?[\s,.]+(\d{4})(?!\d)", re.IGNORECASE)


def take_value(text: str | None) -> str | None:
    """The value as written, blanks tidied; None for an empty one and for a placeholder."""
    value = " ".join((text or "").split()).strip(" \t:;")
    if not value or _PLACEHOLDER.fullmatch(value):
        return None
    return value


def split_date(text: str) -> tuple[str, str | None]:
    """ "J. Doe 12.03.2020" as name and date; the text as it is where no date ends or begins it."""
    for match in (*_NUMERIC_DATE.finditer(text), *_DAY_FIRST.finditer(text)):
        rest = f"{text[: match.start()]} {text[match.end() :]}".strip(" ,/-|")
        if looks_like_date(match[0]) and re.search(r"[^\W\d_]", rest):
            return " ".join(rest.split()), match[0].strip()
    return text, None


def find_iso_date(text: str) -> str | None:
    """The date in ISO form; None where day and month could be either way round or there is no date."""
    for match in _NUMERIC_DATE.finditer(text):
        if found := _read_numeric(match[1], match[2], match[3], match[4]):
            return found
    if match := _DAY_FIRST.search(text):
        return _to_iso(_full_year(match[3]), _MONTHS.get(match[2].lower()), int(match[1]))
    if match := _MONTH_FIRST.search(text):
        return _to_iso(int(match[3]), _MONTHS.get(match[1].lower()), int(match[2]))
    if match := re.fullmatch(r"(20\d\d|19\d\d)(\d\d)(\d\d)", text.strip()):
        return _to_iso(int(match[1]), int(match[2]), int(match[3]))
    return None


def looks_like_date(text: str) -> bool:
    """Whether the text holds a date, certain or not."""
    if find_iso_date(text):
        return True
    match = _NUMERIC_DATE.search(text)
    return bool(match and match[2] != " " and any(1 <= int(part) <= 12 for part in (match[1], match[3])))


def _read_numeric(first: str, separator: str, second: str, third: str) -> str | None:
    if len(first) == 4:
        return _to_iso(int(first), int(second), int(third))
    if len(first) == 3 or len(third) == 3:
        return None
    a, b, year = int(first), int(second), _full_year(third)
    if separator == ".":  # written with points, the day comes first wherever it is used
        return _to_iso(year, b, a)
    if a > 12 or a == b:
        return _to_iso(year, b, a)
    if b > 12:
        return _to_iso(year, a, b)
    return None


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 2:
        return year + (1900 if year >= 70 else 2000)
    return year


def _to_iso(year: int, month: int | None, day: int) -> str | None:
    if month is None or not 1900 <= year <= 2100:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
