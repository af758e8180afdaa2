"""The PDF extractor: the document, then all pages cheaply, then tables and drawings where a page may have some.

What belongs here: the order of the stages, what a limit or a failure means for the result. What does not: how anything
is read; each module of this room reads one thing. Text comes first, so that a page that kills us later costs no words.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pybase_pipelines.errors import CorruptedFile, NoContent, OptionsInvalid, TruncatedFile
from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.pdf.appearances import has_appearances, read_appearances
from pybase_pipelines.extractors.pdf.cells import TooManyEdges
from pybase_pipelines.extractors.pdf.document import (
    XFA_ONLY,
    open_document,
    read_attachments,
    read_metadata,
    read_outline,
)
from pybase_pipelines.extractors.pdf.drawing import (
    SheetSource,
    find_page_border,
    is_worth_reading,
    keep_reading,
    read_page,
)
from pybase_pipelines.extractors.pdf.integrity import Integrity, inspect
from pybase_pipelines.extractors.pdf.interaction import read_interaction, write_filled_in
from pybase_pipelines.extractors.pdf.notices import name_pages, tell_integrity, tell_kinds
from pybase_pipelines.extractors.pdf.options import PdfOptions
from pybase_pipelines.extractors.pdf.pages import LARGEST_POINTS, decide_kind, describe_page
from pybase_pipelines.extractors.pdf.ruling import Ruling, read_rules, turn_rules
from pybase_pipelines.extractors.pdf.shx import make_words
from pybase_pipelines.extractors.pdf.tables import FoundTable, find_tables, write_table
from pybase_pipelines.extractors.pdf.text import (
    NOWHERE,
    PageText,
    Word,
    find_main_quarter,
    gather_lines,
    read_words,
    turn_words,
    write_blocks,
)
from pybase_pipelines.extractors.pdf.turn import Turn
from pybase_pipelines.results.pdf import PdfContent, PdfPage, PdfTextBlock

if TYPE_CHECKING:
    import pypdfium2

FEWEST_SEGMENTS = 4
FEWEST_WORDS_OF_TABLE = 12
UNREADABLE_SHARE = 0.1


@dataclass(slots=True)
class PageRead:
    """What the first pass leaves for the second."""

    page: PdfPage
    turn: Turn
    words: tuple[Word, ...]


@dataclass(slots=True)
class Run:
    """One extraction under way."""

    pdf: pypdfium2.PdfDocument
    options: PdfOptions
    content: PdfContent
    progress: Progress
    path: Path
    pages: list[PageRead] = field(default_factory=list)
    _second: pypdfium2.PdfDocument | None = None

    def second(self) -> pypdfium2.PdfDocument:
        """The document once more, for what changes its pages."""
        if self._second is None:
            self._second = open_document(self.path, self.options.password)
            self._second.init_forms()
        return self._second

    def close(self) -> None:
        if self._second is not None:
            self._second.close()


def extract(source: Source, content: PdfContent, progress: Progress) -> None:
    """Read a PDF into `content`.

    Raises:
        PasswordRequired, TruncatedFile, CorruptedFile, NoContent, LimitExceeded, ...: nothing can be read.
    """
    options: PdfOptions = source.options
    with progress.stage("document"):
        integrity = inspect(source.path, options.max_inflated_bytes)
        pdf = open_document(source.path, options.password)
    try:
        with progress.stage("document"):
            content.metadata = read_metadata(pdf, integrity)
            numbers = _choose_pages(len(pdf), options, integrity, progress)
        tell_integrity(integrity, progress)
        run = Run(pdf, options, content, progress, source.path)
        _read_surroundings(run)
        try:
            with progress.stage("pages", risky=True):
                _read_pages(run, numbers, integrity)
        finally:
            run.close()
        tell_kinds(content.pages, progress)
        _refuse_blank(run)
        with progress.stage("sheets", risky=True):
            _read_sheets(run)
    finally:
        pdf.close()


def _choose_pages(total: int, options: PdfOptions, integrity: Integrity, progress: Progress) -> list[int]:
    """The numbers of the pages to read, from 1."""
    if total <= 0:
        if integrity.truncation:
            raise TruncatedFile(f"{integrity.truncation}, and no page can be read.")
        raise NoContent("The PDF has no page.")
    numbers = (
        sorted({n for n in options.pages if n <= total}) if options.pages is not None else list(range(1, total + 1))
    )
    if not numbers:
        raise OptionsInvalid(f"None of the pages asked for exists: the document has {total} page(s).")
    if options.pages is not None and len(numbers) < len(set(options.pages)):
        progress.warn("options_invalid", f"Some of the pages asked for do not exist: the document has {total} page(s).")
    if len(numbers) > options.max_pages:
        said = f"{len(numbers)} pages are more than max_pages allows; only the first {options.max_pages} are read."
        progress.warn("limit_exceeded", said, f"page {numbers[options.max_pages]}", partial=True)
    return numbers[: options.max_pages]


def _read_surroundings(run: Run) -> None:
    """Bookmarks, files inside, and the form, which must be opened before the pages are."""
    with run.progress.stage("outline", optional=True):
        run.content.metadata.outline = read_outline(run.pdf)
    with run.progress.stage("attachments", optional=True):
        run.content.attachments = read_attachments(run.pdf)
    if run.content.metadata.form_type == XFA_ONLY:
        said = "The document is a dynamic form (XFA): what it shows is made by its own program and cannot be read here."
        run.progress.warn("xfa_form", said, partial=True)
    elif run.options.extract_annotations:
        with run.progress.stage("forms", optional=True):
            run.pdf.init_forms()


def _read_pages(run: Run, numbers: list[int], integrity: Integrity) -> None:
    import pypdfium2

    lost: list[int] = []
    for done, number in enumerate(numbers):
        run.progress.advance(done, len(numbers))
        try:
            page = run.pdf[number - 1]
        except pypdfium2.PdfiumError:
            run.content.pages.append(PdfPage(number=number, kind="unreadable"))
            lost.append(number)
            continue
        try:
            with run.progress.stage("text", optional=True, where=f"page {number}"):
                _read_one_page(run, page, number)
        finally:
            page.close()
    run.content.metadata.pages_read = len(numbers) - len(lost)
    if lost:
        said = f"{len(lost)} of {len(numbers)} page(s) cannot be loaded; they are damaged or missing."
        run.progress.warn("corrupted_file", said, name_pages(lost), partial=True)
    if lost and len(lost) == len(numbers):
        error = TruncatedFile if integrity.truncation else CorruptedFile
        raise error(f"None of the {len(numbers)} page(s) that the document lists can be loaded.")


def _read_one_page(run: Run, page: pypdfium2.PdfPage, number: int) -> None:
    options, where = run.options, f"page {number}"
    described, turn = describe_page(
        page, number, run.pdf.get_page_label(number - 1) or None, options.max_paths_per_page
    )
    run.content.pages.append(described)
    if max(turn.size) > LARGEST_POINTS:
        said = f"The page claims to be {described.width_mm:.0f} x {described.height_mm:.0f} mm, which no sheet is."
        run.progress.warn("limit_exceeded", said, where)
    text, filled_in = _read_text(run, page, number, turn)
    described.num_characters, described.num_words = text.num_characters, len(text.words)
    described.num_unreadable_characters = text.unreadable
    described.kind = decide_kind(described)
    if options.extract_text:
        run.content.text_blocks.extend([*write_blocks(gather_lines(text.words), number), *filled_in])
    if text.is_cut:
        said = f"The page has more than {options.max_characters_per_page} characters; the rest was not read."
        run.progress.warn("limit_exceeded", said, where, partial=True)
    if text.unreadable > UNREADABLE_SHARE * max(1, text.num_characters):
        said = f"{text.unreadable} characters have no meaning: their font does not say which letters they are."
        run.progress.warn("unreadable_characters", said, where, partial=True)
    if unplaced := sum(word.bbox == NOWHERE for word in text.words):
        run.progress.warn("unplaced_words", f"{unplaced} words stand where no number leads.", where)
    run.pages.append(PageRead(described, turn, text.words))


def _read_text(run: Run, page: pypdfium2.PdfPage, number: int, turn: Turn) -> tuple[PageText, list[PdfTextBlock]]:
    """The words of the page with those shown on top of it; and what is filled in, which has no words of its own."""
    limit, where = run.options.max_characters_per_page, f"page {number}"
    text = read_words(page, turn, limit)
    if not run.options.extract_annotations:
        return text, []
    found = read_interaction(run.pdf, page, number, turn)
    run.content.annotations.extend(found.annotations)
    run.content.form_fields.extend(found.fields)
    if found.left_out:
        run.progress.warn("limit_exceeded", f"{found.left_out} annotations are too many to read.", where, partial=True)
    text = text.with_more(make_words(found.stroke_texts, text.next_line))
    if has_appearances(run.pdf, page):
        with run.progress.stage("stamps", optional=True, where=where):
            text = text.with_more(read_appearances(run.second(), number, turn, text, limit))
    return text, write_filled_in(found)


def _refuse_blank(run: Run) -> None:
    content = run.content
    if (
        any(page.kind != "empty" for page in content.pages)
        or content.annotations
        or content.form_fields
        or content.attachments
    ):
        return
    if run.progress.is_partial:
        run.progress.warn("no_content", "Nothing is drawn on the pages that could be read.", partial=True)
    elif run.options.pages is None:
        raise NoContent(f"Nothing is drawn on the {len(content.pages)} page(s) of the PDF.")


def _read_sheets(run: Run) -> None:
    """The second pass: ruling, tables, drawings, page by page, within a budget of time."""
    options = run.options
    wants_drawing = options.extract_dimensions or options.extract_title_block or options.extract_bom
    if not (options.extract_tables or wants_drawing):
        return
    deadline = time.monotonic() + options.max_seconds_for_tables
    for done, read in enumerate(run.pages):
        run.progress.advance(done, len(run.pages))
        if time.monotonic() > deadline:
            said = (
                "The time for tables and drawings (max_seconds_for_tables) is used up; those from here on are missing."
            )
            run.progress.warn("limit_exceeded", said, f"page {read.page.number}", partial=True)
            return
        if read.page.num_path_segments < FEWEST_SEGMENTS and read.page.num_words < FEWEST_WORDS_OF_TABLE:
            continue
        source = None
        with run.progress.stage("tables", optional=True, where=f"page {read.page.number}"):
            source = _prepare_sheet(run, read)
        if source and wants_drawing and is_worth_reading(source):
            with run.progress.stage("drawing", optional=True, where=f"page {read.page.number}"):
                reading = read_page(source)
                keep_reading(run.content, reading, options)
                for limit in reading.limits:
                    run.progress.warn("limit_exceeded", limit, f"page {read.page.number}", partial=True)


def _prepare_sheet(run: Run, read: PageRead) -> SheetSource:
    """The page as it reads upright, with its tables, which also go into the result."""
    number, words, size = read.page.number, read.words, read.turn.size
    ruling = _read_ruling(run, read)
    rules, back = ruling.rules, None
    if quarter := find_main_quarter(words):
        turn = Turn(quarter, *size)
        words, rules, size, back = turn_words(words, turn), turn_rules(rules, turn), turn.size, turn.back()
    border = find_page_border(words, rules)
    tables: list[FoundTable] = []
    try:
        tables = find_tables(words, border.clear(rules) if border else rules, size, run.options.table_strategy)
    except TooManyEdges:
        said = f"The page has {len(rules)} lines, too many to look for tables among them."
        run.progress.warn("limit_exceeded", said, f"page {number}", partial=True)
    if run.options.extract_tables:
        run.content.tables.extend(write_table(t, back.box(t.bbox) if back else t.bbox, number) for t in tables)
    labelled = tuple(
        (f.label or f.name, f.value)
        for f in run.content.form_fields
        if f.page == number and f.value and f.kind == "text"
    )
    return SheetSource(read.page, size, words, rules, tables, labelled, border, back)


def _read_ruling(run: Run, read: PageRead) -> Ruling:
    if read.page.num_path_segments < FEWEST_SEGMENTS:
        return Ruling()
    page = run.pdf[read.page.number - 1]
    try:
        ruling = read_rules(page, read.turn, run.options.max_paths_per_page)
    finally:
        page.close()
    if ruling.is_cut:
        said = f"The page draws more than {run.options.max_paths_per_page} lines; the rest was not looked at."
        run.progress.warn("limit_exceeded", said, f"page {read.page.number}", partial=True)
    return ruling
