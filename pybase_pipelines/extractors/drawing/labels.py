"""Is this text a label, and of which field? The words themselves are in `vocabulary`.

A label is compared without case, accents, blanks and punctuation, so that "Dwg. No.:", "DWG_NO" and "dwg no" are one.
Labels in two languages ("Scale / Maßstab") are found part by part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from pybase_pipelines.extractors.drawing.vocabulary import ATTRIBUTE_TAGS, OTHER_LABELS, TITLE_BLOCK, WEAK_LABELS

_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "°": " ", "º": " ", "'": "", "’": ""})


@lru_cache(maxsize=8192)
def normalize_label(text: str) -> str:
    """A label for comparing: no case, accents, punctuation; umlauts spelled out; single blanks."""
    text = unicodedata.normalize("NFC", text).casefold().translate(_SPELLED_OUT)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def split_synonyms(text: str) -> list[str]:
    """The words of one row of a vocabulary."""
    return [normalize_label(name) for name in text.split("|")]


def make_lookup(table: Mapping[str, str]) -> dict[str, str]:
    """From each synonym to its field."""
    return {name: field for field, names in table.items() for name in split_synonyms(names)}


_FIELDS = make_lookup(TITLE_BLOCK)
_RANKS = {name: rank for names in TITLE_BLOCK.values() for rank, name in enumerate(split_synonyms(names))}
_WEAK = frozenset(split_synonyms(WEAK_LABELS))
_OTHERS = frozenset(split_synonyms(OTHER_LABELS))
_TAGS = {tag.replace(" ", ""): field for tag, field in make_lookup(ATTRIBUTE_TAGS).items()}


@lru_cache(maxsize=8192)
def find_field(label: str) -> str | None:
    """The field of a title block that a label names; None for other labels and for what is no label."""
    return next((_FIELDS[part] for part in _readings(label) if part in _FIELDS), None)


def rank_label(label: str) -> int:
    """How far down among its synonyms a label is: of two labels of one field, the lower rank says more."""
    return next((_RANKS[part] for part in _readings(label) if part in _RANKS), len(_RANKS))


@lru_cache(maxsize=8192)
def is_label(text: str) -> bool:
    """Whether the whole text is a label, of a field we know or of one that goes to the custom fields."""
    return len(text) <= 60 and any(part in _FIELDS or part in _OTHERS for part in _readings(text))


def is_weak(text: str) -> bool:
    """Whether a label may just as well be a value ("Assembly"): without a colon it says nothing."""
    return normalize_label(text) in _WEAK


@lru_cache(maxsize=8192)
def find_tag_field(tag: str) -> str | None:
    """The field that an attribute tag such as DWG_NO or GEZ_NAME stands for."""
    plain = normalize_label(tag).replace(" ", "")
    return _TAGS.get(plain) or _TAGS.get(plain.rstrip("0123456789")) or find_field(re.sub(r"[_\-.\d]+", " ", tag))


def _readings(label: str) -> list[str]:
    """The label as a whole, then its parts where it is in two languages or has a remark in brackets."""
    whole = normalize_label(label)
    parts = re.split(r"\s*[/|\n,;]\s*|\s{3,}|\s-\s", re.sub(r"\([^()]*\)?|\[[^\[\]]*\]?", "|", label).strip("| "))
    known = [normalize_label(part) for part in parts if part.strip()]
    if sum(part in _FIELDS or part in _OTHERS for part in known) * 2 < len(known):
        known = []
    return [reading for reading in (whole, *known) if len(reading) > 1]
