"""What a message of the object store's notifications says: a closed set of shapes, read without trusting any. Pure.

A message is only a hint that something happened to an object; the store is then asked what is true. So duplicates,
disorder and delays are harmless, and nothing here compares ETags or sizes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

MOST_WRAPPERS = 4
"""Messages within messages: SNS in SQS is one; more than a few are no message of any service."""

MOST_KEY_BYTES = 1024

_UNNAMEABLE = re.compile("[\x00\ud800-\udfff]")
_ABOUT_OBJECTS = ("ObjectCreated:", "ObjectRemoved:", "LifecycleExpiration:", "Object Created", "Object Deleted")
_WITHOUT_CONSEQUENCE = (
    "ObjectTagging:", "ObjectAcl:", "ObjectRestore:", "ObjectAccessed:", "Replication:", "LifecycleTransition",
    "IntelligentTiering", "ReducedRedundancyLostObject", "Object Tags", "Object ACL", "Object Restore",
    "Object Storage Class", "Object Access Tier",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ObjectHint:
    """Something happened to this object. `other_key` is the key in the other of the two ways to decode it, if it
    differs: services do not agree, so it is tried where there is no object of the first name.

    `sequencer` orders hints of one key; it is empty where the service gives none.
    """

    bucket: str
    object_key: str
    other_key: str | None = None
    sequencer: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What one message says. `unreadable` is why it (or a part of it) was not understood: it is kept in the queue."""

    hints: tuple[ObjectHint, ...] = ()
    unreadable: str | None = None


class _Strange(ValueError):
    """Not a shape that we know; the text says what it is instead."""


def read_message(body: str) -> Message:
    """Read a message: S3 records, S3's test, either of them in an SNS envelope, or an EventBridge event."""
    try:
        content = _parse(body)
        for _ in range(MOST_WRAPPERS):
            if not (isinstance(content, Mapping) and content.get("Type") == "Notification" and "Message" in content):
                break
            content = _parse(content["Message"])
        return _read(content)
    except _Strange as strange:
        return Message(unreadable=str(strange))


def keep_newest(hints: Iterable[ObjectHint]) -> list[ObjectHint]:
    """One hint for each object: the newest, as far as sequencers tell; else the last one."""
    newest: dict[tuple[str, str], ObjectHint] = {}
    for hint in hints:
        name = (hint.bucket, hint.object_key)
        if name not in newest or not _is_older(hint.sequencer, newest[name].sequencer):
            newest[name] = hint
    return list(newest.values())


def _is_older(one: str, other: str) -> bool:
    """Sequencers are hexadecimal texts of different lengths: the shorter one is filled up with zeros on the right."""
    width = max(len(one), len(other))
    return bool(one and other) and one.lower().ljust(width, "0") < other.lower().ljust(width, "0")


def _parse(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise _Strange("It is not JSON.") from None


def _read(content: Any) -> Message:
    if not isinstance(content, Mapping):
        raise _Strange(f"It is JSON, but a {type(content).__name__} instead of an object.")
    if content.get("Event") == "s3:TestEvent":
        return Message()
    if "detail-type" in content:
        return _read_records([content], _read_bridge_event)
    if isinstance(content.get("Records"), list):
        return _read_records(content["Records"], _read_s3_record)
    raise _Strange(f"It holds none of Records, detail-type and Event; it holds {', '.join(map(str, content))[:100]}.")


def _read_records(records: list[Any], read: Any) -> Message:
    """The hints of all records that are understood; one that is not keeps the message, and spoils no other."""
    hints, strange = [], None
    for record in records:
        try:
            hint = read(record)
        except _Strange as error:
            strange = str(error)
        except (TypeError, KeyError, AttributeError) as error:
            strange = f"A record lacks what S3 records have ({type(error).__name__}: {error})."
        else:
            hints += [hint] if hint is not None else []
    return Message(tuple(hints), strange)


def _read_s3_record(record: Mapping[str, Any]) -> ObjectHint | None:
    if not _is_about_an_object(record["eventName"].removeprefix("s3:")):
        return None
    told = record["s3"]["object"]
    raw = _text(told["key"])
    decoded = _decode(raw)
    other = raw if raw != decoded and len(raw.encode()) <= MOST_KEY_BYTES else None
    return ObjectHint(_text(record["s3"]["bucket"]["name"]), decoded, other, str(told.get("sequencer") or ""))


def _read_bridge_event(event: Mapping[str, Any]) -> ObjectHint | None:
    if not _is_about_an_object(event["detail-type"]):
        return None
    told = event["detail"]["object"]
    raw = _text(told["key"])
    decoded = _decode(raw)
    other = decoded if raw != decoded else None
    return ObjectHint(_text(event["detail"]["bucket"]["name"]), raw, other, str(told.get("sequencer") or ""))


def _is_about_an_object(name: str) -> bool:
    if name.startswith(_ABOUT_OBJECTS):
        return True
    if name.startswith(_WITHOUT_CONSEQUENCE):
        return False
    raise _Strange(f"It tells of {name[:60]!r}, which is no event that we know.")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or _UNNAMEABLE.search(value):
        raise _Strange("The name of its bucket or object is no text that a service could have.")
    return value


def _decode(key: str) -> str:
    """The key of a form-encoded name; as it is where that makes no name."""
    try:
        decoded = unquote_plus(key, errors="strict")
    except UnicodeDecodeError:
        return key
    if len(decoded.encode()) > MOST_KEY_BYTES:
        raise _Strange(f"The name of its object is longer than {MOST_KEY_BYTES} bytes.")
    return key if _UNNAMEABLE.search(decoded) else decoded
