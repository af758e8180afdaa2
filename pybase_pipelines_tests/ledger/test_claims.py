"""Who holds a job: counted before the work, fenced against late writers, closed when its run is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from pybase_pipelines.errors import ClaimLost, CorruptedFile, InternalError, OutOfMemory, Throttled
from pybase_pipelines.ledger.records import Claim, JobFailure, Outcome, RunEnding
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock, make_upload

Register = Callable[..., list[str]]
THROTTLED = JobFailure.of(Throttled("Too many requests."))


def claim_one(ledger: ExtractionJobService, register: Register, run_id: str = "run-1") -> Claim:
    (claim,) = ledger.claim(register(), run_id)
    return claim


def test_a_claim_counts_the_attempt_before_the_work(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    job = ledger.get_job(claim.job_id)
    assert (job.status, job.attempts, job.claimed_by, job.run_id) == ("processing", 1, "run-1", "run-1")
    assert job.started_at == ledger.clock()


def test_claims_come_in_the_order_asked_for_without_doubles(ledger: ExtractionJobService, register: Register) -> None:
    ids = register(5)
    wanted = [ids[3], ids[0], ids[3], "unknown", ids[4]]
    assert [claim.job_id for claim in ledger.claim(wanted, "run-1")] == [ids[3], ids[0], ids[4]]


def test_the_same_run_claims_again_and_is_counted_once(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    assert ledger.claim([claim.job_id], "run-1") == [claim]


def test_another_run_cannot_take_what_is_held_or_finished(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    assert ledger.claim([claim.job_id], "run-2") == []
    ledger.finish_completed(claim, Outcome())
    assert ledger.claim([claim.job_id], "run-2") == ledger.claim([claim.job_id], "run-1") == []


def test_a_good_end_is_recorded_with_everything_seen(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    claim = claim_one(ledger, register)
    clock.advance(seconds=2.5)
    outcome = Outcome(
        format="pdf", format_version="1.7", extractor_name="pdf", extractor_version="3", content_hash="ab" * 32,
        file_size=9_000_000_000, peak_memory_bytes=5_000_000_000, cpu_seconds=1.25, result={"counts": {"pages": 2}},
        result_path="results/x.json.gz", result_bytes=6_000_000_000, result_sha256="cd" * 32, warnings_count=2,
        is_partial=True,
    )  # fmt: skip
    job = ledger.finish_completed(claim, outcome)
    assert {name: getattr(job, name) for name in Outcome.model_fields} == outcome.model_dump()
    assert (job.status, job.progress, job.duration_ms, job.completed_at) == ("completed", 100, 2500, clock.now)
    assert (job.claimed_by, job.run_id) == (None, "run-1")
    assert ledger.get_job(job.id) == job


def test_a_file_that_is_at_fault_fails_at_once_with_a_hint(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    failure = JobFailure.of(CorruptedFile("No xref table."), format="pdf", detail={"stage": "open"}, result_path="r")
    job = ledger.finish_failed(claim, failure)
    assert (job.status, job.error_code, job.error_message) == (
        "failed", "corrupted_file", "Permanent error: No xref table.",
    )  # fmt: skip
    assert (job.error_hint, job.error_detail) == (CorruptedFile.default_hint, {"stage": "open"})
    assert (job.format, job.result_path, job.next_retry_at, job.completed_at) == ("pdf", "r", None, ledger.clock())


def test_passing_trouble_waits_longer_each_time_and_then_fails(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    (job_id,) = register()
    waits = []
    for number in range(1, 4):
        (claim,) = ledger.claim([job_id], f"run-{number}")
        job = ledger.finish_failed(claim, THROTTLED)
        assert (job.status, job.retry_count, job.completed_at) == ("pending", number, None)
        assert job.error_message == f"Retry {number}/3: Too many requests."
        assert job.next_retry_at is not None
        waits.append((job.next_retry_at - clock.now).total_seconds())
        assert ledger.get_retryable_jobs() == ledger.take_launchable(10) == []
        clock.now = job.next_retry_at
        assert [due.id for due in ledger.get_retryable_jobs()] == [job_id]
        assert [due.id for due in ledger.take_launchable(10)] == [job_id]
    (claim,) = ledger.claim([job_id], "run-4")
    job = ledger.finish_failed(claim, THROTTLED)
    assert waits == [30, 120, 480]
    assert (job.status, job.attempts, job.retry_count) == ("failed", 4, 3)
    assert job.error_message == "Max retries (3) exceeded. Last error: Too many requests."


def test_success_after_a_retry_shows_no_error(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    ledger.finish_failed(claim, JobFailure.of(OutOfMemory("4 GiB were not enough.")))
    (claim,) = ledger.claim([claim.job_id], "run-2")
    assert (claim.attempt, claim.retry_count, claim.last_error_code) == (2, 1, "out_of_memory")
    job = ledger.finish_completed(claim, Outcome())
    assert (job.status, job.error_code, job.error_message, job.error_hint) == ("completed", None, None, None)
    assert job.last_retry_at == ledger.clock()


def test_a_run_that_was_declared_dead_cannot_write_any_more(ledger: ExtractionJobService, register: Register) -> None:
    late = claim_one(ledger, register)
    ledger.close_run("run-1")
    (fresh,) = ledger.claim([late.job_id], "run-2")
    before = ledger.get_job(late.job_id)
    for write in (
        lambda: ledger.finish_completed(late, Outcome(result={"wrong": True})),
        lambda: ledger.finish_failed(late, THROTTLED),
        lambda: ledger.report_progress(late, 50, "late"),
        lambda: ledger.release(late, "late"),
    ):
        with pytest.raises(ClaimLost, match=r"run-1 no longer holds .*run-2"):
            write()
    assert ledger.get_job(late.job_id) == before
    assert ledger.finish_completed(fresh, Outcome()).status == "completed"


def test_an_old_attempt_of_the_same_run_is_fenced_too(ledger: ExtractionJobService, register: Register) -> None:
    old = claim_one(ledger, register)
    ledger.release(old, "The run has to stop.")
    (new,) = ledger.claim([old.job_id], "run-1")
    with pytest.raises(ClaimLost):
        ledger.finish_completed(old, Outcome())
    assert ledger.finish_completed(new, Outcome()).attempts == 2


def test_a_write_for_a_row_that_is_gone_says_so(ledger: ExtractionJobService, register: Register) -> None:
    from sqlalchemy import text

    claim = claim_one(ledger, register)
    with ledger.writing() as session:
        session.execute(text("DELETE FROM extraction_jobs"))
    with pytest.raises(ClaimLost, match="the row is gone"):
        ledger.finish_completed(claim, Outcome())


def test_a_cancelled_job_refuses_the_result_of_its_run(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    ledger.cancel_job(claim.job_id)
    with pytest.raises(ClaimLost, match="cancelled"):
        ledger.finish_completed(claim, Outcome())


def test_a_released_job_is_due_at_once_and_loses_no_retry(ledger: ExtractionJobService, register: Register) -> None:
    job = ledger.release(claim_one(ledger, register), "Deployment.")
    assert (job.status, job.retry_count, job.next_retry_at, job.started_at) == ("pending", 0, None, None)
    assert [due.id for due in ledger.take_launchable(10)] == [job.id]


def test_progress_is_kept_within_its_bounds(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    seen = []
    for percent in (-5, 40, 400):
        ledger.report_progress(claim, percent, "pages")
        seen.append(ledger.get_job(claim.job_id).progress)
    job = ledger.get_job(claim.job_id)
    assert (seen, job.stage, job.heartbeat_at) == ([0, 40, 100], "pages", ledger.clock())


def test_a_summary_that_is_too_large_for_a_row_is_a_defect(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    with pytest.raises(InternalError, match="262144"):
        ledger.finish_completed(claim, Outcome(result={"text": "x" * 262_144}))
    assert ledger.get_job(claim.job_id).status == "processing"


def test_a_huge_error_detail_is_cut_and_says_so(ledger: ExtractionJobService, register: Register) -> None:
    failure = JobFailure(code="internal_error", message="m", detail={"trace": "ü" * 100_000})
    job = ledger.finish_failed(claim_one(ledger, register), failure)
    assert job.error_detail is not None
    assert job.error_detail["truncated_from_bytes"] > 200_000
    assert 1000 < len(job.error_detail["beginning"]) <= 16 * 1024


def test_a_dead_run_blames_the_file_being_read_and_spares_the_others(
    ledger: ExtractionJobService, register: Register
) -> None:
    culprit, bystander = ledger.claim(register(2), "run-1")
    ledger.report_progress(culprit, 10, "tessellate")
    closed = {job.id: job for job in ledger.close_run("run-1", reason="The process was killed")}
    killed, spared = closed[culprit.job_id], closed[bystander.job_id]
    assert (killed.status, killed.error_code, killed.death_count) == ("pending", "extractor_crashed", 1)
    assert "'tessellate'" in (killed.error_message or "")
    assert (spared.status, spared.error_code, spared.death_count) == ("pending", "service_unavailable", 0)
    assert ledger.close_run("run-1") == []


def test_a_file_that_kills_its_run_does_not_loop_for_ever(ledger: ExtractionJobService, register: Register) -> None:
    (job_id,) = register()
    for number in range(1, 10):
        for claim in ledger.claim([job_id], f"run-{number}"):
            ledger.report_progress(claim, 1, "open")
        ledger.close_run(f"run-{number}")
    job = ledger.get_job(job_id)
    assert (job.status, job.error_code, job.attempts) == ("failed", "extractor_crashed", 2)


def test_a_file_that_kills_its_run_before_any_word_does_not_loop_either(
    ledger: ExtractionJobService, register: Register
) -> None:
    (job_id,) = register()
    for number in range(1, 10):
        ledger.claim([job_id], f"run-{number}")
        ledger.close_run(f"run-{number}")
    job = ledger.get_job(job_id)
    assert (job.status, job.attempts) == ("failed", 4)


def test_jobs_of_a_run_that_a_person_stopped_are_cancelled(ledger: ExtractionJobService, register: Register) -> None:
    claim = claim_one(ledger, register)
    (job,) = ledger.close_run("run-1", RunEnding.TERMINATED)
    assert (job.id, job.status) == (claim.job_id, "cancelled")
    assert "stopped by a person" in (job.error_message or "")


def test_jobs_of_a_run_that_made_way_lose_nothing(ledger: ExtractionJobService, register: Register) -> None:
    claim_one(ledger, register)
    (job,) = ledger.close_run("run-1", RunEnding.RELEASED)
    assert (job.status, job.retry_count, job.death_count) == ("pending", 0, 0)


def test_a_run_that_finished_its_jobs_leaves_nothing_to_close(ledger: ExtractionJobService, register: Register) -> None:
    ledger.finish_completed(claim_one(ledger, register), Outcome())
    assert ledger.close_run("run-1") == []


@pytest.mark.parametrize("ending", list(RunEnding))
def test_a_job_whose_object_was_replaced_is_not_tried_again(
    ledger: ExtractionJobService, register: Register, ending: RunEnding
) -> None:
    claim = claim_one(ledger, register)
    ledger.register_uploads([make_upload(0, etag="v2")])
    (job,) = ledger.close_run("run-1", ending)
    assert (job.id, job.status, job.next_retry_at) == (claim.job_id, "cancelled", None)


def test_a_long_run_that_lives_is_not_stuck(ledger: ExtractionJobService, register: Register, clock: Clock) -> None:
    first, second, third = register(3)
    ledger.claim([first], "dead")
    ledger.claim([second], "alive")
    clock.advance(minutes=31)
    ledger.claim([third], "young")
    assert ledger.list_holding_runs() == ["alive", "dead", "young"]
    assert [job.id for job in ledger.find_stuck(live_run_ids={"alive"})] == [first]
    assert len(ledger.find_stuck(timedelta(hours=1))) == 0
