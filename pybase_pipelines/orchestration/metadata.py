"""What the UI shows of a file: the metadata of its materialization.

Key facts are plain text, numbers and tables, which Dagster shows without a click. Everything from a file is given as
text, never as Markdown or a link: names and contents of files are data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from pybase_pipelines.ledger.views import JobView

MOST_WARNINGS = 50


def describe_file(job: JobView) -> dict[str, dg.MetadataValue]:
    """Metadata of a finished job's materialization."""
    result: Mapping[str, Any] = job.result or {}
    detection = result.get("detection") or {}
    facts: dict[str, dg.MetadataValue] = {
        "file": dg.MetadataValue.text(f"{job.bucket}/{job.object_key}"),
        "size_bytes": dg.MetadataValue.int(job.file_size or 0),
        "format": dg.MetadataValue.text(" ".join(part for part in (job.format, job.format_version) if part)),
        "evidence": dg.MetadataValue.text("; ".join(detection.get("evidence") or ())),
        "extractor": dg.MetadataValue.text(f"{job.extractor_name} {job.extractor_version}"),
        "complete": dg.MetadataValue.text("no: see the warnings" if job.is_partial else "yes"),
        "job": dg.MetadataValue.text(job.id),
        "attempts": dg.MetadataValue.int(job.attempts),
        "result": dg.MetadataValue.text(job.result_path or f"python -m pybase_pipelines show {job.id} --result"),
    }
    links = {"record": job.record_id, "field": job.field_id, "attachment": job.attachment_id}
    facts |= {name: dg.MetadataValue.text(value) for name, value in links.items() if value}
    if job.duplicate_of is not None:
        facts["copied_from_job"] = dg.MetadataValue.text(job.duplicate_of)
    if job.options:
        facts["options"] = dg.MetadataValue.text(json.dumps(job.shown_options(), ensure_ascii=False))
    if job.duration_ms is not None:
        facts["seconds"] = dg.MetadataValue.float(job.duration_ms / 1000)
    if job.peak_memory_bytes:
        facts["peak_memory_bytes"] = dg.MetadataValue.int(job.peak_memory_bytes)
    counts = {name: number for name, number in (result.get("counts") or {}).items() if number}
    if counts:
        facts["counts"] = _make_table("what", counts, "number")
    if timings := result.get("timings"):
        facts["seconds_by_stage"] = _make_table("stage", timings, "seconds")
    if warnings := result.get("warnings"):
        facts["warnings"] = _make_warning_table(warnings)
    return facts


def describe_trouble(job: JobView | None, trouble: str) -> dict[str, dg.MetadataValue]:
    """Metadata of a failed partition's observation: what is wrong, and what a person can do."""
    facts: dict[str, dg.MetadataValue] = {"trouble": dg.MetadataValue.text(trouble)}
    if job is not None:
        facts |= {
            "error": dg.MetadataValue.text(job.error_code or job.status),
            "what_to_do": dg.MetadataValue.text(job.error_hint or ""),
            "file": dg.MetadataValue.text(f"{job.bucket}/{job.object_key}"),
            "job": dg.MetadataValue.text(job.id),
            "attempts": dg.MetadataValue.int(job.attempts),
        }
    return facts


def _make_table(name: str, values: Mapping[str, float], unit: str) -> dg.MetadataValue:
    return dg.MetadataValue.table(
        [dg.TableRecord({name: key, unit: value}) for key, value in values.items()],
        dg.TableSchema([dg.TableColumn(name, "string"), dg.TableColumn(unit, "float" if unit == "seconds" else "int")]),
    )


def _make_warning_table(warnings: list[dict[str, Any]]) -> dg.MetadataValue:
    columns = ("code", "message", "where")
    return dg.MetadataValue.table(
        [dg.TableRecord({c: str(w.get(c) or "") for c in columns}) for w in warnings[:MOST_WARNINGS]],
        dg.TableSchema([dg.TableColumn(c, "string") for c in columns]),
    )
