"""What is tried again after which error, by whom, how often and after how long: one table.

Two mechanisms share the work. Trouble of the surroundings is first tried again inside the run, by the op's retry
policy; when that did not help, and for trouble that the file caused, the ledger puts the job back to pending with
`next_retry_at`, and the sensor launches it again. Dagster's own run retries are off (dagster.yaml): they would repeat
what the ledger answered already. Used-up credits are no trouble of a file: they pause the extractor, and nothing is
counted. What an error means is said in `errors`; what a job's row looks like afterwards is `claims`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from pybase_pipelines.errors import JOB_ERRORS, ExtractorError, QuotaExhausted, SurroundingsError

DEFAULT_MAX_RETRIES = 3
WAITS_SECONDS = (30.0, 120.0, 480.0)
JITTER = 0.25
LONGEST_WAIT = timedelta(seconds=WAITS_SECONDS[-1] * (1 + JITTER))

IN_RUN_RETRIES = 5
"""How often the op's own policy tries again when the surroundings fail."""
IN_RUN_WAIT_SECONDS = 2.0
"""Dagster's exponential waits are this times 1, 3, 7, 15 and 31: a run outlives a service that is away for a minute."""


@dataclass(frozen=True, slots=True)
class RetryRule:
    """`in_run`: the op tries again by itself first. `times`: how often the ledger does (at most the job's own
    `max_retries`). `is_death`: the file took its process down; such an end has a budget of its own, which other
    errors do not use up. `pauses`: the extractor is left alone for a while, with all its jobs.
    """

    in_run: bool
    times: int
    is_death: bool = False
    pauses: bool = False


NEVER = RetryRule(in_run=False, times=0)
SURROUNDINGS = RetryRule(in_run=True, times=DEFAULT_MAX_RETRIES)
DEATH = RetryRule(in_run=False, times=1, is_death=True)
PAUSE = RetryRule(in_run=False, times=0, pauses=True)
UNKNOWN = RetryRule(in_run=False, times=DEFAULT_MAX_RETRIES)
"""An error that this table does not know is worth trying again: it may have been the surroundings."""

RULES: dict[str, RetryRule] = {
    code: SURROUNDINGS
    if issubclass(error, SurroundingsError)
    else DEATH
    if issubclass(error, ExtractorError)
    else PAUSE
    if error is QuotaExhausted
    else NEVER
    for code, error in JOB_ERRORS.items()
}


def find_rule(error_code: str) -> RetryRule:
    """The rule for an error code."""
    return RULES.get(error_code, UNKNOWN)


def compute_wait(retry_number: int, *, jitter: Callable[[], float] = random.random) -> timedelta:
    """How long to wait before the retry with this number (from 1); up to a quarter longer, by chance."""
    seconds = WAITS_SECONDS[min(retry_number, len(WAITS_SECONDS)) - 1]
    return timedelta(seconds=seconds * (1 + JITTER * jitter()))


@dataclass(frozen=True, slots=True)
class Budget:
    """What a job has used up, and what it may: retries, deaths of its process, CPU seconds (0: anything)."""

    retry_count: int = 0
    death_count: int = 0
    max_retries: int = DEFAULT_MAX_RETRIES
    cpu_seconds: float = 0.0
    max_cpu_seconds: float = 0.0

    @property
    def is_cpu_used_up(self) -> bool:
        return 0 < self.max_cpu_seconds <= self.cpu_seconds


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a failed job: `wait` is None where it stays failed. `pauses`: it waits for its extractor."""

    message: str
    wait: timedelta | None
    retry_count: int
    death_count: int
    pauses: bool = False


def judge(
    error_code: str,
    message: str,
    budget: Budget,
    *,
    pause: timedelta = timedelta(minutes=30),
    jitter: Callable[[], float] = random.random,
) -> Verdict:
    """Decide whether a job that failed is tried again, and say it in the words that its `error_message` keeps."""
    rule = find_rule(error_code)
    retries, deaths = budget.retry_count, budget.death_count + rule.is_death
    if rule.pauses:
        minutes = pause / timedelta(minutes=1)
        return Verdict(f"Paused for {minutes:g} minutes: {message}", pause, retries, deaths, pauses=True)
    if rule.times == 0:
        return Verdict(f"Permanent error: {message}", None, retries, deaths)
    if budget.is_cpu_used_up:
        spent = f"{budget.cpu_seconds:,.0f} of {budget.max_cpu_seconds:,.0f} CPU seconds"
        return Verdict(f"Compute budget exceeded ({spent}). Last error: {message}", None, retries, deaths)
    limit = min(rule.times, budget.max_retries)
    if rule.is_death and deaths > limit:
        return Verdict(f"Max retries ({limit}) exceeded. Last error: {message}", None, retries, deaths)
    if retries >= budget.max_retries:
        return Verdict(f"Max retries ({budget.max_retries}) exceeded. Last error: {message}", None, retries, deaths)
    count = retries + 1
    shown = f"{deaths}/{limit}" if rule.is_death else f"{count}/{budget.max_retries}"
    return Verdict(f"Retry {shown}: {message}", compute_wait(count, jitter=jitter), count, deaths)
