"""Many jobs at once: tried again, cancelled, read again by a newer extractor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.errors import RequestError
from pybase_pipelines.ledger.bulk import Amount, is_older
from pybase_pipelines.ledger.records import JobFailure, Outcome
from pybase_pipelines.ledger.selection import JobFilter
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock, make_upload

Register = Callable[..., list[str]]
ALL = JobFilter()


def end(ledger: ExtractionJobService, job_id: str, code: str | None = None, **seen: object) -> None:
    (claim,) = ledger.claim([job_id], "run")
    if code is None:
        ledger.finish_completed(claim, Outcome(result={"n": 1}, **seen))  # type: ignore[arg-type]
    else:
        ledger.finish_failed(claim, JobFailure(code=code, message="m", **seen))  # type: ignore[arg-type]


def status_of(ledger: ExtractionJobService, *job_ids: str) -> list[str]:
    return [ledger.get_job(job_id).status for job_id in job_ids]


def test_retrying_by_error_code_touches_nothing_else(ledger: ExtractionJobService, register: Register) -> None:
    broken, empty, cancelled, done = register(4, size=10)
    end(ledger, broken, "corrupted_file")
    end(ledger, empty, "empty_file")
    end(ledger, done)
    ledger.cancel_job(cancelled)
    wanted = JobFilter(statuses=("failed",), error_code="corrupted_file")
    assert ledger.count_retryable(wanted) == Amount(1, 10)
    assert ledger.count_retryable(ALL) == Amount(3, 30)
    told: list[int] = []
    assert ledger.retry_jobs(wanted, told.append) == 1
    assert told == [1]
    assert status_of(ledger, broken, empty, cancelled, done) == ["pending", "failed", "cancelled", "completed"]


def test_what_waits_for_its_time_is_due_at_once_when_a_person_retries_it(
    ledger: ExtractionJobService, register: Register
) -> None:
    (job_id,) = register()
    end(ledger, job_id, "throttled")
    assert ledger.take_launchable(10) == []
    assert ledger.retry_job(job_id).next_retry_at is None
    assert [job.id for job in ledger.take_launchable(10)] == [job_id]


def test_jobs_of_objects_that_are_gone_are_not_retried(ledger: ExtractionJobService, register: Register) -> None:
    old, gone = register(2)
    end(ledger, old, "corrupted_file")
    end(ledger, gone, "corrupted_file")
    ledger.register_uploads([make_upload(0, etag="v2")])
    ledger.mark_deleted("drawings", ["in/00001.pdf"])
    assert ledger.retry_jobs(JobFilter(statuses=("failed",))) == 0


def test_cancelling_takes_what_is_open(ledger: ExtractionJobService, register: Register) -> None:
    waiting, working, done = register(3)
    ledger.claim([working], "run-2")
    end(ledger, done)
    assert ledger.count_cancellable(ALL).files == 2
    assert ledger.cancel_jobs(ALL, "Not wanted.") == 2
    assert status_of(ledger, waiting, working, done) == ["cancelled", "cancelled", "completed"]
    assert ledger.get_job(waiting).error_message == "Not wanted."


def test_more_jobs_than_one_statement_holds_are_changed(ledger: ExtractionJobService, register: Register) -> None:
    register(1203)
    told: list[int] = []
    assert ledger.cancel_jobs(JobFilter(prefix="in/"), "m", told.append) == sum(told) == 1203


@pytest.mark.parametrize(
    "wanted",
    [
        JobFilter(format="ifc"), JobFilter(bucket="other"), JobFilter(prefix="IN/"), JobFilter(record_id="r"),
        JobFilter(is_partial=True), JobFilter(statuses=("processing",)), JobFilter(job_ids=("nothing",)),
    ],
)  # fmt: skip
def test_a_filter_that_nothing_meets_changes_nothing(
    ledger: ExtractionJobService, register: Register, wanted: JobFilter
) -> None:
    register(2)
    assert ledger.cancel_jobs(wanted, "m") == 0
    assert not wanted.is_empty


def test_a_filter_with_an_unknown_status_is_refused() -> None:
    with pytest.raises(RequestError, match="retrying"):
        JobFilter(statuses=("retrying",))


def test_what_an_older_extractor_read_is_counted_and_read_again_with_its_result_kept(
    ledger: ExtractionJobService, register: Register
) -> None:
    old, broken, new, other, early = register(5, size=100)
    end(ledger, old, extractor_name="pdf", extractor_version="1", result_path="s3://b/1")
    end(ledger, broken, "corrupted_file", extractor_name="pdf", extractor_version="1")
    end(ledger, new, extractor_name="pdf", extractor_version="2")
    end(ledger, other, extractor_name="ifc", extractor_version="1")
    end(ledger, early, "unsupported_format")
    versions = {"pdf": "2", "ifc": "1"}
    groups = ledger.summarise_outdated(versions, ALL)
    assert [(g.extractor_name, g.extractor_version, g.status, g.amount) for g in groups] == [
        ("pdf", "1", "completed", Amount(1, 100)), ("pdf", "1", "failed", Amount(1, 100)),
    ]  # fmt: skip
    assert status_of(ledger, old) == ["completed"], "a dry run changes nothing"
    assert ledger.requeue_outdated(versions, JobFilter(statuses=("completed",))) == 1
    assert status_of(ledger, old, broken, new, other, early) == [
        "pending", "failed", "completed", "completed", "failed",
    ]  # fmt: skip
    assert (ledger.get_job(old).result, ledger.get_job(old).result_path) == ({"n": 1}, "s3://b/1")
    end(ledger, old, extractor_name="pdf", extractor_version="2")
    assert ledger.get_job(old).result_path is None, "a document of the older version must not stand in for the result"
    assert ledger.summarise_outdated(versions, JobFilter(statuses=("completed",))) == []
    assert ledger.requeue_outdated(versions, JobFilter(statuses=("completed",)), any_version=True) == 3


@pytest.mark.parametrize(
    ("version", "current", "expected"),
    [("1", "2", True), ("9", "10", True), ("10", "9", False), ("1.9", "1.10", True), ("2", "2", False),
     ("2024a", "2", True), ("x", "x", False)],
)  # fmt: skip
def test_versions_are_compared_as_numbers(version: str, current: str, expected: bool) -> None:
    assert is_older(version, current) is expected


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_version_is_never_older_than_itself_nor_both_ways(one: int, other: int) -> None:
    assert is_older(str(one), str(other)) is (one < other)


def test_an_extractor_without_credits_is_paused_and_one_job_probes(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    probe, named, elsewhere, fresh = register(4)
    for job_id in (probe, named):
        (claim,) = ledger.claim([job_id], "run")
        seen = {"extractor_name": "werk24", "extractor_version": "1"}
        ledger.finish_failed(claim, JobFailure(code="quota_exhausted", message="No credits.", **seen))
        clock.advance(seconds=1)
    first, last = ledger.get_job(probe), ledger.get_job(named)
    assert (last.status, last.retry_count, last.attempts) == ("pending", 0, 1)
    assert first.next_retry_at > last.next_retry_at, "only the one that failed last probes"
    assert "No credits." in first.error_message
    assert {job.id for job in ledger.take_launchable(10)} == {elsewhere, fresh}
    pause = ledger.find_pauses()["werk24"]
    (claim,) = ledger.claim([fresh], "run")
    waiting = ledger.postpone(claim, pause)
    assert (waiting.status, waiting.error_code, waiting.retry_count) == ("pending", "quota_exhausted", 0)
    assert ledger.stats().paused == {"werk24": pause.until}
    clock.now = pause.until
    assert ledger.find_pauses() == {}
    assert {job.id for job in ledger.take_launchable(10)} == {named, elsewhere}


def test_retrying_by_hand_ends_a_pause(ledger: ExtractionJobService, register: Register) -> None:
    one, other = register(2)
    for job_id in (one, other):
        end(ledger, job_id, "quota_exhausted", extractor_name="werk24")
    ledger.retry_job(one)
    assert ledger.find_pauses() == {}
    assert {job.id for job in ledger.take_launchable(10)} == {one, other}


def test_attempts_that_cost_too_much_together_are_the_end(database_url: str, clock: Clock) -> None:
    ledger = ExtractionJobService(database_url, clock=clock, jitter=lambda: 0.0, cpu_budget_seconds=100)
    (job,) = ledger.register_uploads([make_upload()]).new
    end(ledger, job.id, "throttled", cpu_seconds=60)
    assert ledger.get_job(job.id).status == "pending"
    end(ledger, job.id, "throttled", cpu_seconds=60)
    failed = ledger.get_job(job.id)
    assert (failed.status, failed.total_cpu_seconds, failed.cpu_seconds) == ("failed", 120, 60)
    assert "Compute budget" in failed.error_message
    assert ledger.retry_job(job.id).total_cpu_seconds == 0
    ledger.close()
