"""What a person is told about a document that cannot be read whole: damage, and pages without readable letters.

What belongs here: the words of these warnings, and when they make a result partial. What does not: limits, which warn
where they are reached.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.pdf.integrity import Integrity
from pybase_pipelines.extractors.pdf.pages import FEW_CHARACTERS, SCAN_RATIO
from pybase_pipelines.results.pdf import PdfPage

OUTLINED_SEGMENTS = 1_000
FEW_WORDS = 50
UNREADABLE_KINDS = {
    "scanned": ("scanned_page", "shows a picture without letters: reading it would need OCR, which is not done here"),
    "outlined": (
        "outlined_text",
        "has hardly a letter, only strokes: its lettering is drawn as lines and cannot be read as text",
    ),
}


def tell_integrity(integrity: Integrity, progress: Progress) -> None:
    if integrity.truncation:
        progress.warn(
            "truncated_file", f"{integrity.truncation}. What is left was read; pages may be missing.", partial=True
        )
    elif integrity.damage:
        said = f"{integrity.damage}. The document was put together from what was found; parts may be missing."
        progress.warn("corrupted_file", said, partial=True)
    if integrity.has_user_unit:
        progress.warn(
            "user_unit", "The file scales its units (UserUnit): true sheet sizes may be larger than those given."
        )


def tell_kinds(pages: Iterable[PdfPage], progress: Progress) -> None:
    """A page whose letters cannot be read makes the result partial: it may say anything."""
    found: dict[str, list[int]] = defaultdict(list)
    for page in pages:
        found[_legibility(page)].append(page.number)
    for kind, (code, said) in UNREADABLE_KINDS.items():
        if numbers := found[kind]:
            progress.warn(code, f"{name_pages(numbers).capitalize()} {said}.", name_pages(numbers), partial=True)
    if numbers := found["picture"]:
        said = "is mostly a picture; letters inside the picture, if there are any, are not read"
        progress.warn("picture_page", f"{name_pages(numbers).capitalize()} {said}.", name_pages(numbers))


def _legibility(page: PdfPage) -> str:
    if page.kind == "vector" and page.num_characters < FEW_CHARACTERS and page.num_path_segments >= OUTLINED_SEGMENTS:
        return "outlined"
    is_picture = page.kind == "mixed" and page.image_area_ratio >= SCAN_RATIO and page.num_words < FEW_WORDS
    return "picture" if is_picture else page.kind


def name_pages(numbers: list[int]) -> str:
    """ "page 3" or "pages 1-3, 7"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    text = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
    return f"page {text}" if len(numbers) == 1 else f"pages {text}"
