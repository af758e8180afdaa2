"""What is tried again after which error, by whom, how often and after how long: one table.

Two mechanisms share the work. Trouble of the surroundings is first tried again inside the run, by the op's retry
policy; when that did not help, and for trouble that the file caused, the ledger puts the job back to pending with
`next_retry_at`, and the sensor launches it again. What an error means is said in `errors`; what a job's row looks
like afterwards is `claims`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from pybase_pipelines.errors import JOB_ERRORS, ExtractorError, SurroundingsError

DEFAULT_MAX_RETRIES = 3
WAITS_SECONDS = (30.0, 120.0, 480.0)
JITTER = 0.25

IN_RUN_RETRIES = 2
"""How often the op's own policy tries again when the surroundings fail."""
IN_RUN_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RetryRule:
    """`in_run`: the op tries again by itself first. `times`: how often the ledger does (at most the job's own
    `max_retries`). `is_death`: the file took its process down; such an end has a budget of its own, which other
    errors do not use up.
    """

    in_run: bool
    times: int
    is_death: bool = False


NEVER = RetryRule(in_run=False, times=0)
SURROUNDINGS = RetryRule(in_run=True, times=DEFAULT_MAX_RETRIES)
DEATH = RetryRule(in_run=False, times=1, is_death=True)
UNKNOWN = RetryRule(in_run=False, times=DEFAULT_MAX_RETRIES)
"""An error that this table does not know is worth trying again: it may have been the surroundings."""

RULES: dict[str, RetryRule] = {
    code: SURROUNDINGS
    if issubclass(error, SurroundingsError)
    else DEATH
    if issubclass(error, ExtractorError)
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
class Verdict:
    """What becomes of a failed job: `wait` is None where it stays failed."""

    message: str
    wait: timedelta | None
    retry_count: int
    death_count: int


def judge(
    error_code: str,
    message: str,
    *,
    retry_count: int,
    death_count: int,
    max_retries: int,
    jitter: Callable[[], float] = random.random,
) -> Verdict:
    """Decide whether a job that failed is tried again, and say it in the words that its `error_message` keeps."""
    rule = find_rule(error_code)
    deaths = death_count + rule.is_death
    if rule.times == 0:
        return Verdict(f"Permanent error: {message}", None, retry_count, deaths)
    limit = min(rule.times, max_retries)
    if rule.is_death and deaths > limit:
        return Verdict(f"Max retries ({limit}) exceeded. Last error: {message}", None, retry_count, deaths)
    if retry_count >= max_retries:
        return Verdict(f"Max retries ({max_retries}) exceeded. Last error: {message}", None, retry_count, deaths)
    count = retry_count + 1
    shown = f"{deaths}/{limit}" if rule.is_death else f"{count}/{max_retries}"
    return Verdict(f"Retry {shown}: {message}", compute_wait(count, jitter=jitter), count, deaths)
