"""Which values a field of a title block may have: the judge that keeps a neighbour's text out of a cell left empty."""

from __future__ import annotations

import re

from pybase_pipelines.extractors.drawing.values import looks_like_date

SCALE = re.compile(
    r"(?:[a-z]\s?)?\d{1,4}(?:[.,]\d+)?\s?[:/=]\s?\d{1,6}(?:[.,]\d+)?(?:\s?[,;&/]\s?\d+\s?[:/]\s?\d+)*"
    r"(?:\s*\(.*\))?|\d{1,4}\s?%|n\.?t\.?s\.?|not to scale|none|"
    r"(?:full|half|quarter)(?: size| scale)?|as (?:shown|noted|indicated)|ohne|"
    r"\d[\d/ ]*\"\s?=\s?[\d'\-\" ]+|\d+\s?(?:mm|cm)\s?=\s?\d+\s?m|auto|custom|1|\d+x|sans|fit",
    re.IGNORECASE,
)
SHEET = re.compile(
    r"#?\s?[a-z]{0,3}-?\d{1,4}[a-z]?(?:\s*(?:of|from|von|v\.|de|di|sur|/|-|\||aus|out of)\s*\d{1,4})?|"
    r"\d+\s*\(\s*\d+\s*\)",
    re.IGNORECASE,
)
SIZE = re.compile(
    r"(?:din |iso |ansi |arch )?(?:A[0-6]|B[0-5]|[A-F](?:[0-9]|[hvlp])?)(?:\s?[x+]\s?\d+)?"
    r"(?:\s*[-_ ]?(?:landscape|portrait|quer|hoch|h|v|l|p))?(?:\s*\(.*\))?|"
    r"custom|user|us ?letter|letter|legal|tabloid|ledger|\d{3,4}\s?[x×*]\s?\d{3,4}(?:\s?mm)?|[A-E] size",
    re.IGNORECASE,
)
_UNITS = re.compile(
    r"(?:\[|\()?(?:mm|cm|m|in|inch|inches|inchs|millimet(?:er|re)s?|centimet(?:er|re)s?|met(?:er|re)s?|millimeter|zoll|imperial|metric|mmgs|ips|feet|ft|\")(?:\]|\))?.*",
    re.IGNORECASE,
)
_REVISION = re.compile(r"(?:rev\.?\s?|v\.?\s?|#)?[a-z0-9][\w.\-+/]{0,14}(?:\s[\w.\-/()]{1,10}){0,2}", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def fits(field: str, value: str) -> bool:
    """Whether the text may be the value of this field."""
    check = _CHECKS.get(field)
    return len(value) <= 240 if check is None else check(value)


def _is_person(value: str) -> bool:
    return len(value) <= 50 and bool(re.search(r"[^\W\d_]", value)) and not looks_like_date(value)


def _is_number(value: str) -> bool:
    if len(value) > 70 or (SCALE.fullmatch(value) and ":" in value) or value.startswith("/"):
        return False
    return bool(re.search(r"\d", value)) or (" " not in value and len(value) > 1) or value.isupper()


def _is_title(value: str) -> bool:
    if looks_like_date(value):
        return len(value) > 12 and bool(re.search(r"[^\W\d_]{4,}", value))
    return bool(_LETTERS.search(value)) or len(value) > 5


def _is_date(value: str) -> bool:
    return looks_like_date(value) or bool(
        re.fullmatch(
            r"(?:19|20)\d\d(?:[-/.]\d\d?)?|[a-z]{3,9}\.?[\s.,-]*(?:19|20)\d\d|q[1-4] \d{4}|\d{1,2}[./](?:19|20)\d\d",
            value,
            re.IGNORECASE,
        )
    )


_CHECKS = {
    "scale": lambda value: bool(SCALE.fullmatch(value)),
    "sheet": lambda value: bool(SHEET.fullmatch(value)),
    "size": lambda value: bool(SIZE.fullmatch(value)),
    "date": _is_date,
    "revision": lambda value: bool(_REVISION.fullmatch(value)) and not looks_like_date(value),
    "weight": lambda value: bool(re.search(r"\d", value)) and len(value) <= 30,
    "units": lambda value: bool(_UNITS.fullmatch(value)) and len(value) <= 40,
    "drawing_number": _is_number,
    "part_number": _is_number,
    "title": _is_title,
    "author": _is_person,
    "checked_by": _is_person,
    "approved_by": _is_person,
    "company": lambda value: bool(_LETTERS.search(value)) and len(value) <= 120,
    "general_tolerance": lambda value: bool(re.search(r"\d", value)),
    "material": lambda value: bool(re.search(r"[^\W\d_]|\d\.\d{4}", value)) and len(value) <= 120,
}
"""Fields that are not here (finish, project, projection) may hold any text."""

STRICT = frozenset({"scale", "sheet", "size", "date", "weight", "revision"})
"""Fields whose values can be told without a colon between label and value ("SCALE 1:1", "SHEET 1 OF 2")."""
PEOPLE = ("author", "checked_by", "approved_by")
