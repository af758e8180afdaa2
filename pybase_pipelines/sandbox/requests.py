"""What a caller hands to the sandbox, and what comes back.

What belongs here: the two records of the public interface. What does not: what travels between the processes
(`sandbox.messages`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybase_pipelines.formats.table import Format
from pybase_pipelines.results.envelope import Envelope


@dataclass(frozen=True, slots=True)
class ExtractionRequest:
    """One file to extract. `name` is what it was uploaded as, `source_path` is echoed in the result.

    `format` None: found out by the content. `environment` reaches this extraction only: credentials belong there.
    """

    path: Path
    name: str
    source_path: str
    options: dict[str, Any] = field(default_factory=dict)
    format: Format | None = None
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request; every request gets exactly one.

    `result_path` is the result document; the caller moves or deletes it, at the latest the sandbox does when it is
    closed. `envelope` is its head, `counts` the lengths of its lists, `facts` its
    single values and small models (metadata, title block). Why an extraction failed is `envelope.error`,
    with the structured circumstances in `envelope.error.detail`; `signal` is set also where the child died but what
    it had read was kept (`envelope.is_partial`).
    """

    request: ExtractionRequest
    result_path: Path
    envelope: Envelope
    counts: dict[str, int]
    result_bytes: int
    facts: dict[str, Any] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    signal: str | None = None
    stage: str | None = None
    output_tail: str = ""
