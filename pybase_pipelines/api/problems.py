"""Everything that goes wrong, in one shape: {code, message, hint}; counted, and logged without secrets."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from pybase_pipelines.api.models import Problem
from pybase_pipelines.errors import (
    FileError,
    FileTooLarge,
    InternalError,
    InvalidTransition,
    JobNotFound,
    KeyReused,
    PybaseError,
    RequestError,
    SetupError,
    SurroundingsError,
)

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5

_STATUSES: tuple[tuple[type[PybaseError], HTTPStatus], ...] = (
    (FileTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (FileError, HTTPStatus.BAD_REQUEST),
    (JobNotFound, HTTPStatus.NOT_FOUND),
    (InvalidTransition, HTTPStatus.CONFLICT),
    (KeyReused, HTTPStatus.CONFLICT),
    (RequestError, HTTPStatus.BAD_REQUEST),
    (SurroundingsError, HTTPStatus.SERVICE_UNAVAILABLE),
    (SetupError, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""The first row that fits."""


class Refusal(Exception):
    """A refusal that only HTTP knows: its status, what was wrong, and what to do."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, hint: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problem = Problem(code=code, message=message, hint=hint)
        self.headers = headers or {}


class RefusalCounter:
    """How often what was refused since the start of this process."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, code: str) -> None:
        with self._lock:
            self._counts[code] += 1

    def snapshot(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counts)


Handler = Callable[[Request, Exception], Awaitable[Response]]


def install_handlers(app: FastAPI, refusals: RefusalCounter) -> None:
    """Answer every error of the app in the one shape."""
    describers: dict[type[Exception], Callable[[Exception], Refusal]] = {
        Refusal: _keep,
        PybaseError: _describe_ours,
        RequestValidationError: _describe_invalid,
        HTTPException: _describe_http,
        ClientDisconnect: _describe_disconnect,
        Exception: _describe_defect,
    }
    for kind, describe in describers.items():
        app.add_exception_handler(kind, _make_handler(describe, refusals))


def _make_handler(describe: Callable[[Exception], Refusal], refusals: RefusalCounter) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        refusal = describe(error)
        refusals.count(refusal.problem.code)
        client = request.client.host if request.client else "-"
        # Neither headers nor values: a message may quote what the caller sent.
        logger.info(
            "refused %s %r from %s: %d %s",
            request.method,
            request.url.path,
            client,
            refusal.status,
            refusal.problem.code,
        )
        return JSONResponse(refusal.problem.model_dump(), refusal.status, refusal.headers)

    return handle


def _keep(error: Exception) -> Refusal:
    assert isinstance(error, Refusal)  # noqa: S101 - the handler of this very type
    return error


def _describe_ours(error: Exception) -> Refusal:
    assert isinstance(error, PybaseError)  # noqa: S101 - the handler of this very type
    status = next((s for kind, s in _STATUSES if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if isinstance(error, SurroundingsError) else {}
    return Refusal(status, error.code, error.message, error.hint, headers)


def _describe_invalid(error: Exception) -> Refusal:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the handler of this very type
    reasons = "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
    hint = "Correct what the message names; /api/v1/extraction/openapi.json describes every parameter."
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, RequestError.code, f"The request is not valid: {reasons}.", hint)


def _describe_http(error: Exception) -> Refusal:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler of this very type
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "_").replace("-", "_")
    hint = "/api/v1/extraction/openapi.json describes what there is."
    return Refusal(status, code, f"{error.detail}.", hint, dict(error.headers or {}))


def _describe_disconnect(_error: Exception) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "client_disconnected", "The caller hung up.", "Send the request again.")


def _describe_defect(error: Exception) -> Refusal:
    defect = InternalError(f"The request failed by a defect of the program ({type(error).__name__}).")
    hint = "Please report this with the time of the request; the log of the API has the details."
    # The server ends the connection after a defect, and the caller should not send its next request over it.
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, defect.code, defect.message, hint, {"Connection": "close"})
