"""`upload`, `jobs` and `show`: files into the bucket, and a look at their jobs. Changing jobs is in `changes`."""

from __future__ import annotations

import gzip
import json
import mimetypes
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.table import Table

from pybase_pipelines.cli.console import err, make_job_table, out, printable, show_progress, show_size, show_time
from pybase_pipelines.cli.options import ERROR_CODE, FORMAT, JSON_LINES, PREFIX, RECORD_ID, STATUS, parse_json_object
from pybase_pipelines.errors import RequestError
from pybase_pipelines.formats.table import Format
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.settings import Settings, load_settings

if TYPE_CHECKING:
    from pybase_pipelines.ledger.service import ExtractionJobService
    from pybase_pipelines.ledger.views import JobView

JOB = typer.Argument(..., help="The job's id, or as much of its beginning as is unique.", show_default=False)


def add_commands(app: typer.Typer) -> None:
    for command in (upload, jobs, show):
        app.command()(command)


def upload(
    paths: list[Path] = typer.Argument(
        ..., help="Files, or folders that are uploaded as they are.", show_default=False
    ),
    prefix: str = typer.Option("", help="Put before each object key, such as 'project-7/'."),
    record_id: str | None = typer.Option(None, help="Id of the record that the files belong to."),
    field_id: str | None = typer.Option(None, help="Id of the field that the files belong to."),
    attachment_id: str | None = typer.Option(None, help="Id of the attachment that the file is."),
    options: str = typer.Option("{}", help="Options of the extraction, as a JSON object."),
    as_json: bool = JSON_LINES,
) -> None:
    """Put files into the watched bucket and make their jobs; the sensor launches them within seconds."""
    from pybase_pipelines.intake.instructions import is_sidecar, name_file
    from pybase_pipelines.ledger.records import Sidecar, Upload
    from pybase_pipelines.object_store.store import ObjectStore

    settings = load_settings()
    values = parse_json_object(options)
    store = ObjectStore(settings.store_address())
    ledger = open_ledger(settings)
    uploads: list[Upload] = []
    sidecars: list[Sidecar] = []
    plan = _plan_uploads(paths, settings.prefix + prefix)
    with show_progress("Uploading", len(plan)) as advance:
        for path, object_key in plan:
            advance(1)
            if not path.is_file():
                err.print(f"[red]{escape(printable(str(path)))}: there is no such file[/red]", soft_wrap=True)
                continue
            kind = mimetypes.guess_type(path.name)[0]
            listed = store.upload_file(path, settings.bucket, object_key, content_type=kind)
            if is_sidecar(object_key):
                sidecars.append(Sidecar(settings.bucket, name_file(object_key), listed.etag))
                continue
            uploads.append(
                Upload(
                    settings.bucket,
                    object_key,
                    etag=listed.etag,
                    size=listed.size,
                    uploaded_at=listed.modified_at,
                    options=values,
                    record_id=record_id,
                    field_id=field_id,
                    attachment_id=attachment_id,
                    max_retries=settings.max_retries,
                )
            )
    ledger.register_uploads(uploads)
    ledger.register_sidecars(sidecars)
    refs = dict.fromkeys([*(each.ref for each in uploads), *(each.ref for each in sidecars)])
    current = ledger.latest_jobs_for_objects(refs)
    for ref in refs:
        job_id = current[ref].id if ref in current else None
        if as_json:
            told = {"job": job_id, "bucket": ref.bucket, "object_key": ref.object_key}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
            continue
        words = f"{job_id or '-'}  {printable(ref.object_key)}"
        out.print(words, markup=False, highlight=False, soft_wrap=True)
    if len(uploads) + len(sidecars) < len(plan):
        raise typer.Exit(1)


def jobs(
    status: Status | None = STATUS,
    format_: Format | None = FORMAT,
    prefix: str | None = PREFIX,
    error_code: str | None = ERROR_CODE,
    record_id: str | None = RECORD_ID,
    current: bool = typer.Option(False, "--current", help="Only what is in the bucket now."),
    limit: int = typer.Option(50, min=1, max=100_000, help="Most jobs shown, newest first."),
    as_json: bool = JSON_LINES,
) -> None:
    """List jobs, newest first."""
    found = open_ledger(load_settings()).list_jobs(
        status=status,
        format=format_,
        prefix=prefix,
        error_code=error_code,
        record_id=record_id,
        current_only=current,
        limit=limit,
    )
    if as_json:
        for job in found:
            sys.stdout.write(json.dumps(job.to_dict() | {"result": None}) + "\n")
        return
    out.print(make_job_table(found))
    if len(found) == limit:
        err.print(f"[dim]The newest {limit}; --limit shows more.[/dim]")


def show(
    job_id: str = JOB,
    result: bool = typer.Option(False, "--result", help="Print the whole result document as JSON."),
    as_json: bool = typer.Option(False, "--json", help="Print the job as JSON."),
) -> None:
    """Show one job: where it stands, what came of it, what to do."""
    settings = load_settings()
    job = open_ledger(settings).find_job(job_id)
    if result:
        sys.stdout.write(json.dumps(_read_result(settings, job), ensure_ascii=False, indent=2) + "\n")
        return
    if as_json:
        sys.stdout.write(json.dumps(job.to_dict(), ensure_ascii=False, indent=2) + "\n")
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _describe(job):
        table.add_row(name, escape(printable(value)))
    out.print(table)


def open_ledger(settings: Settings) -> ExtractionJobService:
    """The ledger of the settings, its tables brought up to date."""
    from pybase_pipelines.ledger.schema import upgrade
    from pybase_pipelines.ledger.service import ExtractionJobService

    settings.resolved_state_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
    url = settings.ledger_url()
    upgrade(url)
    return ExtractionJobService(url)


def _plan_uploads(paths: list[Path], prefix: str) -> list[tuple[Path, str]]:
    """Each file with its object key: a file by its name, a folder's files by their path below it; sidecars first."""
    from pybase_pipelines.intake.instructions import is_sidecar

    plan: list[tuple[Path, str]] = []
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file())
            plan += [(p, f"{prefix}{path.resolve().name}/{p.relative_to(path).as_posix()}") for p in files]
        else:
            plan.append((path, prefix + path.name))
    return sorted(plan, key=lambda each: not is_sidecar(each[1]))


def _read_result(settings: Settings, job: JobView) -> object:
    """The whole result: from the object store where it lies there, else from the row.

    Raises:
        RequestError: there is none.
    """
    from pybase_pipelines.object_store.store import ObjectStore

    if job.result_path is None:
        if job.result is None:
            why = f"{job.error_code}: {job.error_message}" if job.error_code else "nothing was read yet"
            hint = job.error_hint or f"Look again later: `python -m pybase_pipelines show {job.id[:8]}`."
            raise RequestError(f"The job is {job.status} and has no result ({why}).", hint=hint)
        return job.result
    bucket, _, object_key = job.result_path.removeprefix("s3://").partition("/")
    return json.loads(gzip.decompress(ObjectStore(settings.store_address()).get(bucket, object_key)))


def _describe(job: JobView) -> list[tuple[str, str]]:
    rows = [
        ("job", job.id),
        ("file", job.object_key or job.filename),
        ("address", job.file_url),
        ("size", show_size(job.file_size)),
        ("sha256", job.content_hash or ""),
        ("format", " ".join(part for part in (job.format, job.format_version) if part)),
        ("extractor", " ".join(part for part in (job.extractor_name, job.extractor_version) if part)),
        ("record", job.record_id or ""),
        ("field", job.field_id or ""),
        ("attachment", job.attachment_id or ""),
        ("options", _describe_options(job)),
        ("status", f"{job.status}{' (partial)' if job.is_partial else ''}"),
        ("stage", job.stage if job.stage and job.status == "processing" else ""),
        ("error", job.error_code or ""),
        ("message", job.error_message or ""),
        ("what to do", job.error_hint or ""),
        ("attempts", f"{job.attempts} ({job.retry_count} of {job.max_retries} retries)"),
        ("next try", show_time(job.next_retry_at)),
        ("uploaded", show_time(job.uploaded_at)),
        ("created", show_time(job.created_at)),
        ("started", show_time(job.started_at)),
        ("completed", show_time(job.completed_at)),
        ("seconds", f"{job.duration_ms / 1000:.2f}" if job.duration_ms is not None else ""),
        ("peak memory", show_size(job.peak_memory_bytes) if job.peak_memory_bytes else ""),
        ("run", job.run_id or ""),
        ("copied from", job.duplicate_of or ""),
        ("result", job.result_path or ("in the row: show --result" if job.result else "")),
    ]
    for warning in (job.result or {}).get("warnings", [])[:20]:
        where = f" ({warning['where']})" if warning.get("where") else ""
        rows.append(("warning", f"{warning['code']}: {warning['message']}{where}"))
    counts = {name: n for name, n in (job.result or {}).get("counts", {}).items() if n}
    rows.append(("counts", ", ".join(f"{n:,} {name}" for name, n in counts.items())))
    return [(name, value) for name, value in rows if value]


def _describe_options(job: JobView) -> str:
    options = json.dumps(job.shown_options(), ensure_ascii=False) if job.options else ""
    return f"{options} ({job.options_source})" if options and job.options_source else options
