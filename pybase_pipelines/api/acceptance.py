"""Whether an upload is accepted, and under which object key: by its content, before anything is stored.

What belongs here: decisions about one received file and its fields. What does not: HTTP (`forms`, `uploads`).
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pybase_pipelines.api.forms import ReceivedForm
from pybase_pipelines.errors import LimitExceeded, OptionsInvalid, RequestError, UnsupportedFormat
from pybase_pipelines.extractors.contract import parse_options
from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.detection import detect
from pybase_pipelines.formats.refusal import refuse
from pybase_pipelines.formats.table import FORMATS, Detection, Format
from pybase_pipelines.intake.listing import ListingRules, choose_uploads
from pybase_pipelines.object_store.store import ListedObject
from pybase_pipelines.settings import Settings, Source

MOST_KEY_BYTES = 1024
UPLOADS_FOLDER = "uploads/"
"""Uploads that name no prefix lie here, each in a folder of its own, so that equal names do not meet."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SEPARATORS = re.compile(r"[/\\]")


def _parse_options(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


_Link = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]


class UploadFields(BaseModel):
    """The fields of the form beside the file; an unknown one is refused, an empty one is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    record_id: _Link | None = None
    field_id: _Link | None = None
    attachment_id: _Link | None = None
    options: Annotated[dict[str, Any], BeforeValidator(_parse_options)] = Field(default_factory=dict)
    format: Format | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An upload that may be stored."""

    object_key: str
    filename: str
    fields: UploadFields
    detection: Detection


def accept(form: ReceivedForm, settings: Settings, source: Source, folder: str | None = None) -> Accepted:
    """Look at what was received. `folder` names the upload's own folder where the caller gives no prefix.

    Raises:
        RequestError, OptionsInvalid: a field or a name is not valid.
        FileError: the content is none that is extracted; which one, and why, is in the message.
    """
    fields = parse_fields(form.fields)
    filename = clean_filename(form.filename)
    object_key = make_object_key(filename, fields.prefix, settings, source, folder)
    detection = _as_asked(detect(form.path, filename), fields.format)
    if (refusal := refuse(detection, form.size, settings.max_file_bytes)) is not None:
        raise refusal
    format_ = fields.format or detection.format
    if fields.options and format_ is not None:
        parse_options(EXTRACTORS[format_].load_options(), fields.options)
    return Accepted(object_key, filename, fields, detection)


def parse_fields(values: dict[str, str]) -> UploadFields:
    """The form's fields as what they mean.

    Raises:
        OptionsInvalid: the options are not a JSON object.
        RequestError: another field is not valid.
    """
    try:
        return UploadFields.model_validate({name: value for name, value in values.items() if value != ""})
    except ValidationError as error:
        reasons = {".".join(str(part) for part in e["loc"]): e["msg"] for e in error.errors()}
        if "options" in reasons:
            raise OptionsInvalid("The options are not a JSON object.", hint='Send them as {"name": value}.') from error
        words = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        hint = f"There are: file, {', '.join(UploadFields.model_fields)}."
        raise RequestError(f"The form is not valid: {words}.", hint=hint) from error
    except RecursionError as error:
        raise OptionsInvalid("The options are nested too deeply.") from error


def clean_filename(name: str) -> str:
    """The last part of the name: what a path says about the caller's disk is none of our business.

    Raises:
        RequestError: nothing is left, or it holds control characters.
    """
    last = _SEPARATORS.split(name)[-1]
    if last.strip(". ") == "" or _CONTROLS.search(last):
        raise RequestError(f"{name[:100]!r} is not a file name.", hint="Give the file a name, with its extension.")
    return last


def make_object_key(
    filename: str, prefix: str | None, settings: Settings, source: Source, folder: str | None = None
) -> str:
    """Where the file goes in the bucket: below what is watched, and never where our own documents lie.

    Raises:
        RequestError: the prefix is not one, or the sensor would not look at such an object.
        LimitExceeded: the object's key is too long.
    """
    if prefix is None:
        prefix = f"{UPLOADS_FOLDER}{folder or uuid.uuid4().hex}/"
    parts = prefix.removesuffix("/").split("/")
    if _CONTROLS.search(prefix) or "\\" in prefix or any(part in ("", ".", "..") for part in parts):
        hint = "A prefix is a folder such as 'project-7/' or 'project-7/drawings/'."
        raise RequestError(f"{prefix[:100]!r} is not a prefix.", hint=hint)
    object_key = f"{source.prefix}{'/'.join(parts)}/{filename}"
    if len(object_key.encode()) > MOST_KEY_BYTES:
        words = f"The object's key would have more than {MOST_KEY_BYTES:,} bytes."
        raise LimitExceeded(words, hint="Shorten the file's name or the prefix.")
    ignored = (*settings.ignore_globs, *source.ignore)
    rules = ListingRules(ignore_globs=ignored, own_prefix=settings.results_prefix, minimum_age=timedelta(0))
    now = datetime.now(UTC)
    if not choose_uploads([ListedObject(object_key, "", 1, now)], rules, now):
        hint = "PYBASE_IGNORE_GLOBS and PYBASE_RESULTS_PREFIX say what is never read. Use another name."
        raise RequestError(f"{filename[:100]!r} is of a kind of names that are not read.", hint=hint)
    return object_key


def _as_asked(found: Detection, format_: Format | None) -> Detection:
    """What the file is, if that is what the caller says; a drawing may also be read by Werk24.

    Raises:
        UnsupportedFormat: the content is of another format.
    """
    if format_ is None or found.format is None or found.format is format_:
        return found
    if format_ is Format.WERK24 and found.format is Format.PDF:
        return found
    raise UnsupportedFormat(
        f"The format {FORMATS[format_].label} was asked for, but the content is {FORMATS[found.format].label}.",
        hint="Leave the field 'format' out: the content decides.",
    )
