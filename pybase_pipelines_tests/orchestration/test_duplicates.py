"""Equal files are read once, and each still has a result of its own."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.orchestration import extraction
from pybase_pipelines.orchestration.documents import change_head, split_address
from pybase_pipelines_tests.files import make_dxf, make_pdf


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The names of the files that were really extracted."""
    names = []
    make_request = extraction._make_request

    def note(task, claim):
        names.append(task.name)
        return make_request(task, claim)

    monkeypatch.setattr(extraction, "_make_request", note)
    return names


def change_settings(world, monkeypatch, **values) -> None:
    monkeypatch.setattr(type(world.pipeline), "settings", world.pipeline.settings.model_copy(update=values))


def read_document(world, job) -> dict:
    return json.loads(gzip.decompress(world.pipeline.store.get(*split_address(job.result_path))))


def test_the_same_bytes_under_another_name_take_the_result_over(world, read):
    world.put("a.pdf", make_pdf("Same"))
    world.process()
    world.put("b.pdf", make_pdf("Same"))
    (result,) = world.process()
    assert result.success
    original, copy = world.job_of("a.pdf"), world.job_of("b.pdf")
    assert read == ["a.pdf"]
    assert (copy.status, copy.duplicate_of, copy.cpu_seconds) == ("completed", original.id, 0.0)
    assert copy.result["text_blocks"] == original.result["text_blocks"]
    assert (copy.result["source_file"], copy.result["source_path"]) == ("b.pdf", f"s3://{world.bucket}/b.pdf")
    (event,) = result.asset_materializations_for_node("extractions.record_results")
    assert event.metadata["copied_from_job"].value == original.id


def test_equal_files_of_one_batch_wait_for_the_first_of_them(world, read):
    for name in ("1.pdf", "2.pdf", "3.pdf"):
        world.put(name, make_pdf("Equal"))
    world.put("4.dxf", make_dxf())
    (result,) = world.process()
    assert result.success
    (pdf,) = (name for name in read if name.endswith(".pdf"))
    assert sorted(read) == [pdf, "4.dxf"]
    others = {"1.pdf", "2.pdf", "3.pdf"} - {pdf}
    assert world.job_of(pdf).duplicate_of is None
    assert {world.job_of(name).duplicate_of for name in others} == {world.job_of(pdf).id}
    assert len(world.materialized()) == 4


def test_equal_files_that_cannot_be_read_fail_each_for_itself(world, read):
    broken = b"%PDF-1.4\n" + b"no page here\n" * 50
    world.put("1.pdf", broken)
    world.put("2.pdf", broken)
    (result,) = world.process()
    assert not result.success
    assert sorted(read) == ["1.pdf", "2.pdf"]
    assert world.job_of("1.pdf").error_code == world.job_of("2.pdf").error_code is not None


def test_copying_can_be_turned_off(world, read, monkeypatch):
    change_settings(world, monkeypatch, copy_duplicates=False)
    world.put("1.pdf", make_pdf("Equal"))
    world.put("2.pdf", make_pdf("Equal"))
    world.process()
    assert sorted(read) == ["1.pdf", "2.pdf"]
    assert world.job_of("2.pdf").duplicate_of is None


def test_other_options_are_another_reading(world, read):
    from pybase_pipelines.ledger.records import Upload

    world.put("1.pdf", make_pdf("Equal"))
    world.process()
    world.put("2.pdf", make_pdf("Equal"))
    etag = world.pipeline.store.head(world.bucket, "2.pdf").etag
    world.pipeline.ledger.register_uploads([Upload(world.bucket, "2.pdf", etag=etag, options={"pages": [1]})])
    world.process()
    assert read == ["1.pdf", "2.pdf"]


def test_a_copy_has_a_document_of_its_own_that_names_its_own_file(world, read, monkeypatch):
    change_settings(world, monkeypatch, inline_result_bytes=0)
    world.put("a.pdf", make_pdf("Same"))
    world.process()
    world.put("b.pdf", make_pdf("Same"))
    world.process()
    original, copy = world.job_of("a.pdf"), world.job_of("b.pdf")
    assert read == ["a.pdf"]
    assert copy.result_path != original.result_path
    world.pipeline.store.delete(*split_address(original.result_path))
    document = read_document(world, copy)
    assert (document["source_file"], document["pages"][0]["number"]) == ("b.pdf", 1)
    assert "b.pdf" in document["source_path"]
    packed = world.pipeline.store.get(*split_address(copy.result_path))
    assert copy.result_bytes == len(gzip.decompress(packed))


def test_a_file_is_read_when_the_result_to_take_over_is_gone(world, read, monkeypatch):
    change_settings(world, monkeypatch, inline_result_bytes=0)
    world.put("a.pdf", make_pdf("Same"))
    world.process()
    world.pipeline.store.delete(*split_address(world.job_of("a.pdf").result_path))
    world.put("b.pdf", make_pdf("Same"))
    (result,) = world.process()
    assert result.success
    assert read == ["a.pdf", "b.pdf"]
    assert world.job_of("b.pdf").duplicate_of is None


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(st.none() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))


@given(fields=st.dictionaries(TEXTS, VALUES, min_size=1), tail=VALUES, data=st.data())
def test_the_head_of_a_document_is_changed_and_the_rest_stays(fields, tail, data):
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(fields)), VALUES))
    whole = json.dumps(fields | {"content": tail}, ensure_ascii=False, separators=(",", ":"))
    assert json.loads(change_head(whole, changed)) == fields | {"content": tail} | changed


@pytest.mark.parametrize("text", ["", "[]", "{", '{"other":1}', "no json"])
def test_what_is_no_document_of_ours_is_refused(text):
    with pytest.raises(ValueError):
        change_head(text, {"source_file": "a"})
