"""How long Dagster's history is kept: a job that removes old runs with their events, after a look.

The last materialization of each partition, and the last failed attempt at one, are what the UI shows of it: the runs
that hold them stay, however old. Ticks are removed by Dagster itself (`retention` in dagster.yaml). The ledger has a
clean-up of its own (`cleanup`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from pybase_pipelines.orchestration.ops import ASSET_KEY
from pybase_pipelines.orchestration.partitions import UPLOADS

PAGE = 1000
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


class PurgeConfig(dg.Config):
    """What one purge does; without a word it only looks."""

    older_than_days: int = 30
    dry_run: bool = True


@dg.op
def purge_runs(context: dg.OpExecutionContext, config: PurgeConfig) -> dict[str, Any]:
    """Remove finished runs that are older, with their events, except those that hold what the UI shows of a file."""
    before = datetime.now(UTC) - timedelta(days=config.older_than_days)
    old, kept = find_old_runs(context.instance, before)
    for run_id in () if config.dry_run else old:
        context.instance.delete_run(run_id)
    word = "would be removed" if config.dry_run else "were removed"
    context.log.info(
        "%d runs %s; %d as old ones are kept, because a file's last state is theirs.", len(old), word, kept
    )
    return {"runs": len(old), "kept": kept, "dry_run": config.dry_run}


@dg.job(
    executor_def=dg.in_process_executor,
    description=(
        "Removes old runs and their events. It only looks until the launchpad says dry_run: false: "
        "ops: {purge_runs: {config: {older_than_days: 30, dry_run: false}}}"
    ),
)
def purge_history_job():
    """One op, so that its log says what was done."""
    purge_runs()


def find_old_runs(instance: dg.DagsterInstance, before: datetime) -> tuple[list[str], int]:
    """The runs that can go, and how many as old ones stay."""
    needed = _find_needed_runs(instance, before)
    old: list[str] = []
    kept = 0
    for run_id in _list_finished(instance, before):
        if run_id in needed:
            kept += 1
        else:
            old.append(run_id)
    return old, kept


def _list_finished(instance: dg.DagsterInstance, before: datetime) -> Iterator[str]:
    finished = dg.RunsFilter(statuses=FINISHED, updated_before=before)
    cursor = None
    while page := instance.get_run_records(finished, limit=PAGE, cursor=cursor):
        yield from (record.dagster_run.run_id for record in page)
        cursor = page[-1].dagster_run.run_id


def _find_needed_runs(instance: dg.DagsterInstance, before: datetime) -> set[str]:
    """The runs that hold the last word on a partition that still exists."""
    storage, shown = instance.event_log_storage, set(instance.get_dynamic_partitions(UPLOADS))
    latest = storage.get_latest_storage_id_by_partition(ASSET_KEY, dg.DagsterEventType.ASSET_MATERIALIZATION)
    wanted = {storage_id for partition, storage_id in latest.items() if partition in shown}
    attempts = storage.get_latest_asset_partition_materialization_attempts_without_materializations(ASSET_KEY)
    needed = {run_id for partition, (run_id, _) in attempts.items() if partition in shown}
    records = dg.AssetRecordsFilter(asset_key=ASSET_KEY, before_timestamp=before.timestamp())
    cursor = None
    while True:
        page = instance.fetch_materializations(records, limit=PAGE, cursor=cursor)
        needed |= {record.run_id for record in page.records if record.storage_id in wanted}
        cursor = page.cursor
        if not page.has_more:
            return needed
