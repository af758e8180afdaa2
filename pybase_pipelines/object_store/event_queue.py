"""The queue (SQS) in which an object store tells of its objects: receive, delete, hide. What a message says is
`intake.events`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pybase_pipelines.errors import AuthenticationFailed, ServiceUnavailable, Throttled
from pybase_pipelines.object_store.boto import load_boto
from pybase_pipelines.object_store.errors import FORBIDDEN, SLOW
from pybase_pipelines.settings import StoreAddress

BATCH = 10
"""As many as SQS gives and takes at once."""
LONGEST_HIDING_SECONDS = 43_200


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message as it was received. `receives` counts how often that happened; `handle` deletes or hides it."""

    message_id: str
    handle: str
    body: str
    receives: int


class EventQueue:
    """One queue. `address` says with whose credentials, and where a service other than AWS is."""

    def __init__(self, queue_url: str, address: StoreAddress) -> None:
        self._url = queue_url
        self._address = address

    @cached_property
    def _client(self) -> Any:
        load_boto()
        from boto3.session import Session
        from botocore.config import Config

        key_id, secret = self._address.access_key_id, self._address.secret_access_key
        return Session().client(
            "sqs",
            endpoint_url=self._address.endpoint_url,
            region_name=self._address.region,
            aws_access_key_id=key_id.get_secret_value() if key_id else None,
            aws_secret_access_key=secret.get_secret_value() if secret else None,
            config=Config(connect_timeout=3, read_timeout=9, retries={"mode": "standard", "max_attempts": 2}),
        )

    def receive(self, *, hidden_seconds: int, wait_seconds: int = 1) -> list[QueuedMessage]:
        """Up to ten messages; nobody else gets them for `hidden_seconds`."""
        with self._translated("receive from"):
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=hidden_seconds,
                AttributeNames=["ApproximateReceiveCount"],
            )
        return [
            QueuedMessage(
                m["MessageId"],
                m["ReceiptHandle"],
                m.get("Body", ""),
                int(m.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for m in answer.get("Messages", ())
        ]

    def delete(self, messages: Sequence[QueuedMessage]) -> None:
        """Say that these are done. One that cannot be deleted comes again, which is harmless."""
        for start in range(0, len(messages), BATCH):
            part = messages[start : start + BATCH]
            entries = [{"Id": str(n), "ReceiptHandle": each.handle} for n, each in enumerate(part)]
            with self._translated("delete from"):
                self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def hide(self, message: QueuedMessage, seconds: float) -> None:
        """Give a message back, for later."""
        hidden = max(0, min(round(seconds), LONGEST_HIDING_SECONDS))
        with self._translated("give back to"):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message.handle, VisibilityTimeout=hidden
            )

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        load_boto()
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            yield
        except NoCredentialsError as error:
            raise AuthenticationFailed(f"There are no credentials to {what} the event queue.") from error
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            kind = AuthenticationFailed if code in FORBIDDEN else Throttled if code in SLOW else ServiceUnavailable
            raise kind(
                f"The event queue answered {code or 'with an error'}, trying to {what} it.",
                hint="Check PYBASE_EVENTS_QUEUE_URL and the rights on the queue.",
            ) from error
        except BotoCoreError as error:
            raise ServiceUnavailable(
                f"The event queue did not answer ({type(error).__name__}), trying to {what} it.",
                hint="Check PYBASE_EVENTS_QUEUE_URL and PYBASE_EVENTS_ENDPOINT_URL.",
            ) from error
