"""What is tidied up in the ledger, and what never is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from pybase_pipelines.ledger.cleanup import KnownResult
from pybase_pipelines.ledger.records import JobFailure, Outcome
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock, make_upload

Register = Callable[..., list[str]]
LATER = timedelta(days=31)


def complete(ledger: ExtractionJobService, job_id: str) -> None:
    (claim,) = ledger.claim([job_id], "run")
    ledger.finish_completed(claim, Outcome(result_path=f"s3://b/{job_id}"))


def test_only_finished_rows_of_versions_that_are_long_gone_are_removed(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    replaced, deleted, current = register(3)
    for job_id in (replaced, deleted, current):
        complete(ledger, job_id)
    (newer,) = ledger.register_uploads([make_upload(0, etag="v2")]).new
    ledger.mark_deleted("drawings", ["in/00001.pdf"])
    assert ledger.list_old_jobs(clock.now - LATER) == []
    before = clock.advance(days=31) - timedelta(days=30)
    old = ledger.list_old_jobs(before)
    assert {job.job_id: job.result_path for job in old} == {
        replaced: f"s3://b/{replaced}", deleted: f"s3://b/{deleted}",
    }  # fmt: skip
    assert set(ledger.remove_jobs([replaced, deleted, current, newer.id], before)) == {replaced, deleted}
    assert {job.id for job in ledger.list_jobs()} == {current, newer.id}
    assert ledger.find_unknown([make_upload(2)]) == [], "a current object stays known"


def test_a_row_that_came_back_meanwhile_is_not_removed(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    (job_id,) = register()
    complete(ledger, job_id)
    ledger.mark_deleted("drawings", ["in/00000.pdf"])
    before = clock.advance(days=31) - timedelta(days=30)
    assert [job.job_id for job in ledger.list_old_jobs(before)] == [job_id]
    ledger.register_uploads([make_upload(0)])
    assert ledger.remove_jobs([job_id], before) == []


def test_a_job_that_waits_in_vain_is_closed_and_its_file_is_new_when_it_comes_back(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    lost, retried = register(2)
    (claim,) = ledger.claim([retried], "run")
    ledger.finish_failed(claim, JobFailure(code="throttled", message="m"))
    assert ledger.list_long_pending(clock.now - timedelta(days=1)) == []
    before = clock.advance(days=2) - timedelta(days=1)
    assert [each.job_id for each in ledger.list_long_pending(before)] == [lost], "the other one waits for its time"
    assert ledger.fail_orphans([lost, retried], before) == 1
    job = ledger.get_job(lost)
    assert (job.status, job.error_code, job.is_current) == ("failed", "object_vanished", False)
    (again,) = ledger.register_uploads([make_upload(0)]).revived
    assert (again.id, again.status) == (lost, "pending")


def test_what_failed_in_spite_of_all_tries_is_cancelled_and_keeps_its_reason(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    given_up, broken = register(2, max_retries=0)
    for job_id, code in ((given_up, "throttled"), (broken, "corrupted_file")):
        ledger.finish_failed(ledger.claim([job_id], "run")[0], JobFailure(code=code, message="It broke."))
    assert ledger.count_given_up(clock.now - timedelta(days=7)) == 0
    before = clock.advance(days=8) - timedelta(days=7)
    assert ledger.count_given_up(before) == ledger.cancel_given_up(before) == 1
    job = ledger.get_job(given_up)
    assert (job.status, job.error_code) == ("cancelled", "throttled")
    assert "It broke." in job.error_message
    assert ledger.get_job(broken).status == "failed"
    assert ledger.retry_job(given_up).status == "pending"


def test_results_are_looked_up_by_their_jobs(ledger: ExtractionJobService, register: Register) -> None:
    done, waiting = register(2)
    complete(ledger, done)
    at_work = ledger.claim([waiting], "run")[0]
    found = ledger.find_results([done, waiting, "nothing"])
    assert found == {done: KnownResult(f"s3://b/{done}", None), waiting: KnownResult(None, at_work.attempt)}
