"""What the extractor promises of whole files."""

import time
import zlib

import pytest
from reportlab.pdfgen.canvas import Canvas

from pybase_pipelines.errors import (
    CorruptedFile,
    EmptyFile,
    LimitExceeded,
    NoContent,
    OptionsInvalid,
    PasswordRequired,
    TruncatedFile,
    UnsupportedFormat,
)
from pybase_pipelines.extractors.contract import parse_options
from pybase_pipelines.extractors.pdf.notices import name_pages
from pybase_pipelines.extractors.pdf.options import PdfOptions
from pybase_pipelines.results.pdf import PdfContent, PdfResult
from pybase_pipelines_tests.extractors.pdf.builders import (
    A3_LANDSCAPE,
    A4_LANDSCAPE,
    draw_grid,
    draw_scan,
    draw_strokes,
    make_pdf,
    raw_pdf,
    run,
)


def say(text: str, x: float = 72, y: float = 700):
    return lambda canvas: canvas.drawString(x, y, text)


def test_every_word_of_every_page_is_in_the_text_blocks(tmp_path):
    outcome = run(make_pdf(say("Flange cover"), say("Second page here")), tmp_path)
    assert outcome.words == ["Flange", "cover", "Second", "page", "here"]
    assert [block.page for block in outcome.content.text_blocks] == [1, 2]
    assert not outcome.progress.is_partial
    assert outcome.content.metadata.num_pages == 2


def test_the_document_says_who_made_it(tmp_path):
    def draw(canvas: Canvas) -> None:
        canvas.setTitle("Pump housing")
        canvas.setAuthor("M. Muster")
        canvas.drawString(72, 700, "text")
        canvas.bookmarkPage("here")
        canvas.addOutlineEntry("Chapter", "here", 0)

    metadata = run(make_pdf(draw), tmp_path).content.metadata
    assert metadata.pdf_info["Title"] == "Pump housing"
    assert metadata.pdf_info["Author"] == "M. Muster"
    assert metadata.created is not None
    assert metadata.created.startswith("20")
    assert [(entry.title, entry.level, entry.page) for entry in metadata.outline] == [("Chapter", 0, 1)]


def test_a_link_leads_to_its_address(tmp_path):
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "see there")
        canvas.linkURL("https://example.org/part", (70, 690, 200, 715))

    (annotation,) = run(make_pdf(draw), tmp_path).content.annotations
    assert (annotation.kind, annotation.uri, annotation.page) == ("link", "https://example.org/part", 1)
    assert annotation.bbox == pytest.approx((70, 690, 200, 715), abs=1)


def test_a_form_gives_its_fields_and_what_is_filled_in(tmp_path):
    def draw(canvas: Canvas) -> None:
        canvas.acroForm.textfield(name="drawing_no", value="A-100", x=50, y=600, tooltip="Drawing number")
        canvas.acroForm.checkbox(name="released", checked=True, x=50, y=500)

    outcome = run(make_pdf(draw), tmp_path)
    fields = {field.name: field for field in outcome.content.form_fields}
    assert "A-100" in outcome.words
    assert (fields["drawing_no"].value, fields["drawing_no"].label) == ("A-100", "Drawing number")
    assert fields["released"].is_checked is True


@pytest.mark.parametrize(
    ("size", "name", "orientation"),
    [
        (A4_LANDSCAPE, "A4", "landscape"),
        (A3_LANDSCAPE, "A3", "landscape"),
        ((612, 792), "ANSI A", "portrait"),
        ((300, 333), None, "portrait"),
    ],
)
def test_a_sheet_is_called_by_its_standard_name(tmp_path, size, name, orientation):
    (page,) = run(make_pdf(say("x"), size=size), tmp_path).content.pages
    assert (page.sheet_size, page.orientation) == (name, orientation)
    assert page.width_mm == pytest.approx(size[0] * 25.4 / 72, abs=0.1)


def test_a_turned_page_is_read_as_a_person_sees_it(tmp_path):
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.saveState()
        canvas.translate(500, 100)
        canvas.rotate(90)
        canvas.drawString(0, 0, "upright words")
        canvas.restoreState()

    outcome = run(make_pdf(draw), tmp_path)
    (page,), (block,) = outcome.content.pages, outcome.content.text_blocks
    assert page.rotation == 90
    assert page.media_box == pytest.approx((0, 0, 841.89, 595.28))
    assert (page.width_mm, page.height_mm) == pytest.approx((210, 297))
    assert block.rotation == 0
    assert block.bbox[0] == pytest.approx(100, abs=2)
    assert block.bbox[1] == pytest.approx(841.89 - 500, abs=4)
    assert block.bbox[2] - block.bbox[0] > 3 * (block.bbox[3] - block.bbox[1])


def test_a_scanned_page_is_partial_and_named(tmp_path):
    outcome = run(make_pdf(say("a page with enough letters to be text"), draw_scan), tmp_path)
    assert outcome.progress.is_partial
    (warning,) = outcome.progress.warnings
    assert (warning.code, warning.where) == ("scanned_page", "page 2")
    assert [page.kind for page in outcome.content.pages] == ["text", "scanned"]


def test_a_picture_with_a_line_of_text_is_told(tmp_path):
    def draw(canvas: Canvas) -> None:
        draw_scan(canvas)
        canvas.drawString(72, 700, "scanned with a device that stamps its name")

    outcome = run(make_pdf(draw), tmp_path)
    assert [(w.code, w.where) for w in outcome.progress.warnings] == [("picture_page", "page 1")]
    assert outcome.content.pages[0].kind == "mixed"


def test_letters_drawn_as_strokes_are_never_an_empty_success(tmp_path):
    outcome = run(make_pdf(draw_strokes), tmp_path)
    assert outcome.progress.is_partial
    assert "outlined_text" in outcome.codes
    assert outcome.content.pages[0].kind == "outlined"


def test_a_blank_document_is_no_content(tmp_path):
    with pytest.raises(NoContent, match="Nothing is drawn"):
        run(make_pdf(lambda canvas: None), tmp_path)


def test_a_document_without_pages_is_no_content(tmp_path):
    with pytest.raises(NoContent, match="no page"):
        run(raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"), tmp_path)


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"", EmptyFile, "no bytes"),
        (b"\0" * 4096, UnsupportedFormat, "zeros"),
        (b"<html><body>404 not found", UnsupportedFormat, "<html>"),
        (b"%PDF-1.7\n", TruncatedFile, "%%EOF"),
        (b"%PDF-1.7\nnothing\nstartxref\n0\n%%EOF", CorruptedFile, "cannot be opened"),
    ],
)
def test_what_is_no_readable_pdf_says_what_it_is(tmp_path, data, error, said):
    with pytest.raises(error, match=said):
        run(data, tmp_path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_never_a_success(tmp_path, share):
    data = make_pdf(*[say(f"page number {n}") for n in range(8)])
    try:
        outcome = run(data[: int(share * len(data))], tmp_path)
    except TruncatedFile:
        return
    assert outcome.progress.is_partial
    assert "truncated_file" in outcome.codes


def test_a_wrong_cross_reference_makes_the_result_partial(tmp_path):
    data = make_pdf(say("still readable"))
    start = data.rindex(b"startxref") + 10
    outcome = run(data[:start] + b"7\n%%EOF\n", tmp_path)
    assert "readable" in outcome.words
    assert outcome.progress.is_partial
    assert "corrupted_file" in outcome.codes


def test_an_encrypted_file_asks_for_its_password(tmp_path):
    data = make_pdf(say("secret words"), password="geheim")
    with pytest.raises(PasswordRequired, match="needs a password"):
        run(data, tmp_path)
    with pytest.raises(PasswordRequired, match="does not open"):
        run(data, tmp_path, password="wrong")
    outcome = run(data, tmp_path, password="geheim")
    assert outcome.words == ["secret", "words"]
    assert outcome.content.metadata.is_encrypted


def test_an_owner_password_alone_keeps_nobody_out(tmp_path):
    outcome = run(make_pdf(say("open words"), owner_password="owner"), tmp_path)
    assert outcome.words == ["open", "words"]
    assert outcome.content.metadata.is_encrypted


def test_only_the_pages_asked_for_are_read(tmp_path):
    data = make_pdf(say("one"), say("two"), say("three"))
    outcome = run(data, tmp_path, pages=[3, 1])
    assert [page.number for page in outcome.content.pages] == [1, 3]
    assert outcome.content.metadata.num_pages == 3
    with pytest.raises(OptionsInvalid, match="3 page"):
        run(data, tmp_path, pages=[9])


def test_more_pages_than_allowed_make_the_result_partial(tmp_path):
    outcome = run(make_pdf(*[say(f"n{n}") for n in range(5)]), tmp_path, max_pages=2)
    assert len(outcome.content.pages) == 2
    assert outcome.progress.is_partial
    assert "limit_exceeded" in outcome.codes


def test_more_characters_than_allowed_make_the_result_partial(tmp_path):
    outcome = run(make_pdf(say("abcdefghij klm")), tmp_path, max_characters_per_page=5)
    assert outcome.words == ["abcde"]
    assert outcome.progress.is_partial


def test_when_the_time_for_tables_is_used_up_the_text_stays_and_the_page_is_named(tmp_path):
    grid = [["a", "b"], ["1", "2"]]
    outcome = run(make_pdf(lambda c: draw_grid(c, grid)), tmp_path, max_seconds_for_tables=1e-9)
    assert outcome.words == ["a", "b", "1", "2"]
    assert outcome.content.tables == []
    assert [(w.code, w.where) for w in outcome.progress.warnings] == [("limit_exceeded", "page 1")]
    assert outcome.progress.is_partial


def test_more_lines_than_allowed_make_the_result_partial(tmp_path):
    outcome = run(make_pdf(draw_strokes), tmp_path, max_paths_per_page=50)
    assert outcome.progress.is_partial
    assert "limit_exceeded" in outcome.codes


def test_an_unknown_option_is_refused():
    with pytest.raises(OptionsInvalid, match="use_ocr"):
        parse_options(PdfOptions, {"use_ocr": True})


def test_what_is_switched_off_is_not_in_the_result(tmp_path):
    data = make_pdf(lambda canvas: draw_grid(canvas, [["a", "b"], ["1", "2"]]))
    content = run(data, tmp_path, extract_tables=False, extract_text=False).content
    assert content.tables == []
    assert content.text_blocks == []


PAGE = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size} {size}]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>{more}>>>>"
TREE = ("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>")
FONT = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def stream(text: str, entries: str = "") -> str:
    return f"<</Length {len(text)}{entries}>>stream\n{text}\nendstream"


def test_a_page_larger_than_any_sheet_is_told_and_costs_nothing(tmp_path):
    data = raw_pdf(*TREE, PAGE.format(size="1000000000", more=""), stream("BT /F 12 Tf 10 10 Td (words) Tj ET"), FONT)
    outcome = run(data, tmp_path)
    assert outcome.words == ["words"]
    assert "limit_exceeded" in outcome.codes


def test_a_form_that_draws_itself_ends(tmp_path):
    form = stream(
        "/X Do BT /F 12 Tf (in) Tj ET",
        "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>/Font<</F 5 0 R>>>>",
    )
    page = PAGE.format(size="500", more="/XObject<</X 6 0 R>>")
    outcome = run(raw_pdf(*TREE, page, stream("BT /F 12 Tf 10 10 Td (words) Tj ET /X Do"), FONT, form), tmp_path)
    assert "words" in outcome.words


def test_a_page_tree_that_holds_itself_ends(tmp_path):
    data = raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 1>>")
    with pytest.raises((TruncatedFile, CorruptedFile, NoContent)):
        run(data, tmp_path)


def test_a_dynamic_form_is_partial(tmp_path):
    catalog = "<</Type/Catalog/Pages 2 0 R/NeedsRendering true/AcroForm<</Fields[]/XFA 6 0 R>>>>"
    page = PAGE.format(size="500", more="")
    wait = stream("BT /F 12 Tf 10 10 Td (Please wait) Tj ET")
    outcome = run(raw_pdf(catalog, TREE[1], page, wait, FONT, stream("<xdp/>")), tmp_path)
    assert outcome.content.metadata.form_type == "XFA"
    assert outcome.progress.is_partial
    assert "xfa_form" in outcome.codes


def test_a_page_that_is_missing_makes_the_result_partial(tmp_path):
    data = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 9 0 R]/Count 2>>",
        PAGE.format(size="500", more=""),
        stream("BT /F 12 Tf 10 10 Td (words) Tj ET"),
        FONT,
    )
    outcome = run(data, tmp_path)
    assert outcome.words == ["words"]
    assert outcome.progress.is_partial
    assert outcome.content.metadata.pages_read == 1


def test_a_stream_that_unpacks_without_end_is_refused_quickly(tmp_path):
    packed = zlib.compress(b"0 0 m " * (8 << 20), 9)
    body = f"<</Length {len(packed)}/Filter/FlateDecode>>stream\n{packed.decode('latin-1')}\nendstream"
    started = time.monotonic()
    with pytest.raises(LimitExceeded, match="unpacks to more than"):
        run(raw_pdf(*TREE, PAGE.format(size="500", more=""), body, FONT), tmp_path)
    assert time.monotonic() - started < 10


def test_two_thousand_pages_take_seconds(tmp_path):
    started = time.monotonic()
    outcome = run(make_pdf(*[say(f"page {n}") for n in range(2000)]), tmp_path)
    assert len(outcome.content.pages) == 2000
    assert time.monotonic() - started < 30


def test_the_text_is_written_down_before_tables_are_looked_for(tmp_path, monkeypatch):
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pybase_pipelines.extractors.pdf.extractor.find_tables", die)
    kept: list[list[str]] = []
    data = make_pdf(lambda canvas: draw_grid(canvas, [["a", "b"], ["1", "2"]]))
    with pytest.raises(KeyboardInterrupt):
        run(data, tmp_path, on_checkpoint=lambda content: kept.append([block.text for block in content.text_blocks]))
    assert kept[0] == []
    assert kept[-1] == ["a", "b", "1", "2"]


def test_a_failing_page_keeps_the_others(tmp_path, monkeypatch):
    from pybase_pipelines.extractors.pdf import extractor

    original = extractor.find_tables
    calls = []

    def fail_once(*args: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("boom")
        return original(*args)

    monkeypatch.setattr(extractor, "find_tables", fail_once)
    grid = [["a", "b"], ["1", "2"]]
    outcome = run(make_pdf(lambda c: draw_grid(c, grid), lambda c: draw_grid(c, grid)), tmp_path)
    assert [table.page for table in outcome.content.tables] == [2]
    assert [(w.code, w.where) for w in outcome.progress.warnings] == [("stage_failed", "page 1")]
    assert outcome.progress.is_partial


def test_a_title_block_on_a_sheet_is_read(tmp_path):
    def draw(canvas: Canvas) -> None:
        for i in range(60):
            canvas.line(60 + 7 * i, 300, 62 + 7 * i, 420)
            canvas.circle(300, 500, 10 + i)
        draw_grid(
            canvas, [["Title", "Bearing cap"], ["Drawing No.", "BC-1042"], ["Scale", "1:2"]], x=500, y=100, width=150
        )

    content = run(make_pdf(draw, size=A4_LANDSCAPE), tmp_path).content
    assert content.title_block is not None
    assert content.title_block.drawing_number == "BC-1042"
    assert content.title_block.scale == "1:2"
    assert content.title_block.page == 1


def test_numbers_in_prose_beside_a_figure_are_no_dimensions(tmp_path):
    def draw(canvas: Canvas) -> None:
        draw_strokes(canvas)
        for line in range(20):
            canvas.drawString(
                60, 800 - 12 * line, f"The cover of size {line} is held by {line + 2} screws of 12 mm length"
            )

    content = run(make_pdf(draw), tmp_path).content
    assert content.dimensions == []
    assert len(content.text_blocks) == 20


def test_a_result_has_a_schema_and_survives_json(tmp_path):
    content = run(make_pdf(lambda c: draw_grid(c, [["a", "b"], ["1", "2"]])), tmp_path).content
    assert PdfContent.model_validate_json(content.model_dump_json()) == content
    assert {"metadata", "pages", "text_blocks", "tables", "error"} <= PdfResult.model_json_schema()["properties"].keys()


def test_pages_are_named_as_ranges():
    assert name_pages([3]) == "page 3"
    assert name_pages([1, 2, 3, 7]) == "pages 1-3, 7"


def test_a_change_appended_without_its_end_is_told(tmp_path):
    data = make_pdf(say("whole"))
    outcome = run(data + b"\nxref\n0 0\ntrailer\n<</Size 9/Ro", tmp_path)
    assert outcome.progress.is_partial
    assert "truncated_file" in [warning.code for warning in outcome.progress.warnings]
    assert not run(data + b"\nappended by a mail server\n", tmp_path).progress.is_partial
