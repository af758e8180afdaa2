"""`ObjectStore`: the S3 calls that the pipeline needs, each with a deadline and our errors.

Listings are never trusted to be in byte order (SeaweedFS lists in directory order), ETags are change markers and
never content hashes (multipart uploads), and a listing that fails raises: it is never a short listing.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from pybase_pipelines.errors import FileTooLarge, ObjectVanished
from pybase_pipelines.object_store.boto import load_boto
from pybase_pipelines.object_store.errors import translated
from pybase_pipelines.settings import StoreAddress

CHUNK_BYTES = 1024 * 1024
_LOOKERS = 8


class _Patience(NamedTuple):
    """How long one call may take at most: (connect + read) times attempts."""

    connect_seconds: float
    read_seconds: float
    attempts: int


_PATIENT = _Patience(5, 30, 3)
_BRISK = _Patience(3, 9, 2)
"""For looks that a sensor waits for: Dagster ends a tick after 60 s, without a word of why."""


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object as a listing shows it."""

    object_key: str
    etag: str
    size: int
    modified_at: datetime
    version_id: str | None = None
    """Only a look at one object shows it, and only where the bucket keeps versions."""


@dataclass(frozen=True, slots=True)
class ListingPage:
    objects: tuple[ListedObject, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Download:
    """A file that was downloaded: how large it is, its SHA-256, the version that was read, and its own metadata."""

    path: Path
    size: int
    sha256: str
    etag: str
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SmallObject:
    """A small object as a whole, or its beginning."""

    data: bytes
    etag: str


class ObjectStore:
    """One S3 service. Safe to use from several threads; the client is made on first use (0.3 s)."""

    def __init__(self, address: StoreAddress) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._made: dict[_Patience, Any] = {}

    @property
    def _client(self) -> Any:
        return self._get_client(_PATIENT)

    def _get_client(self, patience: _Patience) -> Any:
        with self._lock:
            if patience not in self._made:
                self._made[patience] = _make_client(self.address, patience)
            return self._made[patience]

    def list_page(self, bucket: str, prefix: str = "", token: str | None = None, *, limit: int = 1000) -> ListingPage:
        """One page (up to 1,000 objects) of the bucket's listing."""
        extra = {"ContinuationToken": token} if token else {}
        with translated(f"list bucket {bucket!r}"):
            client = self._get_client(_BRISK)
            answer = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=limit, **extra)
        objects = tuple(
            ListedObject(o["Key"], o["ETag"].strip('"'), o["Size"], o["LastModified"])
            for o in answer.get("Contents", ())
        )
        return ListingPage(objects, answer.get("NextContinuationToken") if answer.get("IsTruncated") else None)

    def list_all(self, bucket: str, prefix: str = "") -> Iterator[ListedObject]:
        """Every object; the listing is read page by page as it is consumed."""
        token = None
        while True:
            page = self.list_page(bucket, prefix, token)
            yield from page.objects
            if page.next_token is None:
                return
            token = page.next_token

    def head(self, bucket: str, object_key: str) -> ListedObject:
        """What the store knows of one object.

        Raises:
            ObjectVanished: there is no such object.
        """
        with translated(f"look at {object_key!r}"):
            answer = self._get_client(_BRISK).head_object(Bucket=bucket, Key=object_key)
        etag, version = answer["ETag"].strip('"'), answer.get("VersionId")
        version_id = version if version != "null" else None
        return ListedObject(object_key, etag, answer["ContentLength"], answer["LastModified"], version_id)

    def look_at(self, bucket: str, object_keys: Sequence[str]) -> dict[str, ListedObject | None]:
        """What the store knows of each object now, None for one that is not there.

        Raises:
            PybaseError: the store did not answer for one of them, or the bucket itself is gone: then nothing is known.
        """
        pool = ThreadPoolExecutor(_LOOKERS)
        try:
            found = dict(zip(object_keys, pool.map(lambda key: self._try_head(bucket, key), object_keys), strict=True))
        finally:
            # After a failure the others are not tried: a store that is away would hold up the caller for each of them.
            pool.shutdown(cancel_futures=True)
        if None in found.values():
            # Looking at an object of a missing bucket is answered just as a missing object is.
            self.list_page(bucket, limit=1)
        return found

    def _try_head(self, bucket: str, object_key: str) -> ListedObject | None:
        try:
            return self.head(bucket, object_key)
        except ObjectVanished:
            return None

    def download(self, bucket: str, object_key: str, target: Path, *, etag: str | None, max_bytes: int) -> Download:
        """Stream an object into `target`; only the version with this ETag, and never more than `max_bytes`.

        Raises:
            ObjectVanished: deleted, or overwritten by another version.
            FileTooLarge: larger than `max_bytes`.
        """
        extra = {"IfMatch": etag} if etag else {}
        digest, size = hashlib.sha256(), 0
        with translated(f"download {object_key!r}"):
            answer = self._client.get_object(Bucket=bucket, Key=object_key, **extra)
            found = answer["ETag"].strip('"')
            with answer["Body"] as body:
                if etag and found != etag:  # a server without conditional reads
                    raise ObjectVanished(f"The object was overwritten: it has the ETag {found}, expected {etag}.")
                _refuse_above(answer["ContentLength"], max_bytes)
                with target.open("wb") as file:
                    while chunk := body.read(CHUNK_BYTES):
                        size += len(chunk)
                        _refuse_above(size, max_bytes)
                        digest.update(chunk)
                        file.write(chunk)
        return Download(target, size, digest.hexdigest(), found, dict(answer.get("Metadata") or {}))

    def find(self, bucket: str, object_key: str, *, most_bytes: int) -> SmallObject | None:
        """A small object, at most one byte more of it than `most_bytes`; None if there is none."""
        try:
            with translated(f"read {object_key!r}"):
                answer = self._client.get_object(Bucket=bucket, Key=object_key)
                with answer["Body"] as body:
                    return SmallObject(body.read(most_bytes + 1), answer["ETag"].strip('"'))
        except ObjectVanished:
            return None

    def upload_file(self, path: Path, bucket: str, object_key: str, *, content_type: str | None = None) -> ListedObject:
        """Upload a file (in parts when it is large) and return what the store then knows of it."""
        extra = {"ExtraArgs": {"ContentType": content_type}} if content_type else {}
        with translated(f"upload {object_key!r}"):
            self._client.upload_file(str(path), bucket, object_key, **extra)
        return self.head(bucket, object_key)

    def put(
        self, bucket: str, object_key: str, data: bytes, *, content_type: str, content_encoding: str | None = None
    ) -> None:
        """Write one small object whole."""
        extra = {"ContentEncoding": content_encoding} if content_encoding else {}
        with translated(f"write {object_key!r}"):
            self._client.put_object(Bucket=bucket, Key=object_key, Body=data, ContentType=content_type, **extra)

    def get(self, bucket: str, object_key: str) -> bytes:
        """Read one object whole; for documents that we wrote ourselves."""
        with translated(f"read {object_key!r}"):
            return self._client.get_object(Bucket=bucket, Key=object_key)["Body"].read()

    def sign_download(
        self, bucket: str, object_key: str, seconds: int, *, content_type: str, content_encoding: str | None = None
    ) -> str:
        """An address from which anybody can download one object for so long. A secret: never log it."""
        parameters = {"Bucket": bucket, "Key": object_key, "ResponseContentType": content_type}
        if content_encoding:
            parameters["ResponseContentEncoding"] = content_encoding
        with translated(f"sign an address of {object_key!r}"):
            return self._client.generate_presigned_url("get_object", parameters, ExpiresIn=seconds)

    def delete(self, bucket: str, object_key: str) -> None:
        """Delete one object; it is no error when it is gone already."""
        with translated(f"delete {object_key!r}"):
            self._client.delete_object(Bucket=bucket, Key=object_key)

    def ensure_bucket(self, bucket: str) -> bool:
        """Create the bucket where it is missing; True if it was created."""
        load_boto()
        from botocore.exceptions import ClientError

        with translated(f"create bucket {bucket!r}"):
            try:
                self._client.head_bucket(Bucket=bucket)
            except ClientError as error:
                if str(error.response.get("Error", {}).get("Code")) not in {"404", "NoSuchBucket", "NotFound"}:
                    raise
                self._client.create_bucket(Bucket=bucket)
                return True
        return False


def _refuse_above(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise FileTooLarge(f"The file has {size:,} bytes or more; at most {max_bytes:,} are read.")


def _make_client(address: StoreAddress, patience: _Patience) -> Any:
    load_boto()
    from boto3.session import Session
    from botocore.config import Config

    style = "path" if address.is_embedded else address.addressing_style
    secret = address.secret_access_key
    key_id = address.access_key_id
    return Session().client(
        "s3",
        endpoint_url=address.endpoint_url,
        region_name=address.region,
        aws_access_key_id=key_id.get_secret_value() if key_id else None,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=Config(
            connect_timeout=patience.connect_seconds,
            read_timeout=patience.read_seconds,
            retries={"mode": "standard", "max_attempts": patience.attempts},
            max_pool_connections=32,
            signature_version="s3v4",  # signed addresses would be of version 2, which most services refuse by now
            s3={"addressing_style": style},
            # Some S3 services refuse the newer checksum headers; they are only sent where S3 demands them.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
