"""The drawing database as the decoder gives it: rows by kind, and the joins that all others need.

What belongs here: calling ezdwg's row functions (one failing costs that kind only), handle to name, handle to space.
What does not: what the rows mean for a drawing (survey, tables, blocks).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pybase_pipelines.errors import CorruptedFile, EmptyFile, TruncatedFile, UnsupportedFormat
from pybase_pipelines.extractors.cad.sheets import MODEL
from pybase_pipelines.extractors.cad.units import RELEASES
from pybase_pipelines.extractors.dwg.records import STRING_STREAM_VERSIONS, read_strings

READABLE = frozenset({"AC1012", "AC1014", "AC1015", "AC1018", "AC1021", "AC1024", "AC1027", "AC1032"})
_SMALLEST = 1_024
_OWNED, _PAPER, _MODEL = 0, 1, 2
_STRUCTURE = frozenset({"BLOCK", "ENDBLK", "SEQEND", "ATTRIB"})
_NAMES = {"MINSERT": "INSERT", "MLEADER": "MULTILEADER"}


def read_version(path: Path) -> str:
    """The release, from the first six bytes.

    Raises:
        EmptyFile, TruncatedFile, CorruptedFile, UnsupportedFormat: it is no DWG, or none that can be read.
    """
    with path.open("rb") as file:
        head = file.read(6)
    size = path.stat().st_size
    if not size:
        raise EmptyFile("The file has no bytes.")
    version = head.decode("ascii", "replace")
    if not head.startswith((b"AC", b"MC0.0")):
        raise CorruptedFile(f"The file does not begin with the release of a DWG (AC10…), but with {head!r}.")
    version = version.rstrip("\x00")
    if version not in READABLE:
        release = RELEASES.get(version)
        known = f"{version} ({release})" if release else f"{version}, which we do not know"
        raise UnsupportedFormat(f"The DWG is of release {known}; releases R13 to 2018 can be read.")
    if size < _SMALLEST:
        raise TruncatedFile(f"The file has only {size} bytes after the release {version}: the rest is missing.")
    return version


def dxf_type(name: str) -> str:
    """The decoder's type names as DXF has them. Names of custom objects may carry their maker's address."""
    if name.startswith("DIM_"):
        return "DIMENSION"
    if name.startswith("POLYLINE_"):
        return "POLYLINE"
    return _NAMES.get(name, name.split("|", 1)[0])


class DecoderPanic(RuntimeError):
    """The decoder, which is written in Rust, gave up; its words are the message. The process goes on unharmed."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an object stands: in a layout, or in a block definition (by the handle of its block record)."""

    layout: str | None = None
    block: int | None = None


@dataclass(slots=True)
class Database:
    """Rows and joins. `failures` are decoder calls that failed, by name."""

    path: str
    version: str
    failures: dict[str, str] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    entities: dict[int, str] = field(default_factory=dict)
    spots: dict[int, Spot] = field(default_factory=dict)
    layer_names: dict[int, str] = field(default_factory=dict)
    layers: dict[int, int] = field(default_factory=dict)
    block_names: dict[int, str] = field(default_factory=dict)
    mirrored: set[int] = field(default_factory=set)
    layouts: list[Any] = field(default_factory=list)

    def ask(self, function: str, *arguments: Any) -> Any:
        """What a function of the decoder answers for this file.

        Raises:
            DecoderPanic: its arithmetic met what it was not made for. Python sees no `Exception` there, but a
                `BaseException` of a class that cannot be imported.
        """
        from ezdwg import raw

        try:
            return getattr(raw, function)(self.path, *arguments)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise DecoderPanic(f"the decoder gave up ({error})") from None

    def rows(self, name: str) -> list[Any]:
        """The rows of one kind; empty where the decoder fails, which is remembered."""
        try:
            return list(self.ask(f"decode_{name}"))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - the decoder raises what it likes; one kind must not cost the others
            self.failures[name] = f"{type(error).__name__}: {error}"[:300]
            return []

    def strings(self, handle: int) -> list[str]:
        """The words of an object, from R2007 on."""
        if self.version not in STRING_STREAM_VERSIONS:
            return []
        records = self.ask("read_object_records_by_handle", [handle])
        return read_strings(bytes(records[0][4]), self.version) if records else []

    def of_type(self, *names: str) -> list[int]:
        return [handle for handle, name in self.types.items() if name in names]

    def present(self) -> Counter[str]:
        return Counter(self.entities.values())

    def layer_of(self, handle: int) -> str | None:
        layer = self.layers.get(handle)
        return self.layer_names.get(layer) if layer is not None else None


def open_database(path: Path, version: str) -> Database:
    """Read what everything else joins with.

    Raises:
        CorruptedFile, TruncatedFile: the decoder finds no objects.
    """
    database = Database(str(path), version)
    try:
        headers = database.ask("list_object_headers_with_type")
    except MemoryError:
        raise
    except Exception as error:
        raise CorruptedFile(
            f"The decoder cannot read the objects of this {version} file (damaged or cut off): {error}."
        ) from error
    database.types = {row[0]: row[4] for row in headers}
    database.layer_names = {handle: name for handle, name in database.rows("layer_names")}
    if not database.types or not database.layer_names:
        raise CorruptedFile(
            f"The {version} file holds {len(headers)} objects and not one layer: its tables are damaged or cut off."
        )
    database.entities = {
        row[0]: dxf_type(row[4])
        for row in headers
        if row[5] == "E" and row[4] not in _STRUCTURE and not row[4].startswith("VERTEX")
    }
    database.layers = {row[0]: row[1] for row in database.rows("entity_linetypes")}
    records = set(database.of_type("BLOCK_HEADER"))
    database.block_names = {handle: name for handle, name in database.rows("block_header_names") if handle in records}
    database.mirrored = {row[0] for row in database.rows("write_geometry") if row[2] and row[2][2] < 0}
    database.layouts = database.rows("layout_objects")
    database.spots = _find_spots(database)
    return database


def layout_records(database: Database) -> dict[int, str]:
    """The layouts' names by the handle of their block record."""
    records = {}
    for row in database.layouts:
        is_model = database.block_names.get(row[4], "").casefold() == "*model_space"
        records[row[4]] = MODEL if is_model else row[1]
    return records


def _find_spots(database: Database) -> dict[int, Spot]:
    records = layout_records(database)
    owners = {row[0]: (row[1], row[2]) for row in database.rows("entity_placements")}
    active = next((records[owner] for mode, owner in owners.values() if mode == _PAPER and owner in records), None)
    sheets = [name for name in records.values() if name != MODEL]
    active = active or _active_sheet(database, records) or (sheets[0] if sheets else "Layout1")
    spots = {}
    for handle, (mode, owner) in owners.items():
        if mode == _MODEL:
            spots[handle] = Spot(layout=MODEL)
        elif mode == _PAPER:
            spots[handle] = Spot(layout=active)
        else:
            spots[handle] = Spot(layout=records[owner]) if owner in records else Spot(block=owner)
    return spots


def _active_sheet(database: Database, records: dict[int, str]) -> str | None:
    """The sheet whose block record is the plain *Paper_Space is the one that was open."""
    names = [handle for handle, name in database.block_names.items() if name.casefold() == "*paper_space"]
    return next((records[handle] for handle in names if handle in records), None)
