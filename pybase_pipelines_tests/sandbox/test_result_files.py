"""What result documents promise: JSON that jsonb takes, whole or not there at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from pybase_pipelines.errors import InternalError, LimitExceeded
from pybase_pipelines.formats.table import Detection
from pybase_pipelines.results.envelope import Content, Envelope
from pybase_pipelines.sandbox.result_files import (
    Document,
    count_lists,
    dump_clean,
    find_checkpoint,
    has_content,
    name_checkpoint,
)


class Part(Content):
    names: list[str] = Field(default_factory=list)


class Things(Content):
    metadata: dict[str, Any] = Field(default_factory=dict)
    part: Part = Field(default_factory=Part)
    items: list[Any] = Field(default_factory=list)


ENVELOPE = Envelope(source_path="a", source_file="a", source_type=None, success=True, detection=Detection(format=None))
TEXTS = st.text(st.characters(codec=None) | st.sampled_from("\x00\\u0\ud800\udc00"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def expected(text: str) -> str:
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\x00", "\ufffd")


@given(st.lists(VALUES, max_size=5))
def test_any_content_becomes_json_that_jsonb_takes(items):
    data, _ = dump_clean(Things(items=items))
    text = data.decode("utf-8")
    json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert "\x00" not in json.dumps(json.loads(text), ensure_ascii=False)


@given(st.lists(TEXTS, max_size=5))
def test_only_what_jsonb_refuses_is_changed_in_a_text(texts):
    data, problems = dump_clean(Things(items=list(texts)))
    assert json.loads(data)["items"] == [expected(t) for t in texts]
    assert bool(problems) == any(expected(t) != t for t in texts) or "\ud800\udc00" in "".join(texts)


def test_numbers_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")
    data, _ = dump_clean(Things(items=[numpy.int64(3), numpy.float32(0.5), numpy.float64("nan"), Path("x")]))
    assert json.loads(data)["items"] == [3, 0.5, None, "x"]


def test_lists_are_counted_also_one_model_below():
    assert count_lists(Things(items=[1, 2], part=Part(names=["a"]))) == {"metadata": 0, "items": 2, "part.names": 1}


def test_metadata_alone_is_no_content():
    assert not has_content(Things(metadata={"a": 1}))
    assert has_content(Things(part=Part(names=["a"])))


def test_a_spliced_document_has_the_new_envelope_and_the_old_content(tmp_path):
    old, new = Document(tmp_path, "old"), Document(tmp_path, "new")
    summary = old.write(ENVELOPE, Things(items=["Ø", 1]), 10_000)
    spliced = new.write_spliced(ENVELOPE.model_copy(update={"is_partial": True}), old, summary)
    result = json.loads(new.path.read_bytes())
    assert (result["is_partial"], result["items"]) == (True, ["Ø", 1])
    assert new.read_summary() == spliced
    third = Document(tmp_path, "third")
    third.write_spliced(ENVELOPE, new, spliced)
    assert third.path.read_bytes() == old.path.read_bytes()


@pytest.mark.parametrize("damage", ["cut", "gone", "no summary", "half a summary"])
def test_a_document_that_is_not_whole_has_no_summary(tmp_path, damage):
    document = Document(tmp_path, "result")
    document.write(ENVELOPE, Things(items=[1]), 10_000)
    if damage == "cut":
        document.path.write_bytes(document.path.read_bytes()[:-5])
    elif damage == "gone":
        document.path.unlink()
    elif damage == "no summary":
        document.summary_path.unlink()
    else:
        document.summary_path.write_text(document.summary_path.read_text()[:40])
    assert document.read_summary() is None


def test_a_document_over_its_limit_is_not_written(tmp_path):
    with pytest.raises(LimitExceeded, match="the limit is 500"):
        Document(tmp_path, "result").write(ENVELOPE, Things(items=["x" * 600]), 500)
    assert list(tmp_path.iterdir()) == []


def test_a_content_must_not_have_fields_of_the_envelope(tmp_path):
    class Clashing(Content):
        warnings: list[str] = Field(default_factory=list)

    with pytest.raises(InternalError, match="warnings"):
        Document(tmp_path, "result").write(ENVELOPE, Clashing(), 10_000)


def test_no_real_content_has_fields_of_the_envelope():
    from pybase_pipelines.extractors.registry import EXTRACTORS

    for row in EXTRACTORS.values():
        try:
            content = row.load_content()
        except ImportError:
            continue
        assert not set(content.model_fields) & set(Envelope.model_fields)
        assert not has_content(content())


def test_the_newest_whole_checkpoint_is_found(tmp_path):
    assert find_checkpoint(tmp_path) is None
    for number in (9, 10, 11):
        name_checkpoint(tmp_path, number).write(ENVELOPE, Things(items=[number]), 10_000)
    name_checkpoint(tmp_path, 11).path.write_bytes(b"{")  # killed while it was written
    found = find_checkpoint(tmp_path)
    assert found is not None
    assert json.loads(found[0].path.read_bytes())["items"] == [10]
    found[0].remove()
    assert [path.name for path in tmp_path.glob("checkpoint-10*")] == []


@pytest.mark.parametrize("which", ["path", "summary_path"])
def test_a_document_that_is_a_link_is_none(tmp_path, which):
    document = Document(tmp_path, "result")
    document.write(ENVELOPE, Things(items=[1]), 10_000)
    path = getattr(document, which)
    path.symlink_to(path.rename(tmp_path / "elsewhere"))
    assert document.read_summary() is None
