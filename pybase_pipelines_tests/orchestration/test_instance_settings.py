"""dagster.yaml as it lies in the project: it loads, and its limits hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import InstigatorType, TickStatus
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon

from pybase_pipelines.local.engine import write_instance
from pybase_pipelines.orchestration.partitions import HEAVY_TAG, WERK24_TAG, YES

ROOT = Path(__file__).resolve().parents[2]
STATUS = dg.DagsterRunStatus
JOB_CODE = JobPythonOrigin(
    "job", RepositoryPythonOrigin("python", ModuleCodePointer("pybase_pipelines.definitions", "defs", None))
)


@pytest.fixture
def shipped(tmp_path):
    """An instance of the project's own dagster.yaml, in a folder of the test's."""
    with dg.DagsterInstance.from_config(str(write_instance(tmp_path, ROOT))) as instance:
        yield instance


def queue(instance: dg.DagsterInstance, *kinds: str) -> None:
    """Runs that wait, as the sensor tags them; the oldest first."""
    tags = {"heavy": {HEAVY_TAG: YES}, "werk24": {WERK24_TAG: YES}, "light": {}}
    repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("location"), "repository")
    for kind in kinds:
        create_run_for_test(
            instance,
            status=STATUS.QUEUED,
            tags=tags[kind] | {"kind": kind},
            remote_job_origin=RemoteJobOrigin(repository, "job"),
            job_code_origin=JOB_CODE,
        )


def start_next(instance: dg.DagsterInstance) -> list[str]:
    """Start what Dagster's own coordinator would start now; the kinds of these runs."""
    coordinator = QueuedRunCoordinatorDaemon(interval_seconds=1)
    runs = coordinator._get_runs_to_dequeue(instance, instance.get_concurrency_config(), None)
    for run in runs:
        note(instance, run, dg.DagsterEventType.RUN_START)
    return [run.tags["kind"] for run in runs]


def finish(instance: dg.DagsterInstance, kind: str) -> None:
    """End one run of the kind that is at work, badly: the place that it held is free at once."""
    run = next(r for r in instance.get_runs(dg.RunsFilter(statuses=[STATUS.STARTED])) if r.tags["kind"] == kind)
    note(instance, run, dg.DagsterEventType.RUN_FAILURE)


def note(instance: dg.DagsterInstance, run: dg.DagsterRun, kind: dg.DagsterEventType) -> None:
    event = dg.DagsterEvent(event_type_value=kind.value, job_name=run.job_name)
    instance.run_storage.handle_run_event(run.run_id, event, datetime.now(UTC))


def test_only_one_heavy_run_works_at_a_time_and_a_light_one_passes_it(shipped):
    queue(shipped, "heavy", "heavy", "heavy", "light", "light")
    assert start_next(shipped) == ["heavy", "light"]
    assert start_next(shipped) == [], "the machine is full"
    finish(shipped, "light")
    assert start_next(shipped) == ["light"], "the second heavy run still waits"
    finish(shipped, "heavy")
    assert start_next(shipped) == ["heavy"]


def test_runs_that_ask_werk24_wait_for_each_other_and_for_nobody_else(shipped):
    queue(shipped, "werk24", "werk24", "heavy")
    assert start_next(shipped) == ["werk24", "heavy"]
    finish(shipped, "heavy")
    assert start_next(shipped) == []
    finish(shipped, "werk24")
    assert start_next(shipped) == ["werk24"]


def test_a_run_that_hangs_at_any_point_is_ended(shipped):
    assert shipped.run_monitoring_enabled
    assert 0 < shipped.run_monitoring_start_timeout_seconds <= 300
    assert 0 < shipped.run_monitoring_cancel_timeout_seconds <= 300
    assert 0 < shipped.run_monitoring_max_runtime_seconds <= 4 * 3600
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text())["run_monitoring"]
    assert settings["free_slots_after_run_end_seconds"] > 0


def test_ticks_do_not_grow_for_ever(shipped):
    for kind in (InstigatorType.SENSOR, InstigatorType.SCHEDULE):
        days = shipped.get_tick_retention_settings(kind)
        assert all(0 < days[each] <= 30 for each in (TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE))
