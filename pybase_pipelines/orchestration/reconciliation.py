"""Dagster's partitions are mended from the ledger: what is missing is added and shown, what is too much is retired.

The ledger keeps everything; partitions are the working set that people see, and the UI slows down with their number.
Rebuilding is for an instance whose storage was lost or replaced. A partition that waits or is worked on is never
retired, nor one that a run or a backfill covers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus

from pybase_pipelines.intake.object_keys import make_partition_key
from pybase_pipelines.ledger.inventory import JobState
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.states import FINISHED, Status
from pybase_pipelines.ledger.views import ObjectRef
from pybase_pipelines.orchestration.batch import find_objects
from pybase_pipelines.orchestration.metadata import describe_file
from pybase_pipelines.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG, UPLOADS
from pybase_pipelines.orchestration.resources import Pipeline

CHUNK = 500
IDLE = timedelta(hours=1)
"""A file that ended less than this ago may still be looked at, or may just be waiting to be shown by its run."""
MOST_SHOWN = 2_000
MOST_RETIRED = 2_000
"""In one run of the job, which takes some minutes at most; the next one goes on."""

PARTITION_TAG = "dagster/partition"
_NOTHING = ObjectRef("", "")
_OVER = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was mended: partitions added, finished files shown as such, partitions retired."""

    added: int
    shown: int
    retired: int


def reconcile_partitions(instance: dg.DagsterInstance, pipeline: Pipeline, asset_key: dg.AssetKey) -> Reconciliation:
    """Mend Dagster's side as far as the limits of one run allow. May be repeated."""
    wanted = _find_wanted(pipeline.ledger, pipeline.settings.max_partitions)
    existing = instance.get_dynamic_partitions(UPLOADS)
    added = _add_missing(instance, wanted, set(existing))
    shown = _show_completed(instance, pipeline.ledger, wanted, asset_key)
    excess = len(existing) + added - pipeline.settings.max_partitions
    retired = 0
    if excess > 0:
        retired = _retire(instance, pipeline.ledger, [key for key in existing if key not in wanted], excess)
    return Reconciliation(added, shown, retired)


def _find_wanted(ledger: ExtractionJobService, limit: int) -> dict[str, JobState]:
    """The partitions that should exist, the newest first, with the newest job of each."""
    wanted: dict[str, JobState] = {}
    last: JobState | None = None
    while len(wanted) < limit and (page := ledger.list_newest_states(last)):
        for state in page:
            if len(wanted) < limit:
                wanted.setdefault(make_partition_key(*state.ref), state)
        last = page[-1]
    return wanted


def _add_missing(instance: dg.DagsterInstance, wanted: dict[str, JobState], existing: Collection[str]) -> int:
    """Add them in the order of arrival. Waiting ones are left to the sensor, which adds neighbours together."""
    missing = [key for key, state in wanted.items() if key not in existing and state.status != Status.PENDING]
    missing.reverse()
    for start in range(0, len(missing), CHUNK):
        instance.add_dynamic_partitions(UPLOADS, missing[start : start + CHUNK])
    return len(missing)


def _show_completed(
    instance: dg.DagsterInstance, ledger: ExtractionJobService, wanted: dict[str, JobState], asset_key: dg.AssetKey
) -> int:
    """Tell Dagster of completed files that it shows no materialization of."""
    shown = instance.get_materialized_partitions(asset_key)
    now = datetime.now(UTC)
    hidden = [
        (key, state.job_id)
        for key, state in wanted.items()
        if key not in shown and state.status == Status.COMPLETED and _is_idle(state, now)
    ]
    for key, job_id in hidden[:MOST_SHOWN]:
        facts = describe_file(ledger.get_job(job_id))
        instance.report_runless_asset_event(dg.AssetMaterialization(asset_key, partition=key, metadata=facts))
    return min(len(hidden), MOST_SHOWN)


def _retire(instance: dg.DagsterInstance, ledger: ExtractionJobService, candidates: Sequence[str], excess: int) -> int:
    """Retire what is finished and idle, the oldest first; files that failed only when nothing else is left."""
    if _has_backfill(instance):
        return 0
    busy = _find_covered(instance)
    idle = [key for key in candidates if key not in busy]
    retired: set[str] = set()
    for may_have_failed in (False, True):
        for start in range(0, len(idle), CHUNK):
            part = [key for key in idle[start : start + CHUNK] if key not in retired]
            for key in _find_finished(ledger, part, may_have_failed=may_have_failed):
                if len(retired) >= min(excess, MOST_RETIRED):
                    return len(retired)
                instance.delete_dynamic_partition(UPLOADS, key)
                retired.add(key)
    return len(retired)


def _find_finished(ledger: ExtractionJobService, keys: Sequence[str], *, may_have_failed: bool) -> list[str]:
    """Which of these have only jobs that ended a while ago; an object that is gone has none at all."""
    objects = find_objects(ledger, keys)
    states: dict[ObjectRef, list[JobState]] = {}
    for state in ledger.list_states(list(objects.values())):
        states.setdefault(state.ref, []).append(state)
    now = datetime.now(UTC)

    def is_done(state: JobState) -> bool:
        return _is_idle(state, now) and (may_have_failed or state.status != Status.FAILED)

    return [key for key in keys if all(is_done(state) for state in states.get(objects.get(key, _NOTHING), ()))]


def _is_idle(state: JobState, now: datetime) -> bool:
    return state.status in FINISHED and state.completed_at is not None and now - state.completed_at >= IDLE


def _has_backfill(instance: dg.DagsterInstance) -> bool:
    """Whether a person's backfill is under way: it may still ask for any partition."""
    under_way = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]
    return bool(instance.get_backfills(filters=BulkActionsFilter(statuses=under_way), limit=1))


def _find_covered(instance: dg.DagsterInstance) -> set[str]:
    """The partitions of runs that are not over."""
    order = list(instance.get_dynamic_partitions(UPLOADS))
    places = {key: place for place, key in enumerate(order)}
    under_way = [status for status in dg.DagsterRunStatus if status not in _OVER]
    covered: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=under_way)):
        covered.update(_list_partitions(run, order, places))
    return covered


def _list_partitions(run: dg.DagsterRun, order: Sequence[str], places: dict[str, int]) -> Iterable[str]:
    if (single := run.tags.get(PARTITION_TAG)) is not None:
        return [single]
    first, last = places.get(run.tags.get(RANGE_START_TAG, "")), places.get(run.tags.get(RANGE_END_TAG, ""))
    return order[first : last + 1] if first is not None and last is not None else ()
