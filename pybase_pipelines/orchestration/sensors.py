"""The sensors: uploads become jobs and runs; jobs whose run is gone are taken back.

Each is a few lines around `discovery`, `messages`, `launching` and `recovery`. Progress is in the cursor, truth is in
the ledger, so a tick may die anywhere.
"""

import shutil
import time

import dagster as dg

from pybase_pipelines.orchestration import recovery
from pybase_pipelines.orchestration.discovery import Discovery
from pybase_pipelines.orchestration.jobs import extract_uploads_job
from pybase_pipelines.orchestration.launching import launch_due
from pybase_pipelines.orchestration.messages import Messages
from pybase_pipelines.orchestration.ops import ASSET_KEY
from pybase_pipelines.orchestration.resources import Pipeline
from pybase_pipelines.orchestration.showing import show_finished, show_finished_of_run

EVERY_ROUND = 3
"""As often as Dagster can: its daemon makes a round every 5 s, and skips a sensor whose last tick began less than its
interval before. With 5 it would skip every second round, since a tick begins a little after its round."""
SHOW_SECONDS = 120
"""How often all partitions are compared; the runs that just died are looked at one by one, at once."""


@dg.sensor(
    job=extract_uploads_job,
    minimum_interval_seconds=EVERY_ROUND,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks for new, changed and deleted objects, makes their jobs, and launches runs for what is due.",
)
def uploads_sensor(context: dg.SensorEvaluationContext, pipeline: Pipeline) -> dg.SensorResult:
    """One look: read the listings as far as the time allows, register what is new, launch what is due."""
    discovery = Discovery(pipeline.ledger, pipeline.store, pipeline.settings, pipeline.walks_folder)
    cursor, reports = discovery.run(context.cursor)
    runs = list(launch_due(context.instance, pipeline))
    troubles = [report.trouble for report in reports if report.trouble is not None]
    if len(troubles) == len(reports) and cursor.is_at_start() and not runs:
        raise troubles[0]  # there is nothing to keep and nothing to launch, and people see a failed tick first
    for report in reports:
        if report.trouble is not None:
            context.log.error(report.describe())
    words = " ".join(report.describe() for report in reports)
    context.log.info("%s %d runs launched.", words, len(runs))
    skip = dg.SkipReason(f"{words} Nothing is due.") if not runs else None
    return dg.SensorResult(run_requests=runs, skip_reason=skip, cursor=cursor.model_dump_json())


@dg.sensor(
    minimum_interval_seconds=EVERY_ROUND,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Reads the queue in which the object store tells of uploads (PYBASE_EVENTS_QUEUE_URL), and makes their jobs; "
        "uploads_sensor launches them."
    ),
)
def events_sensor(context: dg.SensorEvaluationContext, pipeline: Pipeline) -> dg.SkipReason:
    """One look at the queue. It launches nothing: one writer of partitions keeps ranges contiguous."""
    queue = pipeline.events_queue
    if queue is None:
        return dg.SkipReason("PYBASE_EVENTS_QUEUE_URL is not set: uploads are found by the listing alone.")
    report = Messages(pipeline.ledger, pipeline.store, queue, pipeline.settings).run()
    if report.trouble is not None:
        context.log.error(report.describe())
        raise report.trouble
    return dg.SkipReason(report.describe())


@dg.sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes back jobs whose run is gone, removes scratch files of nobody, and shows what is finished.",
)
def recovery_sensor(context: dg.SensorEvaluationContext, pipeline: Pipeline) -> dg.SkipReason:
    """Compare what the ledger believes with what Dagster knows of the runs; mend either side."""
    recovery.fail_dead_runs(context.instance, pipeline)
    released = recovery.release_lost_requests(context.instance, pipeline)
    closed = recovery.close_finished_runs(context.instance, pipeline)
    swept = recovery.sweep_scratch(context.instance, pipeline)
    shown = 0
    if abs(time.time() - _read_time(context.cursor)) > SHOW_SECONDS:
        shown = show_finished(context.instance, pipeline.ledger, ASSET_KEY)
        context.update_cursor(str(time.time()))
    return dg.SkipReason(
        f"{released} launches and {closed} jobs taken back, {swept} scratch folders removed, {shown} files shown."
    )


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=5,
    description="Closes the rows of a run that died: what it was reading is tried again, at most as often as allowed.",
)
def failed_run_sensor(context: dg.RunFailureSensorContext, pipeline: Pipeline) -> None:
    """A run that came to its end holds no rows any more, so this does nothing for it."""
    _close(context, pipeline)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.CANCELED,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=5,
    description="Cancels the jobs that a run held when a person stopped it.",
)
def canceled_run_sensor(context: dg.RunStatusSensorContext, pipeline: Pipeline) -> None:
    """A stopped run's jobs are not launched again by themselves."""
    _close(context, pipeline)


def _close(context: dg.RunStatusSensorContext, pipeline: Pipeline) -> None:
    run = context.dagster_run
    closed = recovery.close_run(context.instance, pipeline, run.run_id, run)
    shown = show_finished_of_run(context.instance, pipeline.ledger, ASSET_KEY, run.run_id)
    shutil.rmtree(pipeline.scratch_root / run.run_id, ignore_errors=True)
    context.log.info("%d jobs of run %s were closed, %d shown as done", closed, run.run_id, shown)


def _read_time(cursor: str | None) -> float:
    try:
        return float(cursor or 0)
    except ValueError:
        return 0.0
