"""The jobs: the way of the files, which sensors launch, and the mending of the partitions, which a schedule does.

Each runs in one process: a step process would cost 1.5 to 3.7 CPU seconds.
"""

import dagster as dg

from pybase_pipelines.orchestration.assets import extractions
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
