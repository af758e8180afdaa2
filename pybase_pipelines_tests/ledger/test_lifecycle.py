"""Whatever is done to jobs in whatever order: the table of states holds, nobody writes without a claim, all can end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from pybase_pipelines.errors import ClaimLost, InvalidTransition
from pybase_pipelines.ledger.records import Claim, JobFailure, Outcome, RunEnding
from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.states import ALLOWED, FINISHED, OPEN, Status
from pybase_pipelines.ledger.views import JobView
from pybase_pipelines_tests.ledger.conftest import Clock, make_upload

OBJECTS = st.integers(0, 1)
CODES = st.sampled_from(["throttled", "extractor_crashed", "corrupted_file", "object_vanished", "quota_exhausted"])
RUNS = st.sampled_from(["run-1", "run-2"])


class LedgerMachine(RuleBasedStateMachine):
    ledger: ExtractionJobService
    claims: Bundle[Claim] = Bundle("claims")

    @initialize()
    def open(self) -> None:
        self.clock = Clock()
        self.ledger.clock = self.clock
        with self.ledger.writing() as session:
            session.execute(text("DELETE FROM extraction_jobs"))
        self.before: dict[str, JobView] = {}
        self.ledger.register_uploads([make_upload(0), make_upload(1)])

    @rule(number=OBJECTS, etag=st.sampled_from(["v1", "v2"]), seconds=st.integers(0, 600))
    def upload(self, number: int, etag: str, seconds: int) -> None:
        self.clock.advance(seconds=seconds)
        self.ledger.register_uploads([make_upload(number, etag=etag)])
        assert self.ledger.find_unknown([make_upload(number, etag=etag)]) == []

    @rule(number=OBJECTS)
    def delete(self, number: int) -> None:
        self.ledger.mark_deleted("drawings", [make_upload(number).object_key])

    @rule(limit=st.integers(1, 3), request=st.sampled_from(["r1", "r2"]))
    def launch(self, limit: int, request: str) -> None:
        due = [job.id for job in self.ledger.take_launchable(limit)]
        assert self.ledger.mark_requested(due, request) == due

    @rule(target=claims, run_id=RUNS, data=st.data())
    def claim(self, run_id: str, data: st.DataObject) -> Any:
        claimable = [job for job in self.known_jobs() if job.status in OPEN]
        if not claimable:
            return multiple()
        wanted = data.draw(st.sampled_from(range(len(claimable))))
        return multiple(*self.ledger.claim([claimable[wanted].id], run_id))

    @rule(claim=claims, stage=st.sampled_from(["open", "read"]))
    def report(self, claim: Claim, stage: str) -> None:
        self.write(claim, lambda held: self.ledger.report_progress(held, 50, stage))

    @rule(claim=consumes(claims))
    def complete(self, claim: Claim) -> None:
        self.write(claim, lambda held: self.ledger.finish_completed(held, Outcome(result={"by": held.run_id})))

    @rule(claim=claims, code=CODES)
    def fail(self, claim: Claim, code: str) -> None:
        self.write(
            claim,
            lambda held: self.ledger.finish_failed(held, JobFailure(code=code, message="m", extractor_name="werk24")),
        )

    def release(self, claim: Claim) -> None:
        self.write(claim, lambda held: self.ledger.release(held, "m"))

    @rule(target=claims, claim=claims)
    def give_back_and_take_again(self, claim: Claim) -> Any:
        self.release(claim)
        return multiple(*self.ledger.claim([claim.job_id], claim.run_id))

    @rule(run_id=RUNS, ending=st.sampled_from(RunEnding))
    def close_run(self, run_id: str, ending: RunEnding) -> None:
        self.ledger.close_run(run_id, ending)
        assert run_id not in self.ledger.list_holding_runs()

    @rule(data=st.data(), action=st.sampled_from(["retry_job", "cancel_job"]))
    def act(self, data: st.DataObject, action: str) -> None:
        jobs = self.known_jobs()
        job = jobs[data.draw(st.sampled_from(range(len(jobs))))]
        is_waiting = job.status == "pending" and job.next_retry_at is not None
        ended_badly = job.status in ("failed", "cancelled")
        fits = job.status in OPEN if action == "cancel_job" else (ended_badly or is_waiting) and job.is_current
        try:
            getattr(self.ledger, action)(job.id)
            assert fits
        except InvalidTransition:
            assert not fits

    @rule(seconds=st.sampled_from([31, 481, 4000]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    def known_jobs(self) -> list[JobView]:
        """In an order that does not depend on their ids, which differ from one example to its repetition."""
        return sorted(self.before.values(), key=lambda job: (job.object_key or "", job.etag or ""))

    def write(self, claim: Claim, action) -> None:
        """A write succeeds exactly if the row is in this claim's hands."""
        job = self.before[claim.job_id]
        is_held = (job.status, job.claimed_by, job.attempts) == ("processing", claim.run_id, claim.attempt)
        try:
            action(claim)
            assert is_held
        except ClaimLost:
            assert not is_held
            assert self.ledger.get_job(claim.job_id) == job

    @invariant()
    def every_row_makes_sense(self) -> None:
        if not hasattr(self, "before"):
            return
        jobs = {job.id: job for job in self.ledger.list_jobs(limit=1000)}
        assert set(self.before) <= set(jobs)
        for job in jobs.values():
            assert (job.claimed_by is not None) == (job.status == Status.PROCESSING)
            assert (job.completed_at is not None) == (job.status in FINISHED)
            assert job.request_id is None or job.status == Status.PENDING
            is_paused = job.error_code == "quota_exhausted"
            assert job.next_retry_at is None or (job.status == Status.PENDING and (job.retry_count > 0 or is_paused))
            assert job.is_current or job.status != Status.PENDING
            assert job.retry_count <= job.max_retries
            assert (job.error_code is None) or job.status != Status.COMPLETED
            old = self.before.get(job.id)
            if old is not None:
                assert job.attempts - old.attempts in (0, 1)
                assert job.status == old.status or Status(job.status) in ALLOWED[old.status]
        current = {(job.object_key, job.options_hash) for job in jobs.values() if job.is_current}
        assert len(current) == sum(job.is_current for job in jobs.values())
        self.before = jobs


def test_no_order_of_events_breaks_the_ledger(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    ledger = ExtractionJobService(url, jitter=lambda: 0.0)
    machine = type("Machine", (LedgerMachine,), {"ledger": ledger})
    run_state_machine_as_test(machine, settings=settings(max_examples=40, stateful_step_count=40, deadline=None))
    ledger.close()
