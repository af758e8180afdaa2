"""Message lists as the Werk24 service sends them, as JSON, and a client that plays them back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any

Message = dict[str, Any]
REQUEST = "5d0a3a3e-3a6b-4a7e-9f50-0d2b5c9a9f11"


def message(
    kind: str, subtype: str, payload: Any = None, *, page: int = 0, problems: Sequence[Message] = ()
) -> Message:
    return {
        "request_id": REQUEST, "message_type": kind, "message_subtype": subtype, "page_number": page,
        "payload_dict": payload, "exceptions": list(problems),
    }  # fmt: skip


def problem(kind: str, level: str = "ERROR", **more: str) -> Message:
    return {"exception_level": level, "exception_type": kind, **more}


STARTED = message("PROGRESS", "STARTED")
COMPLETED = message("PROGRESS", "COMPLETED")


def profile(pages: int = 1) -> list[Message]:
    payload = {
        "ask_version": "v2", "ask_type": "DOCUMENT_PROFILE", "page_count": pages, "paper_size": "A3",
        "processing_time": {"seconds_p50": 21.5, "seconds_p95": 48.0},
    }  # fmt: skip
    return [STARTED, message("ASK", "DOCUMENT_PROFILE", payload), COMPLETED]


def size(value: str, kind: str = "LINEAR", unit: str = "millimeter", **tolerance: Any) -> Message:
    found: Message = {"value": value, "unit": unit, "size_type": kind}
    return found | ({"tolerance": tolerance} if tolerance else {})


def feature(label: str, number: int, score: str = "0.95", **more: Any) -> Message:
    return {"reference_id": number, "label": label, "confidence": {"score": score}, **more}


FEATURES: Message = {
    "ask_version": "v2",
    "ask_type": "FEATURES",
    "page_type": "COMPONENT_DRAWING",
    "dimensions": [
        feature("Ø35 H7", 1, quantity=1, size=size("35", "DIAMETER", fit="H7", deviation_upper="0.025")),
        feature("60 ±0.05", 2, quantity=1, size=size("60", deviation_lower="-0.05", deviation_upper="0.05")),
        feature("(116)", 3, "0.41", quantity=1, size=size("116", is_reference=True)),
    ],
    "gdnts": [
        feature(
            "⌖ Ø0.05 A B", 4, characteristic="⌖", zone={"value": size("0.05", "DIAMETER")},
            material_condition="Ⓜ", datums=[{"label": "A"}, {"label": "B"}],
            feature=None, reference=None,
        )
    ],
    "threads": [
        feature(
            "4x M6", 5, thread_type="ISO_METRIC", quantity="4", diameter=size("6", "DIAMETER"), handedness="RIGHT",
            spacing={"pitch_in_mm": "1.0", "threads_per_inch": "25.4"},
            depth={"depth_type": "SIZE", "size": size("12")},
            female_pitch_diameter_tolerance={"fit": "6H"},
        )
    ],
    "roughnesses": [
        feature(
            "Ra 1.6", 6, standard="ISO 1302:2002", material_removal_type="REQUIRED", applies_all_around=False,
            conditions=[
                {
                    "condition_type": None, "filter_type": None, "acceptance_criterion": None,
                    "parameter": "Ra", "value": size("1.6", unit="micrometer"),
                }
            ],
        )
    ],
    "chamfers": [feature("1 x 45°", 7, quantity=2, size=size("1"), angle=size("45", "ANGULAR", "degree"))],
}  # fmt: skip

META_DATA: Message = {
    "ask_version": "v2",
    "ask_type": "META_DATA",
    "page_type": "COMPONENT_DRAWING",
    "identifiers": [
        {"reference_id": 18, "value": "K-77", "identifier_type": "PART_NUMBER", "stakeholder": "CUSTOMER"},
        {"reference_id": 19, "value": "BB-1987", "identifier_type": "DRAWING_NUMBER", "period": "PREVIOUS"},
        {"reference_id": 20, "value": "BB-2041", "identifier_type": "DRAWING_NUMBER"},
        {"reference_id": 21, "value": "BB-2041-01", "identifier_type": "PART_NUMBER"},
        {"reference_id": 22, "value": "4711", "identifier_type": "ERP_NUMBER"},
    ],
    "designation": [{"reference_id": 23, "value": "Bearing bracket"}],
    "general_tolerances": {
        "reference_id": 24, "tolerance_standard": "ISO 2768", "tolerance_class": "mK", "principle": None,
    },
    "material_options": [
        {
            "reference_id": 25,
            "material_combination": [
                {
                    "raw_ocr": "EN-GJS-400-15", "standard": "EN 1563", "designation": "EN-GJS-400-15",
                    "material_category": [None, None, None],
                }
            ],
        }
    ],
    "weight": {"reference_id": 26, "value": "1.36", "unit": "kilogram"},
    "notes": [feature("Break sharp edges.", 27, note_type="CANVAS_NOTE")],
}  # fmt: skip


def reading(features: Message = FEATURES, metadata: Message = META_DATA) -> list[Message]:
    return [STARTED, message("ASK", "META_DATA", metadata), message("ASK", "FEATURES", features), COMPLETED]


class Player:
    """A client factory that plays one cassette for each reading, and notes what was asked.

    A cassette is a list of messages; an exception in it is raised at its place.
    """

    def __init__(self, *cassettes: Sequence[Message | Exception]) -> None:
        self.cassettes = list(cassettes)
        self.asked: list[list[str]] = []
        self.max_pages: list[int] = []

    def __call__(self) -> Player:
        return self

    async def __aenter__(self) -> Player:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def read_drawing(
        self, drawing: bytes, asks: Sequence[Any], max_pages: int = 5, *, total_timeout: float | None = None
    ) -> AsyncIterator[Any]:
        from werk24.models.v2.internal import TechreadMessage

        self.asked.append([ask.ask_type.value for ask in asks])
        self.max_pages.append(max_pages)
        for item in self.cassettes.pop(0):
            if isinstance(item, Exception):
                raise item
            yield TechreadMessage.model_validate(item)


def refusing(error: Exception) -> Callable[[], Any]:
    """A factory that cannot make a client."""

    def make() -> Any:
        raise error

    return make
