"""What the UI shows of a file: the metadata of its materialization.

Key facts are plain text, numbers and tables, which Dagster shows without a click. Everything from a file is given as
text, never as Markdown or a link: names and contents of files are data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pybase_pipelines.formats.table import FORMATS, Format
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.views import JobView
from pybase_pipelines.results.highlights import LISTS, describe_counts, read_rows, read_title_block, shorten_version

MOST_WARNINGS = 50
MOST_ROWS = 10


def describe_file(job: JobView) -> dict[str, dg.MetadataValue]:
    """Metadata of a finished job's materialization, what a person wants first above what only a few want."""
    result: Mapping[str, Any] = job.result or {}
    facts = _describe_content(job, result)
    facts |= {
        "result": dg.MetadataValue.text(job.result_path or f"python -m pybase_pipelines show {job.id} --result"),
        "job": dg.MetadataValue.text(job.id),
    }
    links = {"record": job.record_id, "field": job.field_id, "attachment": job.attachment_id}
    facts |= {name: dg.MetadataValue.text(value) for name, value in links.items() if value}
    if job.duplicate_of is not None:
        facts["copied_from_job"] = dg.MetadataValue.text(job.duplicate_of)
    if job.options:
        facts["options"] = dg.MetadataValue.text(json.dumps(job.shown_options(), ensure_ascii=False))
    facts["evidence"] = dg.MetadataValue.text("; ".join((result.get("detection") or {}).get("evidence") or ()))
    facts |= _describe_cost(job, result)
    return facts


def describe_trouble(job: JobView | None, trouble: str) -> dict[str, dg.MetadataValue]:
    """Metadata of a failed partition's observation: what is wrong, and what a person can do."""
    facts: dict[str, dg.MetadataValue] = {"trouble": dg.MetadataValue.text(trouble)}
    if job is not None:
        facts |= {
            "what_to_do": dg.MetadataValue.text(job.error_hint or ""),
            "tried_again": dg.MetadataValue.text(_describe_next_try(job)),
            "error": dg.MetadataValue.text(job.error_code or job.status.value),
            "file": dg.MetadataValue.text(f"{job.bucket}/{job.object_key}"),
            "size": dg.MetadataValue.text(describe_size(job.file_size)),
            "format": dg.MetadataValue.text(_describe_format(job) or "not known"),
            "job": dg.MetadataValue.text(job.id),
            "attempts": dg.MetadataValue.int(job.attempts),
        }
    return facts


def describe_size(size: int | None) -> str:
    """A number of bytes as a person reads it."""
    amount = float(size or 0)
    for unit in ("bytes", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def _describe_content(job: JobView, result: Mapping[str, Any]) -> dict[str, dg.MetadataValue]:
    """What was read, in one line, and the first rows of what tells most; then what is missing."""
    counts = {name: number for name, number in (result.get("counts") or {}).items() if number}
    facts: dict[str, dg.MetadataValue] = {
        "content": dg.MetadataValue.text(", ".join(describe_counts(counts)) or "see the result"),
        "complete": dg.MetadataValue.text("no: see the warnings" if job.is_partial else "yes"),
        "file": dg.MetadataValue.text(f"{job.bucket}/{job.object_key}"),
        "format": dg.MetadataValue.text(_describe_format(job)),
        "size": dg.MetadataValue.text(describe_size(job.file_size)),
    }
    if warnings := result.get("warnings"):
        columns = ("code", "message", "where")
        rows = [{c: str(w.get(c) or "") for c in columns} for w in warnings[:MOST_WARNINGS]]
        facts["warnings"] = _make_table(rows)
    if title_block := read_title_block(result):
        facts["title_block"] = _make_table([{"field": name, "value": value} for name, value in title_block.items()])
    for path in LISTS:
        if rows := read_rows(result, path, MOST_ROWS):
            facts[path.rpartition(".")[2] if path != "bom.items" else "parts_list"] = _make_table(rows)
    if counts:
        facts["counts"] = _make_table([{"what": name, "number": number} for name, number in counts.items()])
    return facts


def _describe_cost(job: JobView, result: Mapping[str, Any]) -> dict[str, dg.MetadataValue]:
    """What reading it took. Plain numbers, so that the UI can plot them over all files."""
    facts: dict[str, dg.MetadataValue] = {
        "extractor": dg.MetadataValue.text(f"{job.extractor_name} {job.extractor_version}"),
        "attempts": dg.MetadataValue.int(job.attempts),
        "size_bytes": dg.MetadataValue.int(job.file_size or 0),
    }
    if job.duration_ms is not None:
        facts["seconds"] = dg.MetadataValue.float(job.duration_ms / 1000)
    if timings := result.get("timings"):
        facts["seconds_by_stage"] = _make_table(
            [{"stage": stage, "seconds": float(seconds)} for stage, seconds in timings.items()]
        )
    if job.peak_memory_bytes:
        facts["peak_memory_bytes"] = dg.MetadataValue.int(job.peak_memory_bytes)
    return facts


def _describe_format(job: JobView) -> str:
    if job.format not in set(Format):
        return ""
    return " ".join(filter(None, (FORMATS[Format(job.format)].label, shorten_version(job.format_version))))


def _describe_next_try(job: JobView) -> str:
    if job.status == Status.PENDING:
        return f"by itself at {job.next_retry_at:%Y-%m-%d %H:%M:%S} UTC" if job.next_retry_at else "by itself, soon"
    return "not by itself: materialize this partition, or `retry` the job, when it is mended"


def _make_table(rows: Sequence[Mapping[str, str | int | float]]) -> dg.MetadataValue:
    """A table whose columns are those of its first row."""
    kinds = {str: "string", int: "int", float: "float"}
    columns = [dg.TableColumn(name, kinds[type(value)]) for name, value in rows[0].items()]
    return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in rows], dg.TableSchema(columns))
