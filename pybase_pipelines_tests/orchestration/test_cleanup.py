"""Tidying up the ledger and the store: looked at first, nothing of a current file, nothing that is not ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import dagster as dg
import pytest

from pybase_pipelines.ledger.model import ExtractionJob, utc_now
from pybase_pipelines.orchestration import jobs
from pybase_pipelines.orchestration.cleanup import Cleanup, CleanupReport, CleanupRules
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


def test_the_document_of_an_attempt_at_work_is_no_orphan_whatever_the_clock_says(world, cleanup):
    world.put("a.pdf", make_pdf())
    world.tick()
    job_id = world.job_of("a.pdf").id
    (claim,) = world.pipeline.ledger.claim([job_id], "run")
    world.put(f".pybase/results/{job_id}/{claim.attempt}.json.gz", b"its row is written next")
    assert cleanup.run(dry_run=False).is_empty
    world.pipeline.ledger.close_run("run")
    assert cleanup.run(dry_run=True).orphaned_documents == 1, "that attempt is over, and nobody will point to it"


def test_the_daily_sweep_removes_what_dead_runs_left_and_nothing_that_may_be_another_ledgers(world, cleanup):
    world.put("a.pdf", make_pdf())
    world.process()
    job = world.job_of("a.pdf")
    stranger = ".pybase/results/00000000-0000-0000-0000-000000000000/1.json.gz"
    world.put(f".pybase/results/{job.id}/99.json.gz", b"orphan")
    world.put(stranger, b"of another ledger")
    looked = cleanup.sweep(dry_run=True)
    assert looked == CleanupReport(orphaned_documents=1, orphaned_bytes=6)
    assert len(list_results(world)) == 3
    assert cleanup.sweep(dry_run=False) == looked
    assert list_results(world) == {split_address(job.result_path)[1], stranger}


def test_the_sweep_only_looks_until_it_is_told_otherwise_and_the_schedule_tells_it(world, monkeypatch):
    world.put("a.pdf", make_pdf())
    world.process()
    orphan = f".pybase/results/{world.job_of('a.pdf').id}/99.json.gz"
    world.put(orphan, b"orphan")
    monkeypatch.setattr(jobs, "Cleanup", partial(Cleanup, rules=CleanupRules(orphans=timedelta(0))))
    job = world.definitions.resolve_job_def("sweep_orphans_job")
    assert job.execute_in_process(instance=world.instance).success
    assert orphan in list_results(world)
    (schedule,) = [s for s in world.definitions.schedules if s.name == "sweep_orphans_daily"]
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    (request,) = schedule.evaluate_tick(dg.build_schedule_context(instance=world.instance)).run_requests
    assert job.execute_in_process(instance=world.instance, run_config=request.run_config).success
    assert orphan not in list_results(world)


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
