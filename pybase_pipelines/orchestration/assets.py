"""The asset: one partition an upload, made by the four ops."""

import dagster as dg

from pybase_pipelines.orchestration.ops import ASSET_KEY, detect_formats, download_files, record_results, run_extractors
from pybase_pipelines.orchestration.partitions import uploads_partitions

MOST_PARTITIONS_A_RUN = 400
DESCRIPTION = """\
The content of every engineering file (PDF, DXF, DWG, IFC, STEP) in the bucket as data: **one partition a file**, named
`bucket/key`. `uploads_sensor` adds it within seconds of the upload and launches it.

* **Green**: the file was read. Select it under *Partitions*: what was found, what is missing (`warnings`), where the
  result lies.
* **Red**: it was not. *View all historical events* of the partition (or its run) says why and what to do.
* **Again**: *Materialize* a partition, a selection or all failed ones. What the same extractor has read already is not
  read twice.

The table `extraction_jobs` keeps every job, also of older versions of a file: `python -m pybase_pipelines jobs`.
"""


@dg.graph_asset(
    key=ASSET_KEY,
    partitions_def=uploads_partitions,
    backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=MOST_PARTITIONS_A_RUN),
    group_name="engineering_files",
    kinds={"s3", "python"},
    description=DESCRIPTION,
)
def extractions():
    """The way of the files: down from the bucket, recognised, extracted, recorded."""
    return record_results(run_extractors(detect_formats(download_files())))
