"""What happens by the clock."""

import dagster as dg

from pybase_pipelines.orchestration.jobs import reconcile_partitions_job, sweep_orphans_job

reconcile_partitions_hourly = dg.ScheduleDefinition(
    name="reconcile_partitions_hourly",
    job=reconcile_partitions_job,
    cron_schedule="17 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Retires partitions beyond PYBASE_MAX_PARTITIONS, and adds and shows what the ledger knows better.",
)

sweep_orphans_daily = dg.ScheduleDefinition(
    name="sweep_orphans_daily",
    job=sweep_orphans_job,
    cron_schedule="43 3 * * *",
    run_config={"ops": {"sweep_orphans": {"config": {"dry_run": False}}}},
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Removes what interrupted runs left in the object store, and closes jobs whose file never came.",
)
