"""The file's properties."""

from __future__ import annotations

import struct

import pytest

from pybase_pipelines.extractors.dwg.summary_info import read_summary_info
from pybase_pipelines.results.cad import CadMetadata


def _section(version: str) -> bytes:
    def text(value: str) -> bytes:
        is_wide = version >= "AC1021"
        return struct.pack("<H", len(value) + 1) + (value + "\0").encode("utf-16-le" if is_wide else "cp1252")

    fields = ("Gearbox", "", "Ada", "", "", "ada", "7", "")
    times = struct.pack("<6I", 1, 5000, 2459632, 43_200_000, 0, 0)
    return b"".join(map(text, fields)) + times + struct.pack("<H", 1) + text("Order") + text("Ø4711") + bytes(8)


@pytest.mark.parametrize("version", ["AC1018", "AC1032"])
def test_title_author_times_and_own_properties_are_read(version: str) -> None:
    metadata = CadMetadata()
    read_summary_info(metadata, _section(version), version)
    assert (metadata.title, metadata.author, metadata.saved_by, metadata.revision_number) == (
        "Gearbox",
        "Ada",
        "ada",
        "7",
    )
    assert metadata.subject is None
    assert metadata.created == "2022-02-21T12:00:00+00:00"
    assert metadata.modified is None
    assert metadata.editing_seconds == 86_405
    assert metadata.custom_properties == {"Order": "Ø4711"}


def test_a_section_that_ends_early_gives_what_came_before() -> None:
    metadata = CadMetadata()
    read_summary_info(metadata, _section("AC1032")[:40], "AC1032")
    assert metadata.title == "Gearbox"
    assert metadata.created is None
