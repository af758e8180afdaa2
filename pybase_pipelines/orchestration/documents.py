"""What is kept of a result: small ones whole in the row, larger ones as gzip JSON in the store beside a summary.

What belongs here: where a document lies and what of it the row holds. What does not: when a row is closed
(`extraction`) and whose result may be taken over (`duplicates`). Knows no Dagster.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.table import Detection
from pybase_pipelines.ledger.records import MAX_RESULT_BYTES, Claim
from pybase_pipelines.ledger.texts import count_json_bytes
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.orchestration.batch import FileTask
from pybase_pipelines.sandbox.requests import Outcome
from pybase_pipelines.settings import Settings

SUMMARY_WARNINGS = 100
_CHUNK = 1024 * 1024
"""The head of a document, which names its file, is far shorter than this."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document in the store. Size and hash are those of the JSON, not of what gzip made of it."""

    address: str
    size: int
    sha256: str


def read_small(outcome: Outcome, limit_bytes: int) -> dict[str, Any] | None:
    """The whole document, if the row may hold it."""
    if outcome.result_bytes > limit_bytes:
        return None
    document = json.loads(outcome.result_path.read_bytes()) | {"counts": outcome.counts}
    return document if count_json_bytes(document) <= min(limit_bytes, MAX_RESULT_BYTES) else None


def summarise(outcome: Outcome) -> dict[str, Any]:
    """What the row holds of a large document: its envelope, its counts, and its single values where they fit."""
    envelope = outcome.envelope.model_dump(mode="json")
    envelope["warnings"] = envelope["warnings"][:SUMMARY_WARNINGS]
    summary = envelope | {"counts": outcome.counts, "is_summary": True}
    with_facts = outcome.facts | summary
    return with_facts if count_json_bytes(with_facts) <= MAX_RESULT_BYTES else summary


def describe_file(task: FileTask, detection: Detection, outcome: Outcome | None = None) -> dict[str, Any]:
    """What was seen of the file, for its row."""
    seen: dict[str, Any] = {"content_hash": task.sha256, "file_size": task.size}
    if detection.format is not None:
        seen |= {"format": detection.format.value, "format_version": detection.version}
        seen |= {"extractor_name": detection.format.value, "extractor_version": EXTRACTORS[detection.format].version}
    if outcome is not None:
        seen |= {"peak_memory_bytes": outcome.peak_memory_bytes, "cpu_seconds": outcome.cpu_seconds}
    return seen


def store_document(store: ObjectStore, settings: Settings, claim: Claim, document: Path) -> StoredDocument:
    """Put a result document into the store, as a document of this attempt of this job alone."""
    packed = document.with_suffix(".json.gz")
    try:
        with document.open("rb") as source, gzip.open(packed, "wb", compresslevel=5) as target:
            shutil.copyfileobj(source, target)
        with document.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        return StoredDocument(_upload(store, settings, claim, packed), document.stat().st_size, sha256)
    finally:
        packed.unlink(missing_ok=True)


def copy_document(
    store: ObjectStore, settings: Settings, claim: Claim, address: str, changes: Mapping[str, Any], scratch: Path
) -> StoredDocument:
    """Put a copy of another job's document into the store, with some fields of its head changed.

    It is an object of its own: the other job may be deleted, and neither names the other's file.

    Raises:
        ObjectVanished: the other document is gone.
        ValueError: the other document is none of ours.
    """
    bucket, object_key = split_address(address)
    fetched, packed = scratch / f"{claim.job_id}.original.gz", scratch / f"{claim.job_id}.copy.gz"
    digest, size = hashlib.sha256(), 0
    try:
        store.download(bucket, object_key, fetched, etag=None, max_bytes=settings.scratch_bytes)
        with (
            gzip.open(fetched, "rt", encoding="utf-8", newline="") as source,
            gzip.open(packed, "wb", compresslevel=5) as target,
        ):
            text = change_head(source.read(_CHUNK), changes)
            while text:
                data = text.encode()
                digest.update(data)
                size += len(data)
                target.write(data)
                text = source.read(_CHUNK)
        return StoredDocument(_upload(store, settings, claim, packed), size, digest.hexdigest())
    finally:
        fetched.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)


def change_head(text: str, changes: Mapping[str, Any]) -> str:
    """The beginning of a JSON object with the values of some of its first fields changed; the rest is not parsed.

    Raises:
        ValueError: it is no object, or lacks one of the fields.
    """
    decoder, missing = json.JSONDecoder(), set(changes)
    pieces: list[str] = []
    copied, place = 0, 1
    while missing:
        name, end = decoder.raw_decode(text, place)
        start = end + 1  # after the colon
        _, end = decoder.raw_decode(text, start)
        if name in missing:
            missing.discard(name)
            pieces += [text[copied:start], json.dumps(changes[name], ensure_ascii=False, separators=(",", ":"))]
            copied = end
        place = end + 1  # after the comma
    return "".join((*pieces, text[copied:]))


def split_address(address: str) -> tuple[str, str]:
    """Bucket and key of a `result_path`."""
    bucket, _, object_key = address.removeprefix("s3://").partition("/")
    return bucket, object_key


def _upload(store: ObjectStore, settings: Settings, claim: Claim, packed: Path) -> str:
    bucket = claim.bucket or settings.bucket
    object_key = f"{settings.results_prefix}{claim.job_id}/{claim.attempt}.json.gz"
    store.upload_file(packed, bucket, object_key)
    return f"s3://{bucket}/{object_key}"
