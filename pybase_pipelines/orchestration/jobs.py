"""The job that sensors launch: the whole way, in one process (a step process would cost 1.5 to 3.7 CPU seconds)."""

import dagster as dg

from pybase_pipelines.orchestration.assets import extractions

extract_uploads_job = dg.define_asset_job(
    "extract_uploads_job",
    selection=[extractions],
    executor_def=dg.in_process_executor,
    description="Downloads, recognises, extracts and records the files of the run's partitions.",
)
