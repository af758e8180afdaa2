"""The asset: one partition an upload, made by the four ops."""

import dagster as dg

from pybase_pipelines.orchestration.ops import ASSET_KEY, detect_formats, download_files, record_results, run_extractors
from pybase_pipelines.orchestration.partitions import uploads_partitions

MOST_PARTITIONS_A_RUN = 400


@dg.graph_asset(
    key=ASSET_KEY,
    partitions_def=uploads_partitions,
    backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=MOST_PARTITIONS_A_RUN),
    group_name="engineering_files",
    kinds={"s3", "python"},
    description=(
        "The content of every engineering file in the bucket as data: one partition for each object. "
        "A failed partition's run says why; the ledger (table `extraction_jobs`) keeps every job."
    ),
)
def extractions():
    """The way of the files: down from the bucket, recognised, extracted, recorded."""
    return record_results(run_extractors(detect_formats(download_files())))
