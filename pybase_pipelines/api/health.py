"""Whether the API lives (`/health`, open to everybody) and whether it can work (`/health/ready`)."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlalchemy import text

from pybase_pipelines import __version__
from pybase_pipelines.api.models import Check, Health, Readiness, describe_refusals
from pybase_pipelines.api.resources import Resources, get_resources
from pybase_pipelines.errors import PybaseError

open_router = APIRouter(prefix="/health", tags=["health"])
router = APIRouter(prefix="/health", tags=["health"])


@open_router.get("")
async def show_health() -> Health:
    """The process answers. Asks nobody else, so that a database that is down does not get the API restarted."""
    return Health(version=__version__)


_REFUSED = describe_refusals()
_NOT_READY = {"model": Readiness, "description": "Something that uploads need does not answer, or the API is closed."}


@router.get("/ready", responses={401: _REFUSED[401], 503: _NOT_READY})
def show_readiness(response: Response, resources: Annotated[Resources, Depends(get_resources)]) -> Readiness:
    """The database and the object store answer."""
    checks = {
        "database": _check(lambda: _ask_database(resources)),
        "object_store": _check(lambda: _ask_store(resources)),
    }
    is_ready = all(check.is_good for check in checks.values())
    if not is_ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(status="ready" if is_ready else "not_ready", checks=checks, refused=resources.refusals.snapshot())


def _check(ask: Callable[[], str]) -> Check:
    try:
        return Check(is_good=True, message=ask())
    except PybaseError as error:
        return Check(is_good=False, message=f"{error.message} {error.hint}")


def _ask_database(resources: Resources) -> str:
    with resources.ledger.reading() as session:
        session.execute(text("SELECT 1"))
    return f"{resources.ledger.engine.url.get_backend_name()} answers"


def _ask_store(resources: Resources) -> str:
    bucket = resources.settings.watched_sources()[0].bucket
    resources.store.list_page(bucket, "pybase-readiness-probe/")
    return f"bucket {bucket} answers"
