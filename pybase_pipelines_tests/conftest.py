"""Servers that several rooms test against: a real S3 server, one for the whole run of tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pybase_pipelines.local.store_server import StoreServer
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import StoreAddress

_buckets = count(1)

# A loaded machine is no reason to fail: how long an example takes is a matter of benchmarks, never of tests.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("suite")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name tests over file contents by number: contents hold times (gzip, zip), and workers must agree on the names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def s3_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreAddress]:
    """Where SeaweedFS runs."""
    server = StoreServer(tmp_path_factory.mktemp("s3"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def store(s3_address: StoreAddress) -> ObjectStore:
    return ObjectStore(s3_address)


@pytest.fixture
def bucket(store: ObjectStore) -> Iterator[str]:
    """An empty bucket of the test's own; it is removed again, since each takes volumes, which the server has few of."""
    name = f"test-bucket-{next(_buckets)}"
    store.ensure_bucket(name)
    yield name
    # By the bare client: a test may have made ours fail on purpose, and its patches are undone only after this.
    client = store._client
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
        for listed in page.get("Contents", ()):
            client.delete_object(Bucket=name, Key=listed["Key"])
    client.delete_bucket(Bucket=name)


@pytest.fixture
def make_file(tmp_path: Path):
    """Write a file into the test's own folder."""

    def make(data: bytes, name: str = "file.bin") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make
