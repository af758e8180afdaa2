"""The sensors: uploads become jobs and runs; jobs whose run is gone are taken back.

Each is a few lines around decisions of `intake` and the ledger's methods. Progress is in the cursor, truth is in the
ledger, so a tick may die anywhere.
"""

import shutil
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from pybase_pipelines.intake.grouping import RunLimits, Waiting, group_into_runs
from pybase_pipelines.intake.listing import ListingCursor, ListingRules, choose_uploads
from pybase_pipelines.intake.object_keys import make_partition_key
from pybase_pipelines.ledger.records import RunEnding, Upload
from pybase_pipelines.ledger.views import JobView
from pybase_pipelines.orchestration.batch import answer_partitions
from pybase_pipelines.orchestration.jobs import extract_uploads_job
from pybase_pipelines.orchestration.liveness import find_dead_runs, let_go
from pybase_pipelines.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG, REQUEST_TAG, UPLOADS
from pybase_pipelines.orchestration.resources import Pipeline

REQUEST_GRACE = timedelta(seconds=60)
"""A request younger than this may belong to a tick that is still submitting its runs."""
SCRATCH_GRACE_SECONDS = 600
WIDEST_GAP = 25
"""How many finished partitions a range may cover to join two that wait: each costs an event, a run costs seconds."""


@dg.sensor(
    job=extract_uploads_job,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks for new and changed objects in the bucket, makes their jobs, and launches runs for what is due.",
)
def uploads_sensor(context: dg.SensorEvaluationContext, pipeline: Pipeline) -> dg.SensorResult:
    """One look: read the listing as far as the time allows, register what is new, launch what is due."""
    settings = pipeline.settings
    cursor = ListingCursor.read(context.cursor, settings.bucket, settings.prefix)
    cursor, seen, new = _discover(pipeline, cursor)
    runs = list(_launch(context.instance, pipeline))
    words = f"{seen} objects seen, {new} new."
    skip = dg.SkipReason(f"{words} Nothing is due.") if not runs else None
    return dg.SensorResult(run_requests=runs, skip_reason=skip, cursor=cursor.model_dump_json())


def _discover(pipeline: Pipeline, cursor: ListingCursor) -> tuple[ListingCursor, int, int]:
    """Register what the listing shows and the ledger does not know; stops at the end, or at the tick's budget."""
    settings = pipeline.settings
    rules = ListingRules(
        ignore_globs=settings.ignore_globs,
        own_prefix=settings.results_prefix,
        minimum_age=timedelta(seconds=settings.minimum_age_seconds),
    )
    deadline = time.monotonic() + settings.tick_budget_seconds
    seen = new = 0
    for _ in range(settings.list_pages_per_tick):
        page = pipeline.store.list_page(cursor.bucket, cursor.prefix, cursor.token)
        chosen = choose_uploads(page.objects, rules, datetime.now(UTC))
        uploads = [
            Upload(
                cursor.bucket,
                o.object_key,
                etag=o.etag,
                size=o.size,
                uploaded_at=o.modified_at,
                max_retries=settings.max_retries,
            )
            for o in chosen
        ]
        if unknown := pipeline.ledger.find_unknown(uploads):
            new += len(pipeline.ledger.register_uploads(unknown).new)
        seen += len(uploads)
        cursor = cursor.advance(page.next_token)
        if page.next_token is None or time.monotonic() > deadline:
            break
    return cursor, seen, new


def _launch(instance: dg.DagsterInstance, pipeline: Pipeline) -> Iterator[dg.RunRequest]:
    """Runs for the jobs that are due, no more than the queue should hold.

    A job is marked before its partition is added and its run is submitted: if the tick dies in between, the request
    has no run, and `recovery_sensor` makes the job launchable again.
    """
    settings, ledger = pipeline.settings, pipeline.ledger
    free = settings.runs_per_tick - len(ledger.list_open_requests())
    if free <= 0:
        return
    due = ledger.take_launchable(free * settings.run_max_files)
    if not due:
        return
    order = list(instance.get_dynamic_partitions(UPLOADS))
    waiting = _describe_waiting(due, order)
    limits = RunLimits(max_files=settings.run_max_files, max_bytes=settings.run_max_bytes)
    for group in group_into_runs(waiting, limits, lambda a, b: _is_finished(pipeline, order[a + 1 : b]))[:free]:
        request_id = str(uuid.uuid4())
        marked = set(ledger.mark_requested([each.job_id for each in group], request_id))
        keys = [each.partition_key for each in group if each.job_id in marked]
        if not keys:
            continue
        if group[0].place is None:
            instance.add_dynamic_partitions(UPLOADS, keys)  # in one call, so that they are neighbours
        yield _request_run(request_id, keys)


def _describe_waiting(due: list[JobView], order: list[str]) -> list[Waiting]:
    """One entry a partition; a second job of the same object (other options) comes with a later run."""
    places = {key: place for place, key in enumerate(order)}
    waiting: dict[str, Waiting] = {}
    for job in due:
        key = make_partition_key(job.bucket or "", job.object_key or "")
        entry = Waiting(job.id, key, job.file_size or 0, places.get(key), is_suspect=job.death_count > 0)
        waiting.setdefault(key, entry)
    return list(waiting.values())


def _is_finished(pipeline: Pipeline, partition_keys: list[str]) -> bool:
    """Whether a run's range may also cover these partitions: they are few, and all their files are data already."""
    if len(partition_keys) > WIDEST_GAP:
        return False
    answers = answer_partitions(pipeline.ledger, partition_keys) if partition_keys else []
    return all(answer.trouble is None for answer in answers)


def _request_run(request_id: str, keys: list[str]) -> dg.RunRequest:
    tags = {REQUEST_TAG: request_id, "pybase/files": str(len(keys))}
    if len(keys) == 1:
        return dg.RunRequest(run_key=request_id, partition_key=keys[0], tags=tags)
    return dg.RunRequest(run_key=request_id, tags=tags | {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]})


@dg.sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes back jobs whose run is gone, and removes scratch files that nobody owns.",
)
def recovery_sensor(context: dg.SensorEvaluationContext, pipeline: Pipeline) -> dg.SkipReason:
    """Compare what the ledger believes with what Dagster knows of the runs; mend the ledger's side."""
    instance, ledger = context.instance, pipeline.ledger
    _fail_dead_runs(instance, pipeline)
    old = [r for r in ledger.list_open_requests() if datetime.now(UTC) - r.requested_at > REQUEST_GRACE]
    dead = [r.request_id for r in old if not _has_live_run(instance, r.request_id)]
    released = ledger.release_requests(dead)
    ledger.renew_requests([r.request_id for r in old if r.request_id not in set(dead)])
    closed = 0
    for run_id in ledger.list_holding_runs():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            closed += len(ledger.close_run(run_id, _ending_of(run)))
    swept = _sweep_scratch(instance, pipeline)
    return dg.SkipReason(f"{released} launches and {closed} jobs taken back, {swept} scratch folders removed.")


def _fail_dead_runs(instance: dg.DagsterInstance, pipeline: Pipeline) -> None:
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


def _sweep_scratch(instance: dg.DagsterInstance, pipeline: Pipeline) -> int:
    """Remove the folders of runs that are over; a young one may belong to a run that Dagster is just starting."""
    swept = 0
    root = pipeline.scratch_root
    for folder in root.iterdir() if root.exists() else ():
        run = instance.get_run_by_id(folder.name)
        if (run is None or run.is_finished) and time.time() - folder.stat().st_mtime > SCRATCH_GRACE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=5,
    description="Closes the rows of a run that died: what it was reading is tried again, at most as often as allowed.",
)
def failed_run_sensor(context: dg.RunFailureSensorContext, pipeline: Pipeline) -> None:
    """A run that ended by itself holds no rows any more, so this does nothing for it."""
    _close(context, pipeline, RunEnding.DIED)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.CANCELED,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=5,
    description="Cancels the jobs that a run held when a person stopped it.",
)
def canceled_run_sensor(context: dg.RunStatusSensorContext, pipeline: Pipeline) -> None:
    """A stopped run's jobs are not launched again by themselves."""
    _close(context, pipeline, RunEnding.TERMINATED)


def _close(context: dg.RunStatusSensorContext, pipeline: Pipeline, ending: RunEnding) -> None:
    run_id = context.dagster_run.run_id
    closed = pipeline.ledger.close_run(run_id, ending)
    shutil.rmtree(pipeline.scratch_root / run_id, ignore_errors=True)
    context.log.info("%d jobs of run %s were closed", len(closed), run_id)
