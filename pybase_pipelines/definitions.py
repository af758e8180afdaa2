"""What Dagster loads: the whole pipeline in one look. Nothing heavy, no connection and no setting at import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from pybase_pipelines.orchestration.assets import extractions
from pybase_pipelines.orchestration.jobs import extract_uploads_job, reconcile_partitions_job, sweep_orphans_job
from pybase_pipelines.orchestration.resources import Pipeline
from pybase_pipelines.orchestration.retention import purge_history_job
from pybase_pipelines.orchestration.schedules import reconcile_partitions_hourly, sweep_orphans_daily
from pybase_pipelines.orchestration.sensors import (
    canceled_run_sensor,
    events_sensor,
    failed_run_sensor,
    recovery_sensor,
    uploads_sensor,
)


def build_definitions(*, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The pipeline; tests give resources of their own."""
    return dg.Definitions(
        assets=[extractions],
        jobs=[extract_uploads_job, reconcile_partitions_job, sweep_orphans_job, purge_history_job],
        schedules=[reconcile_partitions_hourly, sweep_orphans_daily],
        sensors=[uploads_sensor, events_sensor, recovery_sensor, failed_run_sensor, canceled_run_sensor],
        resources={"pipeline": Pipeline(), **(resources or {})},
        # Also for what a person launches from the asset's page, which runs in a job of Dagster's own.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The entry point that workspace.yaml names."""
    return build_definitions()
