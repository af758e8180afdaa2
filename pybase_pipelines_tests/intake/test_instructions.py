"""What is asked of one file, beside it or in its object: read as meant, or refused naming the place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.errors import OptionsInvalid
from pybase_pipelines.intake import instructions
from pybase_pipelines.intake.instructions import (
    is_sidecar,
    name_file,
    name_sidecar,
    parse_metadata,
    parse_sidecar,
    split_sidecars,
)
from pybase_pipelines.intake.listing import ListingRules, is_ours
from pybase_pipelines.ledger.records import Instructions


def parse(text: str | bytes) -> Instructions:
    return parse_sidecar(text.encode() if isinstance(text, str) else text, "e1", "in/plan.pdf")


def test_options_stand_in_a_sidecar_as_they_are_or_under_their_name():
    plain = parse('{"password": "x", "pages": [1, 2]}')
    assert (plain.options, plain.source, plain.sidecar_etag) == ({"password": "x", "pages": [1, 2]}, "sidecar", "e1")
    assert parse('{"options": {"password": "x", "pages": [1, 2]}}') == plain
    assert parse("\ufeff{}").options == {}


def test_a_sidecar_names_the_record_and_the_extractor():
    found = parse('{"record_id": "r", "field_id": "f", "attachment_id": "a", "extractor": "werk24", "pages": [1]}')
    assert (found.record_id, found.field_id, found.attachment_id) == ("r", "f", "a")
    assert (found.extractor, found.options) == ("werk24", {"pages": [1]})


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[1]", '"text"', "null", b"\xff\xfe\x00", '{"a": NaN}', '{"options": 7}', '{"record_id": 7}',
        '{"record_id": ""}', '{"extractor": "word"}', '{"options": {}, "pages": [1]}', "[" * 10_000,
        '{"record_id": "' + "r" * 256 + '"}', '{"a": "' + "x" * 70_000 + '"}',
    ],
)  # fmt: skip
def test_a_malformed_sidecar_is_refused_by_its_name(text):
    with pytest.raises(OptionsInvalid) as caught:
        parse(text)
    assert "in/plan.pdf.extract.json" in caught.value.message
    assert "in/plan.pdf.extract.json" in caught.value.hint


@given(st.binary(max_size=200))
def test_whatever_bytes_a_sidecar_holds_it_is_read_or_refused(data):
    try:
        assert isinstance(parse(data).options, dict)
    except OptionsInvalid as error:
        assert error.hint


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers() | st.booleans()))
def test_options_come_out_as_they_went_in(options):
    assert parse(json.dumps({"options": options})).options == options


def test_metadata_of_the_object_is_read_too():
    found = parse_metadata({"pybase-options": '{"pages": [1]}', "Pybase-Record-Id": "r-7", "other": "x"})
    assert (found.options, found.record_id, found.source) == ({"pages": [1]}, "r-7", "metadata")
    assert parse_metadata({"other": "x"}) == parse_metadata({}) == Instructions()
    assert parse_metadata({"pybase-record-id": "=?UTF-8?B?R3LDtsOfZQ==?="}).record_id == "Größe"


@pytest.mark.parametrize("metadata", [{"pybase-options": "no"}, {"pybase-options": "[1]"}])
def test_malformed_metadata_is_refused(metadata):
    with pytest.raises(OptionsInvalid, match="metadata"):
        parse_metadata(metadata)


def test_a_sidecar_is_known_by_its_name():
    assert name_file(name_sidecar("a/b.pdf")) == "a/b.pdf"
    assert is_sidecar("a/b.pdf.extract.json")
    assert not is_sidecar("a/b.json")
    assert not is_sidecar("a/.extract.json"), "there is no file that it could belong to"


def test_a_sidecar_is_watched_as_its_file_is():
    rules = ListingRules(include_globs=("*.pdf",), ignore_globs=("*.tmp",))
    assert is_ours("a.pdf.extract.json", 10, rules)
    assert not is_ours("a.dwg.extract.json", 10, rules)


def test_files_and_sidecars_are_told_apart():
    from types import SimpleNamespace

    names = ["a.pdf", "a.pdf.extract.json", "b.json"]
    files, sidecars = split_sidecars([SimpleNamespace(object_key=name) for name in names])
    assert [each.object_key for each in files] == ["a.pdf", "b.json"]
    assert [each.object_key for each in sidecars] == ["a.pdf.extract.json"]
    assert instructions.SIDECAR_SUFFIX == ".extract.json"
