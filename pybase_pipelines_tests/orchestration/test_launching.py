"""Runs for what is due: grouped, told apart by their tags, and going on while the store is away."""

import json

import pytest

from pybase_pipelines.errors import StorageUnavailable
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.records import Upload
from pybase_pipelines.orchestration import launching
from pybase_pipelines.orchestration.arrivals import FLOOD_PRIORITY
from pybase_pipelines.orchestration.partitions import HEAVY_TAG, WERK24_TAG, YES
from pybase_pipelines.settings import Source
from pybase_pipelines_tests.files import make_pdf


def register(world, *uploads: tuple[str, int, int]) -> None:
    made = [Upload(world.bucket, key, "etag", size=size, priority=priority) for key, size, priority in uploads]
    world.pipeline.ledger.register_uploads(made)


def launch(world, monkeypatch):
    """A tick that sees nothing, so that only what is registered is launched."""
    away = StorageUnavailable("The object store did not answer.")
    monkeypatch.setattr(type(world.pipeline.store), "list_page", lambda *_, **__: _raise(away))
    return world.tick()


def test_what_is_due_is_launched_while_the_store_cannot_be_listed(world, monkeypatch):
    register(world, ("a.pdf", 1, 100))
    assert [request.partition_key for request in launch(world, monkeypatch)] == [world.partition("a.pdf")]


def test_the_run_of_a_file_is_found_by_its_tags(world, monkeypatch):
    register(world, ("plans/a.pdf", 1, 100), ("plans/b.step", 1, 100), ("plans/c.pdf", 1, 100))
    (request,) = launch(world, monkeypatch)
    tags = request.tags
    assert (tags["pybase/files"], tags["pybase/format"]) == ("3", "mixed")
    assert tags["pybase/formats"] == "2 pdf, 1 step"
    assert tags["pybase/folder"] == f"{world.bucket}/plans"
    assert tags["pybase/first"] == world.partition("plans/a.pdf")


def test_the_run_of_one_file_names_it_and_its_job(world, monkeypatch):
    register(world, ("plans/a.pdf", 1, 100))
    (request,) = launch(world, monkeypatch)
    assert request.tags["pybase/job"] == world.job_of("plans/a.pdf").id
    assert request.tags["pybase/file"] == world.partition("plans/a.pdf")


@pytest.mark.parametrize("count", [1, 3])
def test_tags_are_bounded_whatever_the_files_are_called(world, monkeypatch, count):
    register(world, *((f"{'ü' * 200}/{'x' * 200}{n}.pdf", 1, 100) for n in range(count)))
    (request,) = launch(world, monkeypatch)
    ours = {name: value for name, value in request.tags.items() if name.startswith("pybase/")}
    assert len(ours) <= 10
    assert all(len(value) <= 200 for value in ours.values())


def test_a_big_model_runs_alone_and_a_mass_upload_behind_what_came_by_itself(world, monkeypatch):
    big = 10 * world.pipeline.settings.run_max_bytes
    register(world, ("mass.pdf", 1, FLOOD_PRIORITY), ("a.pdf", 1, 100), ("big.step", big, 100), ("b.pdf", 1, 100))
    runs = launch(world, monkeypatch)
    files = [[run.tags["pybase/files"], run.tags.get("dagster/priority")] for run in runs]
    assert sorted(files, key=str) == [["1", "-1"], ["1", None], ["2", None]]


def test_heavy_work_and_paid_work_are_marked_and_light_work_is_not(world, monkeypatch):
    big = 10 * world.pipeline.settings.run_max_bytes
    register(world, ("a.pdf", 1, 100), ("big.step", big, 100), ("scan.png", 1, 100))
    register(world, ("killer.dxf", 1, 100))
    with world.pipeline.ledger.writing() as session:
        job_id = world.job_of("killer.dxf").id
        session.get(ExtractionJob, job_id).death_count = 1
    marks = {
        run.tags["pybase/formats"]: (run.tags.get(HEAVY_TAG), run.tags.get(WERK24_TAG))
        for run in launch(world, monkeypatch)
    }
    assert marks == {"1 step": (YES, None), "1 dxf": (YES, None), "1 pdf, 1 werk24": (None, YES)}


def test_one_source_in_trouble_keeps_its_place_and_stops_no_other(world, monkeypatch):
    sources = (Source(bucket="no-such-bucket"), Source(bucket=world.bucket))
    two = world.pipeline.settings.model_copy(update={"sources": sources})
    monkeypatch.setattr(type(world.pipeline), "settings", two)
    world.put("a.pdf", make_pdf())
    assert len(world.tick()) == 1
    assert len(json.loads(world.cursor)["sources"]) == 2


def _raise(error: Exception):
    raise error


@pytest.mark.parametrize(("many", "runs"), [(100, 2), (1, 1)])
def test_files_that_come_back_in_crowds_share_a_run_over_what_failed_for_good(world, monkeypatch, many, runs):
    monkeypatch.setattr(launching, "MANY_BACK", many)
    for key, data in (("a.pdf", make_pdf()), ("b.pdf", b"no drawing"), ("c.pdf", make_pdf("other"))):
        world.put(key, data)
    world.process()
    for key in ("a.pdf", "c.pdf"):
        world.put(key, make_pdf(f"{key}, second version"))
    requests = world.tick()
    assert len(requests) == runs
    for request in requests:
        world.run(request)
    assert [world.job_of(key).status for key in ("a.pdf", "b.pdf", "c.pdf")] == ["completed", "failed", "completed"]
    assert world.job_of("b.pdf").attempts == 1
    assert world.materialized() == {world.partition("a.pdf"), world.partition("c.pdf")}
