"""The envelope that every result has, whatever its format, and the base of the models of the contents.

A result is one JSON object: the envelope's fields, then the fields of the format's content model. The two are apart
because the extractor fills the content, stage by stage, and the sandbox knows everything else.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from pybase_pipelines.errors import PybaseError
from pybase_pipelines.formats.table import Detection, Format

SCHEMA_VERSION = "1.0"


class Shape(BaseModel):
    """Base of every model in a result: unknown fields are a mistake of ours, NaN and infinity become null."""

    model_config = ConfigDict(
        extra="forbid",
        ser_json_inf_nan="null",
        validate_assignment=False,
        serialize_by_alias=True,  # `schema_` is written as `schema`, a name that pydantic keeps for itself
        validate_by_name=True,
        validate_by_alias=True,
    )


class Problem(Shape):
    """A warning (something is missing or doubtful) or an error, and where: "page 3", "layout A3", "#123", a stage."""

    code: str
    message: str
    where: str | None = None


class Failure(Shape):
    """Why there is no result. `code` is one of `errors.JOB_ERRORS`.

    `detail` holds the circumstances where a child died: signal, stage, peak_memory_bytes, cpu_seconds, output_tail.
    """

    code: str
    message: str
    hint: str
    retryable: bool
    detail: dict[str, str | int | float] = Field(default_factory=dict)

    @classmethod
    def of(cls, error: PybaseError) -> Failure:
        return cls(code=error.code, message=error.message, hint=error.hint, retryable=error.retryable)


class ExtractorInfo(Shape):
    """Who read the file: our extractor's name and version, and the versions of the libraries it used."""

    name: str
    version: str
    libraries: dict[str, str] = Field(default_factory=dict)


class Envelope(Shape):
    """What is known of every file, extracted or failed. `timings` are seconds by stage."""

    schema_version: str = SCHEMA_VERSION
    source_path: str
    source_file: str
    source_type: Format | None
    success: bool
    is_partial: bool = False
    detection: Detection
    extractor: ExtractorInfo | None = None
    errors: list[Problem] = Field(default_factory=list)
    warnings: list[Problem] = Field(default_factory=list)
    timings: dict[str, float] = Field(default_factory=dict)
    error: Failure | None = None


class Content(Shape):
    """Base of the content models. A failed result carries an empty `metadata` and no other content field."""
