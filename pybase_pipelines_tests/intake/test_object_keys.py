"""Partition keys are readable, reversible and bounded."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.intake.object_keys import MAX_BYTES, make_partition_key, read_partition_key

BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,30}[a-z0-9]", fullmatch=True)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400)


@given(BUCKETS, KEYS)
def test_a_key_leads_back_to_its_object_or_is_a_digest(bucket, object_key):
    partition_key = make_partition_key(bucket, object_key)
    assert read_partition_key(partition_key) in ((bucket, object_key), None)


@given(BUCKETS, KEYS)
def test_a_key_is_bounded_and_holds_nothing_that_breaks_the_ui(bucket, object_key):
    partition_key = make_partition_key(bucket, object_key)
    assert len(partition_key.encode()) <= MAX_BYTES
    assert not re.search(r"[\x00-\x1f\x7f,\"'\[\]\\]|\.\.\.", partition_key)
    assert partition_key == partition_key.strip()


@given(BUCKETS, KEYS, KEYS)
def test_different_objects_have_different_keys(bucket, one, other):
    assert (make_partition_key(bucket, one) == make_partition_key(bucket, other)) == (one == other)


def test_only_what_breaks_is_encoded():
    assert make_partition_key("b2", "Zeichnungen/Größe Ø50 – a,b (2).pdf") == "b2/Zeichnungen/Größe Ø50 – a%2Cb (2).pdf"


def test_a_key_of_1024_bytes_keeps_a_readable_head():
    partition_key = make_partition_key("bucket", "project/" + "x" * 1016)
    assert partition_key.startswith("bucket/project/xxx")
    assert read_partition_key(partition_key) is None


def test_a_percent_sign_in_an_object_key_is_not_taken_for_an_escape():
    assert read_partition_key(make_partition_key("b2", "100%2C.pdf")) == ("b2", "100%2C.pdf")


@pytest.mark.parametrize("partition_key", ["", "no-slash", "/x", "bucket/"])
def test_a_partition_that_names_no_object_is_refused(partition_key):
    with pytest.raises(ValueError, match="does not name an object"):
        read_partition_key(partition_key)
