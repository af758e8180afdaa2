"""The partitions: one for each object of the bucket, named by `intake.object_keys`, added by the sensor alone."""

import dagster as dg

UPLOADS = "uploads"
uploads_partitions = dg.DynamicPartitionsDefinition(name=UPLOADS)

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
REQUEST_TAG = "pybase/request"
"""Marks a run that the sensor launched; its value is the `request_id` of the rows it was launched for."""

HEAVY_TAG = "pybase/heavy"
"""Marks a run with a big model, or with a file that killed its process before: it may take the machine's memory."""
WERK24_TAG = "pybase/werk24"
"""Marks a run that asks the Werk24 service, which counts how many ask at once. dagster.yaml limits both kinds."""
YES = "yes"
