"""Options that several commands share, so that they are spelled, checked and explained the same everywhere."""

from __future__ import annotations

import json
from typing import Any

import typer

from pybase_pipelines.errors import JOB_ERRORS, OptionsInvalid


def check_error_code(value: str | None) -> str | None:
    """An error code that a job can have.

    Raises:
        BadParameter: it is none; the message lists those that are.
    """
    if value is not None and value not in JOB_ERRORS:
        raise typer.BadParameter(f"'{value}' is no error code. There are: {', '.join(JOB_ERRORS)}.")
    return value


JOBS = typer.Argument(None, help="Ids of jobs, or as much of their beginnings as is unique.", show_default=False)
STATUS = typer.Option(None, help="Only jobs with this status.", show_default=False)
FORMAT = typer.Option(None, "--format", help="Only files of this format.", show_default=False)
PREFIX = typer.Option(None, help="Only object keys that begin with this.", show_default=False)
ERROR_CODE = typer.Option(
    None, help="Only jobs that ended with this error.", show_default=False, callback=check_error_code
)
RECORD_ID = typer.Option(None, help="Only files of this record.", show_default=False)
EVERY = typer.Option(False, "--all", help="All jobs that can be.")
YES = typer.Option(False, "--yes", "-y", help="Do not ask.")
AS_JSON = typer.Option(False, "--json", help="Print what was done as JSON.")
JSON_LINES = typer.Option(False, "--json", help="Print one JSON object a line.")
DRY_RUN = typer.Option(False, "--dry-run", help="Say what would be done, and change nothing.")


def parse_json_object(text: str) -> dict[str, Any]:
    """The value of `--options`.

    Raises:
        OptionsInvalid: it is no JSON object.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise OptionsInvalid(f"--options is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise OptionsInvalid("--options must be a JSON object.")
    return values
