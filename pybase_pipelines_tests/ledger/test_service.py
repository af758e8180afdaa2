"""What people and the API do with single jobs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pybase_pipelines.errors import InvalidTransition, JobNotFound, RequestError
from pybase_pipelines.ledger.records import JobFailure, Outcome
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock, make_upload

Register = Callable[..., list[str]]
CORRUPTED = JobFailure(code="corrupted_file", message="m", hint="h")


def fail(ledger: ExtractionJobService, job_id: str) -> None:
    (claim,) = ledger.claim([job_id], "run")
    ledger.finish_failed(claim, CORRUPTED)


def complete(ledger: ExtractionJobService, job_id: str, **values: object) -> None:
    (claim,) = ledger.claim([job_id], "run")
    ledger.finish_completed(claim, Outcome(**values))  # type: ignore[arg-type]


def test_a_job_for_a_file_outside_a_bucket_is_made_each_time(ledger: ExtractionJobService, clock: Clock) -> None:
    first = ledger.create_job("a.pdf", "https://host/a.pdf", format="pdf", options={"pages": [1]}, record_id="r")
    clock.advance(seconds=1)
    second = ledger.create_job("a.pdf", "https://host/a.pdf")
    assert (first.status, first.extractor, first.options, first.record_id) == ("pending", "pdf", {"pages": [1]}, "r")
    assert ledger.get_job_by_file_url("https://host/a.pdf") == second
    assert ledger.get_job_by_file_url("https://host/other.pdf") is None


def test_a_job_for_an_object_is_the_one_it_has_already(ledger: ExtractionJobService) -> None:
    upload = {"bucket": "drawings", "object_key": "in/00001.pdf", "etag": '"v1"'}
    first = ledger.create_job("a.pdf", "s3://drawings/in/00001.pdf", **upload)
    assert ledger.create_job("a.pdf", "s3://drawings/in/00001.pdf", **upload) == first
    assert ledger.register_uploads([make_upload(1)]).known == 1
    special = ledger.create_job("a.pdf", "s3://drawings/in/00001.pdf", options={"pages": [2]}, **upload)
    assert special.id != first.id
    assert ledger.create_job("a", "s3://drawings/in/00001.pdf", options={"pages": [2]}, **upload) == special


def test_a_file_url_longer_than_an_index_allows_is_stored_and_found(ledger: ExtractionJobService) -> None:
    url = "https://host/" + "ä" * 5000
    assert ledger.get_job_by_file_url(url) is None
    assert ledger.create_job("a.pdf", url) == ledger.get_job_by_file_url(url)


def test_an_unknown_job_is_not_found(ledger: ExtractionJobService) -> None:
    for ask in (ledger.get_job, ledger.retry_job, ledger.cancel_job, ledger.find_job):
        with pytest.raises(JobNotFound, match="nothing"):
            ask("nothing")
    with pytest.raises(JobNotFound):
        ledger.update_status("nothing", "processing")


def test_a_job_is_found_by_the_beginning_of_its_id(ledger: ExtractionJobService, register: Register) -> None:
    ids = register(20)
    assert ledger.find_job(ids[0]).id == ledger.find_job(ids[0][:20]).id == ids[0]
    with pytest.raises(JobNotFound):
        ledger.find_job("")
    shared = next(digit for digit in "0123456789abcdef" if sum(each.startswith(digit) for each in ids) > 1)
    with pytest.raises(JobNotFound, match="Several jobs"):
        ledger.find_job(shared)


def test_jobs_are_listed_newest_first_and_page_by_page(ledger: ExtractionJobService, clock: Clock) -> None:
    for number in range(3):
        ledger.register_uploads([make_upload(number * 10 + each) for each in range(10)])
        clock.advance(seconds=1)
    jobs = ledger.list_jobs(limit=100)
    assert [job.created_at for job in jobs] == sorted((job.created_at for job in jobs), reverse=True)
    assert ledger.list_jobs(limit=7, offset=7) == jobs[7:14]
    pages, cursor = [], None
    while page := ledger.list_jobs(limit=7, cursor=cursor):
        pages += page
        cursor = page[-1].cursor
    assert pages == jobs
    assert len(ledger.list_jobs()) == 30


def test_jobs_are_listed_by_status_format_error_and_place(ledger: ExtractionJobService, register: Register) -> None:
    done, bad, waiting = register(3)
    complete(ledger, done, format="ifc")
    fail(ledger, bad)

    def ids(**wanted: object) -> list[str]:
        return [job.id for job in ledger.list_jobs(**wanted)]  # type: ignore[arg-type]

    assert ids(status="completed") == ids(format="ifc") == [done]
    assert ids(status="failed") == ids(error_code="corrupted_file") == [bad]
    assert ids(bucket="drawings", prefix="in/00002") == [waiting]
    assert ids(prefix="IN/") == ids(bucket="other") == ids(prefix="in/%") == []
    ledger.mark_deleted("drawings", ["in/00000.pdf"])
    assert set(ids(current_only=True)) == {bad, waiting}


@pytest.mark.parametrize("wrong", [{"status": "retrying"}, {"cursor": "yesterday"}])
def test_a_listing_refuses_what_it_does_not_know(ledger: ExtractionJobService, wrong: dict[str, str]) -> None:
    with pytest.raises(RequestError, match=next(iter(wrong.values()))):
        ledger.list_jobs(**wrong)  # type: ignore[arg-type]


def test_changing_a_status_by_hand_sets_its_times(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    (job_id,) = register()
    started = ledger.update_status(job_id, "processing")
    assert (started.started_at, started.completed_at, started.attempts) == (clock.now, None, 1)
    clock.advance(seconds=3)
    ended = ledger.update_status(job_id, "failed", error_message="by hand")
    assert (ended.completed_at, ended.duration_ms, ended.error_message) == (clock.now, 3000, "by hand")
    with pytest.raises(InvalidTransition):
        ledger.update_status(job_id, "completed")
    again = ledger.update_status(job_id, "pending")
    assert (again.started_at, again.completed_at, again.error_message) == (None, None, None)


@pytest.mark.parametrize("wanted", ["completed", "pending", "nonsense"])
def test_a_status_that_makes_no_sense_is_refused_in_words(
    ledger: ExtractionJobService, register: Register, wanted: str
) -> None:
    (job_id,) = register()
    with pytest.raises(InvalidTransition, match=wanted):
        ledger.update_status(job_id, wanted)


def test_a_retry_by_hand_gives_the_whole_budget_again(ledger: ExtractionJobService, register: Register) -> None:
    (job_id,) = register()
    (claim,) = ledger.claim([job_id], "run")
    ledger.report_progress(claim, 10, "open")
    ledger.close_run("run")
    fail(ledger, job_id)
    job = ledger.retry_job(job_id)
    assert (job.status, job.retry_count, job.death_count, job.next_retry_at) == ("pending", 0, 0, None)
    assert (job.error_code, job.error_message, job.started_at, job.completed_at) == (None, None, None, None)
    assert job.attempts == 2


def test_only_what_ended_badly_can_be_retried(ledger: ExtractionJobService, register: Register) -> None:
    waiting, working, done = register(3)
    ledger.claim([working], "run")
    complete(ledger, done)
    for job_id, status in [(waiting, "pending"), (working, "processing"), (done, "completed")]:
        with pytest.raises(InvalidTransition, match=f"is {status}"):
            ledger.retry_job(job_id)


def test_a_job_whose_object_is_gone_cannot_be_retried(ledger: ExtractionJobService, register: Register) -> None:
    old, deleted = register(2)
    (new,) = ledger.register_uploads([make_upload(0, etag="v2")]).new
    ledger.mark_deleted("drawings", ["in/00001.pdf"])
    with pytest.raises(InvalidTransition, match=new.id):
        ledger.retry_job(old)
    with pytest.raises(InvalidTransition, match="deleted"):
        ledger.retry_job(deleted)
    with pytest.raises(InvalidTransition, match="deleted"):
        ledger.update_status(deleted, "pending")


def test_only_what_is_open_can_be_cancelled(ledger: ExtractionJobService, register: Register) -> None:
    waiting, working, done = register(3)
    ledger.claim([working], "run")
    complete(ledger, done)
    for job_id in (waiting, working):
        job = ledger.cancel_job(job_id)
        assert (job.status, job.completed_at, job.error_message) == (
            "cancelled",
            ledger.clock(),
            "Cancelled by a person.",
        )
    for job_id, status in [(done, "completed"), (waiting, "cancelled")]:
        with pytest.raises(InvalidTransition, match=f"{status} already"):
            ledger.cancel_job(job_id)


def test_running_a_partition_again_by_hand_requeues_what_failed(
    ledger: ExtractionJobService, register: Register
) -> None:
    bad, cancelled, done, working = register(4)
    fail(ledger, bad)
    ledger.cancel_job(cancelled)
    complete(ledger, done)
    ledger.claim([working], "run")
    objects = [("drawings", f"in/{number:05}.pdf") for number in range(9)]
    jobs = {job.id: job.status for job in ledger.requeue_for_partition(objects)}
    assert jobs == {bad: "pending", cancelled: "pending", done: "completed", working: "processing"}
    jobs = {job.id: job.status for job in ledger.requeue_for_partition(objects, include_completed=True)}
    assert jobs == {bad: "pending", cancelled: "pending", done: "pending", working: "processing"}


def test_the_same_content_read_the_same_way_has_a_twin(ledger: ExtractionJobService, register: Register) -> None:
    original, copy, partial = register(3)
    seen = {"content_hash": "ab", "extractor_name": "pdf", "extractor_version": "1"}
    options_hash = ledger.get_job(original).options_hash
    complete(ledger, partial, is_partial=True, **seen)
    assert ledger.find_twin("ab", "pdf", "1", options_hash) is None
    complete(ledger, original, **seen)
    complete(ledger, copy, duplicate_of=original, **seen)
    twin = ledger.find_twin("ab", "pdf", "1", options_hash)
    assert twin is not None and twin.id == original
    assert ledger.find_twin("ab", "pdf", "2", options_hash) is None
    assert ledger.find_twin("ab", "pdf", "1", "other options") is None


def test_the_counts_are_of_current_objects(ledger: ExtractionJobService, register: Register, clock: Clock) -> None:
    empty = ledger.stats()
    assert (empty.total, empty.oldest_pending_at) == (0, None)
    done, bad, retry, *_ = register(6)
    complete(ledger, done, format="pdf", is_partial=True)
    fail(ledger, bad)
    ledger.finish_failed(ledger.claim([retry], "run")[0], JobFailure(code="throttled", message="m"))
    ledger.register_uploads([make_upload(5, etag="v2")])
    ledger.mark_deleted("drawings", ["in/00004.pdf"])
    stats = ledger.stats()
    assert stats.by_status == {"pending": 3, "processing": 0, "completed": 1, "failed": 1, "cancelled": 0}
    assert (stats.total, stats.superseded, stats.deleted, stats.waiting_for_retry) == (5, 1, 1, 1)
    assert (stats.by_format, stats.partial) == ({"pdf": 1}, 1)
    assert stats.by_error_code == {"corrupted_file": 1, "throttled": 1}
    assert stats.oldest_pending_at == clock.now


def test_what_leaves_as_json_shows_no_password(ledger: ExtractionJobService) -> None:
    job = ledger.create_job("a.pdf", "s3://b/a.pdf", options={"password": "hidden-word", "pages": [1]})
    assert job.to_dict()["options"] == {"password": "***", "pages": [1]}
    assert "hidden-word" not in job.model_dump_json()
    assert ledger.claim([job.id], "run")[0].options == {"password": "hidden-word", "pages": [1]}
