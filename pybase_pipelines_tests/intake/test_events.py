"""Messages of object stores, in every shape that occurs: read rightly, or said to be strange; never a crash."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.intake.events import Message, ObjectHint, keep_newest, read_message

KEYS = {
    "a+b.pdf": "a b.pdf",
    "a%2Bb.pdf": "a+b.pdf",
    "100%25.pdf": "100%.pdf",
    "Gr%C3%B6%C3%9Fe/%C3%98.pdf": "Größe/Ø.pdf",
    "in/plain.pdf": "in/plain.pdf",
}


def record(key: str, name: str = "ObjectCreated:Put", **told: object) -> dict:
    return {"eventName": name, "s3": {"bucket": {"name": "bucket"}, "object": {"key": key, **told}}}


def s3_message(*records: object) -> str:
    return json.dumps({"Records": list(records)})


def bridge_message(key: str, kind: str = "Object Created") -> str:
    detail = {"bucket": {"name": "bucket"}, "object": {"key": key, "sequencer": "0A"}}
    return json.dumps({"version": "0", "source": "aws.s3", "detail-type": kind, "detail": detail})


def wrap(body: str) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn", "Message": body})


@pytest.mark.parametrize(("raw", "key"), KEYS.items())
def test_the_key_of_an_s3_record_is_decoded_and_the_raw_form_is_kept_to_be_tried(raw, key):
    (hint,) = read_message(s3_message(record(raw))).hints
    assert (hint.bucket, hint.object_key, hint.other_key) == ("bucket", key, raw if raw != key else None)


@pytest.mark.parametrize(("decoded", "raw"), KEYS.items())
def test_the_key_of_a_bridge_event_is_taken_as_it_is(raw, decoded):
    (hint,) = read_message(bridge_message(decoded)).hints
    assert (hint.object_key, hint.other_key) == (decoded, raw if raw != decoded else None)


def test_an_envelope_says_what_the_message_in_it_says():
    body = s3_message(record("a.pdf"))
    assert read_message(wrap(body)) == read_message(wrap(wrap(body))) == read_message(body)
    assert read_message(wrap(bridge_message("a.pdf"))).hints[0].object_key == "a.pdf"


@pytest.mark.parametrize("name", ["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated", "s3:ObjectCreated:Copy"])
def test_a_removal_is_a_hint_like_any_other(name):
    assert len(read_message(s3_message(record("a.pdf", name))).hints) == 1
    assert len(read_message(bridge_message("a.pdf", "Object Deleted")).hints) == 1


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "bucket"}),
        s3_message(),
        s3_message(record("a.pdf", "ObjectTagging:Put")),
        bridge_message("a.pdf", "Object Tags Added"),
    ],
)
def test_what_has_no_consequence_is_understood_and_leads_to_nothing(body):
    assert read_message(body) == Message()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "list"),
        ('{"hello": 1}', "it holds hello"),
        (s3_message({"eventName": "ObjectCreated:Put"}), "lacks what S3 records have"),
        (s3_message(record("a.pdf", "ObjectEaten:Whole")), "'ObjectEaten:Whole'"),
        (s3_message(record("")), "no text"),
        (s3_message(record("a\x00.pdf")), "no text"),
        (s3_message(record("\ud800.pdf")), "no text"),
        (s3_message(record("x" * 1025)), "1024 bytes"),
        (wrap("hello"), "not JSON"),
        (json.dumps({"Type": "Notification", "Message": 7}), "not JSON"),
        (bridge_message("a.pdf").replace('"detail"', '"other"'), "lacks"),
    ],
)
def test_what_is_not_understood_says_why(body, why):
    message = read_message(body)
    assert message.hints == ()
    assert why in (message.unreadable or "")


def test_one_strange_record_keeps_the_message_and_spoils_no_other_record():
    message = read_message(s3_message(record("a.pdf"), {}, record("b.pdf")))
    assert [hint.object_key for hint in message.hints] == ["a.pdf", "b.pdf"]
    assert message.unreadable


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "s3", "object", "bucket", "key", "name", "eventName", "Type", "Message", "detail"]
            ),
            children,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(
    st.text()
    | JSON.map(json.dumps)
    | JSON.map(lambda each: s3_message(each))
    | st.text().map(lambda k: s3_message(record(k)))
)
def test_no_message_whatever_crashes_the_reader(body):
    message = read_message(body)
    assert all(len(hint.object_key.encode()) <= 1024 for hint in message.hints)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=200))
def test_any_key_survives_the_way_through_a_record(key):
    from urllib.parse import quote_plus

    (hint,) = read_message(s3_message(record(quote_plus(key)))).hints
    assert hint.object_key == key


def test_of_several_hints_for_one_object_the_newest_counts_whatever_the_order():
    hints = [ObjectHint("b", "k", sequencer=each) for each in ("0055AED6DCD902", "0055AED6DCD90281E5", "0055AE")]
    assert {keep_newest([hints[a], hints[b], hints[c]])[0] for a, b, c in [(0, 1, 2), (2, 1, 0), (1, 0, 2)]} == {
        hints[1]
    }
    assert len(keep_newest([*hints, ObjectHint("b", "other"), ObjectHint("c", "k")])) == 3
