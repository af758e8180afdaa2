"""The FastAPI app: its routers, its errors, its beginning and its end.

`uvicorn --factory pybase_pipelines.api.app:create_app` serves it, and so does `python -m pybase_pipelines api`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request

from pybase_pipelines import __version__
from pybase_pipelines.api import health, jobs, uploads
from pybase_pipelines.api.auth import require_token
from pybase_pipelines.api.models import describe_refusals
from pybase_pipelines.api.problems import install_handlers
from pybase_pipelines.api.resources import Resources
from pybase_pipelines.settings import Settings, load_settings

ROOT = "/api/v1/extraction"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app; without settings those of the environment. Nothing is connected yet."""
    resources = Resources(settings or load_settings())

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        yield
        resources.close()

    app = FastAPI(
        title="Extraction of engineering files",
        version=__version__,
        description="Upload a PDF, DXF, DWG, IFC or STEP file; read its content as JSON.",
        lifespan=live,
        # The description is below the token, and the pages that FastAPI makes of it load scripts from elsewhere.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.resources = resources
    install_handlers(app, resources.refusals)
    guarded = APIRouter(prefix=ROOT, dependencies=[Depends(require_token)])
    for router in (uploads.router, jobs.router, health.router):
        guarded.include_router(router)
    guarded.add_api_route(
        "/openapi.json", _show_openapi, tags=["health"], responses=describe_refusals(), include_in_schema=False
    )
    app.include_router(health.open_router, prefix=ROOT)
    app.include_router(guarded)
    return app


def _show_openapi(request: Request) -> dict[str, Any]:
    """The description of the API."""
    return request.app.openapi()
