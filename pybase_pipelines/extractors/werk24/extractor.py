"""The Werk24 extractor: refuse what need not be paid for, ask for free what the document is, then ask what is wanted.

What belongs here: the order of the stages and what is left out. What does not: the service (`service`), its messages
(`messages`), its answers (`answers`).
"""

from __future__ import annotations

from typing import Any

from pybase_pipelines.errors import NoContent, PybaseError
from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.werk24 import answers
from pybase_pipelines.extractors.werk24.gate import Drawing, admit, check_pages
from pybase_pipelines.extractors.werk24.messages import Answer, Reading
from pybase_pipelines.extractors.werk24.options import PAGE_LIMIT, Werk24Options
from pybase_pipelines.extractors.werk24.payloads import count, number, record, word
from pybase_pipelines.extractors.werk24.service import MakeClient, ask, open_client
from pybase_pipelines.results.werk24 import Werk24Content

_PROFILE, _METADATA, _FEATURES, _INSIGHTS = "DOCUMENT_PROFILE", "META_DATA", "FEATURES", "INSIGHTS"
_ASKS = {
    _PROFILE: "AskDocumentProfile", _METADATA: "AskMetaData", _FEATURES: "AskFeatures", _INSIGHTS: "AskInsights",
}  # fmt: skip
_PROFILE_SECONDS = 60.0


def extract(source: Source, content: Werk24Content, progress: Progress, make_client: MakeClient = open_client) -> None:
    """Have the drawing read by the Werk24 service.

    Raises:
        PybaseError: the drawing cannot be sent, the licence or the service does not allow it, or nothing is on it.
    """
    options: Werk24Options = source.options
    with progress.stage("gate"):
        drawing = admit(source.path)
        check_pages(drawing.pages, options.max_pages)
        _describe(content, drawing)
    with progress.stage("profile"):
        _read_profile(make_client, drawing, content, progress)
        check_pages(content.metadata.page_count, options.max_pages)
        _tell_left_pages(content.metadata.page_count, options, progress)
    asked = _choose(options)
    if asked:
        with progress.stage("read"):
            reading = _read(make_client, drawing, asked, options, content, progress)
        with progress.stage("answers"):
            for answer in reading.answers:
                _keep(answer, content, options)
            _drop_doubtful(content, options.confidence_threshold, progress)
        _check_content(content)


def _describe(content: Werk24Content, drawing: Drawing) -> None:
    content.metadata.media_type = drawing.media_type
    content.metadata.sha256 = drawing.sha256
    content.metadata.size_bytes = len(drawing.data)
    content.metadata.page_count = drawing.pages


def _read_profile(make_client: MakeClient, drawing: Drawing, content: Werk24Content, progress: Progress) -> None:
    """The free ask: pages, sheet, time. It also shows a missing licence before anything is paid."""
    reading = Reading(progress)
    asks = [_ASKS[_PROFILE]]
    content.usage.requests += 1
    ask(make_client, drawing.data, asks, pages=PAGE_LIMIT, seconds=_PROFILE_SECONDS, on_message=reading.take)
    reading.settle((_PROFILE,))
    content.usage.free_asks.append(_PROFILE)
    content.usage.request_ids += reading.request_ids
    for answer in reading.answers:
        time = record(answer.payload, "processing_time")
        content.metadata.page_count = count(answer.payload, "page_count") or content.metadata.page_count
        content.metadata.paper_size = word(answer.payload, "paper_size")
        content.metadata.expected_seconds_median = number(time, "seconds_p50")
        content.metadata.expected_seconds_95_percent = number(time, "seconds_p95")


def _tell_left_pages(pages: int | None, options: Werk24Options, progress: Progress) -> None:
    if pages is not None and options.max_pages is not None and pages > options.max_pages:
        words = f"Of {pages} pages only the first {options.max_pages} were read, as the option max_pages says."
        progress.warn("pages_left_out", words, f"page {options.max_pages + 1}", partial=True)


def _choose(options: Werk24Options) -> tuple[str, ...]:
    """The paid asks that the options need, and no other."""
    chosen = ((_METADATA, options.wants_metadata), (_FEATURES, options.wants_features))
    return tuple(name for name, wanted in (*chosen, (_INSIGHTS, options.extract_insights)) if wanted)


def _read(
    make_client: MakeClient, drawing: Drawing, asked: tuple[str, ...], options: Werk24Options, content: Werk24Content,
    progress: Progress,
) -> Reading:  # fmt: skip
    """The paid reading. Answers that came before it broke off were paid for, and are kept."""
    reading = Reading(progress)
    content.usage.requests += 1
    try:
        ask(
            make_client, drawing.data, [_ASKS[name] for name in asked], pages=options.max_pages or PAGE_LIMIT,
            seconds=options.timeout_seconds, on_message=reading.take,
        )  # fmt: skip
    except PybaseError as error:
        if not reading.answers:
            raise
        reading.refusals.append(error)
    content.usage.paid_asks += asked
    content.usage.request_ids += reading.request_ids
    if options.keep_raw_messages:
        content.raw_messages = reading.raw
    reading.settle(asked)
    content.usage.answers = len(reading.answers)
    content.usage.pages_read = len({answer.page for answer in reading.answers})
    return reading


def _keep(answer: Answer, content: Werk24Content, options: Werk24Options) -> None:
    payload, page = answer.payload, answer.page
    if page_type := word(payload, "page_type"):
        content.metadata.page_types[str(page)] = page_type
    if answer.ask == _METADATA:
        _keep_metadata(payload, page, content, options)
    elif answer.ask == _INSIGHTS:
        content.insights.append({"page": page, **payload})
    elif answer.ask == _FEATURES:
        for wanted, target, read in (
            (options.extract_dimensions, content.dimensions, answers.read_dimensions),
            (options.extract_gdt, content.gdts, answers.read_gdts),
            (options.extract_threads, content.threads, answers.read_threads),
            (options.extract_surface_finish, content.surface_finishes, answers.read_surface_finishes),
            (options.extract_features, content.features, answers.read_features),
        ):
            if wanted:
                target += read(payload, page)


def _keep_metadata(payload: dict[str, Any], page: int, content: Werk24Content, options: Werk24Options) -> None:
    metadata = content.metadata
    metadata.languages += answers.read_words(payload, "languages", "value")
    metadata.unit_systems += answers.read_words(payload, "unit_systems", "unit_system_type")
    metadata.certifications += answers.read_words(payload, "certifications", "certification_type")
    if options.extract_materials:
        content.materials += answers.read_materials(payload, page)
    if options.extract_surface_finish:
        content.surface_finishes += answers.read_general_finish(payload, page)
    if options.extract_title_block:
        block = answers.read_title_block(payload, page)
        content.title_blocks += [block] if block else []
        content.title_block = content.title_block or block
        content.bom = content.bom or answers.read_bom(payload, page)
        content.notes += answers.read_notes(payload, page)


def _drop_doubtful(content: Werk24Content, threshold: float, progress: Progress) -> None:
    """Leave out what the service itself doubts, and say how much that is."""
    for name in ("dimensions", "gdts", "threads", "surface_finishes", "features"):
        items = getattr(content, name)
        sure = [item for item in items if item.confidence is None or item.confidence >= threshold]
        if len(sure) < len(items):
            words = f"{len(items) - len(sure)} of {len(items)} {name} have a confidence below {threshold:g}."
            progress.warn("low_confidence", f"{words} They are left out.", name)
            setattr(content, name, sure)


def _check_content(content: Werk24Content) -> None:
    found = (
        content.title_block, content.dimensions, content.gdts, content.threads, content.surface_finishes,
        content.materials, content.features, content.bom, content.notes, content.insights,
    )  # fmt: skip
    if not any(found):
        raise NoContent(
            "Werk24 read the document but found nothing of a drawing on it.",
            hint="Check that the file shows a mechanical drawing, or lower the option confidence_threshold.",
        )
