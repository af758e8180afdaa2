"""Answers of any shape are read without an error, since a page that the package does not model was paid for as well."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.extractors.werk24 import answers
from pybase_pipelines.extractors.werk24.payloads import number, unit
from pybase_pipelines.results.werk24 import Werk24Content
from pybase_pipelines_tests.extractors.werk24.cassettes import FEATURES, META_DATA

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)


def _names(value: Any) -> set[str]:
    """Every key that the service uses."""
    if isinstance(value, dict):
        return set(value) | {name for item in value.values() for name in _names(item)}
    return {name for item in value for name in _names(item)} if isinstance(value, list) else set()


_KEYS = st.sampled_from(sorted(_names(FEATURES) | _names(META_DATA) | {"bill_of_material", "rows", "languages"}))
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=25
)


@given(st.dictionaries(_KEYS, _JSON, max_size=6))
def test_no_payload_makes_the_reading_of_an_answer_fail(payload: dict[str, Any]) -> None:
    content = Werk24Content(
        dimensions=answers.read_dimensions(payload, 1),
        gdts=answers.read_gdts(payload, 1),
        threads=answers.read_threads(payload, 1),
        surface_finishes=answers.read_surface_finishes(payload, 1) + answers.read_general_finish(payload, 1),
        features=answers.read_features(payload, 1),
        materials=answers.read_materials(payload, 1),
        title_block=answers.read_title_block(payload, 1),
        bom=answers.read_bom(payload, 1),
        notes=answers.read_notes(payload, 1),
    )
    content.metadata.languages = answers.read_words(payload, "languages", "value")
    assert "NaN" not in content.model_dump_json()


@pytest.mark.parametrize(
    ("written", "expected"), [("0.025", 0.025), (3, 3.0), ("NaN", None), ("twelve", None), (True, None), (None, None)]
)
def test_a_number_is_one_however_it_arrives_and_nothing_else_is(written: Any, expected: float | None) -> None:
    assert number({"value": written}, "value") == expected


def test_a_unit_is_short_where_people_write_it_short_and_as_sent_where_not() -> None:
    assert [unit({"unit": name}) for name in ("millimeter", "degree", "furlong", " ")] == ["mm", "deg", "furlong", None]
