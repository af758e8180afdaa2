"""Several processes on one ledger: each job once, none lost, none twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import pytest

from pybase_pipelines.ledger.records import Outcome
from pybase_pipelines.ledger.service import ExtractionJobService

Register = Callable[..., list[str]]

WORKER = """
import json, sys
from pybase_pipelines.ledger.records import Outcome
from pybase_pipelines.ledger.service import ExtractionJobService

ledger, run_id, done = ExtractionJobService(sys.argv[1]), sys.argv[2], []
while jobs := ledger.take_launchable(20):
    for claim in ledger.claim([job.id for job in jobs], run_id):
        ledger.report_progress(claim, 50, "read")
        ledger.finish_completed(claim, Outcome(result={"by": run_id}))
        done.append(claim.job_id)
print(json.dumps(done))
"""

DYING_WORKER = """
import os, signal, sys
from pybase_pipelines.ledger.service import ExtractionJobService

ledger = ExtractionJobService(sys.argv[1])
claims = ledger.claim([job.id for job in ledger.take_launchable(5)], "dying")
ledger.report_progress(claims[0], 10, "read")
with ledger.writing() as session:
    from sqlalchemy import text
    session.execute(text("UPDATE extraction_jobs SET filename = 'half written'"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_eight_processes_take_each_of_five_hundred_jobs_exactly_once(
    ledger: ExtractionJobService, register: Register, database_url: str
) -> None:
    ids = register(500)
    arguments = [sys.executable, "-c", WORKER, database_url]
    workers = [
        subprocess.Popen([*arguments, f"run-{number}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for number in range(8)
    ]
    answers = [worker.communicate(timeout=120) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 8, [error.decode() for _, error in answers]
    done = Counter(job_id for out, _ in answers for job_id in json.loads(out))
    assert done == Counter(ids)
    jobs = ledger.list_jobs(limit=1000)
    assert {(job.status, job.attempts) for job in jobs} == {("completed", 1)}
    assert all(job.result == {"by": job.run_id} for job in jobs)


def test_a_process_killed_while_writing_leaves_whole_rows_that_are_mended(
    ledger: ExtractionJobService, register: Register, database_url: str
) -> None:
    register(6)
    dying = subprocess.run([sys.executable, "-c", DYING_WORKER, database_url], timeout=60, check=False)
    assert dying.returncode == -signal.SIGKILL
    assert "half written" not in {job.filename for job in ledger.list_jobs()}
    assert ledger.list_holding_runs() == ["dying"]
    closed = ledger.close_run("dying")
    assert Counter(job.error_code for job in closed) == {"extractor_crashed": 1, "service_unavailable": 4}
    assert {job.status for job in ledger.list_jobs()} == {"pending"}


def test_a_slow_writer_makes_others_wait_instead_of_failing(
    ledger: ExtractionJobService, register: Register, open_ledger
) -> None:
    (claim,) = ledger.claim(register(), "run")
    child = os.fork()
    if child == 0:
        try:
            other = open_ledger()
            with other.writing() as session:
                from sqlalchemy import text

                session.execute(text("UPDATE extraction_jobs SET priority = 1"))
                time.sleep(1)
            os._exit(0)
        finally:
            os._exit(1)
    time.sleep(0.5)
    assert ledger.finish_completed(claim, Outcome()).status == "completed"
    assert os.waitpid(child, 0)[1] == 0
    assert ledger.get_job(claim.job_id).priority == pytest.approx(1)
