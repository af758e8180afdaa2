"""What the API answers, beyond the job itself (`ledger.views.JobView`), and which refusals each call may answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from pybase_pipelines.ledger.views import JobView, LedgerStats


class Problem(BaseModel):
    """Why a request was refused, and what to do."""

    code: str = Field(description="One word for programs.", examples=["unsupported_format"])
    message: str = Field(description="What was found, for people.")
    hint: str = Field(description="What to do.")


class JobPage(BaseModel):
    """Jobs, newest first; their `result` is left out here."""

    jobs: list[JobView]
    next_cursor: str | None = Field(description="Give it as `cursor` to go on; null at the end.")


class ResultLink(BaseModel):
    """Where a result document can be fetched without a token, for a while."""

    url: str
    expires_at: datetime
    bytes: int | None = Field(description="Size of the document, unpacked.")
    sha256: str | None = Field(description="Of the document, unpacked.")


class Stats(LedgerStats):
    """Counts of the jobs, and of what this process of the API refused since it started."""

    refused: dict[str, int]


class Health(BaseModel):
    """The API answers."""

    status: Literal["ok"] = "ok"
    version: str


class Check(BaseModel):
    """Whether one service answers."""

    is_good: bool
    message: str


class Readiness(BaseModel):
    """Whether everything that an upload needs is there."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, Check]
    refused: dict[str, int]


_WORDS = {
    400: "The file or the form was refused: the reason, and what to do.",
    401: "The bearer token is missing or wrong.",
    404: "There is no such job.",
    408: "The upload stood still.",
    409: "The job's state does not allow it, or the idempotency key belongs to another request.",
    413: "The file is larger than the limit.",
    415: "The body is not a multipart form.",
    422: "A parameter is not valid.",
    503: "The API is closed, busy, or a service that it needs does not answer.",
}


def describe_refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of the refusals that a call may answer."""
    return {status: {"model": Problem, "description": _WORDS[status]} for status in (*statuses, 401, 503)}
