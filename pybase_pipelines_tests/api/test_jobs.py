"""`/jobs`: lists, one job, its result, retry, cancel, statistics."""

from __future__ import annotations

import gzip
import json
import uuid

import httpx
import pytest

from pybase_pipelines.client import ExtractionClient
from pybase_pipelines.errors import CorruptedFile
from pybase_pipelines.ledger.records import JobFailure
from pybase_pipelines_tests.api.conftest import TOKEN, Api
from pybase_pipelines_tests.files import make_dxf, make_pdf


@pytest.fixture
def ids(api: Api) -> list[str]:
    """Five uploads, the newest first."""
    jobs = [api.upload(make_pdf(str(n)), f"{n}.pdf", record_id=f"r{n % 2}").json() for n in range(5)]
    return [job["id"] for job in reversed(jobs)]


def fail(api: Api, job_id: str) -> None:
    (claim,) = api.resources.ledger.claim([job_id], "run-1")
    api.resources.ledger.finish_failed(claim, JobFailure.of(CorruptedFile("The xref table is damaged.")))


def test_pages_hold_every_job_once_newest_first_although_new_ones_come(api: Api, ids: list[str]) -> None:
    seen, cursor = [], None
    for _ in range(10):
        page = api.http.get("/jobs", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [job["id"] for job in page["jobs"]]
        api.upload(make_pdf("later"))
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids


def test_filters_leave_what_fits(api: Api, ids: list[str]) -> None:
    fail(api, ids[0])
    api.upload(make_dxf(), "a.dxf", prefix="project-7")

    def find(**filters: str) -> int:
        return len(api.http.get("/jobs", params=filters).json()["jobs"])

    assert find(status="failed") == find(error_code="corrupted_file") == 1
    assert find(status="pending") == 5
    assert find(record_id="r1") == 2
    assert find(record_id="r1", status="failed") == 0
    assert find(prefix="project-7/") == 1
    assert find(attachment_id="none") == 0


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"status": "done"}, 422),
        ({"format": "docx"}, 422),
        ({"limit": "0"}, 422),
        ({"limit": "100000"}, 422),
        ({"prefix": "a\x00b"}, 422),
        ({"cursor": "garbage!"}, 400),
        ({"cursor": "MDAwMS0wMS0wMVQwMDowMDowMCswMDowMHww"}, 400),
        ({"error_code": "'; DROP TABLE extraction_jobs"}, 422),
    ],
)
def test_a_list_with_bad_parameters_is_refused_in_words(api: Api, params: dict[str, str], status: int) -> None:
    answer = api.http.get("/jobs", params=params)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message", "hint"}


def test_an_unknown_job_is_not_found_and_a_strange_id_is_invalid(api: Api) -> None:
    for method, tail in (("GET", ""), ("GET", "/result"), ("POST", "/retry"), ("DELETE", "")):
        assert api.http.request(method, f"/jobs/{uuid.uuid4()}{tail}").status_code == 404
        assert api.http.request(method, f"/jobs/1' OR '1'='1{tail}").status_code == 422


def test_a_small_result_is_answered_itself(api: Api, ids: list[str]) -> None:
    waiting = api.http.get(f"/jobs/{ids[0]}/result")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "result_not_ready")
    assert "Retry-After" in waiting.headers
    api.finish(ids[0], result={"pages": [{"number": 1}]})
    assert api.http.get(f"/jobs/{ids[0]}/result").json() == {"pages": [{"number": 1}]}
    assert api.http.get(f"/jobs/{ids[0]}").json()["result"] == {"pages": [{"number": 1}]}
    listed = api.http.get("/jobs", params={"status": "completed"}).json()["jobs"]
    assert [job["result"] for job in listed] == [None]


def test_a_large_result_lies_behind_a_signed_address_that_needs_no_token(api: Api, ids: list[str]) -> None:
    document = {"parts": [{"name": f"Größe {n}"} for n in range(1000)]}
    store, bucket = api.resources.store, api.settings.bucket
    store.put(bucket, ".pybase/results/1.json.gz", gzip.compress(json.dumps(document).encode()), content_type="x/y")
    api.finish(ids[0], result={"is_summary": True}, result_path=f"s3://{bucket}/.pybase/results/1.json.gz")

    answer = api.http.get(f"/jobs/{ids[0]}/result")
    assert answer.status_code == 307
    direct = httpx.get(answer.headers["Location"])
    assert direct.headers["Content-Type"] == "application/json"
    assert direct.json() == document
    link = api.http.get(f"/jobs/{ids[0]}/result", params={"redirect": False}).json()
    assert httpx.get(link["url"]).json() == document
    assert httpx.get(link["url"].replace("1.json", "2.json")).status_code == 403
    with ExtractionClient(api.address, TOKEN) as client:
        assert client.result(ids[0]) == document


def test_a_failed_job_says_why_instead_of_a_result_and_can_be_retried_once(api: Api, ids: list[str]) -> None:
    fail(api, ids[0])
    answer = api.http.get(f"/jobs/{ids[0]}/result")
    assert (answer.status_code, answer.json()["code"]) == (409, "corrupted_file")
    assert "xref" in answer.json()["message"]
    retried = api.http.post(f"/jobs/{ids[0]}/retry")
    assert (retried.status_code, retried.json()["status"]) == (202, "pending")
    again = api.http.post(f"/jobs/{ids[0]}/retry")
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")


def test_a_job_is_cancelled_while_it_is_open_and_never_afterwards(api: Api, ids: list[str]) -> None:
    assert api.http.delete(f"/jobs/{ids[0]}").status_code == 204
    assert api.http.get(f"/jobs/{ids[0]}").json()["status"] == "cancelled"
    api.finish(ids[1], result={})
    for job_id, word in ((ids[0], "cancelled"), (ids[1], "completed")):
        answer = api.http.delete(f"/jobs/{job_id}")
        assert answer.status_code == 409
        assert word in answer.json()["message"]


def test_statistics_count_jobs_and_refusals(api: Api, ids: list[str]) -> None:
    fail(api, ids[0])
    api.upload(b"")
    stats = api.http.get("/jobs/stats").json()
    assert stats["total"] == 5
    assert (stats["by_status"]["pending"], stats["by_status"]["failed"]) == (4, 1)
    assert stats["by_error_code"] == {"corrupted_file": 1}
    assert stats["refused"] == {"empty_file": 1}
