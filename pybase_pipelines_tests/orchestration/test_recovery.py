"""What dead ticks and killed runs leave behind is put right, whatever the clock says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.orchestration import ops, recovery, sensors
from pybase_pipelines_tests.orchestration.outages import (
    full,
    no_waits,
    put_all,
    recover,
    stands,
)


def test_a_request_from_a_clock_ahead_is_released_and_a_live_one_is_kept(world):
    put_all(world, 1)
    assert len(world.tick()) == 1
    with world.pipeline.ledger.writing() as session:
        session.query(ExtractionJob).one().requested_at = datetime.now(UTC) + timedelta(days=30)
    assert recovery.release_lost_requests(world.instance, world.pipeline) == 1
    assert len(world.tick()) == 1


def test_a_run_that_was_never_put_into_the_queue_holds_its_files_up_for_minutes_only(world, monkeypatch):
    put_all(world, 1)
    (request,) = world.tick()
    world.instance.create_run_for_job(
        job_def=world.job, tags=dict(request.tags), status=dg.DagsterRunStatus.NOT_STARTED
    )
    monkeypatch.setattr(recovery, "REQUEST_GRACE", timedelta(0))
    assert recovery.release_lost_requests(world.instance, world.pipeline) == 0
    monkeypatch.setattr(recovery, "SUBMISSION_GRACE", timedelta(0))
    assert recovery.release_lost_requests(world.instance, world.pipeline) == 1


def test_what_a_run_finished_before_it_was_killed_is_shown_as_finished(world, monkeypatch):
    keys = put_all(world, 3)
    (request,) = world.tick()

    no_waits(monkeypatch)
    with monkeypatch.context() as patch:  # after the rows were closed, before a word to Dagster
        patch.setattr(ops.batch, "answer_partitions", full)
        assert not world.run(request).success
    assert stands(world, keys) == {("completed", 1, None)}
    assert world.materialized() == set()
    recover(world)
    assert world.materialized() == {world.partition(key) for key in keys}


def test_the_failure_sensor_shows_at_once_what_the_dead_run_had_finished(world, monkeypatch):
    keys = put_all(world, 3)
    (request,) = world.tick()
    no_waits(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(ops.batch, "answer_partitions", full)
        failed = world.run(request)
    run = world.instance.get_run_by_id(failed.run_id)
    event = next(e for e in failed.all_events if e.event_type is dg.DagsterEventType.RUN_FAILURE)
    context = dg.build_run_status_sensor_context(
        "failed_run_sensor", event, world.instance, run, resources={"pipeline": world.pipeline}
    ).for_run_failure()
    sensors.failed_run_sensor(context)
    assert world.materialized() == {world.partition(key) for key in keys}
