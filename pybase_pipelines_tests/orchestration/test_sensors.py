"""What the sensors find, launch and take back."""

import json
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from pybase_pipelines.errors import StorageUnavailable
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.orchestration import liveness, recovery, sensors
from pybase_pipelines.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG, REQUEST_TAG
from pybase_pipelines_tests.files import make_pdf


def recover(world) -> str:
    context = dg.build_sensor_context(instance=world.instance, resources={"pipeline": world.pipeline})
    return sensors.recovery_sensor(context).skip_message


def test_new_files_of_one_tick_share_a_run_over_their_range(world):
    for key in ("a.pdf", "b.pdf", "c.pdf"):
        world.put(key, make_pdf())
    (request,) = world.tick()
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == (
        world.partition("a.pdf"),
        world.partition("c.pdf"),
    )
    assert world.tick() == [], "what was launched is not launched again"


def test_a_file_that_is_overwritten_gets_a_new_job_and_the_old_one_is_superseded(world):
    world.put("a.pdf", make_pdf("one"))
    world.process()
    old = world.job_of("a.pdf")
    world.put("a.pdf", make_pdf("two"))
    (request,) = world.tick()
    assert request.partition_key == world.partition("a.pdf")
    assert world.run(request).success
    new = world.job_of("a.pdf")
    assert new.id != old.id
    assert world.pipeline.ledger.get_job(old.id).superseded_by == new.id


def test_a_listing_of_many_pages_goes_on_at_the_next_tick(world, monkeypatch):
    for n in range(5):
        world.put(f"{n}.pdf", make_pdf())
    list_page = type(world.pipeline.store).list_page

    def small_page(self, bucket, prefix="", token=None, limit=1000):
        from pybase_pipelines.object_store.store import ListingPage

        objects = list_page(self, bucket, prefix).objects
        start = int(token or 0)
        following = str(start + 2) if start + 2 < len(objects) else None
        return ListingPage(objects[start : start + 2], following)

    monkeypatch.setattr(type(world.pipeline.store), "list_page", small_page)
    one_page = world.pipeline.settings.model_copy(update={"list_pages_per_tick": 1})
    monkeypatch.setattr(type(world.pipeline), "settings", one_page)
    launched = [int(request.tags["pybase/files"]) for _ in range(3) for request in world.tick()]
    assert launched == [2, 2, 1]


def test_a_job_waiting_for_its_retry_is_launched_when_it_is_due_and_not_before(world):
    world.put("a.pdf", make_pdf())
    (request,) = world.tick()
    world.pipeline.ledger.claim([world.job_of("a.pdf").id], "dead-run")
    world.pipeline.ledger.close_run("dead-run")
    assert world.tick() == []
    with world.pipeline.ledger.writing() as session:
        session.get(ExtractionJob, world.job_of("a.pdf").id).next_retry_at = datetime.now(UTC)
    (again,) = world.tick()
    assert again.partition_key == world.partition("a.pdf")
    assert again.tags[REQUEST_TAG] != request.tags[REQUEST_TAG]


def test_a_launch_that_never_became_a_run_is_launched_again(world, monkeypatch):
    world.put("a.pdf", make_pdf())
    assert len(world.tick()) == 1
    monkeypatch.setattr(recovery, "REQUEST_GRACE", timedelta(0))
    assert "1 launches" in recover(world)
    assert len(world.tick()) == 1


def test_a_launch_whose_run_waits_in_the_queue_is_left_alone(world, monkeypatch):
    world.put("a.pdf", make_pdf())
    (request,) = world.tick()
    world.instance.create_run_for_job(
        job_def=world.job, tags=dict(request.tags), status=dg.DagsterRunStatus.NOT_STARTED
    )
    monkeypatch.setattr(recovery, "REQUEST_GRACE", timedelta(0))
    assert "0 launches" in recover(world)
    assert world.tick() == []


def test_a_run_whose_process_is_gone_is_failed_and_its_jobs_are_taken_back(world):
    world.put("a.pdf", make_pdf())
    world.tick()
    run = world.instance.create_run_for_job(job_def=world.job, status=dg.DagsterRunStatus.STARTED)
    world.pipeline.ledger.claim([world.job_of("a.pdf").id], run.run_id)
    world.pipeline.run_locks.mkdir(parents=True)
    (world.pipeline.run_locks / f"{run.run_id}.lock").touch()  # nobody holds it
    assert "1 jobs taken back" in recover(world)
    assert world.instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.FAILURE
    assert (world.job_of("a.pdf").status, world.job_of("a.pdf").retry_count) == ("pending", 1)


@pytest.mark.parametrize(
    ("host", "grace", "status"),
    [
        ("localhost", timedelta(0), dg.DagsterRunStatus.FAILURE),
        ("localhost", timedelta(hours=1), dg.DagsterRunStatus.STARTED),
        ("another-machine", timedelta(0), dg.DagsterRunStatus.STARTED),
    ],
)
def test_a_run_that_was_killed_before_its_first_op_is_failed_after_a_while_where_it_can_be_known(
    world, monkeypatch, host, grace, status
):
    monkeypatch.setattr(recovery, "WORK_GRACE", grace)
    tags = {recovery.CODE_SERVER_TAG: json.dumps({"host": host, "socket": "/gone"})}
    run = world.instance.create_run_for_job(job_def=world.job, status=dg.DagsterRunStatus.STARTING, tags=tags)
    started = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name)
    world.instance.report_dagster_event(started, run.run_id)
    recover(world)
    assert world.instance.get_run_by_id(run.run_id).status is status


def test_a_run_that_lives_keeps_its_jobs(world):
    world.put("a.pdf", make_pdf())
    world.tick()
    run = world.instance.create_run_for_job(job_def=world.job, status=dg.DagsterRunStatus.STARTED)
    world.pipeline.ledger.claim([world.job_of("a.pdf").id], run.run_id)
    liveness.hold_run(world.pipeline.run_locks, run.run_id)
    try:
        assert "0 jobs taken back" in recover(world)
        assert world.job_of("a.pdf").status == "processing"
    finally:
        liveness.let_go(world.pipeline.run_locks, run.run_id)


def test_a_listing_that_fails_is_a_failed_tick_and_never_an_empty_bucket(world, monkeypatch):
    world.put("a.pdf", make_pdf())
    world.tick()

    def fail(*args, **kwargs):
        raise StorageUnavailable("The object store did not answer.")

    monkeypatch.setattr(type(world.pipeline.store), "list_page", fail)
    with pytest.raises(StorageUnavailable):
        world.tick()
    assert world.job_of("a.pdf").is_current


def test_scratch_folders_of_runs_that_are_over_are_swept(world, monkeypatch):
    folder = world.pipeline.scratch_root / "no-such-run"
    folder.mkdir(parents=True)
    assert "0 scratch" in recover(world), "a young one may belong to a run that is just starting"
    monkeypatch.setattr(recovery, "SCRATCH_GRACE_SECONDS", -1)
    assert "1 scratch" in recover(world)
    assert not folder.exists()


def test_no_more_runs_wait_than_the_queue_should_hold(world, monkeypatch):
    for n in range(4):
        world.put(f"{n}.pdf", make_pdf())
    small = world.pipeline.settings.model_copy(update={"run_max_files": 1, "runs_per_tick": 2})
    monkeypatch.setattr(type(world.pipeline), "settings", small)
    assert len(world.tick()) == 2
    assert world.tick() == []
