"""The file's properties as the File > Properties dialogue shows them: section AcDb:SummaryInfo, R2004 and later."""

from __future__ import annotations

import struct
from datetime import timedelta

from pybase_pipelines.extractors.cad.lettering import clean
from pybase_pipelines.extractors.cad.units import julian_iso
from pybase_pipelines.results.cad import CadMetadata

MAX_PROPERTIES = 1_000
_FIELDS = ("title", "subject", "author", "keywords", "comments", "saved_by", "revision_number", "hyperlink_base")
_WIDE = frozenset({"AC1021", "AC1024", "AC1027", "AC1032"})


class _Reader:
    def __init__(self, data: bytes, version: str, encoding: str) -> None:
        self._data, self._at = data, 0
        self._is_wide, self._encoding = version in _WIDE, encoding

    def number(self, shape: str) -> int:
        (value,) = struct.unpack_from(shape, self._data, self._at)
        self._at += struct.calcsize(shape)
        return int(value)

    def text(self) -> str:
        """A length in characters, then as many, the closing zero included."""
        size = self.number("<H") * (2 if self._is_wide else 1)
        piece = self._data[self._at : self._at + size]
        if len(piece) < size:
            raise struct.error
        self._at += size
        return clean(piece.decode("utf-16-le" if self._is_wide else self._encoding, "replace")).strip()

    def julian(self) -> float:
        """A Julian day and milliseconds."""
        day, milliseconds = self.number("<I"), self.number("<I")
        return day - 0.5 + milliseconds / 86_400_000 if day else 0.0

    def span(self) -> float:
        days, milliseconds = self.number("<I"), self.number("<I")
        return timedelta(days=min(days, 100_000), milliseconds=milliseconds).total_seconds()


def read_summary_info(metadata: CadMetadata, data: bytes, version: str, encoding: str = "cp1252") -> None:
    """Fill what the section says into the metadata; a section that ends early gives what came before."""
    reader = _Reader(data, version, encoding)
    try:
        for name in _FIELDS:
            setattr(metadata, name, reader.text() or None)
        metadata.editing_seconds = reader.span() or None
        created, modified = reader.julian(), reader.julian()
        metadata.created, metadata.modified = julian_iso(created, utc=True), julian_iso(modified, utc=True)
        for _ in range(min(reader.number("<H"), MAX_PROPERTIES)):
            name = reader.text()
            metadata.custom_properties[name] = reader.text()
    except struct.error:
        return
