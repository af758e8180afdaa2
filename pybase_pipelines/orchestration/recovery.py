"""Jobs, runs and scratch files that nobody owns any more: what the ledger believes is compared with Dagster's runs.

What belongs here: mending after something died. What does not: which retries a job has left (`ledger.retries`).
"""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta

import dagster as dg

from pybase_pipelines.ledger.records import RunEnding
from pybase_pipelines.orchestration.liveness import find_dead_runs, let_go
from pybase_pipelines.orchestration.partitions import REQUEST_TAG
from pybase_pipelines.orchestration.resources import Pipeline

REQUEST_GRACE = timedelta(seconds=60)
"""A request younger than this may belong to a tick that is still submitting its runs."""
SCRATCH_GRACE_SECONDS = 600


def release_lost_requests(instance: dg.DagsterInstance, pipeline: Pipeline) -> int:
    """Make jobs launchable again whose launch never became a run; a launch whose run waits is kept from expiring."""
    ledger = pipeline.ledger
    old = [r for r in ledger.list_open_requests() if datetime.now(UTC) - r.requested_at > REQUEST_GRACE]
    dead = {r.request_id for r in old if not _has_live_run(instance, r.request_id)}
    released = ledger.release_requests(dead)
    ledger.renew_requests([r.request_id for r in old if r.request_id not in dead])
    return released


def close_finished_runs(instance: dg.DagsterInstance, pipeline: Pipeline) -> int:
    """Take back the jobs of runs that are over."""
    closed = 0
    for run_id in pipeline.ledger.list_holding_runs():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            closed += len(pipeline.ledger.close_run(run_id, _ending_of(run)))
    return closed


def fail_dead_runs(instance: dg.DagsterInstance, pipeline: Pipeline) -> None:
    """Tell Dagster of runs whose process is gone; it fails them, which frees their place in the queue."""
    for run_id in find_dead_runs(pipeline.run_locks):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_failed(run, "The process of this run is gone: it was killed, or the machine restarted.")
        let_go(pipeline.run_locks, run_id)


def _has_live_run(instance: dg.DagsterInstance, request_id: str) -> bool:
    return any(not run.is_finished for run in instance.get_runs(dg.RunsFilter(tags={REQUEST_TAG: request_id})))


def _ending_of(run: dg.DagsterRun | None) -> RunEnding:
    return RunEnding.TERMINATED if run is not None and run.status is dg.DagsterRunStatus.CANCELED else RunEnding.DIED


def sweep_scratch(instance: dg.DagsterInstance, pipeline: Pipeline) -> int:
    """Remove the folders of runs that are over; a young one may belong to a run that Dagster is just starting."""
    swept = 0
    root = pipeline.scratch_root
    for folder in root.iterdir() if root.exists() else ():
        run = instance.get_run_by_id(folder.name)
        if (run is None or run.is_finished) and time.time() - folder.stat().st_mtime > SCRATCH_GRACE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept
