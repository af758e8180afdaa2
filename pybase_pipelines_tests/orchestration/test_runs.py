"""What a run does with its files: good ones become data, bad ones fail by name, nothing is done twice."""

import pytest

from pybase_pipelines.orchestration import extraction
from pybase_pipelines.orchestration.ops import ASSET_KEY
from pybase_pipelines_tests.files import make_dxf, make_pdf

HOSTILE_KEYS = [
    "quotes'\";DROP TABLE x;--.pdf",
    "new\nline.pdf",
    "a, b [c] {d} %2C.pdf",
    "-rf.pdf",
    "Zeichnung Größe Ø50 – №1 図面.pdf",
    "deep/" + "x" * 250 + ".pdf",
    "/".join(["y" * 200] * 5) + ".pdf",
]


def test_a_batch_with_bad_files_records_the_good_ones_and_fails_exactly_the_bad_ones(world):
    world.put("1.pdf", make_pdf())
    world.put("2-empty.pdf", b"")
    world.put("3.dxf", make_dxf())
    world.put("4-web-page.pdf", b"<html><body>404</body></html>")
    world.put("5.pdf", make_pdf("last"))
    (result,) = world.process()
    assert not result.success
    assert world.materialized() == {world.partition(key) for key in ("1.pdf", "3.dxf", "5.pdf")}
    assert [world.job_of(key).status for key in ("1.pdf", "3.dxf", "5.pdf")] == ["completed"] * 3
    assert world.job_of("2-empty.pdf").error_code == "empty_file"
    assert world.job_of("4-web-page.pdf").error_code == "unsupported_format"
    failure = next(e for e in result.all_events if e.event_type_value == "STEP_FAILURE").step_failure_data
    assert "2 of 5 files failed" in failure.user_failure_data.description


def test_a_completed_job_holds_its_result_and_its_materialization_says_what_a_person_wants_to_know(world):
    world.put("plan.pdf", make_pdf("Hello drawing"))
    (result,) = world.process()
    assert result.success
    job = world.job_of("plan.pdf")
    assert (job.format, job.format_version, job.attempts) == ("pdf", "1.4", 1)
    assert job.result["success"] is True
    assert "Hello drawing" in " ".join(block["text"] for block in job.result["text_blocks"])
    (event,) = result.asset_materializations_for_node("extractions.record_results")
    assert event.partition == world.partition("plan.pdf")
    facts = {name: value.value for name, value in event.metadata.items()}
    assert {"file", "size_bytes", "evidence", "counts", "seconds_by_stage", "result", "job"} <= set(facts)
    assert facts["content"] == "1 page, 1 text"
    assert (facts["format"], facts["complete"]) == ("PDF 1.4", "yes")


def test_what_was_read_of_a_drawing_is_seen_in_the_ui_and_what_failed_says_what_to_do(world, tmp_path):
    from pybase_pipelines.local.samples.drawing_pdf import write_pdf

    write_pdf(tmp_path / "sheet.pdf")
    world.put("sheet.pdf", (tmp_path / "sheet.pdf").read_bytes())
    world.put("empty.pdf", b"")
    world.process()
    (record,) = world.instance.fetch_materializations(ASSET_KEY, limit=9).records
    read = record.asset_materialization.metadata
    title_block = {record.data["field"]: record.data["value"] for record in read["title_block"].records}
    assert (title_block["drawing_number"], title_block["revision"]) == ("BB-2041", "C")
    assert len(read["parts_list"].records) == 6
    (record,) = world.instance.fetch_observations(ASSET_KEY, limit=9).records
    facts = {name: v.value for name, v in record.event_log_entry.asset_observation.metadata.items()}
    assert facts["trouble"] == "empty_file: The file is empty (0 bytes)."
    assert "upload it again" in facts["what_to_do"]
    assert "not by itself" in facts["tried_again"]


def test_a_file_that_is_done_is_not_extracted_again_but_shown_again(world):
    world.put("a.pdf", make_pdf())
    world.process()
    before = world.job_of("a.pdf")
    result = world.run_one("a.pdf")
    assert result.success
    assert world.job_of("a.pdf").attempts == before.attempts == 1
    assert len(result.asset_materializations_for_node("extractions.record_results")) == 1


def test_a_failed_partition_that_a_person_runs_again_is_tried_again(world):
    world.put("a.pdf", b"")
    world.process()
    assert not world.run_one("a.pdf").success
    job = world.job_of("a.pdf")
    assert (job.status, job.attempts, job.error_code) == ("failed", 2, "empty_file")


def test_a_finished_file_is_read_again_when_its_extractor_is_newer(world, monkeypatch):
    world.put("a.pdf", make_pdf())
    world.process()
    from dataclasses import replace

    from pybase_pipelines.extractors import registry
    from pybase_pipelines.formats.table import Format

    newer = replace(registry.EXTRACTORS[Format.PDF], version="999")
    monkeypatch.setitem(registry.EXTRACTORS, Format.PDF, newer)
    assert world.run_one("a.pdf").success
    assert (world.job_of("a.pdf").attempts, world.job_of("a.pdf").extractor_version) == (2, "999")


def test_a_range_in_the_wrong_order_is_refused_instead_of_succeeding_with_nothing(world):
    for key in ("a.pdf", "b.pdf"):
        world.put(key, make_pdf())
    world.add_partitions("a.pdf", "b.pdf")
    result = world.run_range("b.pdf", "a.pdf")
    assert not result.success
    assert world.materialized() == set()


def test_a_partition_added_by_hand_gets_its_job(world):
    world.put("a.pdf", make_pdf())
    world.add_partitions("a.pdf")
    assert world.run_one("a.pdf").success
    assert world.job_of("a.pdf").status == "completed"


def test_a_partition_without_an_object_fails_and_says_so(world):
    world.add_partitions("nothing.pdf")
    result = world.run_one("nothing.pdf")
    assert not result.success
    assert "There is no such object" in str(result.all_events)


@pytest.mark.parametrize("object_key", HOSTILE_KEYS)
def test_a_file_of_any_name_is_extracted(world, object_key):
    world.put(object_key, make_pdf())
    (result,) = world.process()
    assert result.success
    assert world.job_of(object_key).status == "completed"


def test_a_result_too_large_for_the_row_lies_in_the_store_beside_a_summary(world, monkeypatch):
    world.put("a.pdf", make_pdf())
    settings = world.pipeline.settings.model_copy(update={"inline_result_bytes": 0})
    monkeypatch.setattr(type(world.pipeline), "settings", settings)
    assert world.process()[0].success
    job = world.job_of("a.pdf")
    assert job.result["is_summary"] is True
    assert job.result["metadata"]["num_pages"] == 1
    bucket, _, object_key = job.result_path.removeprefix("s3://").partition("/")
    assert world.pipeline.store.get(bucket, object_key)[:2] == b"\x1f\x8b"
    assert world.tick() == [], "our own documents are never taken for uploads"


def test_nothing_is_left_in_the_scratch_folder(world):
    world.put("good.pdf", make_pdf())
    world.put("bad.pdf", b"")
    world.process()
    assert list(world.pipeline.scratch_root.iterdir()) == []


def test_a_store_that_is_away_is_tried_again_by_the_op_and_then_by_the_ledger(world, monkeypatch):
    from pybase_pipelines.errors import StorageUnavailable
    from pybase_pipelines.orchestration import ops

    world.put("a.pdf", make_pdf())
    (request,) = world.tick()
    calls = []

    def fail(*args, **kwargs):
        calls.append(1)
        raise StorageUnavailable("The object store did not answer.")

    monkeypatch.setattr(type(world.pipeline.store), "download", fail)
    monkeypatch.setattr(ops.SURROUNDINGS_RETRY.__class__, "calculate_delay", lambda *_: 0.0)
    result = world.run(request)
    assert not result.success
    assert len(calls) == 1 + ops.SURROUNDINGS_RETRY.max_retries
    job = world.job_of("a.pdf")
    assert (job.status, job.retry_count, job.error_code) == ("pending", 1, "storage_unavailable")
    assert job.next_retry_at is not None


def test_a_cancelled_job_is_not_recorded_by_the_run_that_had_it(world, monkeypatch):
    world.put("a.pdf", make_pdf())
    (request,) = world.tick()
    record = extraction.Extraction._record

    def cancel_first(self, task, claim, outcome):
        world.pipeline.ledger.cancel_job(task.job_id)
        return record(self, task, claim, outcome)

    monkeypatch.setattr(extraction.Extraction, "_record", cancel_first)
    result = world.run(request)
    assert not result.success
    assert "STEP_UP_FOR_RETRY" not in {event.event_type_value for event in result.all_events}
    assert world.job_of("a.pdf").status == "cancelled"


def test_the_same_code_runs_one_file_and_a_backfill(world):
    keys = [f"{n}.pdf" for n in range(6)]
    for key in keys:
        world.put(key, make_pdf(key))
    world.add_partitions(*keys)
    assert world.run_range("1.pdf", "4.pdf").success
    assert world.materialized() == {world.partition(f"{n}.pdf") for n in range(1, 5)}
