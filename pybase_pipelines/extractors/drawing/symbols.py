"""The signs of drawings: many spellings of the same sign, one after `clean`; and the numbers written between them.

What belongs here: characters and numbers. What does not: what they mean together (that is `dimension_text`).
"""

from __future__ import annotations

import re

_SAME = {
    "Ø": "⌀∅øɸφΦϕ⊘⦰",
    "x": "×✕✖",
    "-": "−–—‒‐‑",
    "°": "º˚",
    "'": "′’‘ʹ",
    '"': "″”“ʺ",
    "□": "☐▢◻⬜⊓",
    "⌒": "◠⏜",
    "↧": "⤓↓",
    " ": "\u00a0\u2007\u2009\u202f\t\r\n",
    "": "\u200b\ufeff\u00ad",
}
_TABLE = {ord(variant): sign for sign, variants in _SAME.items() for variant in variants}
_CODES = (("%%c", "Ø"), ("%%d", "°"), ("%%p", "±"), ("+/-", "±"), ("+-", "±"), ("-/+", "±"), ("''", '"'))
_FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}

NUMBER = r"(?:\d{1,3}(?:,\d{3})+\.\d+|\d{1,6}(?:[.,]\d{1,6})?|[.,]\d{1,6})"
"""A number without sign as drawings have it: decimal point or comma, with or without a leading zero."""

FRACTION = r"\d{1,2}\s?/\s?(?:2|4|8|16|32|64)(?!\d)"


def clean(text: str) -> str:
    """The text with one sign for each meaning and single blanks."""
    text = text.translate(_TABLE)
    for code, sign in _CODES:
        text = re.sub(re.escape(code), sign, text, flags=re.IGNORECASE)
    for character, fraction in _FRACTIONS.items():
        text = re.sub(rf"(?<=\d){character}", f" {fraction}", text).replace(character, fraction)
    return " ".join(text.split())


def parse_number(text: str) -> float:
    """The number that `NUMBER`, with or without a sign, matched: "1,5" is 1.5, "1,234.5" is 1234.5."""
    text = text.replace(" ", "")
    if "." in text:
        text = text.replace(",", "")
    return float(text.replace(",", "."))


def parse_fraction(text: str) -> float:
    """ "3/4", "1 1/2" and "1-1/2" as a number."""
    whole, numerator, denominator = re.fullmatch(r"(?:(\d+)[\s-]+)?(\d+)\s?/\s?(\d+)", text.strip()).groups()  # pyright: ignore[reportOptionalMemberAccess]
    return float(whole or 0) + float(numerator) / float(denominator)
