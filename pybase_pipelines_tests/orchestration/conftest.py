"""The pipeline against real parts: a bucket of its own on a real S3 server, SQLite, real extraction children."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pybase_pipelines.definitions import build_definitions
from pybase_pipelines.intake import walks
from pybase_pipelines.intake.object_keys import make_partition_key
from pybase_pipelines.ledger.views import JobView
from pybase_pipelines.local.engine import EVENT_BATCH_SIZE, PROJECT_ROOT
from pybase_pipelines.orchestration.partitions import RANGE_END_TAG, RANGE_START_TAG, UPLOADS
from pybase_pipelines.orchestration.resources import Pipeline
from pybase_pipelines.settings import StoreAddress, load_settings


@pytest.fixture
def pipeline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, s3_address: StoreAddress, bucket: str
) -> Iterator[Pipeline]:
    for name, value in {
        "PYBASE_STATE_DIR": str(tmp_path / "state"),
        "PYBASE_S3_ENDPOINT_URL": s3_address.endpoint_url,
        "PYBASE_S3_ACCESS_KEY_ID": s3_address.access_key_id.get_secret_value(),
        "PYBASE_S3_SECRET_ACCESS_KEY": s3_address.secret_access_key.get_secret_value(),
        "PYBASE_S3_ADDRESSING_STYLE": "path",
        "PYBASE_BUCKET": bucket,
        "PYBASE_EXTRACT_SLOTS": "2",
    }.items():
        monkeypatch.setenv(name, value)
    # Ticks of a test follow each other at once, whatever the walk before cost on a busy machine.
    monkeypatch.setattr(walks, "SHORT_WALK", timedelta.max)
    load_settings.cache_clear()
    yield Pipeline()
    load_settings.cache_clear()


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """With the storage of dagster.yaml and the batches that the embedded default asks for."""
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", EVENT_BATCH_SIZE)
    storage = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())["storage"]
    storage["custom"]["config"]["base_dir"] = str(tmp_path / "dagster")
    with dg.instance_for_test({"storage": storage}) as instance:
        yield instance


class World:
    """The pipeline as its surroundings see it: put objects, tick sensors, run what they ask for, look."""

    def __init__(self, pipeline: Pipeline, instance: dg.DagsterInstance) -> None:
        self.pipeline = pipeline
        self.instance = instance
        self.bucket = pipeline.settings.bucket
        self.definitions = build_definitions(resources={"pipeline": pipeline})
        self.job = self.definitions.resolve_job_def("extract_uploads_job")
        self.cursor: str | None = None

    def put(self, object_key: str, data: bytes) -> None:
        self.pipeline.store.put(self.bucket, object_key, data, content_type="application/octet-stream")

    def tick(self) -> list[dg.RunRequest]:
        """One tick of the sensor, as the daemon does it."""
        from pybase_pipelines.orchestration.sensors import uploads_sensor

        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            resources={"pipeline": self.pipeline},
            definitions=self.definitions,
        )
        result = uploads_sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return list(result.run_requests or ())

    def run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        return self.job.execute_in_process(
            instance=self.instance, partition_key=request.partition_key, tags=dict(request.tags), raise_on_error=False
        )

    def run_range(self, first: str, last: str) -> dg.ExecuteInProcessResult:
        tags = {RANGE_START_TAG: self.partition(first), RANGE_END_TAG: self.partition(last)}
        return self.job.execute_in_process(instance=self.instance, tags=tags, raise_on_error=False)

    def run_one(self, object_key: str) -> dg.ExecuteInProcessResult:
        """What the UI's Materialize does for one partition."""
        return self.job.execute_in_process(
            instance=self.instance, partition_key=self.partition(object_key), raise_on_error=False
        )

    def process(self) -> list[dg.ExecuteInProcessResult]:
        return [self.run(request) for request in self.tick()]

    def partition(self, object_key: str) -> str:
        return make_partition_key(self.bucket, object_key)

    def add_partitions(self, *object_keys: str) -> None:
        self.instance.add_dynamic_partitions(UPLOADS, [self.partition(key) for key in object_keys])

    def job_of(self, object_key: str) -> JobView:
        return self.pipeline.ledger.latest_jobs_for_objects([(self.bucket, object_key)])[self.bucket, object_key]

    def materialized(self) -> set[str]:
        return set(self.instance.get_materialized_partitions(dg.AssetKey("extractions")))


@pytest.fixture
def world(pipeline: Pipeline, instance: dg.DagsterInstance) -> World:
    return World(pipeline, instance)
