"""Database or object store go away for a while in the middle of a run: rows come to their end by themselves, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psutil
import pytest
from sqlalchemy import text

from pybase_pipelines.ledger.engine import connecting_to_write
from pybase_pipelines.local.store_server import StoreServer
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.orchestration import downloads, extraction, ops
from pybase_pipelines.orchestration.resources import Pipeline
from pybase_pipelines.settings import load_settings
from pybase_pipelines_tests.orchestration.conftest import World
from pybase_pipelines_tests.orchestration.outages import (
    MOST_ROUNDS,
    come_back,
    make_due,
    no_waits,
    put_all,
    recover,
    settle,
    stands,
)
from pybase_pipelines_tests.servers import PostgresServer


def test_a_run_has_the_patience_for_a_minute():
    waits = [ops.SURROUNDINGS_RETRY.calculate_delay(n) for n in range(1, 1 + ops.SURROUNDINGS_RETRY.max_retries)]
    assert sum(waits) > 90
    assert sum(waits[:-1]) < 60, "and it is not away itself for long after the service is back"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture
def on_postgres(server: PostgresServer, pipeline: Pipeline, monkeypatch, instance) -> Iterator[World]:
    """The pipeline with its ledger on a PostgreSQL server that may be stopped."""
    monkeypatch.setenv("PYBASE_DATABASE_URL", server.url)
    load_settings.cache_clear()
    world = World(Pipeline(), instance)
    with connecting_to_write(world.pipeline.ledger.engine) as connection:
        connection.execute(text("TRUNCATE extraction_jobs"))
    yield world
    world.pipeline.ledger.close()


def test_a_database_that_is_away_for_a_while_is_waited_for_inside_the_run(on_postgres, server, monkeypatch):
    world = on_postgres
    keys = put_all(world)
    (request,) = world.tick()
    record, recorded = extraction.Extraction._record, []

    def stop_before_the_second(self, task, claim, outcome):
        recorded.append(task.name)
        if len(recorded) == 2:
            server.stop()
        return record(self, task, claim, outcome)

    monkeypatch.setattr(extraction.Extraction, "_record", stop_before_the_second)
    waits = come_back(monkeypatch, server.start, after=2)
    assert world.run(request).success
    assert len(waits) == 2
    assert stands(world, keys) == {("completed", 1, None)}
    assert world.materialized() == {world.partition(key) for key in keys}


def test_a_database_that_stays_away_ends_the_run_and_no_file_is_blamed(on_postgres, server, monkeypatch):
    world = on_postgres
    no_waits(monkeypatch)
    keys = put_all(world)
    (request,) = world.tick()
    record = extraction.Extraction._record

    def stop(self, task, claim, outcome):
        server.stop()
        return record(self, task, claim, outcome)

    with monkeypatch.context() as patch:
        patch.setattr(extraction.Extraction, "_record", stop)
        assert not world.run(request).success
    server.start()
    assert {job.status for job in map(world.job_of, keys)} == {"processing"}, "nobody could write it down"
    recover(world)
    assert stands(world, keys) == {("pending", 1, "database_unavailable")}
    assert {job.death_count for job in map(world.job_of, keys)} == {0}
    settle(world, keys)
    assert stands(world, keys) == {("completed", 2, None)}


def test_a_tick_without_the_database_fails_and_the_next_one_carries_on(on_postgres, server):
    world = on_postgres
    keys = put_all(world, 2)
    server.stop()
    try:
        with pytest.raises(Exception, match="does not answer"):
            world.tick()
    finally:
        server.start()
    assert [result.success for result in world.process()] == [True]
    assert stands(world, keys) == {("completed", 1, None)}


def test_a_locked_sqlite_file_is_waited_for(world, monkeypatch):
    keys = put_all(world, 2)
    (request,) = world.tick()
    engine = world.pipeline.ledger.engine
    record, locked = extraction.Extraction._record, []

    def lock_first(self, task, claim, outcome):
        if not locked:
            is_locked = threading.Event()
            locked.append(is_locked)
            threading.Thread(target=hold, args=(is_locked,)).start()
            is_locked.wait(10)
        return record(self, task, claim, outcome)

    def hold(is_locked: threading.Event) -> None:
        with connecting_to_write(engine):
            is_locked.set()
            threading.Event().wait(2)

    monkeypatch.setattr(extraction.Extraction, "_record", lock_first)
    assert world.run(request).success
    assert stands(world, keys) == {("completed", 1, None)}


def test_a_sqlite_file_that_vanished_is_made_anew_and_everything_is_found_again(world):
    keys = put_all(world, 2)
    world.process()
    state = world.pipeline.settings.resolved_state_dir()
    for file in state.glob("ledger.db*"):
        file.unlink()
    assert [result.success for result in world.process()] == [True], "no process may go on with a file that is gone"
    assert stands(world, keys) == {("completed", 1, None)}
    assert (state / "ledger.db").exists()


@pytest.fixture
def own_store(pipeline: Pipeline, monkeypatch, instance, tmp_path) -> Iterator[tuple[World, StoreServer]]:
    """The pipeline with an S3 server of its own, that may be killed."""
    server = StoreServer(tmp_path / "s3")
    address = server.start()
    monkeypatch.setenv("PYBASE_S3_ENDPOINT_URL", address.endpoint_url)
    monkeypatch.setenv("PYBASE_S3_ACCESS_KEY_ID", address.access_key_id.get_secret_value())
    monkeypatch.setenv("PYBASE_S3_SECRET_ACCESS_KEY", address.secret_access_key.get_secret_value())
    load_settings.cache_clear()
    ObjectStore(address).ensure_bucket(pipeline.settings.bucket)
    yield World(Pipeline(), instance), server
    server.stop()


def kill(server: StoreServer) -> None:
    """SIGKILL for the server itself; its guard ends with it."""
    for process in psutil.Process(server._service._process.pid).children(recursive=True):
        process.kill()


def test_a_store_that_is_killed_and_comes_back_is_waited_for_and_nothing_is_lost(own_store, monkeypatch):
    world, server = own_store
    keys = put_all(world)
    (request,) = world.tick()
    fetch, killed = downloads._fetch, threading.Lock()
    come_back(monkeypatch, server.restart, after=2)

    def kill_first(*args):
        if killed.acquire(blocking=False):
            kill(server)
        return fetch(*args)

    monkeypatch.setattr(downloads, "_fetch", kill_first)
    result = world.run(request)
    for _ in range(MOST_ROUNDS):  # what came back with only a part of its volumes is tried again by the ledger
        if not any(job.status == "pending" for job in map(world.job_of, keys)):
            break
        make_due(world)
        world.process()
    jobs = [world.job_of(key) for key in keys]
    assert [job.status for job in jobs] == ["completed"] * len(keys), (result.success, [j.error_message for j in jobs])
    assert world.materialized() == {world.partition(key) for key in keys}
