"""A disk without room is trouble of the surroundings, told as that: no file is blamed, and all is tried again."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from pybase_pipelines.ledger.engine import connecting_to_write
from pybase_pipelines.orchestration import extraction
from pybase_pipelines.sandbox import folders
from pybase_pipelines_tests.orchestration.outages import (
    full,
    no_waits,
    put_all,
    recover,
    settle,
    stands,
)


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
