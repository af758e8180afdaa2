"""The jobs: the way of the files, which sensors launch; mending the partitions and sweeping, which schedules do.

Each runs in one process: a step process would cost 1.5 to 3.7 CPU seconds.
"""

from dataclasses import asdict

import dagster as dg

from pybase_pipelines.orchestration.assets import extractions
from pybase_pipelines.orchestration.cleanup import Cleanup
from pybase_pipelines.orchestration.ops import ASSET_KEY
from pybase_pipelines.orchestration.reconciliation import reconcile_partitions
from pybase_pipelines.orchestration.resources import Pipeline

extract_uploads_job = dg.define_asset_job(
    "extract_uploads_job",
    selection=[extractions],
    executor_def=dg.in_process_executor,
    description=(
        "Downloads, recognises, extracts and records the files of the run's partitions. A run in which one file fails "
        "is red, its other files are green nevertheless; the table at its last step names the failed ones and why."
    ),
)


@dg.op(out=dg.Out(dg.Nothing))
def reconcile_with_ledger(context: dg.OpExecutionContext, pipeline: Pipeline) -> None:
    """Add what is missing, show what is finished, retire what is too much."""
    done = reconcile_partitions(context.instance, pipeline, ASSET_KEY)
    context.log.info("%d partitions added, %d shown as done, %d retired", done.added, done.shown, done.retired)
    context.add_output_metadata({"added": done.added, "shown": done.shown, "retired": done.retired})


@dg.job(
    executor_def=dg.in_process_executor,
    description="Rebuilds the partitions from the ledger, and retires finished ones beyond PYBASE_MAX_PARTITIONS.",
)
def reconcile_partitions_job():
    """For an instance whose storage was lost, and against ever more partitions."""
    reconcile_with_ledger()


class SweepConfig(dg.Config):
    """What one sweep does; without a word it only looks."""

    dry_run: bool = True


@dg.op(out=dg.Out(dg.Nothing))
def sweep_orphans(context: dg.OpExecutionContext, config: SweepConfig, pipeline: Pipeline) -> None:
    """Remove what interrupted runs left in the object store, and close jobs whose file never came."""
    report = Cleanup(pipeline.ledger, pipeline.store, pipeline.settings).sweep(dry_run=config.dry_run)
    context.log.info(
        "%d orphaned documents (%d bytes) and %d jobs that wait in vain%s",
        report.orphaned_documents, report.orphaned_bytes, report.orphaned_jobs,
        " would go" if config.dry_run else " are gone",
    )  # fmt: skip
    context.add_output_metadata({**asdict(report), "dry_run": config.dry_run})


@dg.job(
    executor_def=dg.in_process_executor,
    description=(
        "Removes result documents that an interrupted run left behind, and closes jobs whose file is not there. A "
        "schedule runs it daily; by hand it only looks until the launchpad says dry_run: false: "
        "ops: {sweep_orphans: {config: {dry_run: false}}}"
    ),
)
def sweep_orphans_job():
    """The part of `cleanup` that needs nobody's consent."""
    sweep_orphans()
