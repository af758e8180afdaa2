"""What a queue tells becomes jobs, with real notifications of a server with S3 and SQS; nothing told is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from pydantic import SecretStr

from pybase_pipelines.errors import DatabaseUnavailable, StorageUnavailable
from pybase_pipelines.object_store.event_queue import EventQueue
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.orchestration import messages
from pybase_pipelines.orchestration.messages import Messages, MessagesReport
from pybase_pipelines.settings import Settings, StoreAddress
from pybase_pipelines_tests.orchestration.discovering import Ticks, open_ledger

KEYS = ["a b.pdf", "a+b.pdf", "100%.pdf", "100%25.pdf", "Größe Ø50/№1 図面.pdf", "in/plain.pdf", "a&b=c;d.pdf"]


@pytest.fixture(scope="module")
def address() -> Iterator[StoreAddress]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"access_key_id": SecretStr("test"), "secret_access_key": SecretStr("test")}
    yield StoreAddress(endpoint_url=f"http://{host}:{port}", addressing_style="path", **keys)
    server.stop()


class Service:
    """A bucket that tells a queue, and the pipeline's look at the queue."""

    def __init__(self, address: StoreAddress, folder: Path) -> None:
        def connect(name: str) -> Any:
            return boto3.client(
                name,
                endpoint_url=address.endpoint_url,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )

        self.s3, self.sqs = connect("s3"), connect("sqs")
        self.bucket = f"bucket-{folder.name.replace('_', '-')[:40]}".rstrip("-").lower()
        self.s3.create_bucket(Bucket=self.bucket)
        self.url = self.sqs.create_queue(QueueName=self.bucket)["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        self.settings = Settings(bucket=self.bucket, events_queue_url=self.url)
        self.queue = EventQueue(self.url, address)
        self.ticks = Ticks(open_ledger(folder), ObjectStore(address), folder / "walks", self.settings)

    def notify(self) -> None:
        told = {"QueueArn": self.arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"QueueConfigurations": [told]}
        )

    def send(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def send_record(self, object_key: str, name: str = "ObjectCreated:Put") -> None:
        told = {"bucket": {"name": self.bucket}, "object": {"key": object_key}}
        self.send(json.dumps({"Records": [{"eventName": name, "s3": told}]}))

    def put(self, object_key: str, data: bytes = b"x") -> None:
        self.s3.put_object(Bucket=self.bucket, Key=object_key, Body=data)

    def look(self) -> MessagesReport:
        return Messages(self.ticks.ledger, self.ticks.store, self.queue, self.ticks.settings).run()

    def count(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(number) for number in counts.values())


@pytest.fixture
def service(address: StoreAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    receive = EventQueue.receive
    monkeypatch.setattr(EventQueue, "receive", lambda self, **named: receive(self, **named, wait_seconds=0))
    return Service(address, tmp_path)


def test_uploads_of_any_name_are_found_by_their_notifications_and_nothing_stays_in_the_queue(service: Service):
    service.notify()
    for key in KEYS:
        service.put(key)
    report = service.look()
    assert (report.new, report.unreadable, report.trouble) == (len(KEYS), 0, None)
    assert set(service.ticks.current()) == set(KEYS)
    assert service.count() == 0


def test_a_deletion_is_told_too_and_an_overwritten_object_has_one_current_job(service: Service):
    service.notify()
    service.put("a.pdf", b"one")
    service.put("b.pdf")
    service.look()
    service.put("a.pdf", b"two")
    service.s3.delete_object(Bucket=service.bucket, Key="b.pdf")
    report = service.look()
    assert (report.new, report.gone) == (1, 1)
    assert set(service.ticks.current()) == {"a.pdf"}


def test_duplicates_and_late_messages_change_nothing(service: Service):
    service.put("a.pdf")
    service.send_record("a.pdf")
    service.look()
    before = service.ticks.current()
    for _ in range(3):
        service.send_record("a.pdf")
        service.send_record("a.pdf", "ObjectRemoved:Delete")  # late: the object is there again
    assert service.look().received == 6
    assert service.ticks.current() == before


def test_a_message_is_deleted_only_when_the_ledger_has_it(service: Service, monkeypatch):
    service.put("a.pdf")
    service.send_record("a.pdf")

    def fail(*_: object, **__: object):
        raise DatabaseUnavailable("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(service.ticks.ledger, "register_uploads", fail)
        patch.setattr(messages, "HIDDEN_SECONDS", 0)
        assert isinstance(service.look().trouble, DatabaseUnavailable)
    assert service.count() == 1
    assert service.look().new == 1
    assert service.count() == 0


def test_what_is_not_understood_is_kept_hidden_and_counted_and_holds_up_nobody(service: Service):
    service.put("a.pdf")
    for body in ("hello", '{"Records": [{}]}', '{"Event": "s3:TestEvent"}'):
        service.send(body)
    service.send_record("a.pdf")
    report = service.look()
    assert (report.received, report.new, report.unreadable) == (4, 1, 2)
    assert "2 not understood and kept" in report.describe()
    assert service.count() == 2
    assert service.look().received == 0, "they are hidden for a while"


def test_a_message_in_an_envelope_and_one_of_a_bridge_are_understood(service: Service):
    for key in ("a b.pdf", "c+d.pdf"):
        service.put(key)
    record = {
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": service.bucket}, "object": {"key": "a+b.pdf"}},
    }
    service.send(json.dumps({"Type": "Notification", "Message": json.dumps({"Records": [record]})}))
    detail = {"bucket": {"name": service.bucket}, "object": {"key": "c+d.pdf"}}
    service.send(json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail}))
    assert service.look().new == 2
    assert set(service.ticks.current()) == {"a b.pdf", "c+d.pdf"}


def test_a_service_that_does_not_encode_keys_is_understood_too(service: Service):
    service.put("a+b.pdf")
    service.send_record("a+b.pdf")  # decoded this is "a b.pdf", which does not exist
    assert service.look().new == 1
    assert set(service.ticks.current()) == {"a+b.pdf"}


def test_what_is_not_watched_is_told_and_done_with(service: Service):
    service.put("a.tmp")
    service.send_record("a.tmp")
    service.send(json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": {
        "bucket": {"name": "elsewhere"}, "object": {"key": "a.pdf"}}}]}))  # fmt: skip
    report = service.look()
    assert (report.new, report.foreign, service.count()) == (0, 1, 0)


def test_an_object_that_is_too_young_keeps_its_message(service: Service):
    service.ticks.change(minimum_age_seconds=3600)
    service.put("a.pdf")
    service.send_record("a.pdf")
    assert (service.look().young, service.count()) == (1, 1)
    assert service.ticks.current() == {}


def test_a_store_that_does_not_answer_keeps_the_messages_and_says_why(service: Service, monkeypatch):
    service.send_record("a.pdf")

    def fail(*_: object):
        raise StorageUnavailable("The object store did not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(service.ticks.store, "look_at", fail)
        report = service.look()
    assert "did not answer" in report.describe()
    assert service.count() == 1


def test_one_message_that_always_fails_is_taken_by_itself_after_a_while(service: Service, monkeypatch):
    service.put("good.pdf")
    service.send_record("bad.pdf")
    monkeypatch.setattr(messages, "HIDDEN_SECONDS", 0)
    look_at = service.ticks.store.look_at

    def fail(bucket: str, keys: list[str]):
        if "bad.pdf" in keys:
            raise StorageUnavailable("The object store answered 400.")
        return look_at(bucket, keys)

    monkeypatch.setattr(service.ticks.store, "look_at", fail)
    monkeypatch.setattr(messages, "CHUNK", 1)
    for _ in range(messages.MOST_RECEIVES):
        assert service.look().trouble is not None
    monkeypatch.setattr(messages, "CHUNK", 200)
    service.send_record("good.pdf")
    assert service.look().new == 1
    assert set(service.ticks.current()) == {"good.pdf"}
    assert service.count() == 1


def test_a_queue_that_is_not_there_is_said_in_words(service: Service, address: StoreAddress):
    service.queue = EventQueue(f"{service.url}-not", address)
    trouble = service.look().trouble
    assert trouble is not None
    assert "PYBASE_EVENTS_QUEUE_URL" in trouble.hint


def test_the_version_of_an_object_is_recorded_where_the_bucket_keeps_versions(service: Service):
    service.s3.put_bucket_versioning(Bucket=service.bucket, VersioningConfiguration={"Status": "Enabled"})
    service.put("a.pdf")
    service.send_record("a.pdf")
    service.look()
    version = service.s3.head_object(Bucket=service.bucket, Key="a.pdf")["VersionId"]
    assert service.ticks.current()["a.pdf"].version_id == version
    assert service.ticks.tick().new == 0, "the listing knows it as the same"
