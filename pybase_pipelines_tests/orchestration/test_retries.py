"""The table of retries as runs live it: who tries again, how often, counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from pybase_pipelines.errors import JOB_ERRORS, StorageUnavailable
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.retries import IN_RUN_RETRIES, RULES
from pybase_pipelines.orchestration import extraction, ops
from pybase_pipelines.orchestration.batch import FileTask
from pybase_pipelines.results.envelope import Failure
from pybase_pipelines.sandbox.client import Sandbox
from pybase_pipelines_tests.files import make_pdf

MOST_ROUNDS = 8
EXTRACTED = ["corrupted_file", "internal_error", "extractor_crashed", "out_of_memory", "throttled"]


@pytest.fixture
def failing(monkeypatch):
    """Children that end with an error of one's choice; answers which files were handed to one."""
    read: list[str] = []
    code = {}
    really_run = Sandbox.run

    def run(self, requests, on_progress=None):
        from pybase_pipelines.sandbox.verdict import fail

        for request in requests:
            read.append(request.name)
            error = JOB_ERRORS[code["code"]]("It broke.")
            target = Path(request.path).with_suffix(".json")
            yield fail(request, Failure.of(error), target)

    monkeypatch.setattr(Sandbox, "run", run)

    def choose(error_code: str) -> list[str]:
        code["code"] = error_code
        return read

    choose.run = really_run
    return choose


def make_due(world) -> None:
    """Let the time pass that waiting jobs wait for."""
    with world.pipeline.ledger.writing() as session:
        for job in session.query(ExtractionJob).filter(ExtractionJob.next_retry_at.is_not(None)):
            job.next_retry_at = datetime.now(UTC)


@pytest.mark.parametrize("code", EXTRACTED)
def test_a_file_is_read_as_often_as_the_table_says_and_then_no_more(world, failing, code):
    read = failing(code)
    world.put("a.pdf", make_pdf())
    rounds = 0
    while (results := world.process()) and rounds < MOST_ROUNDS:
        assert [result.success for result in results] == [False]
        make_due(world)
        rounds += 1
    job = world.job_of("a.pdf")
    expected = 1 + min(RULES[code].times, job.max_retries)
    assert (len(read), job.attempts, rounds) == (expected, expected, expected)
    assert (job.status, job.error_code) == ("failed", code)


def test_a_store_that_is_away_is_asked_as_often_as_the_table_says_in_each_run(world, monkeypatch):
    calls = []

    def fail(*args, **kwargs):
        calls.append(1)
        raise StorageUnavailable("The object store did not answer.")

    world.put("a.pdf", make_pdf())
    monkeypatch.setattr(type(world.pipeline.store), "download", fail)
    monkeypatch.setattr(ops.SURROUNDINGS_RETRY.__class__, "calculate_delay", lambda *_: 0.0)
    runs = 0
    while world.process() and runs < MOST_ROUNDS:
        job = world.job_of("a.pdf")
        assert job.error_code == "storage_unavailable", "the row says what it was, not that a run died"
        make_due(world)
        runs += 1
    assert runs == 1 + RULES["storage_unavailable"].times
    assert len(calls) == runs * (1 + IN_RUN_RETRIES)
    assert world.job_of("a.pdf").status == "failed"


def test_used_up_credits_stop_the_extractor_and_one_file_probes(world, failing):
    read = failing("quota_exhausted")
    settings = world.pipeline.settings
    for n in range(6):
        world.put(f"{n}.pdf", make_pdf(str(n)))
    (result,) = world.process()
    assert not result.success
    jobs = [world.job_of(f"{n}.pdf") for n in range(6)]
    assert len(read) == 1, "nobody asks again after the first answer"
    assert {(job.status, job.error_code, job.retry_count) for job in jobs} == {("pending", "quota_exhausted", 0)}
    assert world.tick() == [], "and no run is launched in vain"
    assert settings.quota_probe_minutes == 30
    probe = min(jobs, key=lambda job: job.next_retry_at)
    assert probe.filename == read[0]
    assert [job.next_retry_at for job in jobs].count(probe.next_retry_at) == 1
    assert list(world.pipeline.ledger.find_pauses()) == ["pdf"]


def test_credits_that_come_back_let_everything_be_read(world, failing, monkeypatch):
    run = failing.run
    failing("quota_exhausted")
    for n in range(3):
        world.put(f"{n}.pdf", make_pdf(str(n)))
    world.process()
    monkeypatch.setattr(Sandbox, "run", run)
    world.pipeline.ledger.retry_job(world.job_of("0.pdf").id)
    while world.process():
        pass
    assert [world.job_of(f"{n}.pdf").status for n in range(3)] == ["completed"] * 3


def test_a_job_that_cost_too_much_is_not_read_again(world, failing, monkeypatch):
    read = failing("throttled")
    tight = world.pipeline.settings.model_copy(update={"max_job_cpu_seconds": 10})
    monkeypatch.setattr(type(world.pipeline), "settings", tight)
    describe = extraction.describe_file

    def cost(task: FileTask, *more):
        return describe(task, *more) | {"cpu_seconds": 6.0}

    monkeypatch.setattr(extraction, "describe_file", cost)
    world.put("a.pdf", make_pdf())
    while world.process():
        make_due(world)
    job = world.job_of("a.pdf")
    assert (len(read), job.status, job.total_cpu_seconds) == (2, "failed", 12.0)
    assert "Compute budget" in job.error_message


def test_dagster_tries_nothing_again_that_the_ledger_does():
    instance = yaml.safe_load((Path(__file__).resolve().parents[2] / "dagster.yaml").read_text())
    assert instance["run_retries"] == {"enabled": False}
    assert ops.SURROUNDINGS_RETRY.max_retries == IN_RUN_RETRIES
