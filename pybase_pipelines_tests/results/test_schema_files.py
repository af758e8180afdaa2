"""The JSON Schemas are true: to the models, and to what is written of a good, a partial and a failed result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pybase_pipelines.errors import TruncatedFile
from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.results.envelope import Envelope, ExtractorInfo, Failure, Problem
from pybase_pipelines.results.schema_files import FOLDER, make_schema, result_model, schema_path, write_schemas


def write_envelope(format_: Format, **fields: Any) -> dict[str, Any]:
    """The envelope of a result as JSON."""
    envelope = Envelope(
        source_path="incoming/part.bin",
        source_file="part.bin",
        source_type=format_,
        detection=Detection(format=format_, version="1", evidence=("a signature",)),
        extractor=ExtractorInfo(name=format_.value, version="1", libraries={"reader": "1.0"}),
        **fields,
    )
    return json.loads(envelope.model_dump_json())


def read_schema(format_: Format) -> dict[str, Any]:
    return json.loads(schema_path(format_).read_text(encoding="utf-8"))


@pytest.mark.parametrize("format_", list(EXTRACTORS))
def test_the_schema_of_every_extractor_is_the_one_its_model_makes(format_: Format) -> None:
    hint = "The models changed: run `python -m pybase_pipelines.results.schema_files`."
    assert read_schema(format_) == make_schema(format_), hint
    jsonschema.Draft202012Validator.check_schema(read_schema(format_))


def test_there_is_a_schema_for_every_format_and_none_without_one() -> None:
    assert set(EXTRACTORS) == set(Format)
    assert {path.name for path in FOLDER.glob("*.json")} == {schema_path(format_).name for format_ in Format}


def test_the_schemas_can_be_written_into_another_folder(tmp_path: Path) -> None:
    paths = write_schemas(tmp_path / "new")
    assert [p.read_bytes() for p in paths] == [schema_path(f).read_bytes() for f in Format]


@pytest.mark.parametrize("format_", list(EXTRACTORS))
def test_the_model_of_a_result_is_the_envelope_and_the_content_that_the_extractor_fills(format_: Format) -> None:
    content = EXTRACTORS[format_].load_content()
    fields = set(result_model(format_).model_fields)
    assert fields == set(Envelope.model_fields) | set(content.model_fields)
    assert not set(Envelope.model_fields) & set(content.model_fields)


@pytest.mark.parametrize("format_", list(EXTRACTORS))
def test_a_partial_result_fits_its_schema(format_: Format) -> None:
    gap = Problem(code="page_skipped", message="Page 3 was not read.", where="page 3")
    content = EXTRACTORS[format_].load_content()()
    result = write_envelope(format_, success=True, is_partial=True, warnings=[gap], timings={"read": 0.5})
    result |= json.loads(content.model_dump_json())
    jsonschema.Draft202012Validator(read_schema(format_)).validate(result)


@pytest.mark.parametrize("format_", list(EXTRACTORS))
def test_a_failed_result_fits_its_schema(format_: Format) -> None:
    failure = Failure.of(TruncatedFile("The end of the file is missing."))
    result = write_envelope(format_, success=False, error=failure) | {"metadata": {}}
    jsonschema.Draft202012Validator(read_schema(format_)).validate(result)


@pytest.mark.parametrize("format_", list(EXTRACTORS))
def test_a_result_with_an_unknown_field_does_not_fit(format_: Format) -> None:
    result = write_envelope(format_, success=True) | {"a_field_that_nobody_knows": 1}
    assert list(jsonschema.Draft202012Validator(read_schema(format_)).iter_errors(result))
