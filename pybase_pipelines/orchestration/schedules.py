"""What happens by the clock."""

import dagster as dg

from pybase_pipelines.orchestration.jobs import reconcile_partitions_job

reconcile_partitions_hourly = dg.ScheduleDefinition(
    name="reconcile_partitions_hourly",
    job=reconcile_partitions_job,
    cron_schedule="17 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Retires partitions beyond PYBASE_MAX_PARTITIONS, and adds and shows what the ledger knows better.",
)
