"""Dagster's partitions are mended from the ledger, and what is in flight is never touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from sqlalchemy import update

from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.records import JobFailure, Outcome, Upload
from pybase_pipelines.orchestration import reconciliation
from pybase_pipelines.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG, UPLOADS


def register(world, *keys: str) -> dict[str, str]:
    made = world.pipeline.ledger.register_uploads([Upload(world.bucket, key, "etag") for key in keys]).new
    return {job.object_key: job.id for job in made}


def finish(world, *job_ids: str, failed: bool = False) -> None:
    ledger = world.pipeline.ledger
    for claim in ledger.claim(job_ids, "run"):
        if failed:
            ledger.finish_failed(claim, JobFailure(code="empty_file", message="It is empty."))
        else:
            ledger.finish_completed(claim, Outcome(format="pdf"))
    with ledger.writing() as session:
        long_ago = datetime.now(UTC) - timedelta(days=1)
        session.execute(update(ExtractionJob).where(ExtractionJob.id.in_(job_ids)).values(completed_at=long_ago))


def reconcile(world) -> dict[str, int]:
    job = world.definitions.resolve_job_def("reconcile_partitions_job")
    result = job.execute_in_process(instance=world.instance)
    (event,) = [e for e in result.all_events if e.event_type_value == "STEP_OUTPUT"]
    return {name: value.value for name, value in event.step_output_data.metadata.items()}


def partitions(world) -> list[str]:
    return [key.partition("/")[2] for key in world.instance.get_dynamic_partitions(UPLOADS)]


def limit_to(world, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    few = world.pipeline.settings.model_copy(update={"max_partitions": number})
    monkeypatch.setattr(type(world.pipeline), "settings", few)


def test_partitions_that_dagster_lost_are_rebuilt_in_order_and_shown_as_done(world):
    ids = register(world, "a.pdf", "b.pdf", "c.pdf", "waits.pdf")
    finish(world, ids["a.pdf"], ids["b.pdf"])
    finish(world, ids["c.pdf"], failed=True)
    assert reconcile(world) == {"added": 3, "shown": 2, "retired": 0}
    assert sorted(partitions(world)) == ["a.pdf", "b.pdf", "c.pdf"], "the sensor adds what waits, with its neighbours"
    assert world.materialized() == {world.partition("a.pdf"), world.partition("b.pdf")}
    assert reconcile(world) == {"added": 0, "shown": 0, "retired": 0}


def test_beyond_the_limit_the_oldest_finished_partitions_go_and_failed_ones_last(world, monkeypatch):
    keys = [f"{n}.pdf" for n in range(6)]
    ids = {}
    for key in keys:
        ids |= register(world, key)
    finish(world, *(ids[key] for key in keys if key != "0.pdf"))
    finish(world, ids["0.pdf"], failed=True)
    world.add_partitions(*keys)
    limit_to(world, monkeypatch, 4)
    assert reconcile(world)["retired"] == 2
    assert partitions(world) == ["2.pdf", "3.pdf", "4.pdf", "5.pdf"]
    assert len(world.pipeline.ledger.list_jobs()) == 6, "the ledger keeps everything"
    assert reconcile(world) == {"added": 0, "shown": 0, "retired": 0}, "nothing goes back and forth"


@pytest.mark.parametrize("state", ["pending", "processing", "just finished", "in a queued run", "in a range"])
def test_what_is_in_flight_is_never_retired(world, monkeypatch, state):
    keys = ["a.pdf", "b.pdf", "c.pdf", "d.pdf"]
    ids = {}
    for key in keys:
        ids |= register(world, key)
    finish(world, *(ids[key] for key in keys[1:]))
    world.add_partitions(*keys)
    if state == "processing":
        world.pipeline.ledger.claim([ids["a.pdf"]], "run")
    elif state != "pending":
        finish(world, ids["a.pdf"])
    if state == "just finished":
        monkeypatch.setattr(reconciliation, "IDLE", timedelta(days=2))
    tags = {"in a queued run": {reconciliation.PARTITION_TAG: world.partition("a.pdf")}, "in a range": {
        RANGE_START_TAG: world.partition("a.pdf"), RANGE_END_TAG: world.partition("b.pdf")}}.get(state)  # fmt: skip
    if tags:
        world.instance.create_run_for_job(job_def=world.job, tags=tags, status=dg.DagsterRunStatus.NOT_STARTED)
    limit_to(world, monkeypatch, 1)
    reconcile(world)
    assert "a.pdf" in partitions(world)


def test_a_partition_of_an_object_that_is_gone_is_retired_first(world, monkeypatch):
    ids = register(world, "a.pdf", "b.pdf")
    finish(world, *ids.values())
    world.add_partitions("a.pdf", "gone.pdf", "b.pdf")
    limit_to(world, monkeypatch, 2)
    assert reconcile(world)["retired"] == 1
    assert partitions(world) == ["a.pdf", "b.pdf"]


def test_nothing_is_retired_while_a_backfill_is_under_way(world, monkeypatch):
    ids = register(world, "a.pdf", "b.pdf")
    finish(world, *ids.values())
    world.add_partitions("a.pdf", "b.pdf")
    limit_to(world, monkeypatch, 1)
    monkeypatch.setattr(reconciliation, "_has_backfill", lambda _: True)
    assert reconcile(world)["retired"] == 0
