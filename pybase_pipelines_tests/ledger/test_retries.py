"""The table of retries: every error has a rule, and the rules are those of the errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.errors import JOB_ERRORS
from pybase_pipelines.ledger.records import JobFailure
from pybase_pipelines.ledger.retries import RULES, Budget, compute_wait, find_rule, judge
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock

CODES = sorted(JOB_ERRORS)
COUNTED = [code for code in CODES if not find_rule(code).pauses]


def judge_it(code: str, **spent: float):
    return judge(code, "it broke.", Budget(**spent), jitter=lambda: 0.0)  # type: ignore[arg-type]


def test_every_code_has_a_rule_that_agrees_with_its_error() -> None:
    assert set(RULES) == set(JOB_ERRORS)
    assert {code: rule.times > 0 for code, rule in RULES.items()} == {
        code: error.retryable for code, error in JOB_ERRORS.items()
    }


def test_only_trouble_of_the_surroundings_is_repeated_inside_the_run() -> None:
    assert {code for code, rule in RULES.items() if rule.in_run} == {
        "storage_unavailable", "throttled", "service_unavailable", "database_unavailable",
    }  # fmt: skip


def test_the_waits_are_half_a_minute_two_and_eight_minutes() -> None:
    verdicts = [judge_it("throttled", retry_count=count) for count in range(4)]
    assert [verdict.wait and verdict.wait.total_seconds() for verdict in verdicts] == [30, 120, 480, None]
    assert [verdict.message for verdict in verdicts] == [
        "Retry 1/3: it broke.", "Retry 2/3: it broke.", "Retry 3/3: it broke.",
        "Max retries (3) exceeded. Last error: it broke.",
    ]  # fmt: skip


@given(number=st.integers(1, 3), chance=st.floats(0, 1))
def test_jitter_makes_a_wait_at_most_a_quarter_longer(number: int, chance: float) -> None:
    plain = compute_wait(number, jitter=lambda: 0.0)
    assert plain <= compute_wait(number, jitter=lambda: chance) <= plain * 1.25 + timedelta(microseconds=1)


@pytest.mark.parametrize("code", ["corrupted_file", "unsupported_format", "password_required", "internal_error"])
def test_permanent_trouble_is_never_tried_again(code: str) -> None:
    verdict = judge_it(code)
    assert (verdict.wait, verdict.message) == (None, "Permanent error: it broke.")


@pytest.mark.parametrize("code", ["extractor_crashed", "extractor_timeout", "out_of_memory"])
def test_a_file_that_kills_its_process_gets_one_more_try(code: str) -> None:
    first = judge_it(code)
    assert (first.message, first.death_count) == ("Retry 1/1: it broke.", 1)
    second = judge_it(code, retry_count=first.retry_count, death_count=first.death_count)
    assert (second.message, second.wait) == ("Max retries (1) exceeded. Last error: it broke.", None)


def test_a_death_after_two_throttlings_still_has_its_try() -> None:
    assert judge_it("extractor_crashed", retry_count=2).wait == timedelta(seconds=480)


def test_an_unknown_error_is_tried_again() -> None:
    assert find_rule("never_heard_of").times == 3


def test_used_up_credits_pause_and_count_nothing() -> None:
    verdict = judge_it("quota_exhausted", retry_count=3, death_count=1)
    assert (verdict.pauses, verdict.retry_count, verdict.death_count) == (True, 3, 1)
    assert (verdict.wait, verdict.message) == (timedelta(minutes=30), "Paused for 30 minutes: it broke.")
    assert [code for code, rule in RULES.items() if rule.pauses] == ["quota_exhausted"]


@pytest.mark.parametrize("code", ["throttled", "extractor_crashed", "never_heard_of"])
def test_a_job_that_used_up_its_computing_time_is_not_tried_again(code: str) -> None:
    assert judge_it(code, cpu_seconds=99, max_cpu_seconds=100).wait is not None
    assert judge_it(code, cpu_seconds=1e9, max_cpu_seconds=0).wait is not None
    verdict = judge_it(code, cpu_seconds=1000, max_cpu_seconds=100)
    assert verdict.wait is None
    assert verdict.message == "Compute budget exceeded (1,000 of 100 CPU seconds). Last error: it broke."


@pytest.mark.parametrize("code", [*CODES, "never_heard_of"])
def test_a_job_is_tried_as_often_as_the_table_says_whatever_the_error(
    ledger: ExtractionJobService, register: Callable[..., list[str]], clock: Clock, code: str
) -> None:
    (job_id,) = register(extractor="werk24")
    tries = 0
    while tries < 8 and (due := [job.id for job in ledger.take_launchable(1)]):
        (claim,) = ledger.claim(due, f"run-{tries}")
        ledger.finish_failed(claim, JobFailure(code=code, message="It broke.", extractor_name="werk24"))
        clock.advance(hours=1)
        tries += 1
    job = ledger.get_job(job_id)
    if find_rule(code).pauses:
        assert (tries, job.status, job.retry_count) == (8, "pending", 0), "it waits for credits, uncounted"
    else:
        assert (tries, job.attempts, job.status) == (1 + find_rule(code).times,) * 2 + ("failed",)
        assert job.error_code == code


@given(
    code=st.sampled_from([*COUNTED, "never_heard_of"]),
    limit=st.integers(0, 10),
    data=st.data(),
)
def test_whatever_happens_a_job_comes_to_an_end(code: str, limit: int, data: st.DataObject) -> None:
    retries = deaths = 0
    for _ in range(limit + 1):
        verdict = judge_it(code, retry_count=retries, death_count=deaths, max_retries=limit)
        if verdict.wait is None:
            return
        retries, deaths = verdict.retry_count, verdict.death_count
        code = data.draw(st.sampled_from(COUNTED))
    pytest.fail("it would be tried for ever")
