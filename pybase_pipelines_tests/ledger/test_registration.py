"""Objects become jobs: one each, however often and by however many they are registered."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.ledger.inventory import find_end
from pybase_pipelines.ledger.records import JobFailure, Outcome, Upload
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.ledger.conftest import Clock, make_upload

REF = ("drawings", "in/00001.pdf")


def test_registering_again_makes_no_second_job(ledger: ExtractionJobService) -> None:
    first = ledger.register_uploads([make_upload(1), make_upload(2)])
    again = ledger.register_uploads([make_upload(2), make_upload(1), make_upload(3)])
    assert [job.object_key for job in first.new] == ["in/00001.pdf", "in/00002.pdf"]
    assert ([job.object_key for job in again.new], again.known) == (["in/00003.pdf"], 2)
    assert len(ledger.list_jobs()) == 3


def test_a_new_job_says_everything_that_is_known_of_the_upload(ledger: ExtractionJobService) -> None:
    uploaded_at = datetime(2026, 2, 1, 13, 30, tzinfo=UTC)
    upload = Upload(
        "b", "Pläne/a,b [1].pdf", '"abc"', version_id="7", size=5_000_000_000, uploaded_at=uploaded_at,
        options={"pages": [1]}, extractor="werk24", record_id="r", field_id="f", attachment_id="a", max_retries=1,
    )  # fmt: skip
    (job,) = ledger.register_uploads([upload]).new
    assert (job.filename, job.file_url, job.etag) == ("a,b [1].pdf", "s3://b/Pläne/a,b [1].pdf", "abc")
    assert (job.file_size, job.version_id, job.uploaded_at) == (5_000_000_000, "7", uploaded_at)
    assert (job.options, job.extractor, job.max_retries) == ({"pages": [1]}, "werk24", 1)
    assert (job.record_id, job.field_id, job.attachment_id) == ("r", "f", "a")
    assert (job.status, job.format, job.attempts, job.is_current) == ("pending", None, 0, True)
    assert ledger.get_job(job.id) == job


def test_a_listing_and_a_message_with_a_version_id_come_to_the_same_job(ledger: ExtractionJobService) -> None:
    ledger.register_uploads([make_upload(1, version_id="xyz")], seen_now=False)
    assert ledger.register_uploads([make_upload(1, etag='"v1"')]).known == 1


def test_a_newer_version_replaces_the_older_and_cancels_it_if_it_waits(ledger: ExtractionJobService) -> None:
    (old,) = ledger.register_uploads([make_upload(1)]).new
    registration = ledger.register_uploads([make_upload(1, etag="v2")])
    (new,) = registration.new
    assert registration.superseded == (old.id,)
    old = ledger.get_job(old.id)
    assert (old.status, old.superseded_by, old.is_current) == ("cancelled", new.id, False)
    assert "newer version" in (old.error_message or "")
    assert ledger.latest_jobs_for_objects([REF]) == {REF: new}


def test_a_newer_version_leaves_a_finished_result_as_it_is(ledger: ExtractionJobService) -> None:
    (old,) = ledger.register_uploads([make_upload(1)]).new
    ledger.finish_completed(ledger.claim([old.id], "run")[0], Outcome(result={"pages": 3}))
    ledger.register_uploads([make_upload(1, etag="v2")])
    old = ledger.get_job(old.id)
    assert (old.status, old.result, old.is_current) == ("completed", {"pages": 3}, False)


def test_a_version_that_is_back_keeps_its_result_and_replaces_the_one_between(ledger: ExtractionJobService) -> None:
    (first,) = ledger.register_uploads([make_upload(1)]).new
    ledger.finish_completed(ledger.claim([first.id], "run")[0], Outcome())
    (second,) = ledger.register_uploads([make_upload(1, etag="v2")]).new
    assert ledger.find_unknown([make_upload(1)]) == [make_upload(1)]
    back = ledger.register_uploads([make_upload(1)])
    assert [(job.id, job.status) for job in back.revived] == [(first.id, "completed")]
    assert back.superseded == (second.id,)
    assert ledger.latest_jobs_for_objects([REF])[REF].id == first.id


def test_a_version_that_is_back_before_it_was_read_is_pending_again(ledger: ExtractionJobService) -> None:
    (first,) = ledger.register_uploads([make_upload(1)]).new
    ledger.register_uploads([make_upload(1, etag="v2")])
    (back,) = ledger.register_uploads([make_upload(1)]).revived
    assert (back.id, back.status, back.error_message) == (first.id, "pending", None)


def test_a_late_message_changes_nothing(ledger: ExtractionJobService, clock: Clock) -> None:
    newer = make_upload(1, etag="v2", uploaded_at=clock.now)
    older = make_upload(1, etag="v1", uploaded_at=clock.now - timedelta(minutes=1))
    ledger.register_uploads([newer], seen_now=False)
    assert ledger.register_uploads([older], seen_now=False).stale == 1
    assert ledger.latest_jobs_for_objects([REF])[REF].etag == "v2"


def test_a_listing_believes_the_bucket_even_where_times_go_backwards(
    ledger: ExtractionJobService, clock: Clock
) -> None:
    ledger.register_uploads([make_upload(1, etag="v2", uploaded_at=clock.now)])
    restored = make_upload(1, etag="v1", uploaded_at=clock.now - timedelta(days=1))
    assert len(ledger.register_uploads([restored]).new) == 1


def test_of_two_versions_in_one_page_the_last_one_counts(ledger: ExtractionJobService) -> None:
    registration = ledger.register_uploads([make_upload(1), make_upload(1, etag="v2")])
    assert [job.etag for job in registration.new] == ["v2"]


def test_options_make_a_job_of_their_own_and_discovery_adds_none(ledger: ExtractionJobService) -> None:
    wanted = make_upload(1, options={"pages": [1]})
    ledger.register_uploads([wanted])
    assert ledger.find_unknown([make_upload(1)]) == []
    assert ledger.register_uploads([make_upload(1)]).known == 1
    more = ledger.register_uploads([make_upload(1, options={"pages": [2]})])
    assert (len(more.new), more.superseded) == (1, ())
    assert len(ledger.current_jobs_for_objects([REF])[REF]) == 2


def test_a_deleted_object_keeps_its_result_and_cancels_what_waits(ledger: ExtractionJobService) -> None:
    done, waiting = ledger.register_uploads([make_upload(1), make_upload(2)]).new
    ledger.finish_completed(ledger.claim([done.id], "run")[0], Outcome())
    marked = ledger.mark_deleted("drawings", ["in/00001.pdf", "in/00002.pdf", "in/never.pdf"])
    assert {job.id: job.status for job in marked} == {done.id: "completed", waiting.id: "cancelled"}
    assert ledger.latest_jobs_for_objects([REF]) == {}
    assert ledger.mark_deleted("drawings", ["in/00001.pdf"]) == []
    assert ledger.list_current_objects("drawings") == []


def test_an_object_that_is_uploaded_again_after_its_deletion_is_current_again(ledger: ExtractionJobService) -> None:
    (job,) = ledger.register_uploads([make_upload(1)]).new
    ledger.mark_deleted("drawings", ["in/00001.pdf"])
    (back,) = ledger.register_uploads([make_upload(1)]).revived
    assert (back.id, back.status, back.is_current) == (job.id, "pending", True)


@pytest.mark.parametrize("noticed", [True, False])
def test_an_object_that_vanished_under_the_reader_is_read_when_it_is_back(
    ledger: ExtractionJobService, noticed: bool
) -> None:
    (job,) = ledger.register_uploads([make_upload(1)]).new
    (claim,) = ledger.claim([job.id], "run")
    if noticed:
        ledger.mark_deleted("drawings", ["in/00001.pdf"])
    gone = ledger.finish_failed(claim, JobFailure(code="object_vanished", message="It is gone."))
    assert (gone.status, gone.is_current) == ("cancelled" if noticed else "failed", False)
    assert ledger.find_unknown([make_upload(1)]) == [make_upload(1)]
    (back,) = ledger.register_uploads([make_upload(1)]).revived
    assert (back.id, back.status, back.error_code) == (job.id, "pending", None)


def test_a_key_that_no_database_can_hold_is_named_and_stops_nobody_else(ledger: ExtractionJobService) -> None:
    bad = Upload("drawings", "in/\x00.pdf", "v1")
    registration = ledger.register_uploads([bad, make_upload(1)])
    assert [refused.upload for refused in registration.refused] == [bad]
    assert len(registration.new) == 1
    assert bad not in ledger.find_unknown([make_upload(1)])


def test_current_objects_are_listed_page_by_page_without_gaps(ledger: ExtractionJobService) -> None:
    ledger.register_uploads([make_upload(number) for number in range(25)])
    ledger.register_uploads([Upload("drawings", "IN/other.pdf", "x"), Upload("elsewhere", "in/1.pdf", "x")])
    seen: list[str] = []
    after = None
    while page := ledger.list_current_objects("drawings", prefix="in/", after=after, limit=7):
        seen += [job.object_key or "" for job in page]
        after = page[-1].object_key
    assert sorted(seen) == [make_upload(number).object_key for number in range(25)]


@pytest.mark.parametrize("prefix", ["in/", "Ä/%_/", "\ud7ff", "z\U0010ffff"])
def test_objects_of_a_prefix_are_listed_and_counted_without_their_neighbours(
    ledger: ExtractionJobService, prefix: str
) -> None:
    inside = {prefix + end for end in ("", "a", "ä/b", "\U0010ffff", "~")}
    before = prefix[:-1] + chr(ord(prefix[-1]) - 1)
    near = {prefix[:-1], prefix.swapcase() + "x", before, "\ue000", "zz", "~"}
    outside = {key for key in near if key and not key.startswith(prefix)}
    ledger.register_uploads([Upload("drawings", key, "v1") for key in sorted(inside | outside)])
    assert {known.object_key for known in ledger.list_current_objects("drawings", prefix=prefix)} == inside
    assert ledger.estimate_objects("drawings", prefix) == len(inside)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(st.characters(exclude_categories=["Cs"])))
def test_the_end_of_a_prefix_parts_what_begins_with_it_from_all_that_follows(prefix: str, key: str) -> None:
    end = find_end(prefix)
    assert (prefix <= key and (end is None or key < end)) == key.startswith(prefix)
    assert end is None or prefix + key < end


def test_ten_thousand_objects_are_registered_in_seconds(ledger: ExtractionJobService) -> None:
    uploads = [make_upload(number) for number in range(10_000)]
    started = time.monotonic()
    assert len(ledger.register_uploads(uploads).new) == 10_000
    assert ledger.find_unknown([*uploads[5_000:6_000], make_upload(1, etag="v2")]) == [make_upload(1, etag="v2")]
    # About two seconds on two idle cores; the limit leaves room for a busy machine.
    assert time.monotonic() - started < 30


def test_writers_at_once_make_one_job_for_each_version_and_one_current_version(open_ledger) -> None:
    versions = [[make_upload(number, etag=f"v{writer % 3}") for number in range(60)] for writer in range(6)]
    ledgers = [open_ledger() for _ in versions]
    with ThreadPoolExecutor(len(versions)) as pool:
        made = list(pool.map(lambda each: each[0].register_uploads(each[1]), zip(ledgers, versions, strict=True)))
    jobs = ledgers[0].list_jobs(limit=1000)
    assert sum(len(registration.new) for registration in made) == len(jobs) == 180
    assert len([job for job in jobs if job.is_current]) == 60
    assert len({job.object_key for job in jobs if job.is_current}) == 60


@pytest.mark.parametrize("etag", [None, ""])
def test_an_object_without_an_etag_is_known_by_its_version_id(ledger: ExtractionJobService, etag: str | None) -> None:
    first, second = (Upload("b", "k", etag, version_id=version) for version in ("1", "2"))
    assert len(ledger.register_uploads([first]).new) == 1
    assert ledger.register_uploads([first]).known == 1
    assert len(ledger.register_uploads([second]).superseded) == 1
