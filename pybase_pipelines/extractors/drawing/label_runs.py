"""Labels in lettering: a run that is a label, one that holds label and value, one that holds several of both."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pybase_pipelines.extractors.drawing.fields import STRICT, fits
from pybase_pipelines.extractors.drawing.labels import find_field, is_label
from pybase_pipelines.extractors.drawing.values import take_value
from pybase_pipelines.extractors.drawing.view import Run

_MOST_LABEL_WORDS = 6
_ENDS = ":;.= "
_TELLING = re.compile(
    r".+ (?:by|no\.?|nr\.?|number|name|von|par)|(?:zeichnungs|teile|sach|artikel)[- ]?(?:nr\.?|nummer)|ma(?:ß|ss)stab",
    re.IGNORECASE,
)
"""Labels of which one knows even without a colon that a value follows ("DRAWN BY J. Doe")."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label and the field it names (None: one for the custom fields). `value` is what stands in the same run."""

    name: str
    field: str | None
    run: Run
    value: str | None = None
    has_colon: bool = False


def read_labels(run: Run) -> list[Label]:
    """The labels of one run; none where the run is no label."""
    text = run.text.strip()
    if len(text) > 200 or not re.search(r"[^\W\d_]{2}", text):
        return []
    if is_label(text.rstrip(_ENDS)):
        name = text.rstrip(_ENDS)
        return [Label(name, find_field(name), run, None, text.endswith((":", ";", "=")))]
    return _read_pairs(text, run) or _read_without_colon(text, run) or _read_unknown(text, run)


def _read_pairs(text: str, run: Run) -> list[Label]:
    """ "Date: 5/1/2020 Sheet: 1 of 3": each colon that follows a label starts a value, which ends at the next label."""
    found: list[tuple[int, int, str]] = []
    for match in re.finditer(r":(?!\d)|:(?<=[A-Za-z.]:)|(?<=[a-z])=", text):
        before = text[found[-1][1] if found else 0 : match.start()]
        words = before.split(" ")
        for count in range(min(_MOST_LABEL_WORDS, len(words)), 0, -1):
            name = " ".join(words[-count:]).strip()
            if is_label(name):
                found.append((match.start() - len(" ".join(words[-count:])), match.end(), name))
                break
    if not found or (found[0][0] > 0 and not re.fullmatch(r"[\W\d]*", text[: found[0][0]])):
        return []
    ends = [start for start, _, _ in found[1:]] + [len(text)]
    return [
        Label(name, find_field(name), run, take_value(text[start:end]), has_colon=True)
        for (_, start, name), end in zip(found, ends, strict=True)
    ]


def _read_unknown(text: str, run: Run) -> list[Label]:
    """A word or two with a colon at the end are a label, even if we do not know it."""
    name = text.rstrip(_ENDS)
    is_short = len(name) <= 30 and len(name.split(" ")) <= 3
    return [Label(name, None, run, has_colon=True)] if text.endswith(":") and is_short else []


def _read_without_colon(text: str, run: Run) -> list[Label]:
    words = text.split(" ")
    for count in range(min(_MOST_LABEL_WORDS, len(words) - 1), 0, -1):
        name, rest = " ".join(words[:count]), " ".join(words[count:]).lstrip(": ")
        field = find_field(name.rstrip(":."))
        is_telling = field in STRICT or bool(_TELLING.fullmatch(name))
        if field and is_telling and is_label(name.rstrip(":.")):
            value = take_value(rest)
            if value and fits(field, value) and (field != "revision" or len(value) <= 6):
                return [Label(name.rstrip(":."), field, run, value)]
    return []
