"""How things are shown: one console for answers (stdout), one for progress and errors (stderr), and the job table."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from pybase_pipelines.errors import PybaseError
from pybase_pipelines.results.highlights import describe_counts, shorten_version

if TYPE_CHECKING:
    from pybase_pipelines.ledger.views import JobView

STATUS_STYLES = {"completed": "green", "failed": "red", "processing": "yellow", "pending": "cyan", "cancelled": "dim"}

PIPE_WIDTH = 160
"""Where no terminal says how wide it is, tables keep their columns readable."""

out = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH)
err = Console(stderr=True)


def set_up_logging() -> None:
    """Log to stderr, at the level of the settings."""
    from pybase_pipelines.settings import load_settings

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("pybase_pipelines").setLevel(load_settings().log_level)


def print_error(error: PybaseError) -> None:
    """An error of ours: what happened, and what to do."""
    err.print(f"[red]{escape(error.code)}[/red]: {escape(printable(error.message))}", soft_wrap=True)
    err.print(f"[dim]→ {escape(printable(error.hint))}[/dim]", soft_wrap=True)


def print_os_error(error: OSError) -> None:
    """What the operating system refused, in the same two lines."""
    where = f" ({printable(str(error.filename))})" if error.filename else ""
    err.print(f"[red]refused[/red]: {escape(error.strerror or str(error))}{escape(where)}", soft_wrap=True)
    err.print("[dim]→ Check the rights and the free space there; PYBASE_STATE_DIR moves the state folder.[/dim]")


def show_size(size: int | None) -> str:
    if size is None:
        return ""
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def show_time(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def make_job_table(jobs: Iterable[JobView], title: str | None = None) -> Table:
    """The jobs as a person reads them; file names are data, never markup."""
    table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("job", no_wrap=True, min_width=8)
    table.add_column("file", overflow="fold", ratio=3)
    table.add_column("format", overflow="fold", min_width=4, max_width=16)
    table.add_column("status", no_wrap=True, min_width=10)
    table.add_column("seconds", justify="right", no_wrap=True, min_width=7)
    table.add_column("what came of it", overflow="fold", ratio=4)
    for job in jobs:
        style = STATUS_STYLES.get(job.status, "")
        seconds = f"{job.duration_ms / 1000:.1f}" if job.duration_ms is not None else ""
        format_ = " ".join(part for part in (job.format, shorten_version(job.format_version)) if part)
        table.add_row(
            job.id[:8],
            escape(printable(job.object_key or job.filename)),
            escape(format_),
            f"[{style}]{job.status}[/{style}]" if style else job.status,
            seconds,
            escape(describe_outcome(job)),
        )
    return table


def describe_outcome(job: JobView) -> str:
    """One line: the error with its hint, or the main counts of what was read."""
    if job.error_code and job.status != "completed":
        message = (job.error_message or "").removeprefix("Permanent error: ")
        return printable(f"{job.error_code}: {message}")
    counts = (job.result or {}).get("counts") or {}
    parts = describe_counts(counts)
    if job.is_partial:
        parts.insert(0, "partial")
    if job.duplicate_of:
        parts.insert(0, "copied from an equal file")
    if job.warnings_count:
        parts.append(f"{job.warnings_count} warning{'s' if job.warnings_count > 1 else ''}")
    return ", ".join(parts)


def printable(text: str) -> str:
    """A text from outside without anything that a terminal would obey."""
    from pybase_pipelines.ledger.texts import show_text

    return show_text(text)


@contextmanager
def show_progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr where a person is looking; gives the function that moves it."""
    if not err.is_terminal or total < 2:
        yield lambda _number: None
        return
    with Progress(console=err) as bar:
        task = bar.add_task(what, total=total)
        yield lambda number: bar.update(task, advance=number)
