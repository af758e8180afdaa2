"""`retry`, `cancel` and `reextract`: one job by its id, or many by what they have in common.

Many are changed only after a look at how many: a person confirms, a script says `--yes`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer
from rich import box
from rich.table import Table

from pybase_pipelines.cli.console import err, out, print_error, show_progress, show_size
from pybase_pipelines.cli.jobs import open_ledger
from pybase_pipelines.cli.options import (
    AS_JSON,
    DRY_RUN,
    ERROR_CODE,
    EVERY,
    FORMAT,
    JOBS,
    PREFIX,
    RECORD_ID,
    STATUS,
    YES,
)  # fmt: skip
from pybase_pipelines.errors import OptionsInvalid, RequestError
from pybase_pipelines.formats.table import Format
from pybase_pipelines.ledger.selection import JobFilter
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.settings import load_settings

if TYPE_CHECKING:
    from pybase_pipelines.ledger.bulk import Amount, OnDone, OutdatedGroup
    from pybase_pipelines.ledger.service import ExtractionJobService
    from pybase_pipelines.ledger.views import JobView


def add_commands(app: typer.Typer) -> None:
    for command in (retry, cancel, reextract):
        app.command()(command)


def retry(
    job_ids: list[str] | None = JOBS,
    status: Status | None = STATUS,
    format_: Format | None = FORMAT,
    prefix: str | None = PREFIX,
    error_code: str | None = ERROR_CODE,
    record_id: str | None = RECORD_ID,
    every: bool = EVERY,
    dry_run: bool = DRY_RUN,
    yes: bool = YES,
    as_json: bool = AS_JSON,
) -> None:
    """Try failed and cancelled jobs again, and those at once that wait for their next try."""
    ledger = open_ledger(load_settings())
    if job_ids:
        _change_each(job_ids, ledger, ledger.retry_job, "is pending; the sensor launches it within seconds.", as_json)
        return
    wanted = _make_filter(status, format_, prefix, error_code, record_id, every=every)
    _change_many(
        "retried",
        ledger.count_retryable(wanted),
        lambda on_done: ledger.retry_jobs(wanted, on_done),
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )


def cancel(
    job_ids: list[str] | None = JOBS,
    status: Status | None = STATUS,
    format_: Format | None = FORMAT,
    prefix: str | None = PREFIX,
    error_code: str | None = ERROR_CODE,
    record_id: str | None = RECORD_ID,
    every: bool = EVERY,
    dry_run: bool = DRY_RUN,
    yes: bool = YES,
    as_json: bool = AS_JSON,
) -> None:
    """Cancel pending and processing jobs; a run that holds one discards what it reads."""
    ledger = open_ledger(load_settings())
    if job_ids:
        _change_each(job_ids, ledger, ledger.cancel_job, "is cancelled.", as_json)
        return
    wanted = _make_filter(status, format_, prefix, error_code, record_id, every=every)
    _change_many(
        "cancelled",
        ledger.count_cancellable(wanted),
        lambda on_done: ledger.cancel_jobs(wanted, "Cancelled by a person.", on_done),
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )


def reextract(
    status: Status | None = typer.Option(None, help="Only completed or only failed ones.", show_default=False),
    format_: Format | None = FORMAT,
    prefix: str | None = PREFIX,
    error_code: str | None = ERROR_CODE,
    record_id: str | None = RECORD_ID,
    partial: bool = typer.Option(False, "--partial", help="Only files whose result is partial."),
    any_version: bool = typer.Option(False, "--any-version", help="Also files that this very version read."),
    dry_run: bool = DRY_RUN,
    yes: bool = YES,
    as_json: bool = AS_JSON,
) -> None:
    """Read files again that an older version of their extractor read; a result stays until the new one is there."""
    from pybase_pipelines.extractors.registry import EXTRACTORS

    ledger = open_ledger(load_settings())
    wanted = JobFilter(
        statuses=(status,) if status else (),
        format=format_,
        prefix=prefix,
        error_code=error_code,
        record_id=record_id,
        is_partial=partial or None,
    )
    versions = {row.format.value: row.version for row in EXTRACTORS.values()}
    groups = ledger.summarise_outdated(versions, wanted, any_version=any_version)
    if not as_json:
        _print_groups(groups, versions)
    _change_many(
        "requeued",
        _sum_up(groups),
        lambda on_done: ledger.requeue_outdated(versions, wanted, any_version=any_version, on_done=on_done),
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
        details={"groups": [_describe_group(group, versions) for group in groups]},
    )


def _make_filter(
    status: Status | None,
    format_: Format | None,
    prefix: str | None,
    error_code: str | None,
    record_id: str | None,
    *,
    every: bool,
) -> JobFilter:
    wanted = JobFilter(
        statuses=(status,) if status else (),
        format=format_,
        prefix=prefix,
        error_code=error_code,
        record_id=record_id,
    )
    if wanted.is_empty and not every:
        raise OptionsInvalid(
            "No job is named.", hint="Give ids of jobs, or say which: --status, --error-code, --prefix, ... or --all."
        )
    return wanted


def _change_each(
    beginnings: list[str],
    ledger: ExtractionJobService,
    change: Callable[[str], JobView],
    words: str,
    as_json: bool,
) -> None:
    """Change the jobs that are named; one that cannot be is told, and the others are changed nevertheless."""
    failed = 0
    for beginning in beginnings:
        try:
            job = change(ledger.find_job(beginning).id)
        except RequestError as error:
            print_error(error)
            failed += 1
            continue
        if as_json:
            sys.stdout.write(json.dumps({"job": job.id, "status": job.status}) + "\n")
        else:
            out.print(f"{job.id} {words}")
    if failed:
        raise typer.Exit(1)


def _change_many(
    done: str,
    amount: Amount,
    change: Callable[[OnDone], int],
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    details: dict[str, Any] | None = None,
) -> None:
    """Say how many, ask, and change them with a bar."""
    told = {"files": amount.files, "bytes": amount.bytes, **(details or {}), "dry_run": dry_run}
    number = 0
    if not dry_run and amount.files:
        confirm(f"{amount.files:,} jobs ({show_size(amount.bytes)}) will be {done}.", yes=yes)
        with show_progress("Changing jobs", amount.files) as advance:
            number = change(advance)
    if as_json:
        sys.stdout.write(json.dumps(told | {done: number}) + "\n")
    elif dry_run:
        out.print(f"{amount.files:,} jobs ({show_size(amount.bytes)}) would be {done}.")
    else:
        out.print(f"{number:,} jobs were {done}.")


def confirm(question: str, *, yes: bool) -> None:
    """Go on only if a person says so, or said so before.

    Raises:
        OptionsInvalid: nobody is there to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise OptionsInvalid(question, hint="Say --yes to do it, or --dry-run to look only.")
    err.print(question)
    if not typer.confirm("Go on?", err=True):
        raise typer.Exit(1)


def _sum_up(groups: list[OutdatedGroup]) -> Amount:
    from pybase_pipelines.ledger.bulk import Amount

    return Amount(sum(group.amount.files for group in groups), sum(group.amount.bytes for group in groups))


def _describe_group(group: OutdatedGroup, versions: dict[str, str]) -> dict[str, Any]:
    return {
        "extractor": group.extractor_name,
        "version": group.extractor_version,
        "new_version": versions[group.extractor_name],
        "status": group.status,
        "files": group.amount.files,
        "bytes": group.amount.bytes,
    }


def _print_groups(groups: list[OutdatedGroup], versions: dict[str, str]) -> None:
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("extractor", "read by", "now", "status"):
        table.add_column(name)
    table.add_column("files", justify="right")
    table.add_column("size", justify="right")
    for group in groups:
        name, amount = group.extractor_name, group.amount
        row = (name, group.extractor_version, versions[name], group.status, f"{amount.files:,}")
        table.add_row(*row, show_size(amount.bytes))
    if groups:
        out.print(table)
