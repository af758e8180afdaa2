"""`POST /upload`: a file becomes an object and a pending job, and is launched."""

from __future__ import annotations

import hashlib
import mimetypes
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from pybase_pipelines.api.acceptance import accept
from pybase_pipelines.api.forms import FILE_FIELD, ReceivedForm, receive_form
from pybase_pipelines.api.models import describe_refusals
from pybase_pipelines.api.resources import Resources, get_resources
from pybase_pipelines.formats.table import Format
from pybase_pipelines.ledger.model import AUTO
from pybase_pipelines.ledger.records import Upload
from pybase_pipelines.ledger.texts import digest_json
from pybase_pipelines.ledger.views import JobView

router = APIRouter(tags=["upload"])

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FILE_FIELD],
                    "additionalProperties": False,
                    "properties": {
                        FILE_FIELD: {"type": "string", "format": "binary", "description": "The file, with its name."},
                        "record_id": {"type": "string", "maxLength": 255},
                        "field_id": {"type": "string", "maxLength": 255},
                        "attachment_id": {"type": "string", "maxLength": 255},
                        "options": {"type": "string", "description": "Options of the extraction, a JSON object."},
                        "format": {"type": "string", "enum": [each.value for each in Format]},
                        "prefix": {"type": "string", "description": "Folder in the bucket; default: one of its own."},
                    },
                }
            }
        },
    }
}


@router.post(
    "/upload",
    status_code=HTTPStatus.ACCEPTED,
    response_model=JobView,
    response_description="The job; it is pending, or what it was if the same was uploaded before.",
    responses={
        202: {"headers": {"Location": {"description": "Address of the job.", "schema": {"type": "string"}}}},
        **describe_refusals(400, 408, 409, 413, 415, 422),
    },
    openapi_extra=_FORM,
)
async def upload(
    request: Request,
    response: Response,
    resources: Annotated[Resources, Depends(get_resources)],
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[\x21-\x7e]{1,255}$", description="Repeating a request with the same key answers the same job."
        ),
    ] = None,
) -> JobView:
    """Upload one file. It is looked at before it is accepted: what cannot be extracted is refused with the reason."""
    with resources.upload_slot():
        folder = await run_in_threadpool(lambda: resources.incoming)
        async with receive_form(request, folder, resources.settings.max_file_bytes) as form:
            job = await run_in_threadpool(_take_in, resources, form, idempotency_key)
    resources.launcher.launch_soon(job)
    response.headers["Location"] = str(request.app.url_path_for("show_job", job_id=job.id))
    return job


def _take_in(resources: Resources, form: ReceivedForm, key: str | None) -> JobView:
    """Look at the file, put it into the bucket, make its job; with a key, as often as it is repeated, once."""
    settings, ledger = resources.settings, resources.ledger
    source = settings.watched_sources()[0]
    # A key leads to one object, so that two requests at once write the same object and find the same job.
    accepted = accept(form, settings, source, folder=hashlib.sha256(key.encode()).hexdigest()[:32] if key else None)
    fields = accepted.fields
    if key is not None:
        asked = fields.model_dump(mode="json") | {"filename": accepted.filename, "sha256": form.sha256}
        if (job := ledger.reserve_key(key, digest_json(asked))) is not None:
            return job
    media_type = mimetypes.guess_type(accepted.filename)[0]
    listed = resources.store.upload_file(form.path, source.bucket, accepted.object_key, content_type=media_type)
    job = ledger.register_own_upload(
        Upload(
            bucket=source.bucket,
            object_key=accepted.object_key,
            etag=listed.etag,
            size=listed.size,
            uploaded_at=listed.modified_at,
            filename=accepted.filename,
            extractor=fields.format.value if fields.format else AUTO,
            options=fields.options,
            record_id=fields.record_id,
            field_id=fields.field_id,
            attachment_id=fields.attachment_id,
            max_retries=settings.max_retries,
        )
    )
    if key is not None:
        ledger.complete_key(key, job.id)
    return job
