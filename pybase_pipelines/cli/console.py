"""How things are shown: one console for answers (stdout), one for progress and errors (stderr), and the job table."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pybase_pipelines.errors import PybaseError

if TYPE_CHECKING:
    from pybase_pipelines.ledger.views import JobView

STATUS_STYLES = {"completed": "green", "failed": "red", "processing": "yellow", "pending": "cyan", "cancelled": "dim"}

out = Console()
err = Console(stderr=True)


def set_up_logging() -> None:
    """Log to stderr, at the level of the settings."""
    from pybase_pipelines.settings import load_settings

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("pybase_pipelines").setLevel(load_settings().log_level)


def print_error(error: PybaseError) -> None:
    """An error of ours: what happened, and what to do."""
    err.print(f"[red]{escape(error.code)}[/red]: {escape(error.message)}", soft_wrap=True)
    err.print(f"[dim]→ {escape(error.hint)}[/dim]", soft_wrap=True)


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
    table = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for heading, options in (
        ("job", {"no_wrap": True}),
        ("file", {"overflow": "fold"}),
        ("size", {"justify": "right", "no_wrap": True}),
        ("format", {"no_wrap": True}),
        ("status", {"no_wrap": True}),
        ("seconds", {"justify": "right"}),
        ("what came of it", {"overflow": "fold"}),
    ):
        table.add_column(heading, **options)
    for job in jobs:
        style = STATUS_STYLES.get(job.status, "")
        seconds = f"{job.duration_ms / 1000:.1f}" if job.duration_ms is not None else ""
        format_ = " ".join(part for part in (job.format, job.format_version) if part)
        table.add_row(
            job.id[:8],
            escape(printable(job.object_key or job.filename)),
            show_size(job.file_size),
            escape(format_),
            f"[{style}]{job.status}[/{style}]" if style else job.status,
            seconds,
            escape(describe_outcome(job)),
        )
    return table


def describe_outcome(job: JobView) -> str:
    """One line: the error with its hint, or the main counts of what was read."""
    if job.error_code and job.status != "completed":
        return printable(f"{job.error_code}: {job.error_message or ''}")
    counts = (job.result or {}).get("counts") or {}
    parts = [f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items() if number][:5]
    if job.is_partial:
        parts.insert(0, "partial")
    if job.warnings_count:
        parts.append(f"{job.warnings_count} warning{'s' if job.warnings_count > 1 else ''}")
    return ", ".join(parts)


def printable(text: str) -> str:
    """A text from outside without anything that a terminal would obey."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
