"""What engineering files hold is stored, whatever it is."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.ledger.records import Outcome
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.texts import clean_json, digest_json, is_storable, to_json

ANY_TEXT = st.text(st.characters(exclude_categories=[]) | st.just("\x00"))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=15,
)


@given(ANY_JSON)
def test_any_value_becomes_json_without_nul_nan_or_half_characters(value: Any) -> None:
    text = to_json(value)
    assert is_storable(json.loads(json.dumps(text)))
    assert "\\u0000" not in text
    text.encode()
    assert json.loads(text, parse_constant=lambda name: 1 / 0) == clean_json(value)


@given(st.dictionaries(st.text(), st.integers()))
def test_the_digest_does_not_depend_on_the_order_of_keys(value: dict[str, int]) -> None:
    assert digest_json(value) == digest_json(dict(reversed(list(value.items()))))


def test_control_characters_and_nan_from_a_file_reach_both_databases(ledger: ExtractionJobService) -> None:
    job = ledger.create_job("Zeichnung \x00 Ø.pdf", "s3://b/x")
    (claim,) = ledger.claim([job.id], "run")
    seen = {"title": "Nut\x00ter \ud800", "area": float("nan"), "deep": [{"k\x00": float("inf")}]}
    done = ledger.finish_completed(claim, Outcome(result=seen))
    assert ledger.get_job(done.id).result == {"title": "Nut\ufffdter \ufffd", "area": None, "deep": [{"k\ufffd": None}]}
    assert ledger.get_job(done.id).filename == "Zeichnung \ufffd Ø.pdf"
