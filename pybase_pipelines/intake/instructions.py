"""What a person asks of one file: read from the sidecar beside it (`<key>.extract.json`) or from the object's metadata.

What belongs here: names and parsing, as pure functions. What does not: fetching (`orchestration.downloads`), and
whether the options suit the format, which its extractor says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Any, Protocol, TypeVar

from pybase_pipelines.errors import OptionsInvalid
from pybase_pipelines.formats.table import Format
from pybase_pipelines.ledger.model import AUTO
from pybase_pipelines.ledger.records import Instructions, OptionsSource

SIDECAR_SUFFIX = ".extract.json"
MOST_SIDECAR_BYTES = 64 * 1024
MOST_LINK_CHARACTERS = 255

_LINKS = ("record_id", "field_id", "attachment_id")
_EXTRACTORS = (AUTO, *(format_.value for format_ in Format))


class Named(Protocol):
    """What a decision needs to know of an object."""

    @property
    def object_key(self) -> str: ...


T = TypeVar("T", bound=Named)


def is_sidecar(object_key: str) -> bool:
    """Whether an object is the sidecar of another one, and so never a file of its own."""
    return object_key.endswith(SIDECAR_SUFFIX) and not object_key.endswith("/" + SIDECAR_SUFFIX)


def name_sidecar(object_key: str) -> str:
    """The key of a file's sidecar."""
    return object_key + SIDECAR_SUFFIX


def name_file(sidecar_key: str) -> str:
    """The key of the file that a sidecar belongs to."""
    return sidecar_key.removesuffix(SIDECAR_SUFFIX)


def split_sidecars(objects: Iterable[T]) -> tuple[list[T], list[T]]:
    """The files, and the sidecars among them."""
    files: list[T] = []
    sidecars: list[T] = []
    for each in objects:
        (sidecars if is_sidecar(each.object_key) else files).append(each)
    return files, sidecars


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the instructions stand, so that a person finds what to mend."""

    what: str
    source: OptionsSource

    def refuse(self, why: str) -> OptionsInvalid:
        return OptionsInvalid(f"{self.what} {why}", hint=hint_at(self.what))


def hint_at(what: str) -> str:
    """What to do about wrong options, naming where they stand."""
    return f"Correct {what[0].lower()}{what[1:]} and upload it again; the README lists the options of each format."


def describe_sidecar(object_key: str) -> str:
    """The sidecar of a file, in words."""
    return f"The sidecar '{name_sidecar(object_key)}'"


METADATA_WORDS = "The object's metadata"


def parse_sidecar(data: bytes, etag: str, object_key: str) -> Instructions:
    """What a sidecar asks for: options as they are, or under "options", beside extractor, record_id, field_id, ...

    Raises:
        OptionsInvalid: it is no JSON object, or a value cannot be; the message and the hint name the sidecar.
    """
    place = _Place(describe_sidecar(object_key), OptionsSource.SIDECAR)
    if len(data) > MOST_SIDECAR_BYTES:
        raise place.refuse(f"is larger than {MOST_SIDECAR_BYTES:,} bytes.")
    values = _parse_object(data, place)
    known = {name: values.pop(name) for name in ("extractor", *_LINKS) if name in values}
    options = values
    if "options" in values:
        options = values.pop("options")
        if values:
            raise place.refuse(f"has options both under 'options' and beside it ({', '.join(sorted(values))}).")
    return _make(place, known, options, etag)


def parse_metadata(metadata: Mapping[str, str]) -> Instructions:
    """What the object's own metadata asks for (x-amz-meta-pybase-options, -record-id, -field-id, -attachment-id).

    Raises:
        OptionsInvalid: the options are no JSON object, or a value cannot be.
    """
    place = _Place(METADATA_WORDS, OptionsSource.METADATA)
    prefix = "pybase-"
    found = {k.lower().removeprefix(prefix): v for k, v in metadata.items() if k.lower().startswith(prefix)}
    if not found:
        return Instructions()
    texts = {name.replace("-", "_"): _decode(value) for name, value in found.items()}
    known = {name: texts[name] for name in ("extractor", *_LINKS) if texts.get(name)}
    options = _parse_object(texts["options"].encode(), place) if texts.get("options") else {}
    return _make(place, known, options, "")


def _make(place: _Place, known: Mapping[str, Any], options: Any, etag: str) -> Instructions:
    if not isinstance(options, dict):
        raise place.refuse("gives options that are no JSON object.")
    extractor = known.get("extractor") or AUTO
    if extractor not in _EXTRACTORS:
        raise place.refuse(f"names an extractor that does not exist; there are: {', '.join(_EXTRACTORS)}.")
    links: dict[str, str | None] = {}
    for name in _LINKS:
        value = known.get(name)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= MOST_LINK_CHARACTERS):
            raise place.refuse(f"gives a {name} that is no text of 1 to {MOST_LINK_CHARACTERS} characters.")
        links[name] = value
    return Instructions(source=place.source, sidecar_etag=etag, extractor=extractor, options=options, **links)


def _parse_object(data: bytes, place: _Place) -> dict[str, Any]:
    try:
        values = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise place.refuse(f"is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise place.refuse("is no JSON object.")
    return values


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _decode(value: str) -> str:
    """A metadata value; S3 gives back what is not ASCII in the encoding of mail headers (RFC 2047)."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value
