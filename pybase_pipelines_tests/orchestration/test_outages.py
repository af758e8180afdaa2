"""What a run needs goes away for a while: database, object store, disk. Rows come to their end by themselves, once."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import psutil
import pytest
from sqlalchemy import text

from pybase_pipelines.ledger.engine import connecting_to_write
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.local.store_server import StoreServer
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.orchestration import downloads, extraction, ops, recovery, sensors
from pybase_pipelines.orchestration.resources import Pipeline
from pybase_pipelines.sandbox import folders
from pybase_pipelines.settings import load_settings
from pybase_pipelines_tests.files import make_pdf
from pybase_pipelines_tests.orchestration.conftest import World
from pybase_pipelines_tests.servers import PostgresServer

MOST_ROUNDS = 8


def make_due(world: World) -> None:
    with world.pipeline.ledger.writing() as session:
        for job in session.query(ExtractionJob).filter(ExtractionJob.next_retry_at.is_not(None)):
            job.next_retry_at = datetime.now(UTC)


def recover(world: World) -> None:
    context = dg.build_sensor_context(instance=world.instance, resources={"pipeline": world.pipeline})
    sensors.recovery_sensor(context)


def put_all(world: World, count: int = 4) -> list[str]:
    keys = [f"{n}.pdf" for n in range(count)]
    for key in keys:
        world.put(key, make_pdf(key))
    return keys


def settle(world: World, keys: list[str]) -> None:
    """What waits becomes due, and one run does it all."""
    make_due(world)
    assert len(world.process()) == 1
    jobs = [world.job_of(key) for key in keys]
    assert {job.status for job in jobs} == {"completed"}, [(job.error_code, job.error_message) for job in jobs]


def stands(world: World, keys: list[str]) -> set[tuple]:
    return {(job.status, job.attempts, job.error_code) for job in map(world.job_of, keys)}


def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops.SURROUNDINGS_RETRY.__class__, "calculate_delay", lambda *_: 0.0)


def come_back(monkeypatch: pytest.MonkeyPatch, start: Callable[[], object], after: int) -> list[int]:
    """Let a service come back while the op waits for this time; from here, since PostgreSQL ends with its thread."""
    waits: list[int] = []

    def wait(_policy: dg.RetryPolicy, attempt: int) -> float:
        waits.append(attempt)
        if len(waits) == after:
            start()
        return 0.0

    monkeypatch.setattr(ops.SURROUNDINGS_RETRY.__class__, "calculate_delay", wait)
    return waits


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


def full(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def refuse_scratch(really):
    """The same call, for which there is no room in the scratch folder."""
    return lambda path, *args, **kwargs: full() if "scratch" in path.parts else really(path, *args, **kwargs)


def test_a_disk_that_is_full_while_files_are_downloaded_is_the_surroundings_fault(world, monkeypatch):
    no_waits(monkeypatch)
    keys = put_all(world, 2)
    (request,) = world.tick()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse_scratch(Path.open))
        assert not world.run(request).success
    assert stands(world, keys) == {("pending", 1, "storage_unavailable")}
    assert "PYBASE_STATE_DIR" in world.job_of(keys[0]).error_hint
    settle(world, keys)
    assert stands(world, keys) == {("completed", 2, None)}


def test_a_disk_without_room_for_a_folder_is_told_as_that_too(world, monkeypatch):
    no_waits(monkeypatch)
    keys = put_all(world, 2)
    (request,) = world.tick()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse_scratch(Path.mkdir))
        assert not world.run(request).success
    assert stands(world, keys) == {("pending", 1, "storage_unavailable")}


def test_a_disk_without_room_for_the_children_ends_the_run_and_no_file_is_blamed(world, monkeypatch):
    no_waits(monkeypatch)
    keys = put_all(world, 2)
    (request,) = world.tick()
    with monkeypatch.context() as patch:
        patch.setattr(folders.tempfile, "mkdtemp", full)
        assert not world.run(request).success
    recover(world)
    assert stands(world, keys) == {("pending", 1, "storage_unavailable")}
    assert {job.death_count for job in map(world.job_of, keys)} == {0}


def test_a_disk_that_is_full_while_a_result_is_written_is_tried_again(world, monkeypatch):
    keys = put_all(world, 1)
    (request,) = world.tick()
    with monkeypatch.context() as patch:
        patch.setattr(extraction, "read_small", full)
        assert not world.run(request).success
    assert stands(world, keys) == {("pending", 1, "storage_unavailable")}
    settle(world, keys)


def test_a_database_file_on_a_full_disk_is_a_database_that_is_away(world, monkeypatch):
    no_waits(monkeypatch)
    keys = put_all(world, 1)
    (request,) = world.tick()
    ledger = world.pipeline.ledger
    with ledger.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    record = extraction.Extraction._record

    def fill_disk(self, task, claim, outcome):
        limit_pages(self.ledger.engine, pages)
        return record(self, task, claim, outcome)

    def limit_pages(engine, count: int) -> None:
        """SQLite's own way to be full: no page more than the file has."""
        with connecting_to_write(engine) as connection:
            connection.execute(text(f"PRAGMA max_page_count = {count}"))

    with monkeypatch.context() as patch:
        patch.setattr(extraction.Extraction, "_record", fill_disk)
        patch.setattr(extraction, "read_small", lambda *_: {"success": True, "filler": "x" * 200_000})
        assert not world.run(request).success
    limit_pages(ledger.engine, 1 << 30)
    recover(world)
    assert stands(world, keys) == {("pending", 1, "database_unavailable")}
    settle(world, keys)
    assert stands(world, keys) == {("completed", 2, None)}


def test_a_request_from_a_clock_ahead_is_released_and_a_live_one_is_kept(world):
    put_all(world, 1)
    assert len(world.tick()) == 1
    with world.pipeline.ledger.writing() as session:
        session.query(ExtractionJob).one().requested_at = datetime.now(UTC) + timedelta(days=30)
    assert recovery.release_lost_requests(world.instance, world.pipeline) == 1
    assert len(world.tick()) == 1


def test_a_run_that_was_never_put_into_the_queue_holds_its_files_up_for_minutes_only(world, monkeypatch):
    put_all(world, 1)
    (request,) = world.tick()
    world.instance.create_run_for_job(
        job_def=world.job, tags=dict(request.tags), status=dg.DagsterRunStatus.NOT_STARTED
    )
    monkeypatch.setattr(recovery, "REQUEST_GRACE", timedelta(0))
    assert recovery.release_lost_requests(world.instance, world.pipeline) == 0
    monkeypatch.setattr(recovery, "SUBMISSION_GRACE", timedelta(0))
    assert recovery.release_lost_requests(world.instance, world.pipeline) == 1


def test_what_a_run_finished_before_it_was_killed_is_shown_as_finished(world, monkeypatch):
    keys = put_all(world, 3)
    (request,) = world.tick()

    no_waits(monkeypatch)
    with monkeypatch.context() as patch:  # after the rows were closed, before a word to Dagster
        patch.setattr(ops.batch, "answer_partitions", full)
        assert not world.run(request).success
    assert stands(world, keys) == {("completed", 1, None)}
    assert world.materialized() == set()
    recover(world)
    assert world.materialized() == {world.partition(key) for key in keys}


def test_the_failure_sensor_shows_at_once_what_the_dead_run_had_finished(world, monkeypatch):
    keys = put_all(world, 3)
    (request,) = world.tick()
    no_waits(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(ops.batch, "answer_partitions", full)
        failed = world.run(request)
    run = world.instance.get_run_by_id(failed.run_id)
    event = next(e for e in failed.all_events if e.event_type is dg.DagsterEventType.RUN_FAILURE)
    context = dg.build_run_status_sensor_context(
        "failed_run_sensor", event, world.instance, run, resources={"pipeline": world.pipeline}
    ).for_run_failure()
    sensors.failed_run_sensor(context)
    assert world.materialized() == {world.partition(key) for key in keys}
