"""Pending jobs get one run each: asked for once, again only if nothing came of it."""

from __future__ import annotations

from collections.abc import Callable

from pybase_pipelines.ledger.records import JobFailure
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock, make_upload

Register = Callable[..., list[str]]


def list_launchable(ledger: ExtractionJobService, limit: int = 100) -> list[str]:
    return [job.id for job in ledger.take_launchable(limit)]


def test_urgent_jobs_come_first_and_then_the_oldest(ledger: ExtractionJobService, clock: Clock) -> None:
    made = []
    for number, priority in [(1, 100), (2, 100), (3, 10)]:
        made += ledger.register_uploads([make_upload(number, priority=priority)]).new
        clock.advance(seconds=1)
    first, second, urgent = (job.id for job in made)
    assert list_launchable(ledger) == [urgent, first, second]
    assert list_launchable(ledger, limit=2) == [urgent, first]


def test_what_is_asked_for_is_not_launched_again(ledger: ExtractionJobService, register: Register) -> None:
    ids = register(3)
    assert ledger.mark_requested(ids[:2], "r1") == ids[:2]
    assert list_launchable(ledger) == ids[2:]
    (request,) = ledger.list_open_requests()
    assert (request.request_id, set(request.job_ids), request.requested_at) == ("r1", set(ids[:2]), ledger.clock())


def test_two_launchers_never_get_the_same_job(ledger: ExtractionJobService, register: Register) -> None:
    ids = register(3)
    assert ledger.mark_requested(ids[:2], "r1") == ids[:2]
    assert ledger.mark_requested(ids, "r2") == ids[2:]


def test_a_job_that_is_no_longer_pending_is_not_asked_for(ledger: ExtractionJobService, register: Register) -> None:
    claimed, cancelled, waiting = register(3)
    ledger.claim([claimed], "run")
    ledger.cancel_job(cancelled)
    assert ledger.mark_requested([claimed, cancelled, waiting, "unknown"], "r1") == [waiting]


def test_a_request_that_nobody_claims_expires_unless_renewed(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    lost, queued = register(2)
    ledger.mark_requested([lost], "lost")
    ledger.mark_requested([queued], "queued")
    clock.advance(minutes=59)
    assert ledger.renew_requests(["queued", "unknown"]) == 1
    clock.advance(minutes=2)
    assert list_launchable(ledger) == [lost]
    assert ledger.mark_requested([lost, queued], "again") == [lost]


def test_a_request_that_came_to_nothing_is_released(ledger: ExtractionJobService, register: Register) -> None:
    ids = register(2)
    ledger.mark_requested(ids, "r1")
    assert ledger.release_requests(["r1"]) == 2
    assert set(list_launchable(ledger)) == set(ids)
    assert ledger.list_open_requests() == []


def test_a_claim_ends_the_request_and_a_retry_needs_a_new_one(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    ids = register()
    ledger.mark_requested(ids, "r1")
    (claim,) = ledger.claim(ids, "run")
    assert ledger.list_open_requests() == []
    assert ledger.release_requests(["r1"]) == 0
    ledger.finish_failed(claim, JobFailure(code="throttled", message="m"))
    assert list_launchable(ledger) == []
    clock.advance(seconds=31)
    assert list_launchable(ledger) == ids


def test_a_person_may_claim_a_job_that_still_waits_for_its_retry(
    ledger: ExtractionJobService, register: Register
) -> None:
    ids = register()
    (claim,) = ledger.claim(ids, "run")
    ledger.finish_failed(claim, JobFailure(code="throttled", message="m"))
    assert [each.attempt for each in ledger.claim(ids, "by hand")] == [2]


def test_more_jobs_than_one_statement_can_name_are_handled(ledger: ExtractionJobService, register: Register) -> None:
    ids = register(1201)
    assert ledger.mark_requested(ids, "r1") == ids
    assert ledger.release_requests(["r1"]) == 1201
    assert [claim.job_id for claim in ledger.claim(ids, "run")] == ids
    assert len(ledger.close_run("run")) == 1201
