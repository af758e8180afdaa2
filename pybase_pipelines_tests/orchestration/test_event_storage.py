"""Events of many partitions are written together, and tell the same as if each had been written by itself."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from pybase_pipelines.local.engine import EVENT_BATCH_SIZE, PROJECT_ROOT, write_instance
from pybase_pipelines.orchestration.event_storage import BatchingEventLogStorage
from pybase_pipelines.orchestration.events import log_materializations, log_observations
from pybase_pipelines.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG

FILES = dg.DynamicPartitionsDefinition(name="files")
KEY = dg.AssetKey("content")
KEYS = [f"{n}.pdf" for n in range(6)]


@dg.asset(name="content", partitions_def=FILES, backfill_policy=dg.BackfillPolicy.single_run(), output_required=False)
def content(context):
    """Five good files and a bad one."""
    op_context = context.op_execution_context
    tags = {"kind": "drawing"}
    log_materializations(op_context, [dg.AssetMaterialization(KEY, partition=key, tags=tags) for key in KEYS[:5]])
    log_observations(op_context, [dg.AssetObservation(KEY, partition=KEYS[5])])
    raise dg.Failure("one is bad", allow_retries=False)


def run_all(instance: dg.DagsterInstance) -> str:
    instance.add_dynamic_partitions("files", KEYS)
    definitions = dg.Definitions(assets=[content], executor=dg.in_process_executor)
    job = definitions.resolve_implicit_global_asset_job_def()
    tags = {RANGE_START_TAG: KEYS[0], RANGE_END_TAG: KEYS[-1]}
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False).run_id


def describe(instance: dg.DagsterInstance, run_id: str) -> dict[str, object]:
    storage = instance.event_log_storage
    latest = storage.get_latest_storage_id_by_partition(KEY, dg.DagsterEventType.ASSET_MATERIALIZATION)
    records = instance.fetch_materializations(KEY, limit=10).records
    last = instance.get_latest_materialization_event(KEY)
    return {
        "green": instance.get_materialized_partitions(KEY),
        "failed": {
            key: run == run_id
            for key, (run, _) in storage.get_latest_asset_partition_materialization_attempts_without_materializations(
                KEY
            ).items()
        },
        "order": [key for key, _ in sorted(latest.items(), key=lambda item: item[1])],
        "each record is its own partition's": all(latest[r.partition_key] == r.storage_id for r in records),
        "last": last.asset_materialization.partition if last and last.asset_materialization else None,
        "observed": [r.partition_key for r in instance.fetch_observations(KEY, limit=10).records],
        "in the run's log": [
            (record.event_log_entry.get_dagster_event().event_type_value, record.partition_key)
            for record in storage.get_records_for_run(run_id).records
            if record.event_log_entry.get_dagster_event().asset_key is not None
        ],
    }


@pytest.fixture
def plain_instance(monkeypatch: pytest.MonkeyPatch):
    """What Dagster does by itself."""
    with dg.instance_for_test() as instance:
        yield instance


def test_what_is_written_together_tells_the_same_as_single_events(instance, plain_instance, monkeypatch):
    together = describe(instance, run_all(instance))
    monkeypatch.delenv("DAGSTER_EVENT_BATCH_SIZE")
    assert together == describe(plain_instance, run_all(plain_instance))
    assert together["green"] == set(KEYS[:5])
    assert together["failed"] == {KEYS[5]: True}, "exactly the bad one"


def test_no_event_of_a_partition_is_written_by_itself(instance, monkeypatch):
    alone: list[str] = []
    store_event = BatchingEventLogStorage.store_event

    def note(self, event):
        alone.append(event.get_dagster_event().event_type_value if event.is_dagster_event else "")
        store_event(self, event)

    monkeypatch.setattr(BatchingEventLogStorage, "store_event", note)
    run_all(instance)
    assert alone.count("ASSET_MATERIALIZATION_PLANNED") == 0
    assert alone.count("ASSET_MATERIALIZATION") == 0


def test_a_batch_that_fails_is_written_one_by_one(instance, monkeypatch, capfd):
    def refuse(self, events):
        raise OSError("no room")

    monkeypatch.setattr(BatchingEventLogStorage, "store_event_batch", refuse)
    run_all(instance)
    assert instance.get_materialized_partitions(KEY) == set(KEYS[:5])


def test_dagsters_own_storage_opens_what_ours_wrote(instance, tmp_path: Path):
    run_id = run_all(instance)
    own = DagsterSqliteStorage.from_local(str(tmp_path / "dagster")).event_log_storage
    assert type(own) is SqliteEventLogStorage
    assert own.get_materialized_partitions(KEY) == set(KEYS[:5])
    assert len(own.get_records_for_run(run_id).records) == len(
        instance.event_log_storage.get_records_for_run(run_id).records
    )


def test_the_embedded_default_uses_it(tmp_path: Path):
    home = write_instance(tmp_path, PROJECT_ROOT)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert isinstance(instance.event_log_storage, BatchingEventLogStorage)
        assert Path(instance.event_log_storage._base_dir).is_relative_to(tmp_path)
    assert int(EVENT_BATCH_SIZE) > 0
