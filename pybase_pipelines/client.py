"""A client of the HTTP API for other Python programs.

    with ExtractionClient("http://127.0.0.1:8000", token) as client:
        job = client.wait(client.upload("flange.step", record_id="4711")["id"])
        print(client.result(job["id"])["parts"])

Answers are the API's JSON as dictionaries. What belongs here: calls of the API. What does not: the ledger and the
object store, which a client never sees.
"""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from pybase_pipelines.errors import PybaseError, ServiceUnavailable

ROOT = "/api/v1/extraction"
FINISHED = frozenset({"completed", "failed", "cancelled"})
RETRIED_STATUSES = frozenset({502, 503, 504})


class ApiRefused(PybaseError):
    """The API refused: `status` is HTTP's, `refusal_code`, `message` and `hint` are the API's own words."""

    code = "api_refused"

    def __init__(self, status: int, refusal_code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.refusal_code = refusal_code


class ExtractionClient:
    """Calls the API. Safe to use from several threads."""

    def __init__(self, address: str, token: str, *, timeout: float = 60, tries: int = 3) -> None:
        self._tries = tries
        base = address.rstrip("/").removesuffix(ROOT)
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=base, headers=headers, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def upload(
        self,
        path: str | Path,
        *,
        options: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        **fields: str | None,
    ) -> dict[str, Any]:
        """Upload a file, streamed from disk; the answer is its job.

        A lost connection is tried again with the same idempotency key, so that there is one job whatever happens.

        Args:
            path: the file.
            options: options of the extraction.
            idempotency_key: makes a repeated call answer the same job; by default one for this call.
            fields: record_id, field_id, attachment_id, format, prefix.
        """
        file = Path(path)
        form = {name: value for name, value in fields.items() if value is not None}
        if options:
            form["options"] = json.dumps(options)
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return self._call("POST", "/upload", tries=self._tries, file=file, data=form, headers=headers).json()

    def job(self, job_id: str) -> dict[str, Any]:
        """One job."""
        return self._get(f"/jobs/{job_id}").json()

    def jobs(self, **filters: str | bool | int) -> Iterator[dict[str, Any]]:
        """All jobs that fit (status, format, error_code, prefix, record_id, attachment_id), newest first."""
        cursor: str | None = None
        while True:
            page = self._get("/jobs", params=filters | ({"cursor": cursor} if cursor else {})).json()
            yield from page["jobs"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def result(self, job_id: str) -> dict[str, Any]:
        """The whole result document, wherever it lies."""
        answer = self._get(f"/jobs/{job_id}/result")
        if answer.is_redirect:
            # Without our headers: the address is signed, and the token is for the API alone.
            document = httpx.get(answer.headers["Location"], timeout=self._http.timeout).raise_for_status().content
            # Some S3 services forget that the document is gzipped.
            return json.loads(gzip.decompress(document) if document.startswith(b"\x1f\x8b") else document)
        return answer.json()

    def wait(self, job_id: str, *, timeout: float = 600, poll: float = 0.5) -> dict[str, Any]:
        """The job when it is finished, however it ended.

        Raises:
            ServiceUnavailable: it was not finished in time.
        """
        deadline = time.monotonic() + timeout
        while (job := self.job(job_id))["status"] not in FINISHED:
            if time.monotonic() > deadline:
                raise ServiceUnavailable(f"Job {job_id} is still {job['status']} after {timeout:g} s.")
            time.sleep(poll)
        return job

    def retry(self, job_id: str) -> dict[str, Any]:
        """Try a failed or cancelled job again."""
        return self._call("POST", f"/jobs/{job_id}/retry").json()

    def cancel(self, job_id: str) -> None:
        """Cancel a job that is not finished."""
        self._call("DELETE", f"/jobs/{job_id}")

    def stats(self) -> dict[str, Any]:
        """Counts of jobs and of refusals."""
        return self._get("/jobs/stats").json()

    def health(self) -> dict[str, Any]:
        """Whether the database and the store of the API answer: `status` is "ready" or "not_ready"."""
        answer = self._send("GET", "/health/ready")
        return answer.json() if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE else _refuse_bad(answer).json()

    def _get(self, path: str, **request: Any) -> httpx.Response:
        return self._call("GET", path, tries=self._tries, **request)

    def _call(self, method: str, path: str, *, tries: int = 1, **request: Any) -> httpx.Response:
        """One call; again after a lost connection or a busy answer, as often as `tries` says."""
        for attempt in range(1, tries):
            try:
                answer = self._send(method, path, **request)
            except httpx.TransportError:
                pass
            else:
                if answer.status_code not in RETRIED_STATUSES:
                    return _refuse_bad(answer)
            time.sleep(min(2.0**attempt / 2, 10))
        try:
            return _refuse_bad(self._send(method, path, **request))
        except httpx.TransportError as error:
            raise ServiceUnavailable(f"The API does not answer ({type(error).__name__}: {error}).") from error

    def _send(self, method: str, path: str, *, file: Path | None = None, **request: Any) -> httpx.Response:
        if file is None:
            return self._http.request(method, ROOT + path, **request)
        with file.open("rb") as stream:  # from its beginning at every try
            return self._http.request(method, ROOT + path, files={"file": (file.name, stream)}, **request)


def _refuse_bad(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a good one.

    Raises:
        ApiRefused: it is not.
    """
    if answer.status_code < 400:
        return answer
    try:
        problem = answer.json()
        words = str(problem["code"]), str(problem["message"]), problem.get("hint")
    except (ValueError, KeyError, TypeError):
        words = "no_problem", "The answer is not of the extraction API.", "Check the address."
    raise ApiRefused(answer.status_code, *words)
