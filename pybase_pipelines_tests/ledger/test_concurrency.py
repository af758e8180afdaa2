"""Several processes on one ledger: each job once, none lost, none twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable

from sqlalchemy import text

from pybase_pipelines.ledger.records import Outcome
from pybase_pipelines.ledger.service import ExtractionJobService

Register = Callable[..., list[str]]

# Forked: a fresh interpreter costs a second of imports each, and runs fork their children too.
PROCESSES = multiprocessing.get_context("fork")


def work(database_url: str, run_id: str) -> list[str]:
    """Take jobs and finish them until there are none."""
    ledger, done = ExtractionJobService(database_url), []
    while jobs := ledger.take_launchable(20):
        for claim in ledger.claim([job.id for job in jobs], run_id):
            ledger.report_progress(claim, 50, "read")
            ledger.finish_completed(claim, Outcome(result={"by": run_id}))
            done.append(claim.job_id)
    return done


def die_while_writing(database_url: str) -> None:
    ledger = ExtractionJobService(database_url)
    claims = ledger.claim([job.id for job in ledger.take_launchable(5)], "dying")
    ledger.report_progress(claims[0], 10, "read")
    with ledger.writing() as session:
        session.execute(text("UPDATE extraction_jobs SET filename = 'half written'"))
        os.kill(os.getpid(), signal.SIGKILL)


def hold_the_database(database_url: str, seconds: float) -> None:
    with ExtractionJobService(database_url).writing() as session:
        session.execute(text("UPDATE extraction_jobs SET priority = 1"))
        time.sleep(seconds)


def test_eight_processes_take_each_of_five_hundred_jobs_exactly_once(
    ledger: ExtractionJobService, register: Register, database_url: str
) -> None:
    ids = register(500)
    with PROCESSES.Pool(8) as pool:
        started = [pool.apply_async(work, (database_url, f"run-{number}")) for number in range(8)]
        done = Counter(job_id for each in started for job_id in each.get(timeout=120))
    assert done == Counter(ids)
    jobs = ledger.list_jobs(limit=1000)
    assert {(job.status, job.attempts) for job in jobs} == {("completed", 1)}
    assert all(job.result == {"by": job.run_id} for job in jobs)


def test_a_process_killed_while_writing_leaves_whole_rows_that_are_mended(
    ledger: ExtractionJobService, register: Register, database_url: str
) -> None:
    register(6)
    dying = PROCESSES.Process(target=die_while_writing, args=(database_url,))
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL
    assert "half written" not in {job.filename for job in ledger.list_jobs()}
    assert ledger.list_holding_runs() == ["dying"]
    closed = ledger.close_run("dying")
    assert Counter(job.error_code for job in closed) == {"extractor_crashed": 1, "service_unavailable": 4}
    assert {job.status for job in ledger.list_jobs()} == {"pending"}


def test_a_slow_writer_makes_others_wait_instead_of_failing(
    ledger: ExtractionJobService, register: Register, database_url: str
) -> None:
    (claim,) = ledger.claim(register(), "run")
    slow = PROCESSES.Process(target=hold_the_database, args=(database_url, 1.0))
    slow.start()
    time.sleep(0.5)
    assert ledger.finish_completed(claim, Outcome()).status == "completed"
    slow.join(60)
    assert slow.exitcode == 0
    assert ledger.get_job(claim.job_id).priority == 1
