"""`POST /upload`: what is accepted becomes an object and a pending job, whatever is refused leaves nothing behind."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from pybase_pipelines.api import forms
from pybase_pipelines.settings import Settings
from pybase_pipelines_tests.api.conftest import MIB, TOKEN, Api, serve
from pybase_pipelines_tests.files import make_dxf, make_pdf


def test_an_accepted_upload_is_an_object_and_a_pending_job_before_the_answer(api: Api) -> None:
    answer = api.upload(make_dxf(), "Läger 4 + 5%.dxf", record_id="r1", field_id="f1", attachment_id="a1")
    assert answer.status_code == 202
    job = answer.json()
    assert (job["status"], job["filename"]) == ("pending", "Läger 4 + 5%.dxf")
    assert (job["record_id"], job["field_id"], job["attachment_id"]) == ("r1", "f1", "a1")
    assert api.objects() == {job["object_key"]: len(make_dxf())}
    assert answer.headers["Location"] == f"/api/v1/extraction/jobs/{job['id']}"
    assert httpx.get(api.address + answer.headers["Location"], headers=api.http.headers).json() == job


def test_the_same_name_twice_is_two_files_and_with_a_prefix_a_new_version(api: Api) -> None:
    first, second = (api.upload(make_pdf(text)).json() for text in "ab")
    assert first["object_key"] != second["object_key"]
    third, fourth = (api.upload(make_pdf(text), prefix="project-7/").json() for text in "cd")
    assert third["object_key"] == fourth["object_key"] == "project-7/drawing.pdf"
    assert api.http.get(f"/jobs/{third['id']}").json()["superseded_by"] == fourth["id"]


def test_options_and_format_reach_the_job_and_secrets_are_not_shown(api: Api) -> None:
    job = api.upload(format="pdf", options=json.dumps({"password": "hunter2"})).json()
    assert (job["extractor"], job["options"]) == ("pdf", {"password": "***"})
    assert api.resources.ledger.get_job(job["id"]).options == {"password": "hunter2"}


@pytest.mark.parametrize(
    ("data", "name", "fields", "status", "code", "words"),
    [
        (b"", "a.pdf", {}, 400, "empty_file", "0 bytes"),
        (b"MZ\x90\x00" * 50, "a.pdf", {}, 400, "unsupported_format", "ends in '.pdf'"),
        (b"\x00" * 500, "a.step", {}, 400, "corrupted_file", "NUL"),
        (b"AC1009" + b"\x00" * 100, "a.dwg", {}, 400, "unsupported_format", "R13"),
        (None, "a.pdf", {"format": "ifc"}, 400, "unsupported_format", "the content is PDF"),
        (None, "a.pdf", {"options": "[1]"}, 400, "options_invalid", "JSON object"),
        (None, "a.pdf", {"options": "{"}, 400, "options_invalid", "JSON object"),
        (None, "a.pdf", {"options": "[" * 60_000}, 400, "options_invalid", ""),
        (None, "a.pdf", {"options": '{"colour": 1}'}, 400, "options_invalid", "colour"),
        (None, "a.pdf", {"format": "docx"}, 400, "request_invalid", "format"),
        (None, "a.pdf", {"colour": "red"}, 400, "request_invalid", "colour"),
        (None, "a.pdf", {"record_id": "x" * 256}, 400, "request_invalid", "record_id"),
        (None, "a.pdf", {"record_id": "a\x00b"}, 400, "request_invalid", "record_id"),
        (None, "a.pdf", {"options": "x" * 70_000}, 400, "request_invalid", "too long"),
        (None, "a.pdf", {"prefix": "../secret"}, 400, "request_invalid", "not a prefix"),
        (None, "a.pdf", {"prefix": "/etc"}, 400, "request_invalid", "not a prefix"),
        (None, "a.pdf", {"prefix": "a\\b"}, 400, "request_invalid", "not a prefix"),
        (None, "a.pdf", {"prefix": ".pybase/results"}, 400, "request_invalid", "not read"),
        (None, "a.pdf.part", {}, 400, "request_invalid", "not read"),
        (None, "..", {}, 400, "request_invalid", "not a file name"),
        (None, "x" * 1100 + ".pdf", {}, 400, "limit_exceeded", "1,024"),
    ],
)
def test_what_cannot_be_is_refused_with_reason_and_hint_and_leaves_nothing(
    api: Api, data: bytes | None, name: str, fields: dict[str, str], status: int, code: str, words: str
) -> None:
    answer = api.upload(data, name, **fields)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert words in problem["message"]
    assert problem["hint"]
    assert api.objects() == {}
    assert api.http.get("/jobs").json()["jobs"] == []
    assert list(api.resources.incoming.iterdir()) == []
    assert api.http.get("/jobs/stats").json()["refused"] == {code: 1}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("../../etc/passwd.pdf", "passwd.pdf"), ("C:\\drawings\\a.pdf", "a.pdf"), ("'; --.pdf", "'; --.pdf")],
)
def test_a_file_name_is_data_and_never_a_path(api: Api, sent: str, kept: str) -> None:
    job = api.upload(name=sent).json()
    assert job["filename"] == kept
    assert job["object_key"].startswith("uploads/")
    assert ".." not in job["object_key"]


def test_a_file_above_the_limit_is_refused_whether_announced_or_not(api: Api) -> None:
    announced = api.upload(make_pdf() + b" " * 4 * MIB)
    assert (announced.status_code, announced.json()["code"]) == (413, "file_too_large")
    found = api.upload(make_pdf() + b" " * 2 * MIB)  # within what a form may have, yet above the file's limit
    assert (found.status_code, found.json()["code"]) == (413, "file_too_large")

    def body():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 65536

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    chunked = api.http.post("/upload", content=body(), headers=headers)
    assert chunked.status_code == 413
    assert api.objects() == {}
    assert list(api.resources.incoming.iterdir()) == []


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/pdf", b"%PDF-1.4", 415),
        ("multipart/form-data", b"", 415),
        ("multipart/form-data; boundary=b", b"", 400),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 400),
        ("multipart/form-data; boundary=b", b"junk", 400),
        ("multipart/form-data; boundary=" + "b" * 500, b"--b--\r\n", 400),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--',
            400,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4',
            400,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xff.pdf"\r\n\r\n%PDF-1.4\r\n--b--',
            400,
        ),
        (
            "multipart/form-data; boundary=b",
            2 * b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4\r\n' + b"--b--",
            400,
        ),
        (
            "multipart/form-data; boundary=b",
            b"".join(b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n for n in range(50))
            + b"--b--",
            400,
        ),
    ],
)
def test_a_damaged_form_is_refused_in_words(api: Api, content_type: str, body: bytes, status: int) -> None:
    answer = api.http.post("/upload", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"code", "message", "hint"}


def test_an_upload_that_stands_still_is_ended(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "IDLE_SECONDS", 0.2)
    host, port = api.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(
            b"POST /api/v1/extraction/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
            b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 408")
    assert list(api.resources.incoming.iterdir()) == []


def test_a_caller_who_hangs_up_leaves_nothing(api: Api) -> None:
    host, port = api.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(
            b"POST /api/v1/extraction/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
            b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        )
    for _ in range(100):
        if api.http.get("/jobs/stats").json()["refused"]:
            break
    assert api.http.get("/jobs/stats").json()["refused"] == {"client_disconnected": 1}
    assert list(api.resources.incoming.iterdir()) == []
    assert api.upload().status_code == 202


def test_too_many_uploads_at_once_are_sent_away_until_one_is_done(api: Api) -> None:
    slots = [api.resources.upload_slot() for _ in range(api.settings.api_max_uploads)]
    for slot in slots:
        slot.__enter__()
    answer = api.upload()
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    for slot in slots:
        slot.__exit__(None, None, None)
    assert api.upload().status_code == 202


def test_a_store_that_is_down_is_said_and_makes_no_job(make_settings: Callable[..., Settings]) -> None:
    with serve(make_settings(s3_endpoint_url="http://127.0.0.1:9")) as api:
        answer = api.upload()
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
        assert "Retry-After" in answer.headers
        assert api.http.get("/jobs").json()["jobs"] == []
        ready = api.http.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
        assert not ready.json()["checks"]["object_store"]["is_good"]


class TestIdempotency:
    def test_the_same_request_again_is_the_same_job_and_one_object(self, api: Api) -> None:
        headers = {"Idempotency-Key": "order-1"}
        first, second = (api.upload(headers=headers, record_id="r").json() for _ in range(2))
        assert first["id"] == second["id"]
        assert len(api.objects()) == 1

    def test_the_key_survives_a_restart(self, make_settings: Callable[..., Settings]) -> None:
        ids = []
        for _ in range(2):
            with serve(make_settings()) as api:
                ids.append(api.upload(headers={"Idempotency-Key": "order-1"}).json()["id"])
        assert ids[0] == ids[1]

    @pytest.mark.parametrize("change", [{"data": make_pdf("other")}, {"record_id": "r2"}, {"name": "other.pdf"}])
    def test_the_same_key_with_something_else_is_a_conflict(self, api: Api, change: dict) -> None:
        headers = {"Idempotency-Key": "order-1"}
        assert api.upload(headers=headers).status_code == 202
        answer = api.upload(**change, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
        assert len(api.objects()) == 1

    def test_a_refused_upload_does_not_use_up_its_key(self, api: Api) -> None:
        headers = {"Idempotency-Key": "order-1"}
        assert api.upload(b"", headers=headers).status_code == 400
        assert api.upload(headers=headers).status_code == 202

    def test_a_key_whose_upload_was_cut_short_goes_on(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        headers = {"Idempotency-Key": "order-1"}

        def fail(*_: object) -> None:
            raise RuntimeError("killed")

        with monkeypatch.context() as broken:
            broken.setattr(api.resources.ledger, "complete_key", fail)
            assert api.upload(headers=headers).status_code == 500
        assert api.upload(headers=headers).status_code == 202
        assert len(api.http.get("/jobs").json()["jobs"]) == 1

    def test_many_at_once_with_one_key_are_one_job(self, api: Api) -> None:
        start = threading.Barrier(4)

        def send(_: int) -> dict:
            start.wait(10)
            return api.upload(headers={"Idempotency-Key": "order-1"}).json()

        with ThreadPoolExecutor(4) as pool:
            ids = {job["id"] for job in pool.map(send, range(4))}
        assert len(ids) == 1
        assert len(api.http.get("/jobs").json()["jobs"]) == len(api.objects()) == 1

    def test_of_two_different_files_at_once_with_one_key_one_wins(self, api: Api) -> None:
        start = threading.Barrier(2)

        def send(text: str) -> int:
            start.wait(10)
            return api.upload(make_pdf(text), headers={"Idempotency-Key": "order-1"}).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(send, "ab")) == [202, 409]
        assert len(api.http.get("/jobs").json()["jobs"]) == len(api.objects()) == 1


def test_a_sensor_that_saw_the_object_first_makes_no_second_job(
    api: Api, monkeypatch: pytest.MonkeyPatch, bucket: str
) -> None:
    from pybase_pipelines.ledger.records import Upload

    store, ledger = api.resources.store, api.resources.ledger
    whole = store.upload_file

    def upload_and_be_seen(path: Path, bucket: str, object_key: str, **more: str) -> object:
        listed = whole(path, bucket, object_key, **more)
        ledger.register_uploads([Upload(bucket, object_key, etag=listed.etag, size=listed.size)])
        return listed

    monkeypatch.setattr(store, "upload_file", upload_and_be_seen)
    plain = api.upload(record_id="r1").json()
    assert plain["record_id"] == "r1"
    special = api.upload(options='{"password": "x"}', record_id="r2").json()
    assert (special["status"], special["record_id"]) == ("pending", "r2")
    current = api.http.get("/jobs", params={"current_only": True}).json()["jobs"]
    assert {job["id"] for job in current} == {plain["id"], special["id"]}


def test_the_object_is_what_was_sent_byte_for_byte(api: Api, tmp_path: Path) -> None:
    data = make_pdf() + bytes(range(256)) * 6000  # over several chunks, with every byte and what looks like a boundary
    data += b"\r\n--not-the-boundary\r\n"
    job = api.upload(data).json()
    got = api.resources.store.get(job["bucket"], job["object_key"])
    assert hashlib.sha256(got).hexdigest() == hashlib.sha256(data).hexdigest()
