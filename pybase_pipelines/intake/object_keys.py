"""Partition keys: a readable, reversible name for an object of a bucket.

Dagster does not check dynamic partition keys, but commas, quotes, square brackets and control characters break its UI
(dagster #15105, #32183), and PostgreSQL index rows end near 2,700 bytes. So only what breaks is percent-encoded, and
a key beyond `MAX_BYTES` becomes a readable head and a digest, which only the ledger can turn back into the object.

The form is `bucket/object key`: an S3 bucket name holds no slash.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

MAX_BYTES = 600
DIGEST_MARK = "%~"
"""Cannot come out of percent-encoding, so a digest form is recognised for certain."""

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029,\"'\\[\\]\\\\%]|\\.\\.\\.")
_EDGE_BLANK = re.compile(r"^\s+|\s+$")


def make_partition_key(bucket: str, object_key: str) -> str:
    """The partition of an object; the same for every version of it."""
    whole = f"{bucket}/{object_key}"
    encoded = _EDGE_BLANK.sub(_encode, _BREAKS.sub(_encode, whole))
    if len(encoded.encode()) <= MAX_BYTES:
        return encoded
    digest = hashlib.sha256(whole.encode()).hexdigest()[:32]
    head = encoded.encode()[: MAX_BYTES - len(digest) - len(DIGEST_MARK)].decode(errors="ignore")
    head = re.sub(r"%[0-9A-F]?$", "", head).rstrip()
    return f"{head}{DIGEST_MARK}{digest}"


def read_partition_key(partition_key: str) -> tuple[str, str] | None:
    """Bucket and object key of a partition; None where the key holds only a digest of them.

    Raises:
        ValueError: the key names no object of a bucket.
    """
    if DIGEST_MARK in partition_key:
        return None
    bucket, slash, object_key = unquote(partition_key, errors="strict").partition("/")
    if not (bucket and slash and object_key):
        raise ValueError(f"The partition {partition_key!r} does not name an object as bucket/key.")
    return bucket, object_key


def _encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
