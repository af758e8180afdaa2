"""The Dagster side: partitions, ops, the asset, the job, sensors, resources. The only room that imports dagster.

What belongs here: a thin shell. An op unpacks, calls `batch`, adds metadata. What does not: decisions about files,
rows or retries (`intake`, `ledger`, `sandbox`).
"""
