"""The S3 calls, against a real S3 server."""

import hashlib

import pytest
from pydantic import SecretStr

from pybase_pipelines.errors import (
    AuthenticationFailed,
    FileTooLarge,
    LimitExceeded,
    ObjectVanished,
    StorageUnavailable,
)
from pybase_pipelines.local.service import find_free_ports
from pybase_pipelines.object_store.store import ObjectStore

HOSTILE_KEYS = [
    "a b.pdf",
    "plus+percent%20.pdf",
    "comma,quote'\".pdf",
    "Zeichnung Größe Ø50 – №1 図面.pdf",
    "-leading-dash.dxf",
    "deep/er/[brackets]{x}.step",
    "x" * 250 + ".ifc",
]


@pytest.mark.parametrize("object_key", HOSTILE_KEYS)
def test_an_object_of_any_name_is_listed_and_downloaded_as_it_was(store, bucket, make_file, tmp_path, object_key):
    listed = store.upload_file(make_file(b"content"), bucket, object_key)
    assert [o.object_key for o in store.list_all(bucket)] == [object_key]
    got = store.download(bucket, object_key, tmp_path / "got", etag=listed.etag, max_bytes=100)
    assert (got.path.read_bytes(), got.size) == (b"content", 7)
    assert got.sha256 == hashlib.sha256(b"content").hexdigest()


def test_a_listing_of_several_pages_is_complete_in_any_order(store, bucket):
    # "-" sorts before "/" as bytes; a server that lists by directories answers in another order.
    keys = {f"{folder}{n:04}" for folder in ("a-b/", "a/", "a") for n in range(400)}
    for key in keys:
        store.put(bucket, key, b"x", content_type="text/plain")
    first = store.list_page(bucket)
    assert first.next_token is not None
    assert {o.object_key for o in store.list_all(bucket)} == keys


def test_a_file_in_several_parts_comes_back_whole(store, bucket, make_file, tmp_path):
    data = bytes(range(256)) * 4096 * 24  # 24 MiB: three parts
    listed = store.upload_file(make_file(data), bucket, "big.step")
    got = store.download(bucket, "big.step", tmp_path / "got", etag=listed.etag, max_bytes=len(data))
    assert got.sha256 == hashlib.sha256(data).hexdigest()


def test_a_version_that_was_overwritten_is_not_read(store, bucket, make_file, tmp_path):
    old = store.upload_file(make_file(b"old"), bucket, "a.pdf")
    store.upload_file(make_file(b"new"), bucket, "a.pdf")
    with pytest.raises(ObjectVanished):
        store.download(bucket, "a.pdf", tmp_path / "got", etag=old.etag, max_bytes=100)


def test_an_object_that_is_gone_says_so(store, bucket, tmp_path):
    with pytest.raises(ObjectVanished):
        store.download(bucket, "gone.pdf", tmp_path / "got", etag=None, max_bytes=100)
    with pytest.raises(ObjectVanished):
        store.head(bucket, "gone.pdf")


def test_a_file_above_the_limit_is_refused_before_it_is_written(store, bucket, make_file, tmp_path):
    store.upload_file(make_file(b"x" * 1000), bucket, "a.pdf")
    with pytest.raises(FileTooLarge):
        store.download(bucket, "a.pdf", tmp_path / "got", etag=None, max_bytes=999)
    assert not (tmp_path / "got").exists()


def test_a_wrong_secret_is_an_authentication_failure(s3_address, bucket):
    wrong = s3_address.model_copy(update={"secret_access_key": SecretStr("wrong")})
    with pytest.raises(AuthenticationFailed, match="SignatureDoesNotMatch"):
        ObjectStore(wrong).list_page(bucket)


def test_a_server_that_is_down_and_a_bucket_that_is_missing_are_storage_trouble(store, s3_address):
    dead = s3_address.model_copy(update={"endpoint_url": f"http://127.0.0.1:{find_free_ports(1)[0]}"})
    with pytest.raises(StorageUnavailable):
        ObjectStore(dead).list_page("any")
    with pytest.raises(StorageUnavailable, match="does not exist"):
        store.list_page("no-such-bucket")


def test_a_name_that_is_too_long_says_so(store, bucket):
    with pytest.raises(LimitExceeded, match="too long"):
        store.put(bucket, "x" * 2000, b"", content_type="text/plain")


def test_a_bucket_is_created_once(store):
    assert store.ensure_bucket("made-once") is True
    assert store.ensure_bucket("made-once") is False


def test_no_secret_is_in_what_an_address_prints(s3_address):
    secret = s3_address.secret_access_key.get_secret_value()
    assert secret not in repr(s3_address)
    assert secret not in str(s3_address.model_dump())
