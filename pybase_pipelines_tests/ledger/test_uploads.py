"""Own uploads: idempotency keys on both databases, and a sensor that was faster than we were."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pybase_pipelines.errors import KeyReused
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock, make_upload


def test_a_key_answers_its_job_once_it_has_one(ledger: ExtractionJobService) -> None:
    assert ledger.reserve_key("k", "request-1") is None
    assert ledger.reserve_key("k", "request-1") is None
    job = ledger.register_own_upload(make_upload())
    ledger.complete_key("k", job.id)
    assert ledger.reserve_key("k", "request-1") == job


def test_a_key_belongs_to_one_request_until_it_is_forgotten(ledger: ExtractionJobService, clock: Clock) -> None:
    ledger.reserve_key("k", "request-1")
    with pytest.raises(KeyReused):
        ledger.reserve_key("k", "request-2")
    clock.advance(days=31)
    assert ledger.reserve_key("k", "request-2") is None


def test_of_many_requests_with_one_key_all_but_one_are_refused(
    open_ledger: Callable[[], ExtractionJobService],
) -> None:
    ledgers = [open_ledger() for _ in range(4)]

    def reserve(number: int) -> bool:
        try:
            return ledgers[number].reserve_key("k", f"request-{number}") is None
        except KeyReused:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(reserve, range(4))) == [False, False, False, True]


def test_links_reach_a_job_that_the_sensor_made(ledger: ExtractionJobService) -> None:
    (seen,) = ledger.register_uploads([make_upload()]).new
    job = ledger.register_own_upload(make_upload(record_id="r1"))
    assert (job.id, job.record_id) == (seen.id, "r1")
    assert ledger.register_own_upload(make_upload(record_id="r2")).record_id == "r1"


def test_a_plain_job_that_the_sensor_made_gives_way_to_one_with_options(
    ledger: ExtractionJobService, clock: Clock
) -> None:
    (seen,) = ledger.register_uploads([make_upload()]).new
    job = ledger.register_own_upload(make_upload(options={"password": "x"}))
    gone = ledger.get_job(seen.id)
    assert (gone.status, gone.superseded_by) == ("cancelled", job.id)
    assert ledger.current_jobs_for_objects([job.ref])[job.ref] == (job,)


def test_a_plain_job_that_a_person_wanted_earlier_stays(ledger: ExtractionJobService, clock: Clock) -> None:
    (earlier,) = ledger.register_uploads([make_upload()]).new
    clock.advance(minutes=5)
    ledger.register_own_upload(make_upload(options={"password": "x"}))
    assert ledger.get_job(earlier.id).status == "pending"
