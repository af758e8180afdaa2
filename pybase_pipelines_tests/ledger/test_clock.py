"""A clock that jumps, forwards or back, loses no job and makes none wait for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from pybase_pipelines.ledger.access import AFTER_THE_PROBE
from pybase_pipelines.ledger.records import JobFailure, Observation, Outcome
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock

Register = Callable[..., list[str]]


def fail(ledger: ExtractionJobService, job_id: str, code: str = "throttled") -> None:
    (claim,) = ledger.claim([job_id], "run")
    ledger.finish_failed(claim, JobFailure(code=code, message="It broke.", extractor_name="werk24"))


def launchable(ledger: ExtractionJobService) -> list[str]:
    return [job.id for job in ledger.take_launchable(10)]


@pytest.mark.parametrize("hours", [1, 24 * 365 * 10])
def test_a_retry_that_was_set_by_a_clock_ahead_does_not_wait_until_that_time_comes(
    ledger: ExtractionJobService, register: Register, clock: Clock, hours: int
) -> None:
    (job_id,) = register()
    clock.advance(hours=hours)
    fail(ledger, job_id)
    assert launchable(ledger) == []
    clock.advance(hours=-hours)
    assert launchable(ledger) == [job_id]
    assert [job.id for job in ledger.get_retryable_jobs()] == [job_id]


def test_every_wait_of_the_table_is_waited_out_all_the_same(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    (job_id,) = register()
    for seconds in (30, 120, 480):
        fail(ledger, job_id)
        clock.advance(seconds=seconds - 1)
        assert launchable(ledger) == []
        clock.advance(seconds=1)
        assert launchable(ledger) == [job_id]


def test_a_clock_that_jumps_ahead_only_makes_a_retry_come_sooner(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    (job_id,) = register()
    fail(ledger, job_id)
    clock.advance(days=400)
    assert launchable(ledger) == [job_id]


def test_a_pause_that_was_set_by_a_clock_ahead_ends_and_a_true_one_does_not(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    probe, other = register(2, extractor="werk24")
    fail(ledger, probe, "quota_exhausted")
    assert list(ledger.find_pauses()) == ["werk24"]
    assert launchable(ledger) == [], "both wait, the one that does not probe a little longer"
    clock.advance(days=-30)
    assert ledger.find_pauses() == {}
    assert set(launchable(ledger)) == {probe, other}
    assert ledger.longest_wait > ledger.quota_pause + AFTER_THE_PROBE


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_a_job_that_nobody_holds_is_stuck_whatever_its_start_says_and_one_of_a_live_run_is_not(
    ledger: ExtractionJobService, register: Register, clock: Clock, jump: timedelta
) -> None:
    lost, alive = register(2)
    ledger.claim([lost], "dead-run")
    ledger.claim([alive], "live-run")
    clock.now += jump
    assert [job.id for job in ledger.find_stuck(live_run_ids={"live-run"})] == [lost]
    (closed,) = ledger.close_run("dead-run")
    assert (closed.status, closed.id) == ("pending", lost)


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_a_run_that_lives_through_a_jump_records_its_result(
    ledger: ExtractionJobService, register: Register, clock: Clock, jump: timedelta
) -> None:
    (job_id,) = register()
    (claim,) = ledger.claim([job_id], "run")
    clock.now += jump
    ledger.report_progress(claim, 50, "read")
    job = ledger.finish_completed(claim, Outcome(result={"success": True}, **Observation().model_dump()))
    assert (job.status, job.attempts) == ("completed", 1)
    assert job.duration_ms is not None
    assert job.duration_ms >= 0


def test_a_launch_asked_for_by_a_clock_ahead_expires(
    ledger: ExtractionJobService, register: Register, clock: Clock
) -> None:
    (job_id,) = register()
    clock.advance(days=3)
    assert ledger.mark_requested([job_id], "lost-with-its-tick") == [job_id]
    clock.advance(days=-3)
    assert launchable(ledger) == [job_id]
