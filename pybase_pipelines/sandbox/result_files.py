"""Result documents on disk: written in one go, valid for PostgreSQL's jsonb, with a small summary beside.

A document is one JSON object: the envelope's fields, then the content's. The content is never parsed again: where an
envelope has to change (the child died, what it had read is kept), it is spliced before the same content bytes.
What belongs here: that splicing, and the cleaning of texts. What does not: what goes into an envelope.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import pydantic_core
from pydantic import BaseModel, ConfigDict, Field

from pybase_pipelines.errors import InternalError, LimitExceeded
from pybase_pipelines.results.envelope import Content, Envelope, Problem

_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_REPLACEMENT = "\ufffd"

SUMMARY_BYTES = 64 * 1024**2
"""No summary that we write comes near this."""
FACT_BYTES = 24 * 1024
FACT_ITEMS = 200
"""What a fact may hold, so that all facts of a document fit into a row of the ledger."""


class Summary(BaseModel):
    """What stands beside a document: its envelope, the lengths of its lists, its facts, and where its content begins.

    It is written after the document: where it is, the document is whole. `has_content`: more than metadata was read.
    """

    model_config = ConfigDict(extra="forbid")

    envelope: Envelope
    counts: dict[str, int]
    facts: dict[str, Any] = Field(default_factory=dict)
    head_bytes: int
    result_bytes: int
    has_content: bool


class Document:
    """A result document `<stem>.json` and its summary `<stem>.summary.json` in a folder."""

    def __init__(self, folder: Path, stem: str) -> None:
        self.path = folder / f"{stem}.json"
        self.summary_path = folder / f"{stem}.summary.json"

    def write(self, envelope: Envelope, content: Content | None, limit_bytes: int) -> Summary:
        """Write both files.

        Raises:
            LimitExceeded: the document would be larger than `limit_bytes`.
        """
        body = b'{"metadata":{}}'
        if content is not None:
            if clash := set(type(content).model_fields) & set(Envelope.model_fields):
                raise InternalError(f"The content has fields of the envelope: {', '.join(sorted(clash))}.")
            body, problems = dump_clean(content)
            envelope = envelope.model_copy(update={"warnings": [*envelope.warnings, *problems]})
        head = dump_clean(envelope)[0][:-1]
        if len(head) + len(body) > limit_bytes:
            raise LimitExceeded(
                f"The result has {len(head) + len(body):,} bytes; the limit is {limit_bytes:,}.",
                hint="Extract less with the options of the format, or split the file.",
            )
        self._replace(head + b"," + body[1:])
        counts = count_lists(content) if content is not None else {}
        summary = Summary(
            envelope=envelope,
            counts=counts,
            facts=pick_facts(content, counts) if content is not None else {},
            head_bytes=len(head) + 1,
            result_bytes=len(head) + len(body),
            has_content=content is not None and has_content(content),
        )
        self._commit(summary)
        return summary

    def write_spliced(self, envelope: Envelope, other: Document, summary: Summary) -> Summary:
        """Write a document with this envelope and the content of another one."""
        head = dump_clean(envelope)[0][:-1] + b","
        temporary = self.path.with_suffix(".part")
        with other.path.open("rb") as source, temporary.open("wb") as target:
            target.write(head)
            source.seek(summary.head_bytes)
            shutil.copyfileobj(source, target, 1 << 20)
        temporary.replace(self.path)
        size = self.path.stat().st_size
        spliced = summary.model_copy(
            update={"envelope": envelope, "head_bytes": len(head), "result_bytes": size},
        )
        self._commit(spliced)
        return spliced

    def read_summary(self) -> Summary | None:
        """The summary, if the document is whole. A child wrote both, maybe a hijacked one: only plain files will do."""
        try:
            if any(not stat.S_ISREG(os.lstat(path).st_mode) for path in (self.path, self.summary_path)):
                return None
            if self.summary_path.stat().st_size > SUMMARY_BYTES:
                return None
            summary = Summary.model_validate_json(self.summary_path.read_bytes())
            with self.path.open("rb") as stream:
                is_whole = stream.seek(0, 2) == summary.result_bytes and stream.seek(-1, 2) and stream.read(1) == b"}"
        except (OSError, ValueError):
            return None
        return summary if is_whole else None

    def remove(self) -> None:
        self.summary_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _replace(self, data: bytes) -> None:
        self.summary_path.unlink(missing_ok=True)
        temporary = self.path.with_suffix(".part")
        temporary.write_bytes(data)
        temporary.replace(self.path)

    def _commit(self, summary: Summary) -> None:
        temporary = self.summary_path.with_suffix(".part")
        temporary.write_text(summary.model_dump_json(), encoding="utf-8")
        temporary.replace(self.summary_path)


def name_checkpoint(folder: Path, number: int) -> Document:
    """Each has a name of its own: a file that replaces another one is flushed to the disk at once, which takes long."""
    return Document(folder, f"checkpoint-{number}")


def find_checkpoint(folder: Path) -> tuple[Document, Summary] | None:
    """The newest that is whole; the one before is removed only once it is."""
    names = (path.name.split(".")[0].removeprefix("checkpoint-") for path in folder.glob("checkpoint-*.summary.json"))
    for number in sorted((int(name) for name in names if name.isdecimal()), reverse=True):
        document = name_checkpoint(folder, number)
        if (summary := document.read_summary()) is not None:
            return document, summary
    return None


def dump_clean(value: object) -> tuple[bytes, list[Problem]]:
    """A model or a plain value as JSON that jsonb accepts, and a warning where a text had to be changed for it."""
    problems: list[Problem] = []
    try:
        data = pydantic_core.to_json(value, inf_nan_mode="null", fallback=_plain)
    except pydantic_core.PydanticSerializationError:
        changed = [0]
        plain = value.model_dump(warnings=False) if isinstance(value, BaseModel) else value
        data = pydantic_core.to_json(_repaired(plain, changed), fallback=_plain)
        problems.append(
            _replaced("texts with half characters (lone surrogates) or with bytes that are no text", changed[0])
        )
    if b"\\u0000" in data:
        data, count = _NUL.subn(lambda m: m[1] + _REPLACEMENT.encode(), data)
        if count:
            problems.append(_replaced("NUL characters", count))
    return data, problems


def count_lists(content: Content) -> dict[str, int]:
    """The length of each list and mapping of the content, and of the models right below it."""
    counts: dict[str, int] = {}
    for name in type(content).model_fields:
        value = getattr(content, name, None)
        if isinstance(value, list | dict):
            counts[name] = len(value)
        elif isinstance(value, BaseModel) and name != "metadata":
            inner = ((key, getattr(value, key, None)) for key in type(value).model_fields)
            counts |= {f"{name}.{key}": len(item) for key, item in inner if isinstance(item, list | dict)}
    return counts


def pick_facts(content: Content, counts: dict[str, int]) -> dict[str, Any]:
    """The single values and small models of the content (metadata, title block, ...): they stand in for a large one."""
    facts: dict[str, Any] = {}
    for name in type(content).model_fields:
        value = getattr(content, name, None)
        is_long = any(n > FACT_ITEMS for key, n in counts.items() if key.partition(".")[0] == name)
        if value is None or isinstance(value, list | dict) or is_long:
            continue
        data, _ = dump_clean(value)
        if len(data) <= FACT_BYTES:
            facts[name] = pydantic_core.from_json(data)
    return facts


def has_content(content: Content) -> bool:
    """Whether anything but metadata differs from a fresh, empty content."""
    fresh = type(content)()
    names = (name for name in type(content).model_fields if name != "metadata")
    return any(getattr(content, name, None) != getattr(fresh, name, None) for name in names)


def _replaced(what: str, count: int) -> Problem:
    return Problem(code="characters_replaced", message=f"{count} {what} were replaced by U+FFFD.")


def _plain(value: object) -> object:
    """A number of numpy as a number; anything else that is no JSON as text."""
    item = getattr(value, "item", None)
    return item() if callable(item) else str(value)


def _repaired(value: Any, changed: list[int]) -> Any:
    """The value with texts that UTF-8 can hold; counts the changed ones. NaN and infinity become None."""
    if isinstance(value, str | bytes):
        clean = _clean_text(value)
        changed[0] += (clean if isinstance(value, str) else clean.encode()) != value
        return clean
    if isinstance(value, dict):
        return {_repaired(k, changed): _repaired(v, changed) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_repaired(v, changed) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _clean_text(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode("utf-16-le", "surrogatepass")
    return data.decode("utf-8" if isinstance(text, bytes) else "utf-16-le", "replace")
