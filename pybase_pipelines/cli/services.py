"""`dev`, `demo` and `api`: the embedded default as a person meets it, and the HTTP API alone."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from pybase_pipelines.cli.console import err, make_job_table, out, printable
from pybase_pipelines.cli.files import make_folder
from pybase_pipelines.cli.jobs import open_ledger
from pybase_pipelines.settings import Settings, load_settings

if TYPE_CHECKING:
    from pybase_pipelines.ledger.service import ExtractionJobService
    from pybase_pipelines.ledger.views import JobView
    from pybase_pipelines.local.samples import Sample
    from pybase_pipelines.local.stack import Stack

POLL_SECONDS = 0.3
RUN_END_SECONDS = 20.0


def add_commands(app: typer.Typer) -> None:
    app.command()(dev)
    app.command()(demo)
    app.command()(api)


def dev(
    port: int | None = typer.Option(None, min=1, max=65535, help="Port of the UI. Default: 3000, or a free one."),
) -> None:
    """Run the Dagster UI, the sensor, the HTTP API, an S3 server and a database on loopback, until Ctrl-C."""
    from pybase_pipelines.local.stack import locked_state, read_ui_address, running_stack, supervise_until_interrupted

    settings = load_settings()
    _end_on_sigterm()
    with locked_state(settings) as is_mine:
        if not is_mine:
            err.print(f"It is already running: {read_ui_address(settings) or 'a demo, without a UI'}")
            raise typer.Exit(1)
        open_ledger(settings)
        try:
            err.print("Starting the S3 server, the database and Dagster ...")
            with running_stack(settings, with_ui=True, ui_port=port) as stack:
                stack.start_api()
                _print_addresses(settings, stack)
                supervise_until_interrupted(stack)
        except KeyboardInterrupt:
            err.print("Stopped. Everything is kept; the next start carries on.")


def demo(
    timeout: float = typer.Option(300, min=10, help="Seconds to wait for the jobs."),
    keep: Path | None = typer.Option(None, help="Also write the sample files into this folder, and keep them."),
) -> None:
    """Run the main job end to end on sample files: upload, detect, extract, record, and show the jobs."""
    from pybase_pipelines.local.samples import write_samples
    from pybase_pipelines.local.stack import locked_state, running_stack, wait_until_reachable

    settings = load_settings()
    _end_on_sigterm()
    with ExitStack() as stack:
        if keep is not None:
            make_folder(keep)
        folder = keep or Path(stack.enter_context(TemporaryDirectory(prefix="pybase-demo-")))
        ledger = open_ledger(settings)
        if stack.enter_context(locked_state(settings)):
            err.print("Starting the S3 server, the database and Dagster ...")
            stack.enter_context(running_stack(settings, with_ui=False))
        else:
            err.print("Using the embedded default that is running already.")
            wait_until_reachable(settings)
        err.print("Writing and uploading the sample files ...")
        samples = write_samples(folder)
        keys = _upload_samples(settings, samples)
        jobs = _wait_for_jobs(ledger, settings.bucket, list(keys), timeout)
        _wait_for_runs(settings)
    out.print(make_job_table(jobs, title="Jobs of the demo"))
    surprises = _find_surprises(jobs, keys)
    for line in surprises:
        err.print(f"[red]{escape(printable(line))}[/red]", soft_wrap=True)
    if surprises:
        raise typer.Exit(1)
    bad = sum(1 for sample in samples if sample.expected_error)
    out.print(
        f"{len(samples) - bad} files are data now; {bad} bad ones are failed with the reason. "
        "Next: `make dev` shows them in the UI."
    )


def api(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; anything but loopback belongs behind TLS."),
    port: int = typer.Option(8000, min=1, max=65535, help="Port to listen on."),
) -> None:
    """Serve the HTTP API alone, until Ctrl-C. The tokens that may call are PYBASE_API_TOKENS."""
    import uvicorn

    from pybase_pipelines.api.app import ROOT

    err.print(f"API  http://{host}:{port}{ROOT}", highlight=False, soft_wrap=True)
    if not load_settings().api_tokens:
        err.print("[yellow]It is closed: PYBASE_API_TOKENS names no token.[/yellow]")

    uvicorn.run(
        "pybase_pipelines.api.app:create_app",
        factory=True,
        host=host,
        port=port,
        log_config=None,  # ours, on stderr, is set up already
        access_log=False,
        server_header=False,
        limit_concurrency=256,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=8,
    )


def _print_addresses(settings: Settings, stack: Stack) -> None:
    out.print(f"Dagster UI   {stack.engine.ui_url}")
    if stack.store is not None and stack.store.address is not None:
        out.print(f"S3 endpoint  {stack.store.address.endpoint_url}", soft_wrap=True)
        out.print(f"S3 keys      {settings.resolved_state_dir() / 'seaweedfs' / 'identities.json'}", soft_wrap=True)
    if stack.api is not None:
        out.print(f"API          {stack.api.address}", soft_wrap=True)
        token = stack.api.token or "one of PYBASE_API_TOKENS"
        out.print(f"API token    {token}", markup=False, highlight=False, soft_wrap=True)
        if stack.api.token is not None:
            out.print(f"             (kept in {stack.api.token_file})", soft_wrap=True)
    out.print(f"Bucket       {settings.bucket}")
    out.print(f"Upload       {_name_python()} -m pybase_pipelines upload FILE...", soft_wrap=True)
    out.print("Ctrl-C stops everything; what was done is kept.")


def _name_python() -> str:
    """This Python as a person types it here: nothing says that its environment is activated."""
    python = Path(sys.executable)
    return str(python.relative_to(Path.cwd())) if python.is_relative_to(Path.cwd()) else str(python)


def _upload_samples(settings: Settings, samples: list[Sample]) -> dict[str, Sample]:
    """Put the samples under a prefix of their own, so that every demo runs its jobs anew."""
    from pybase_pipelines.object_store.store import ObjectStore

    store = ObjectStore(settings.store_address())
    prefix = f"{settings.prefix}demo/{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}/"
    keys = {prefix + sample.path.name: sample for sample in samples}
    for object_key, sample in keys.items():
        store.upload_file(sample.path, settings.bucket, object_key)
    return keys


def _wait_for_jobs(ledger: ExtractionJobService, bucket: str, keys: list[str], timeout: float) -> list[JobView]:
    """The jobs of the objects, when all are finished or the time is up; progress goes to stderr."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from pybase_pipelines.ledger.views import ObjectRef

    refs = [ObjectRef(bucket, key) for key in keys]
    deadline = time.monotonic() + timeout
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as progress:
        bar = progress.add_task("Waiting for the sensor", total=len(keys))
        while True:
            found = ledger.latest_jobs_for_objects(refs)
            jobs = [found[ref] for ref in refs if ref in found]
            finished = [job for job in jobs if job.status in {"completed", "failed", "cancelled"}]
            busy = next(
                (f"{job.filename}: {job.stage or job.status}" for job in jobs if job.status == "processing"), ""
            )
            progress.update(
                bar,
                completed=len(finished),
                description=escape(printable(busy)) or ("Waiting for a run" if jobs else "Waiting for the sensor"),
            )
            if len(finished) == len(keys) or time.monotonic() > deadline:
                return jobs
            time.sleep(POLL_SECONDS)


def _wait_for_runs(settings: Settings) -> None:
    """Let the runs tell Dagster of their end, so that the UI shows it later; their jobs are done already."""
    from pybase_pipelines.orchestration.liveness import find_live_runs

    deadline = time.monotonic() + RUN_END_SECONDS
    while find_live_runs(settings.resolved_state_dir() / "runs") and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _find_surprises(jobs: list[JobView], keys: dict[str, Sample]) -> list[str]:
    """Where a sample did not end as it should."""
    by_key = {job.object_key: job for job in jobs}
    surprises = []
    for object_key, sample in keys.items():
        job = by_key.get(object_key)
        ended = (job.status, job.error_code) if job else ("unknown", None)
        expected = ("failed", sample.expected_error) if sample.expected_error else ("completed", None)
        if job is not None and job.is_partial != sample.is_partial:
            surprises.append(f"{sample.path.name}: partial is {job.is_partial}, expected {sample.is_partial}.")
        if ended != expected:
            words = [" ".join(filter(None, state)) for state in (expected, ended)]
            surprises.append(f"{sample.path.name}: expected {words[0]}, found {words[1]}.")
    return surprises


def _end_on_sigterm() -> None:
    """End in order on SIGTERM and on Ctrl-C, so that what was started is stopped."""

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)  # also where a shell started us in the background, which ignores it
