"""Getting from a file to an open model, and telling what of the file is not in it.

What belongs here: the choice between the file and a readable copy, and the check that every instance was loaded.
What does not: what the model says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pybase_pipelines.errors import CorruptedFile, TruncatedFile
from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.ifc.file_text import (
    FileText,
    count_instances,
    entity_names,
    has_huge_numbers,
    missing_instances,
    write_readable_copy,
    write_renumbered_copy,
)
from pybase_pipelines.extractors.ifc.model import Model, open_model
from pybase_pipelines.extractors.ifc.schemas import KNOWN, choose_schema, is_same_generation, stand_ins

MAX_SHOWN = 5
_ARITY = re.compile(r"Expected (\d+) attribute values, found (\d+) for instance #")


def choose(text: FileText) -> tuple[str, str]:
    """The schema that the file names, and the one to read it with."""
    needs_names = any(len(stand_ins(name)) > 1 for name in text.header.schemas)
    names: Iterable[str] = entity_names(text.path) if needs_names else ()
    return choose_schema(text.header.schemas, names)


def open_text(text: FileText, named: str, schema: str, scratch: Path, progress: Progress) -> tuple[Model, Path]:
    """Open the file, or a readable copy of it where the library could not read the file itself in full.

    Raises:
        CorruptedFile, TruncatedFile: nothing can be read of it.
    """
    is_exact = len(text.header.schemas) == 1 and text.header.schemas[0].strip().upper() in KNOWN
    _tell_differences(text, named, schema, progress)
    path = text.path if text.is_plain and is_exact else write_readable_copy(text, schema, scratch / "readable.ifc")
    try:
        return open_model(path), path
    except CorruptedFile as error:
        if has_huge_numbers(path):
            message = "Instance numbers above 2147483647 were replaced by free ones; `entity_id` shows the new numbers."
            progress.warn("instance_numbers_replaced", message)
            path = write_renumbered_copy(path, scratch / "renumbered.ifc")
            return open_model(path), path
        if text.is_complete:
            raise
        raise TruncatedFile(
            f"The end of the file is missing, and what is there cannot be read. {error.message}"
        ) from error


def check_reading(model: Model, text: FileText, path: Path, progress: Progress) -> int:
    """Warn of what the parser skipped: the result is partial if any instance of the file is not in the model.

    Every instance that the parser skips it also logs, so only then they are compared. Returns how many there are.
    """
    if not text.is_complete:
        message = "The file ends before its end mark (END-ISO-10303-21): what followed is missing."
        progress.warn("truncated_file", message, partial=True)
    count = count_instances(path)
    if model.log or not text.is_complete:
        loaded = set(model.loaded())
        if missing := missing_instances(path, loaded):
            shown = ", ".join(f"{name} ({n})" for name, n in missing.most_common(MAX_SHOWN))
            message = f"{missing.total()} instances of the file could not be loaded: {shown}."
            progress.warn("instances_not_loaded", message, partial=True)
        count = len(loaded)
    _tell_log(model.log, progress)
    return count


def _tell_log(log: list[str], progress: Progress) -> None:
    """What the parser complained of, as one warning a kind: a broken file may have a line for every instance."""
    kinds: dict[str, list[str]] = {"repeated": [], "short": [], "other": []}
    for line in log:
        kinds["repeated" if "Overwriting instance" in line else "short" if _is_short(line) else "other"].append(line)
    shown = {kind: "; ".join(lines[:MAX_SHOWN]) for kind, lines in kinds.items()}
    counts = {kind: len(lines) for kind, lines in kinds.items()}
    if counts["repeated"]:
        message = f"{counts['repeated']} instance numbers are used twice; one of each was kept: {shown['repeated']}."
        progress.warn("duplicate_instance_numbers", message, partial=True)
    if counts["short"]:
        message = f"{counts['short']} instances have fewer attributes than their class: {shown['short']}."
        progress.warn("incomplete_instances", message, partial=True)
    if counts["other"]:
        progress.warn("parser_log", f"The parser has {counts['other']} remarks: {shown['other']}.")


def _is_short(line: str) -> bool:
    found = _ARITY.search(line)
    return found is not None and int(found[2]) < int(found[1])


def _tell_differences(text: FileText, named: str, schema: str, progress: Progress) -> None:
    if len(text.header.schemas) > 1:
        others = ", ".join(text.header.schemas)
        progress.warn("several_schemas", f"FILE_SCHEMA names {others}; the file was read as {named}.")
    if not is_same_generation(named, schema):
        message = f"{named} was read as {schema}, the nearest schema that can be read; attributes may differ."
        progress.warn("schema_substituted", message)
    if text.encoding == "cp1252":
        message = "Strings hold raw bytes that are not UTF-8; they were read as Windows-1252."
        progress.warn("encoding_guessed", message)
