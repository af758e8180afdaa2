"""Sidecars in the ledger: which make a new job, and what a download's reading changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pybase_pipelines.ledger.records import Instructions, JobFailure, OptionsSource, Outcome, Sidecar
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import make_upload

Register = Callable[..., list[str]]
READ = Instructions(source=OptionsSource.SIDECAR, sidecar_etag="s1", options={"pages": [1]}, record_id="side")


def make_sidecar(number: int = 0, etag: str = "s1") -> Sidecar:
    return Sidecar("drawings", make_upload(number).object_key, etag)


def read(ledger: ExtractionJobService, job_id: str, instructions: Instructions, code: str | None = None) -> None:
    (claim,) = ledger.claim([job_id], "run")
    ledger.record_instructions([(claim, instructions)])
    if code is None:
        ledger.finish_completed(claim, Outcome())
    else:
        ledger.finish_failed(claim, JobFailure(code=code, message="m"))


@pytest.mark.parametrize("code", [None, "options_invalid"])
def test_a_sidecar_that_was_read_makes_no_job_and_another_one_does_once(
    ledger: ExtractionJobService, register: Register, code: str | None
) -> None:
    (first,) = register()
    read(ledger, first, READ, code)
    assert ledger.register_sidecars([make_sidecar()]) == []
    (second,) = ledger.register_sidecars([make_sidecar(etag="s2")])
    assert ledger.register_sidecars([make_sidecar(etag="s2")]) == []
    assert (second.status, second.sidecar_etag, second.options) == ("pending", "s2", {})
    assert ledger.get_job(first).superseded_by == second.id
    assert [job.id for job in ledger.take_launchable(10)] == [second.id]
    assert ledger.find_unknown([make_upload(0)]) == []


def test_a_sidecar_that_is_back_takes_its_job_up_again(ledger: ExtractionJobService, register: Register) -> None:
    (first,) = register()
    read(ledger, first, Instructions())
    ids = []
    for etag in ("s1", "s2", "s1"):
        (job,) = ledger.register_sidecars([make_sidecar(etag=etag)])
        read(ledger, job.id, Instructions(source=OptionsSource.SIDECAR, sidecar_etag=etag))
        ids.append(job.id)
    assert ids[0] == ids[2] != ids[1]
    assert sum(job.is_current for job in ledger.list_jobs()) == 1


def test_files_that_wait_are_unknown_or_were_cancelled_get_no_second_job(
    ledger: ExtractionJobService, register: Register
) -> None:
    _, working, cancelled = register(3)
    ledger.claim([working], "run")
    ledger.cancel_job(cancelled)
    assert ledger.register_sidecars([make_sidecar(number) for number in range(4)]) == []


def test_what_came_with_the_upload_stays_and_ids_are_filled_in(ledger: ExtractionJobService) -> None:
    (job,) = ledger.register_uploads([make_upload(0, options={"pages": [9]}, field_id="mine")]).new
    read(ledger, job.id, READ)
    kept = ledger.get_job(job.id)
    assert (kept.options, kept.options_source, kept.options_hash) == ({"pages": [9]}, "upload", job.options_hash)
    assert (kept.record_id, kept.field_id) == ("side", "mine")
    assert ledger.register_sidecars([make_sidecar(etag="s2")]) == []


def test_reading_again_takes_what_is_there_now(ledger: ExtractionJobService, register: Register) -> None:
    (job_id,) = register()
    read(ledger, job_id, READ, "throttled")
    first = ledger.get_job(job_id)
    assert (first.options, first.options_source, first.sidecar_etag) == ({"pages": [1]}, "sidecar", "s1")
    read(ledger, job_id, Instructions())
    again = ledger.get_job(job_id)
    assert (again.options, again.options_source, again.sidecar_etag) == ({}, None, "")
    assert again.record_id == "side", "an id that was learned is not forgotten"


def test_a_run_that_lost_its_claim_changes_no_options(ledger: ExtractionJobService, register: Register) -> None:
    (job_id,) = register()
    (claim,) = ledger.claim([job_id], "run")
    ledger.close_run("run")
    ledger.claim([job_id], "run-2")
    ledger.record_instructions([(claim, READ)])
    assert ledger.get_job(job_id).options == {}
