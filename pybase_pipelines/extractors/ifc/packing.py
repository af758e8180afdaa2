"""Unpacking of models that come as ifcZIP or gzip, within limits.

What belongs here: which member is the model, and writing it to the scratch folder without trusting a declared size
or a member's name. What does not: what the model says.
"""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from pybase_pipelines.errors import (
    CorruptedFile,
    LimitExceeded,
    NoContent,
    PasswordRequired,
    TruncatedFile,
    UnsupportedFormat,
)
from pybase_pipelines.extractors.contract import Progress, Source

CHUNK_BYTES = 1 << 20
RATIO_GRACE_BYTES = 32 << 20
"""Below this size nothing is a bomb, whatever its ratio."""


def unpack(source: Source, progress: Progress) -> Path:
    """The path of the plain model: the file itself, or what was packed in it.

    Raises:
        FileError: there is no model to be had; the class says why.
    """
    with source.path.open("rb") as file:
        magic = file.read(4)
    if magic[:2] == b"\x1f\x8b":
        return _unpack_gzip(source)
    if magic[:2] == b"PK":
        return _unpack_zip(source, progress)
    return source.path


def _unpack_gzip(source: Source) -> Path:
    target = source.scratch / "unpacked.ifc"
    try:
        with gzip.open(source.path) as packed:
            _copy(packed, target, source, source.path.stat().st_size)
    except EOFError as error:
        raise TruncatedFile("The gzip file ends before the end of what is packed in it.") from error
    except (OSError, zlib.error) as error:
        raise CorruptedFile(f"The gzip file cannot be unpacked: {error}.") from error
    return target


def _unpack_zip(source: Source, progress: Progress) -> Path:
    target = source.scratch / "unpacked.ifc"
    if not zipfile.is_zipfile(source.path):
        raise TruncatedFile(
            "The ZIP archive has no directory, which stands at its end: the end of the file is missing."
        )
    try:
        with zipfile.ZipFile(source.path) as archive:
            member = _choose(archive, progress)
            with archive.open(member) as packed:
                _copy(packed, target, source, member.compress_size)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise CorruptedFile(f"The ZIP archive cannot be unpacked: {error}.") from error
    except NotImplementedError as error:
        raise UnsupportedFormat(f"The ZIP archive uses a compression that cannot be read: {error}.") from error
    return target


def _choose(archive: zipfile.ZipFile, progress: Progress) -> zipfile.ZipInfo:
    """The largest model of the archive; that there are more makes the result partial."""
    members = [m for m in archive.infolist() if not m.is_dir()]
    models = [m for m in members if _suffix(m) == ".ifc"]
    if not models:
        if xml := next((m for m in members if _suffix(m) in (".ifcxml", ".xml")), None):
            raise UnsupportedFormat(
                f"The archive holds {xml.filename!r}, an IFC model as XML.",
                hint="Export the model as IFC (STEP physical file, .ifc) or ifcZIP with an .ifc in it.",
            )
        raise NoContent(f"The archive holds no .ifc file, but {_names(members)}.")
    chosen = max(models, key=lambda m: m.file_size)
    if chosen.flag_bits & 1:
        raise PasswordRequired(
            f"{chosen.filename!r} in the archive is encrypted.", hint="Pack the model without a password."
        )
    if len(models) > 1:
        others = _names([m for m in models if m is not chosen])
        message = f"The archive holds {len(models)} models; only {chosen.filename!r} was read, not {others}."
        progress.warn("several_models", message, chosen.filename, partial=True)
    return chosen


def _copy(packed: IO[bytes] | gzip.GzipFile, target: Path, source: Source, packed_bytes: int) -> None:
    options = source.options
    allowed = max(RATIO_GRACE_BYTES, packed_bytes * options.max_unpacked_ratio)
    total = 0
    with target.open("wb") as file:
        while chunk := packed.read(CHUNK_BYTES):
            total += len(chunk)
            if total > options.max_unpacked_bytes:
                raise LimitExceeded(
                    f"The packed model is larger than {options.max_unpacked_bytes} bytes (option max_unpacked_bytes)."
                )
            if total > allowed:
                raise LimitExceeded(
                    f"{packed_bytes} packed bytes unpack to more than {allowed} bytes: more than a model does "
                    f"(option max_unpacked_ratio, {options.max_unpacked_ratio})."
                )
            file.write(chunk)


def _suffix(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).suffix.lower()


def _names(members: list[zipfile.ZipInfo]) -> str:
    if not members:
        return "nothing"
    shown = ", ".join(repr(m.filename) for m in members[:3])
    return shown if len(members) <= 3 else f"{shown} and {len(members) - 3} more"
