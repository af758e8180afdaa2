"""`/jobs`: list, statistics, one job, its result, retry, cancel."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse, RedirectResponse

from pybase_pipelines.api.models import JobPage, ResultLink, Stats, describe_refusals
from pybase_pipelines.api.problems import Refusal
from pybase_pipelines.api.resources import Resources, get_resources
from pybase_pipelines.errors import RequestError
from pybase_pipelines.formats.table import Format
from pybase_pipelines.ledger.states import OPEN, Status
from pybase_pipelines.ledger.views import JobView

POLL_SECONDS = 2

router = APIRouter(prefix="/jobs", tags=["jobs"])

Access = Annotated[Resources, Depends(get_resources)]
Text = Annotated[str | None, Query(max_length=1024, pattern=r"^[^\x00]*$")]
_CURSOR = re.compile(r"[0-9T:.+-]{10,40}\|[0-9a-f-]{36}")


@router.get("", responses=describe_refusals(400, 422))
def list_jobs(
    resources: Access,
    status: Status | None = None,
    format: Format | None = None,
    error_code: Annotated[str | None, Query(pattern="^[a-z_0-9]{1,64}$")] = None,
    prefix: Text = None,
    record_id: Text = None,
    attachment_id: Text = None,
    current_only: Annotated[
        bool, Query(description="Leave out jobs of older versions and of deleted objects.")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.", max_length=200)] = None,
) -> JobPage:
    """Jobs, newest first, a page at a time; `prefix` is of the object key."""
    found = resources.ledger.list_jobs(
        status=status, format=format, error_code=error_code, prefix=prefix, record_id=record_id,
        attachment_id=attachment_id, current_only=current_only, limit=limit + 1,
        cursor=_open_cursor(cursor) if cursor else None,
    )  # fmt: skip
    page = found[:limit]
    is_more = len(found) > limit
    return JobPage(
        jobs=[job.model_copy(update={"result": None}) for job in page],
        next_cursor=_close_cursor(page[-1].cursor) if is_more else None,
    )


@router.get("/stats", responses=describe_refusals())
def show_stats(resources: Access) -> Stats:
    """How many jobs there are by status, format and error; and what was refused."""
    return Stats(**resources.ledger.stats().model_dump(), refused=resources.refusals.snapshot())


@router.get("/{job_id}", responses=describe_refusals(404, 422))
def show_job(resources: Access, job_id: UUID) -> JobView:
    """One job. `result` is the whole document where it is small, else its summary."""
    return resources.ledger.get_job(str(job_id))


@router.get(
    "/{job_id}/result",
    response_model=None,
    responses={
        200: {
            "description": "The document, where it is small; with `redirect=false` the address of a large one.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        307: {
            "description": "Where the document lies: JSON, gzipped as its Content-Encoding says.",
            "headers": {"Location": {"description": "A signed address.", "schema": {"type": "string"}}},
        },
        **describe_refusals(404, 409, 422),
    },
)
def show_result(
    resources: Access,
    job_id: UUID,
    redirect: Annotated[bool, Query(description="False: answer the address as JSON.")] = True,
) -> Response:
    """The whole result document."""
    job = resources.ledger.get_job(str(job_id))
    if job.result_path is None:
        return JSONResponse(_read_inline(job))
    seconds = resources.settings.signed_url_seconds
    bucket, _, object_key = job.result_path.removeprefix("s3://").partition("/")
    url = resources.store.sign_download(
        bucket, object_key, seconds, content_type="application/json", content_encoding="gzip"
    )
    if redirect:
        return RedirectResponse(url, HTTPStatus.TEMPORARY_REDIRECT, {"Cache-Control": "no-store"})
    link = ResultLink(
        url=url,
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
        bytes=job.result_bytes,
        sha256=job.result_sha256,
    )
    return JSONResponse(link.model_dump(mode="json"), headers={"Cache-Control": "no-store"})


@router.post("/{job_id}/retry", status_code=HTTPStatus.ACCEPTED, responses=describe_refusals(404, 409, 422))
def retry_job(resources: Access, job_id: UUID) -> JobView:
    """Try a failed or cancelled job again, with its whole budget of retries."""
    job = resources.ledger.retry_job(str(job_id))
    resources.launcher.launch_soon(job)
    return job


@router.delete("/{job_id}", status_code=HTTPStatus.NO_CONTENT, responses=describe_refusals(404, 409, 422))
def cancel_job(resources: Access, job_id: UUID) -> None:
    """Cancel a pending or processing job."""
    resources.ledger.cancel_job(str(job_id), "Cancelled over the API.")


def _read_inline(job: JobView) -> dict[str, Any]:
    """The document of the row.

    Raises:
        Refusal: there is none (yet), with the job's own reason.
    """
    if job.status in OPEN:
        words = f"The job is {job.status}; its result is not there yet."
        headers = {"Retry-After": str(POLL_SECONDS)}
        raise Refusal(HTTPStatus.CONFLICT, "result_not_ready", words, "Ask again in a few seconds.", headers)
    if job.result is None or job.status != Status.COMPLETED:
        message = job.error_message or f"The job is {job.status}; it has no result."
        hint = job.error_hint or "Retry the job: POST /jobs/{id}/retry."
        raise Refusal(HTTPStatus.CONFLICT, job.error_code or f"job_{job.status}", message, hint)
    return job.result


def _close_cursor(cursor: str) -> str:
    return base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


def _open_cursor(cursor: str) -> str:
    """The ledger's cursor out of the one that callers see.

    Raises:
        RequestError: it is none of ours.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        text = ""
    if not _CURSOR.fullmatch(text):
        raise RequestError("The cursor is none of ours.", hint="Give `next_cursor` of the page before, unchanged.")
    return text
