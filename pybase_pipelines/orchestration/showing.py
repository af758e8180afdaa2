"""Files that are finished, and that Dagster shows as failed, since their run died before it could say so.

A run closes the rows of its files one by one and shows them at its end. When it is killed in between, its finished
files are data in the ledger and failed partitions in the UI; here they are shown as what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dagster as dg

from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.orchestration.batch import answer_partitions
from pybase_pipelines.orchestration.metadata import describe_file
from pybase_pipelines.orchestration.partitions import UPLOADS

MOST_SHOWN = 500
"""In one go, which takes some seconds; what is left comes with the next one."""
_MADE = dg.DagsterEventType.ASSET_MATERIALIZATION
_PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED


def show_finished_of_run(
    instance: dg.DagsterInstance, ledger: ExtractionJobService, asset_key: dg.AssetKey, run_id: str
) -> int:
    """Show what a run finished and did not show."""
    planned, made = _list_partitions(instance, run_id, _PLANNED), _list_partitions(instance, run_id, _MADE)
    return _show(instance, ledger, asset_key, [key for key in planned if key not in made])


def show_finished(instance: dg.DagsterInstance, ledger: ExtractionJobService, asset_key: dg.AssetKey) -> int:
    """Show whatever is finished in the ledger while the last attempt that Dagster knows of came to nothing."""
    storage = instance.event_log_storage
    attempts = storage.get_latest_asset_partition_materialization_attempts_without_materializations(asset_key)
    is_over = {run_id: _is_over(instance, run_id) for run_id in {run_id for run_id, _ in attempts.values()}}
    existing = set(instance.get_dynamic_partitions(UPLOADS))
    hidden = [key for key, (run_id, _) in attempts.items() if is_over[run_id] and key in existing]
    return _show(instance, ledger, asset_key, hidden)


def _show(
    instance: dg.DagsterInstance, ledger: ExtractionJobService, asset_key: dg.AssetKey, keys: Sequence[str]
) -> int:
    finished = [answer for answer in answer_partitions(ledger, keys) if answer.trouble is None] if keys else []
    for answer in finished[:MOST_SHOWN]:
        facts = describe_file(answer.jobs[0])
        event = dg.AssetMaterialization(asset_key, partition=answer.partition_key, metadata=facts)
        instance.report_runless_asset_event(event)
    return min(len(finished), MOST_SHOWN)


def _list_partitions(instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType) -> dict[str, None]:
    """The partitions that events of this kind of a run name, in order; they are a few hundred at most."""
    records = instance.all_logs(run_id, of_type=kind)
    events: Iterable[dg.DagsterEvent] = (record.get_dagster_event() for record in records if record.is_dagster_event)
    return {event.partition: None for event in events if event.partition is not None}


def _is_over(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is None or run.is_finished
