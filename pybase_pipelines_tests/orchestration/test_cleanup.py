"""Tidying up the ledger and the store: looked at first, nothing of a current file, nothing that is not ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pybase_pipelines.ledger.model import ExtractionJob, utc_now
from pybase_pipelines.orchestration.cleanup import Cleanup, CleanupReport
from pybase_pipelines.orchestration.documents import split_address
from pybase_pipelines_tests.files import make_pdf


@pytest.fixture
def cleanup(world, monkeypatch) -> Cleanup:
    """A clean-up 40 days from now, with every result in the store."""
    settings = world.pipeline.settings.model_copy(update={"inline_result_bytes": 0})
    monkeypatch.setattr(type(world.pipeline), "settings", settings)
    clock = lambda: datetime.now(UTC) + timedelta(days=40)  # noqa: E731
    return Cleanup(world.pipeline.ledger, world.pipeline.store, settings, clock=clock)


def list_results(world) -> set[str]:
    return {each.object_key for each in world.pipeline.store.list_all(world.bucket, ".pybase/results/")}


def test_old_rows_and_documents_go_and_current_ones_stay(world, cleanup):
    world.put("a.pdf", make_pdf("one"))
    world.process()
    old = world.job_of("a.pdf")
    world.put("a.pdf", make_pdf("two"))
    world.process()
    current = world.job_of("a.pdf")
    world.put(f".pybase/results/{old.id}/99.json.gz", b"orphan")
    world.put(".pybase/results/notes.txt", b"not ours to delete")
    looked = cleanup.run(dry_run=True)
    assert looked == CleanupReport(old_rows=1, documents=1, orphaned_documents=1, orphaned_bytes=6)
    assert len(list_results(world)) == 4
    assert world.pipeline.ledger.get_job(old.id).superseded_by == current.id
    assert cleanup.run(dry_run=False) == looked
    assert [job.id for job in world.pipeline.ledger.list_jobs()] == [current.id]
    assert list_results(world) == {split_address(current.result_path)[1], ".pybase/results/notes.txt"}
    assert cleanup.run(dry_run=False).is_empty


def test_young_documents_are_left_since_their_row_may_be_about_to_be_written(world):
    world.put(".pybase/results/00000000-0000-0000-0000-000000000000/1.json.gz", b"just written")
    work = Cleanup(world.pipeline.ledger, world.pipeline.store, world.pipeline.settings)
    assert work.run(dry_run=False).is_empty


def test_a_job_whose_file_never_was_there_is_closed_and_one_that_only_waits_is_not(world, cleanup):
    world.put("there.pdf", make_pdf())
    world.put("gone.pdf", make_pdf())
    world.tick()
    world.pipeline.store.delete(world.bucket, "gone.pdf")
    with world.pipeline.ledger.writing() as session:
        for job in session.query(ExtractionJob):
            job.created_at = datetime.now(UTC) - timedelta(days=3)
    gone = world.job_of("gone.pdf").id
    cleanup = replace(cleanup, clock=utc_now)
    assert cleanup.run(dry_run=True).orphaned_jobs == cleanup.run(dry_run=False).orphaned_jobs == 1
    assert world.pipeline.ledger.get_job(gone).error_code == "object_vanished"
    assert world.job_of("there.pdf").status == "pending"


def test_deleting_a_copys_original_leaves_the_copy_whole(world, cleanup):
    world.put("a.pdf", make_pdf("same"))
    world.process()
    world.put("b.pdf", make_pdf("same"))
    world.process()
    world.pipeline.ledger.mark_deleted(world.bucket, ["a.pdf"])
    assert cleanup.run(dry_run=False).old_rows == 1
    copy = world.job_of("b.pdf")
    assert copy.duplicate_of is not None
    assert world.pipeline.store.get(*split_address(copy.result_path))[:2] == b"\x1f\x8b"
