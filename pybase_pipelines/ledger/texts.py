"""Texts and JSON that both databases accept.

PostgreSQL refuses NUL in text and in jsonb, and NaN in jsonb; no database stores a lone surrogate. Both occur in what
engineering files hold, so they are replaced on the way in, on SQLite too, for the same answer everywhere.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NUL = "\\u0000"
"""As JSON writes it."""


def is_storable(text: str) -> bool:
    """Whether the text can be stored as it is."""
    return _UNSTORABLE.search(text) is None


def clean_text(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def show_text(text: str) -> str:
    """A text from outside in one line, without anything that a terminal or a log would obey: escaped, not removed."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def clean_json(value: Any) -> Any:
    """The value with texts cleaned, NaN and infinity as null, and anything that JSON lacks as its text."""
    if isinstance(value, str):
        return clean_text(str(value))
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean_json(item) for item in value]
    return clean_text(str(value))


def to_json(value: Any) -> str:
    """JSON text that PostgreSQL's jsonb accepts."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError):
        text = None
    if text is not None and _NUL not in text and is_storable(text):
        return text  # nearly every document; looking at each of its values costs ten times as much
    return json.dumps(clean_json(value), allow_nan=False, ensure_ascii=False)


def count_json_bytes(value: Any) -> int:
    """How many bytes the value takes as JSON."""
    return len(to_json(value).encode())


def digest_json(value: Any) -> str:
    """sha256 of the value as canonical JSON: equal values give equal digests, whatever the order of their keys."""
    text = json.dumps(clean_json(value), allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
