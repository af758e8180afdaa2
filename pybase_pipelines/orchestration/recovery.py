"""What a dead run or a lost launch leaves behind is put right: rows, partitions, folders.

The ledger decides what becomes of a job; here is only asked how its run stands. A row is stuck when no run lives that
holds it, however long that has been: no decision is made by time alone, and none by a clock that may jump. What is
done when is in the sensors; how many retries a job has left is one table (`ledger.retries`).
"""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterEventType

from pybase_pipelines.errors import JOB_ERRORS, ServiceUnavailable, StorageUnavailable, SurroundingsError
from pybase_pipelines.ledger.records import RunEnding
from pybase_pipelines.orchestration.jobs import extract_uploads_job
from pybase_pipelines.orchestration.liveness import find_dead_runs, is_known, let_go
from pybase_pipelines.orchestration.partitions import REQUEST_TAG
from pybase_pipelines.orchestration.resources import Pipeline

REQUEST_GRACE = timedelta(seconds=60)
"""A request younger than this may belong to a tick that is still submitting its runs."""
SUBMISSION_GRACE = timedelta(minutes=10)
"""A run that nobody has put into the queue for so long was left behind by a tick that died."""
WORK_GRACE = timedelta(minutes=5)
"""A started run takes hold of its lock within seconds; without one for so long, its worker was killed in between."""
SCRATCH_GRACE_SECONDS = 600
MOST_REASON_CHARACTERS = 500
EXTRACTING_JOBS = {extract_uploads_job.name, "__ASSET_JOB"}
"""The sensor's, and the one in which Dagster's UI materializes an asset."""
CODE_SERVER_TAG = ".dagster/grpc_info"
"""Where Dagster's default launcher writes down which code server started the run's worker."""


def release_lost_requests(instance: dg.DagsterInstance, pipeline: Pipeline) -> int:
    """Make jobs launchable again whose launch never became a run; a launch whose run waits is kept from expiring."""
    ledger, now = pipeline.ledger, datetime.now(UTC)
    old = [request for request in ledger.list_open_requests() if _is_past(request.requested_at, REQUEST_GRACE, now)]
    dead = {request.request_id for request in old if not _has_live_run(instance, request.request_id)}
    released = ledger.release_requests(dead)
    ledger.renew_requests([request.request_id for request in old if request.request_id not in dead])
    return released


def close_finished_runs(instance: dg.DagsterInstance, pipeline: Pipeline) -> int:
    """Take back the jobs of runs that are over."""
    closed = 0
    for run_id in pipeline.ledger.list_holding_runs():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            closed += close_run(instance, pipeline, run_id, run)
    return closed


def close_run(instance: dg.DagsterInstance, pipeline: Pipeline, run_id: str, run: dg.DagsterRun | None) -> int:
    """Take back the jobs of one run that is over, as its end deserves. May be repeated."""
    if run is not None and run.status is dg.DagsterRunStatus.CANCELED:
        return len(pipeline.ledger.close_run(run_id, RunEnding.TERMINATED))
    trouble = _find_trouble(instance, run_id) if run is not None else None
    if trouble is None:
        return len(pipeline.ledger.close_run(run_id, RunEnding.DIED))
    code, reason = trouble
    return len(pipeline.ledger.close_run(run_id, RunEnding.GAVE_UP, reason=reason, code=code))


def fail_dead_runs(instance: dg.DagsterInstance, pipeline: Pipeline) -> None:
    """Tell Dagster of runs whose process is gone; it fails them, which frees their place in the queue."""
    for run_id in find_dead_runs(pipeline.run_locks):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_failed(run, "The process of this run is gone: it was killed, or the machine restarted.")
        let_go(pipeline.run_locks, run_id)
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if _never_worked(record, pipeline):
            run = record.dagster_run
            instance.report_run_failed(run, "The process of this run was killed between its start and its first op.")


def sweep_scratch(instance: dg.DagsterInstance, pipeline: Pipeline) -> int:
    """Remove the folders of runs that are over; a young one may belong to a run that Dagster is just starting."""
    swept = 0
    root = pipeline.scratch_root
    for folder in root.iterdir() if root.exists() else ():
        run = instance.get_run_by_id(folder.name)
        age = abs(time.time() - folder.stat().st_mtime)  # in the future, if the clock was set back
        if (run is None or run.is_finished) and age > SCRATCH_GRACE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


def _is_past(moment: datetime, grace: timedelta, now: datetime) -> bool:
    """Whether it is longer ago than the grace; a moment in the future is of a clock that was set back."""
    return abs(now - moment) > grace


def _has_live_run(instance: dg.DagsterInstance, request_id: str) -> bool:
    records = instance.get_run_records(dg.RunsFilter(tags={REQUEST_TAG: request_id}))
    return any(_is_alive(record) for record in records)


def _is_alive(record: dg.RunRecord) -> bool:
    run = record.dagster_run
    if run.status is dg.DagsterRunStatus.NOT_STARTED:
        return not _is_past(record.create_timestamp, SUBMISSION_GRACE, datetime.now(UTC))
    return not run.is_finished


def _never_worked(record: dg.RunRecord, pipeline: Pipeline) -> bool:
    """Whether a run of this machine has been started for long, and no worker ever took hold of it."""
    run = record.dagster_run
    if run.job_name not in EXTRACTING_JOBS or is_known(pipeline.run_locks, run.run_id) or record.start_time is None:
        return False
    if not _is_past(datetime.fromtimestamp(record.start_time, UTC), WORK_GRACE, datetime.now(UTC)):
        return False
    server = json.loads(run.tags.get(CODE_SERVER_TAG, "{}"))
    return server.get("host") in {"localhost", "127.0.0.1"}


def _find_trouble(instance: dg.DagsterInstance, run_id: str) -> tuple[str, str] | None:
    """What a run told of its end, as error code and words; None if it was killed and could tell nothing."""
    for record in instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE):
        event = record.get_dagster_event()
        error = event.step_failure_data.error
        known = error
        while known is not None and known.cls_name not in _TROUBLES:
            known = known.cause
        told = known or error
        code = _TROUBLES[known.cls_name] if known is not None and known.cls_name else ServiceUnavailable.code
        message = " ".join((told.message if told is not None else "").split())
        return code, message[:MOST_REASON_CHARACTERS]
    return None


_TROUBLES = {each.__name__: code for code, each in JOB_ERRORS.items() if issubclass(each, SurroundingsError)}
_TROUBLES[OSError.__name__] = StorageUnavailable.code
"""What a run may give up for, by the name of the error: Dagster keeps no more of it."""
