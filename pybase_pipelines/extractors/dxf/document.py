"""Opening a DXF: the strict reader first, the one that repairs when that fails, and honesty about which it was."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pybase_pipelines.errors import CorruptedFile, NoContent, PybaseError, TruncatedFile, UnsupportedFormat
from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.dxf.integrity import Integrity, inspect
from pybase_pipelines.extractors.dxf.mending import (
    write_with_end,
    write_with_line_feeds,
    write_with_version,
    write_without_broken_objects,
)

if TYPE_CHECKING:
    from ezdxf.document import Drawing

MAX_REPAIRS = 200


@dataclass(slots=True)
class Opened:
    """A drawing in memory, and the file it was read from (a mended copy, perhaps).

    `repairs` is what was mended; it is empty when the file kept the rules.
    """

    document: Drawing
    path: Path
    integrity: Integrity
    is_recovered: bool = False
    repairs: list[str] = field(default_factory=list)


def open_drawing(path: Path, scratch: Path, progress: Progress) -> Opened:
    """Read the file.

    Raises:
        EmptyFile, TruncatedFile, CorruptedFile, NoContent, UnsupportedFormat: what is wrong, in words.
    """
    logging.getLogger("ezdxf").setLevel(logging.CRITICAL)  # it logs a line for every duplicate handle
    integrity = inspect(path)
    if integrity.has_only_carriage_returns:
        path = write_with_line_feeds(path, scratch)
    if integrity.lacks_version:
        path = write_with_version(path, scratch)
        progress.warn(
            "no_version", "The file does not say which version of DXF it is ($ACADVER); it was read as R2000.", "header"
        )
    opened = _read(path, scratch, integrity)
    _refuse_emptiness(opened, path)
    if not integrity.is_complete:
        progress.warn(
            "truncated_file",
            "The end mark EOF is missing: the file was cut off, and only what arrived of it was read.",
            "end of file",
            partial=True,
        )
    elif opened.is_recovered:
        progress.warn(
            "repaired",
            f"The file breaks the rules of DXF ({len(opened.repairs)} repairs); what could not be repaired is missing.",
            "whole file",
            partial=True,
        )
    return opened


def _read(path: Path, scratch: Path, integrity: Integrity) -> Opened:
    import ezdxf

    try:
        return Opened(ezdxf.readfile(path, errors="ignore"), path, integrity)  # pyright: ignore[reportPrivateImportUsage]
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the reader leaks whatever its parsers raise; the repairing one decides
        reason = error
    if not integrity.is_complete and not integrity.is_binary:
        path = write_with_end(path, scratch)
    try:
        return _recover(path, integrity, [f"The strict reader said: {_short(reason)}"])
    except MemoryError:
        raise
    except Exception as error:
        if integrity.is_binary:
            raise _refusal(integrity, reason) from error
    path, dropped = write_without_broken_objects(path, scratch)
    try:
        return _recover(path, integrity, [f"{dropped} objects with unreadable lines were dropped ({_short(reason)})"])
    except MemoryError:
        raise
    except Exception as error:
        raise _refusal(integrity, reason) from error


def _recover(path: Path, integrity: Integrity, repairs: list[str]) -> Opened:
    from ezdxf import recover

    document, auditor = recover.readfile(path, errors="ignore")
    repairs += (entry.message for entry in (*auditor.fixes, *auditor.errors))
    return Opened(document, path, integrity, True, [text[:300] for text in repairs[:MAX_REPAIRS]])


def _refusal(integrity: Integrity, reason: Exception) -> PybaseError:
    from ezdxf.lldxf.const import DXFVersionError

    if isinstance(reason, DXFVersionError):
        return UnsupportedFormat(f"The DXF version cannot be read: {reason}.")
    if not integrity.is_complete:
        return TruncatedFile(f"The end mark EOF is missing, and nothing before it could be read ({_short(reason)}).")
    return CorruptedFile(f"The file is not a readable DXF: {_short(reason)}.")


def _refuse_emptiness(opened: Opened, path: Path) -> None:
    """An empty document is an answer only if the file itself is that of an empty drawing."""
    document = opened.document
    if any(len(layout) for layout in document.layouts) or any(not b.is_any_layout and len(b) for b in document.blocks):
        return
    if not opened.integrity.is_complete:
        raise TruncatedFile("The end mark EOF is missing, and no drawing object came before it.")
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if opened.is_recovered and b"ENTITIES" not in head and b"HEADER" not in head:
        raise CorruptedFile(f"Nothing could be read: {opened.repairs[0]}.")
    if b"TABLES" not in head and b"HEADER" not in head:
        raise NoContent("The file is a DXF without a header, tables or a single drawing object.")


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip() or 'no reason given'}"[:300]
