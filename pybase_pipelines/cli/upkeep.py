"""`stats` and `cleanup`: how the whole stands, and tidying up."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer
from rich import box
from rich.table import Table

from pybase_pipelines.cli.changes import confirm
from pybase_pipelines.cli.console import STATUS_STYLES, err, out, show_size, show_time
from pybase_pipelines.cli.jobs import open_ledger
from pybase_pipelines.cli.options import AS_JSON, DRY_RUN, YES
from pybase_pipelines.settings import Settings, load_settings

if TYPE_CHECKING:
    from pybase_pipelines.ledger.views import JobView, LedgerStats
    from pybase_pipelines.orchestration.cleanup import CleanupReport

MOST_STUCK = 20


def add_commands(app: typer.Typer) -> None:
    for command in (stats, cleanup):
        app.command()(command)


def stats(as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON.")) -> None:
    """Count the jobs: by format and status, by error, what waits, what is stuck."""
    settings = load_settings()
    ledger = open_ledger(settings)
    figures = ledger.stats()
    stuck = ledger.find_stuck(timedelta(minutes=settings.stuck_after_minutes))
    if as_json:
        told = figures.model_dump(mode="json") | {"stuck": [_describe_stuck(job, settings) for job in stuck]}
        sys.stdout.write(json.dumps(told) + "\n")
        return
    out.print(_make_format_table(figures))
    for name, value in _describe(figures):
        out.print(f"[bold]{name:<18}[/bold] {value}", highlight=False)
    if figures.by_error_code:
        out.print(_make_error_table(figures))
    for job in stuck[:MOST_STUCK]:
        facts = _describe_stuck(job, settings)
        words = f"stuck: {job.id[:8]} since {show_time(job.started_at)}, {facts['run_is']} run {job.claimed_by}"
        out.print(words, markup=False, highlight=False)
    if stuck:
        err.print("The recovery sensor takes jobs of dead runs back by itself; `cancel JOB` ends one by hand.")


def cleanup(
    days: int = typer.Option(30, min=1, help="Remove jobs of versions that were replaced or deleted so long ago."),
    dry_run: bool = DRY_RUN,
    yes: bool = YES,
    as_json: bool = AS_JSON,
) -> None:
    """Remove what nobody needs: old rows and results of versions that are gone, orphaned jobs and results."""
    from pybase_pipelines.object_store.store import ObjectStore
    from pybase_pipelines.orchestration.cleanup import Cleanup, CleanupRules

    settings = load_settings()
    rules = CleanupRules(rows=timedelta(days=days))
    work = Cleanup(open_ledger(settings), ObjectStore(settings.store_address()), settings, rules)
    with err.status("Looking ..."):
        report = work.run(dry_run=True)
    if not as_json:
        _print_report(report, days)
    if not dry_run and not report.is_empty:
        confirm("This will be done.", yes=yes)
        with err.status("Cleaning up ..."):
            report = work.run(dry_run=False)
        if not as_json:
            out.print("Done.")
    if as_json:
        sys.stdout.write(json.dumps(asdict(report) | {"dry_run": dry_run}) + "\n")


def _print_report(report: CleanupReport, days: int) -> None:
    lines = {
        f"finished jobs of versions replaced or deleted more than {days} days ago: remove": report.old_rows,
        "result documents of theirs: delete": report.documents,
        "jobs that have waited for more than a day and whose file is gone: fail": report.orphaned_jobs,
        "jobs that failed in spite of all tries more than 7 days ago: cancel": report.given_up_jobs,
        f"result documents that no job knows ({show_size(report.orphaned_bytes)}): delete": report.orphaned_documents,
    }
    for words, number in lines.items():
        out.print(f"{number:>9,}  {words}", highlight=False)


def _describe(figures: LedgerStats) -> list[tuple[str, str]]:
    rows = [
        ("jobs", f"{figures.total:,} of current files, {show_size(figures.file_bytes)}"),
        ("finished", f"{figures.finished_last_hour:,} in the last hour, {figures.finished_last_day:,} in the last day"),
        ("partial", f"{figures.partial:,}" if figures.partial else ""),
        ("copied", f"{figures.copied:,} from equal files" if figures.copied else ""),
        ("computing time", f"{figures.cpu_seconds:,.0f} CPU seconds"),
        ("oldest pending", f"{_show_age(figures.oldest_pending_at)}" if figures.oldest_pending_at else ""),
        ("waiting", _describe_waiting(figures)),
        ("replaced", f"{figures.superseded:,} jobs of older versions" if figures.superseded else ""),
        ("deleted", f"{figures.deleted:,} jobs of deleted files" if figures.deleted else ""),
    ]
    rows += [("paused", f"{name} until {show_time(until)}") for name, until in figures.paused.items()]
    return [(name, value) for name, value in rows if value]


def _describe_waiting(figures: LedgerStats) -> str:
    if not figures.waiting_for_retry:
        return ""
    return f"{figures.waiting_for_retry:,} for their next try, the first at {show_time(figures.next_retry_at)}"


def _show_age(moment: datetime | None) -> str:
    if moment is None:
        return ""
    seconds = max(0, round((datetime.now(UTC) - moment).total_seconds()))
    return str(timedelta(seconds=seconds))


def _describe_stuck(job: JobView, settings: Settings) -> dict[str, Any]:
    """A job in processing for long; whether its run lives is known for runs of this machine only."""
    from pybase_pipelines.orchestration.liveness import find_dead_runs

    folder = settings.resolved_state_dir() / "runs"
    is_here = (folder / f"{job.claimed_by}.lock").exists()
    dead = job.claimed_by in find_dead_runs(folder)
    run_is = "dead" if dead else "living" if is_here else "unknown"
    started = job.started_at.isoformat() if job.started_at else None
    return {"job": job.id, "run": job.claimed_by, "run_is": run_is, "started_at": started, "stage": job.stage}


def _make_format_table(figures: LedgerStats) -> Table:
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("format")
    for status in figures.by_status:
        table.add_column(status, justify="right", style=STATUS_STYLES.get(status, ""))
    for format_, counts in figures.by_format_and_status.items():
        table.add_row(format_, *(f"{counts[s]:,}" if counts.get(s) else "" for s in figures.by_status))
    unknown = [
        n - sum(c.get(s, 0) for c in figures.by_format_and_status.values()) for s, n in figures.by_status.items()
    ]
    if any(unknown):
        table.add_row("not known", *(f"{n:,}" if n else "" for n in unknown))
    table.add_section()
    table.add_row("all", *(f"{n:,}" for n in figures.by_status.values()))
    return table


def _make_error_table(figures: LedgerStats) -> Table:
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("error")
    table.add_column("jobs", justify="right")
    for code, number in sorted(figures.by_error_code.items(), key=lambda item: -item[1]):
        table.add_row(code, f"{number:,}")
    return table
