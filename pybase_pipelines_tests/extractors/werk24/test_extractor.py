"""The Werk24 extractor against played-back messages: what it sends, what it keeps, how it fails. No network."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pybase_pipelines import errors
from pybase_pipelines.extractors.contract import Progress, Source, parse_options
from pybase_pipelines.extractors.werk24 import service
from pybase_pipelines.extractors.werk24.extractor import extract
from pybase_pipelines.extractors.werk24.options import Werk24Options
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.results.werk24 import Werk24Content
from pybase_pipelines_tests.extractors.werk24.cassettes import (
    COMPLETED,
    FEATURES,
    META_DATA,
    STARTED,
    Player,
    message,
    problem,
    profile,
    reading,
    refusing,
)  # fmt: skip

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def make_pdf(pages: int = 1, password: str | None = None) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    canvas = Canvas(target, encrypt=password)
    for _ in range(pages):
        canvas.drawString(72, 72, "BB-2041")
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def run(tmp_path: Path, player: Any, data: bytes = PNG, **options: Any) -> tuple[Werk24Content, Progress]:
    path = tmp_path / "drawing"
    path.write_bytes(data)
    source = Source(
        path, "drawing.png", Detection(format=Format.WERK24), parse_options(Werk24Options, options), tmp_path
    )
    content, progress = Werk24Content(), Progress()
    extract(source, content, progress, player)
    return content, progress


def test_a_drawing_becomes_title_block_dimensions_tolerances_threads_and_materials(tmp_path: Path) -> None:
    content, progress = run(tmp_path, Player(profile(), reading()))
    block = content.title_block
    assert block is not None
    assert (block.drawing_number, block.part_number, block.title) == ("BB-2041", "BB-2041-01", "Bearing bracket")
    assert (block.general_tolerance, block.weight, block.material) == ("ISO 2768 mK", "1.36 kg", "EN-GJS-400-15")
    assert block.custom_fields == {
        "ERP_NUMBER": "4711",
        "DRAWING_NUMBER (PREVIOUS)": "BB-1987",
        "PART_NUMBER (CUSTOMER)": "K-77",
    }
    bore, height = content.dimensions
    assert (bore.text, bore.value, bore.unit, bore.dimension_type, bore.fit) == ("Ø35 H7", 35, "mm", "diameter", "H7")
    assert (height.tolerance_plus, height.tolerance_minus, height.page, height.confidence) == (0.05, -0.05, 1, 0.95)
    (position,) = content.gdts
    assert (position.characteristic_type, position.tolerance_value, position.datums) == ("⌖", 0.05, ["A", "B"])
    assert position.material_condition == "Ⓜ"
    (thread,) = content.threads
    assert (thread.nominal_diameter, thread.pitch, thread.thread_class, thread.depth, thread.quantity) == (
        6,
        1,
        "6H",
        12,
        4,
    )
    (finish,) = content.surface_finishes
    assert (finish.ra_value, finish.rz_value, finish.unit) == (1.6, None, "µm")
    assert [(m.designation, m.standard) for m in content.materials] == [("EN-GJS-400-15", "EN 1563")]
    assert [(f.kind, f.text, f.details["angle"]["unit"]) for f in content.features] == [
        ("chamfer", "1 x 45°", "degree")
    ]
    assert [n.text for n in content.notes] == ["Break sharp edges."]
    assert not progress.is_partial


def test_what_the_service_doubts_is_left_out_and_told(tmp_path: Path) -> None:
    content, progress = run(tmp_path, Player(profile(), reading()))
    assert "(116)" not in [d.text for d in content.dimensions]
    assert [(w.code, w.where) for w in progress.warnings] == [("low_confidence", "dimensions")]
    everything, progress = run(tmp_path, Player(profile(), reading()), confidence_threshold=0.4)
    assert "(116)" in [d.text for d in everything.dimensions]
    assert progress.warnings == []


def test_the_free_profile_comes_first_and_only_wanted_asks_are_paid(tmp_path: Path) -> None:
    player = Player(profile(), [STARTED, message("ASK", "META_DATA", META_DATA), COMPLETED])
    unwanted = ("extract_dimensions", "extract_gdt", "extract_threads", "extract_surface_finish", "extract_features")
    content, _ = run(tmp_path, player, **dict.fromkeys(unwanted, False))
    assert player.asked == [["DOCUMENT_PROFILE"], ["META_DATA"]]
    assert content.usage.free_asks == ["DOCUMENT_PROFILE"]
    assert content.usage.paid_asks == ["META_DATA"]
    assert (content.usage.requests, content.usage.pages_read, content.usage.answers) == (2, 1, 1)
    assert (content.metadata.paper_size, content.metadata.expected_seconds_95_percent) == ("A3", 48)


def test_an_assembly_page_that_the_package_leaves_a_dict_is_read_as_well(tmp_path: Path) -> None:
    from werk24.models.v2.internal import TechreadMessage

    assembly = META_DATA | {"page_type": "ASSEMBLY_DRAWING"}
    assert isinstance(TechreadMessage.model_validate(message("ASK", "META_DATA", assembly)).payload_dict, dict)
    content, progress = run(tmp_path, Player(profile(), reading(metadata=assembly)))
    assert content.title_block is not None
    assert content.title_block.drawing_number == "BB-2041"
    assert content.metadata.page_types == {"1": "COMPONENT_DRAWING"}
    assert not progress.is_partial


def test_a_component_page_arrives_as_an_object_of_the_package() -> None:
    from werk24.models.v2.internal import TechreadMessage

    kinds = [TechreadMessage.model_validate(m).payload_dict for m in reading()[1:3]]
    assert [type(kind).__name__ for kind in kinds] == [
        "ResponseMetaDataComponentDrawing",
        "ResponseFeaturesComponentDrawing",
    ]


def test_a_payload_with_values_of_the_wrong_kind_loses_only_those(tmp_path: Path) -> None:
    odd = FEATURES | {
        "page_type": "ASSEMBLY_DRAWING",
        "threads": "none",
        "dimensions": ["12", {"label": "12", "size": {"value": "twelve"}}, {"label": 7, "size": None}],
    }
    content, _ = run(tmp_path, Player(profile(), reading(features=odd)))
    assert [(d.text, d.value) for d in content.dimensions] == [("12", None), (None, None)]
    assert content.threads == []
    assert len(content.gdts) == 1


def test_an_incomplete_read_is_partial_and_says_of_what(tmp_path: Path) -> None:
    warning = problem("READ_INCOMPLETE", "WARNING", ask_type="FEATURES", reason="timeout")
    cassette = [*reading()[:-1], message("PROGRESS", "COMPLETED", problems=[warning])]
    content, progress = run(tmp_path, Player(profile(), cassette))
    assert progress.is_partial
    assert [w.message for w in progress.warnings if w.code == "read_incomplete"] == [
        "Werk24 could not read all of FEATURES: timeout."
    ]
    assert content.dimensions


def test_an_ask_without_an_answer_is_partial(tmp_path: Path) -> None:
    _, progress = run(tmp_path, Player(profile(), [STARTED, message("ASK", "META_DATA", META_DATA), COMPLETED]))
    assert progress.is_partial
    assert [(w.code, w.where) for w in progress.warnings] == [("answer_missing", "FEATURES")]


def test_answers_that_came_before_the_connection_died_are_kept_since_they_were_paid(tmp_path: Path) -> None:
    from werk24.utils.exceptions import ServerException

    cassette = [STARTED, message("ASK", "META_DATA", META_DATA), ServerException()]
    content, progress = run(tmp_path, Player(profile(), cassette))
    assert content.title_block is not None
    assert progress.is_partial
    assert {w.code for w in progress.warnings} == {"service_unavailable", "read_incomplete", "answer_missing"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("DRAWING_FILE_FORMAT_UNSUPPORTED", errors.UnsupportedFormat),
        ("DRAWING_FILE_SIZE_TOO_LARGE", errors.FileTooLarge),
        ("DRAWING_RESOLUTION_TOO_LOW", errors.NoContent),
        ("DRAWING_CONTENT_NOT_UNDERSTOOD", errors.NoContent),
        ("DRAWING_PAPER_SIZE_TOO_LARGE", errors.LimitExceeded),
        ("DRAWING_PAGE_COUNT_TOO_LARGE", errors.LimitExceeded),
        ("CONFIGURATION_INCORRECT", errors.OptionsInvalid),
        ("SOMETHING_THAT_CAME_LATER", errors.CorruptedFile),
    ],
)
def test_a_refusal_inside_the_messages_is_never_a_success(tmp_path: Path, kind: str, expected: type[Exception]) -> None:
    refused = message("ASK", "FEATURES", problems=[problem(kind)])
    with pytest.raises(expected):
        run(tmp_path, Player(profile(), [STARTED, refused, COMPLETED]))


@pytest.mark.parametrize(
    ("name", "expected", "retryable"),
    [
        ("InsufficientCreditsException", errors.QuotaExhausted, False),
        ("RetryableServerError", errors.ServiceUnavailable, True),
        ("ServerException", errors.ServiceUnavailable, True),
        ("ReadTimeoutError", errors.ServiceUnavailable, True),
        ("UnauthorizedException", errors.AuthenticationFailed, False),
        ("InvalidLicenseException", errors.AuthenticationFailed, False),
        ("SSLCertificateError", errors.AuthenticationFailed, False),
        ("RequestTooLargeException", errors.FileTooLarge, False),
        ("UnsupportedMediaType", errors.UnsupportedFormat, False),
        ("UserInputError", errors.OptionsInvalid, False),
        ("BadRequestException", errors.InternalError, False),
    ],
)
def test_each_failure_of_the_package_is_one_of_ours(
    tmp_path: Path, name: str, expected: type[errors.PybaseError], retryable: bool
) -> None:
    from werk24.utils import exceptions

    with pytest.raises(expected) as caught:
        run(tmp_path, Player(profile(), [STARTED, getattr(exceptions, name)()]))
    assert caught.value.retryable is retryable


def test_a_refused_token_is_nowhere_in_our_error(tmp_path: Path) -> None:
    from werk24.utils.exceptions import ApiTokenRejectedException

    with pytest.raises(errors.AuthenticationFailed) as caught:
        run(tmp_path, refusing(ApiTokenRejectedException("Q7f9", "environment")))
    assert "Q7f9" not in caught.value.message + caught.value.hint


def test_without_a_licence_a_picture_fails_with_the_way_to_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.delenv("W24TECHREAD_AUTH_TOKEN", raising=False)
    monkeypatch.setattr("werk24.utils.license.SEARCH_PATHS", [str(home / ".werk24")])
    with pytest.raises(errors.AuthenticationFailed) as caught:
        run(tmp_path, service.open_client)
    assert "W24TECHREAD_AUTH_TOKEN" in caught.value.hint
    assert not caught.value.retryable


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.LibraryMissing, match="werk24"):
        run(tmp_path, refusing(ModuleNotFoundError("No module named 'werk24'")))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", errors.EmptyFile),
        (b"ISO-10303-21;", errors.UnsupportedFormat),
        (PNG + b"\0" * (10 * 1024**2), errors.FileTooLarge),
        (b"%PDF-1.7 and nothing more", errors.CorruptedFile),
        (make_pdf(6), errors.LimitExceeded),
        (make_pdf(1, "secret"), errors.PasswordRequired),
    ],
    ids=["empty", "other format", "too large", "broken", "six pages", "encrypted"],
)
def test_what_the_service_cannot_read_is_refused_before_anything_is_sent(
    tmp_path: Path, data: bytes, expected: type[Exception]
) -> None:
    player = Player()
    with pytest.raises(expected):
        run(tmp_path, player, data)
    assert player.asked == []


def test_a_picture_of_many_pages_is_refused_after_the_free_ask(tmp_path: Path) -> None:
    player = Player(profile(pages=9))
    with pytest.raises(errors.LimitExceeded, match="9 pages"):
        run(tmp_path, player)
    assert player.asked == [["DOCUMENT_PROFILE"]]


def test_who_chooses_the_first_pages_gets_a_partial_result(tmp_path: Path) -> None:
    player = Player(profile(pages=6), reading())
    _, progress = run(tmp_path, player, make_pdf(6), max_pages=2)
    assert player.max_pages[-1] == 2
    assert progress.is_partial
    assert progress.warnings[0].code == "pages_left_out"


def test_a_page_without_anything_on_it_is_no_content(tmp_path: Path) -> None:
    nothing = {"ask_version": "v2", "page_type": "COMPONENT_DRAWING"}
    with pytest.raises(errors.NoContent):
        run(
            tmp_path,
            Player(profile(), reading(nothing | {"ask_type": "FEATURES"}, nothing | {"ask_type": "META_DATA"})),
        )


def test_the_answers_are_kept_as_they_came_and_nothing_of_the_client(tmp_path: Path) -> None:
    content, _ = run(tmp_path, Player(profile(), reading()))
    assert [m["message_subtype"] for m in content.raw_messages] == ["STARTED", "META_DATA", "FEATURES", "COMPLETED"]
    assert Werk24Content.model_validate_json(content.model_dump_json()) == content
    without, _ = run(tmp_path, Player(profile(), reading()), keep_raw_messages=False)
    assert without.raw_messages == []


def test_the_package_loads_where_log_level_has_a_word_it_does_not_know() -> None:
    code = (
        "import os; from pybase_pipelines.extractors.werk24 import service; import sys\n"
        "assert 'werk24' not in sys.modules\n"
        "try: service.open_client()\n"
        "except Exception as error: print(type(error).__name__)\n"
        "print(os.environ['LOG_LEVEL'])"
    )
    environment = {"LOG_LEVEL": "debug", "HOME": "/nonexistent", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["LicenseNotFoundException", "debug"]
