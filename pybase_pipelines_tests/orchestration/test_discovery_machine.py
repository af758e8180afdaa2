"""Discovery against a model of a bucket and its messages: whatever happens, in whatever order, the ledger ends right.

Things happen between any two steps of a tick (an upload, a deletion, a look at the queue), ticks die at any step, pages
fail, messages come late, twice or never, cursors and files are lost. In the end every object has exactly one current
job, of its present version, and nothing else has any; and no job ever was of something that never existed.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import delete

from pybase_pipelines.errors import StorageUnavailable
from pybase_pipelines.intake.walks import DiscoveryCursor
from pybase_pipelines.ledger.model import ExtractionJob, WatchedSource
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.event_queue import QueuedMessage
from pybase_pipelines.object_store.store import ListedObject, ListingPage
from pybase_pipelines.orchestration import discovery
from pybase_pipelines.orchestration.discovery import Discovery
from pybase_pipelines.orchestration.messages import Messages
from pybase_pipelines.settings import Settings
from pybase_pipelines_tests.orchestration.discovering import open_ledger

BUCKET = "bucket"
KEYS = st.sampled_from(["a", "a-b/1", "a/2", "a/3", "b c", "b+c", "z"])
CONTENTS = st.sampled_from(["v1", "v2", "v3"])
STEPS = st.integers(0, 12)
FOLDER = tempfile.TemporaryDirectory(prefix="discovery-machine-")


class Died(BaseException):
    """The process of the tick was killed."""


@lru_cache
def get_ledger() -> ExtractionJobService:
    return open_ledger(Path(FOLDER.name))


class World:
    """The bucket, the queue and the clock. Every call of the pipeline is a step, at which something may happen."""

    def __init__(self, *, by_directory: bool) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.objects: dict[str, ListedObject] = {}
        self.messages: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.ever: set[tuple[str, str]] = set()
        self.deleted: set[str] = set()
        self.plan: dict[int, Callable[[], None]] = {}
        self.steps = 0
        self._sort_key = (lambda key: key.split("/")) if by_directory else str.encode

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=10)
        return self.now

    def step(self) -> None:
        self.steps += 1
        if (happens := self.plan.pop(self.steps, None)) is not None:
            happens()

    def put(self, key: str, etag: str) -> None:
        # Times of a store are coarse: many changes share one.
        modified_at = self.now.replace(second=self.now.second // 10 * 10, microsecond=0)
        self.objects[key] = ListedObject(key, etag, 1, modified_at)
        self.ever.add((key, etag))
        self._tell("ObjectCreated:Put", key)

    def delete(self, key: str) -> None:
        if self.objects.pop(key, None) is not None:
            self.deleted.add(key)
            self._tell("ObjectRemoved:Delete", key)

    def _tell(self, name: str, key: str) -> None:
        record = {"eventName": name, "s3": {"bucket": {"name": BUCKET}, "object": {"key": key.replace(" ", "+")}}}
        self.messages[f"{len(self.messages)}-{self.clock()}"] = json.dumps({"Records": [record]})

    # What the pipeline calls of the store:

    def list_page(self, bucket: str, prefix: str = "", token: str | None = None, *, limit: int = 2) -> ListingPage:
        self.step()
        keys = sorted(self.objects, key=self._sort_key)
        keys = [key for key in keys if token is None or self._sort_key(key) > self._sort_key(token)]
        page = ListingPage(tuple(self.objects[key] for key in keys[:limit]), keys[limit - 1] if keys[limit:] else None)
        self.step()
        return page

    def look_at(self, bucket: str, object_keys: Sequence[str]) -> dict[str, ListedObject | None]:
        self.step()
        found = {key: self.objects.get(key) for key in object_keys}
        self.step()
        return found

    # And of the queue:

    def receive(self, *, hidden_seconds: int) -> list[QueuedMessage]:
        visible = [each for each in self.messages if each not in self.hidden][:3]
        self.hidden.update(visible)
        return [QueuedMessage(each, each, self.messages[each], 1) for each in visible]

    def remove(self, messages: Sequence[QueuedMessage]) -> None:
        self.step()
        for each in messages:
            self.messages.pop(each.handle, None)

    def hide(self, message: QueuedMessage, seconds: float) -> None: ...


class StepwiseLedger:
    """The real ledger; each call is a step before and after."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        method = getattr(get_ledger(), name)

        def call(*args: Any, **named: Any) -> Any:
            self._world.step()
            answer = method(*args, **named)
            self._world.step()
            return answer

        return call


class Queue:
    def __init__(self, world: World) -> None:
        self.receive, self.delete, self.hide = world.receive, world.remove, world.hide


class DiscoveryMachine(RuleBasedStateMachine):
    @initialize(by_directory=st.booleans())
    def start(self, by_directory: bool) -> None:
        self.world = World(by_directory=by_directory)
        self.cursor: str | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="walks-", dir=FOLDER.name))
        ledger = get_ledger()
        ledger.clock = self.world.clock
        with ledger.writing() as session:
            session.execute(delete(ExtractionJob))
            session.execute(delete(WatchedSource))

    @rule(key=KEYS, content=CONTENTS)
    def put(self, key: str, content: str) -> None:
        self.world.put(key, content)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.world.delete(key)

    @rule(seconds=st.sampled_from([1, 30]))
    def wait(self, seconds: int) -> None:
        self.world.now += timedelta(seconds=seconds)

    @rule(pages=st.integers(1, 4), key=KEYS, content=CONTENTS | st.none(), when=STEPS)
    def tick_while_the_bucket_changes(self, pages: int, key: str, content: str | None, when: int) -> None:
        change = (lambda: self.world.delete(key)) if content is None else (lambda: self.world.put(key, content))
        self._tick(pages, {when: change})

    @rule(pages=st.integers(1, 4), when=STEPS)
    def tick_while_messages_are_read(self, pages: int, when: int) -> None:
        self._tick(pages, {when: self._look})

    @rule(pages=st.integers(1, 4), when=STEPS)
    def tick_that_dies(self, pages: int, when: int) -> None:
        self._tick(pages, {when: lambda: _raise(Died())})

    @rule(pages=st.integers(1, 4), when=st.integers(1, 4))
    def tick_with_a_failing_store(self, pages: int, when: int) -> None:
        self._tick(pages, {when: lambda: _raise(StorageUnavailable("It did not answer."))})

    @rule(key=KEYS, content=CONTENTS | st.none(), when=STEPS)
    def read_messages_while_the_bucket_changes(self, key: str, content: str | None, when: int) -> None:
        change = (lambda: self.world.delete(key)) if content is None else (lambda: self.world.put(key, content))
        self._read({when: change})

    @rule(when=STEPS)
    def read_messages_and_die(self, when: int) -> None:
        self._read({when: lambda: _raise(Died())})

    @rule(data=st.data())
    def messages_come_in_another_order_and_some_twice(self, data: st.DataObject) -> None:
        bodies = data.draw(st.permutations(list(self.world.messages.values())))
        again = data.draw(st.lists(st.sampled_from(bodies), max_size=3)) if bodies else []
        self.world.messages = {f"{n}-{self.world.clock()}": body for n, body in enumerate([*bodies, *again])}

    @rule()
    def messages_are_lost(self) -> None:
        self.world.messages.clear()

    @rule()
    def the_cursor_is_lost(self) -> None:
        self.cursor = None

    @rule()
    def what_the_walk_has_seen_is_lost(self) -> None:
        for file in self.folder.iterdir():
            file.unlink()

    @invariant()
    def no_object_has_two_current_jobs_and_no_job_is_of_what_never_existed(self) -> None:
        jobs = get_ledger().list_jobs(limit=1000)
        assert {(job.object_key, job.etag) for job in jobs} <= self.world.ever
        assert max(Counter(job.object_key for job in jobs if job.is_current).values(), default=1) == 1
        assert max(Counter((job.object_key, job.etag) for job in jobs).values(), default=1) == 1
        assert {job.object_key for job in jobs if job.deleted_at} <= self.world.deleted

    def teardown(self) -> None:
        walks = self._count_walks() + 3
        for _ in range(100):
            if self._count_walks() >= walks:
                break
            self.world.now += timedelta(seconds=1)
            self._tick(4, {})
        jobs = get_ledger().list_jobs(current_only=True, limit=1000)
        current = {job.object_key: (job.etag, job.status) for job in jobs}
        assert current == {key: (each.etag, "pending") for key, each in self.world.objects.items()}

    def _tick(self, pages: int, plan: dict[int, Callable[[], None]]) -> None:
        self._plan(plan)
        wanted = Settings(bucket=BUCKET, list_pages_per_tick=pages)
        ledger: Any = StepwiseLedger(self.world)
        try:
            cursor, _ = Discovery(ledger, self.world, wanted, self.folder, self.world.clock).run(self.cursor)
        except (Died, StorageUnavailable):
            return
        finally:
            self.world.plan = {}
        self.cursor = cursor.model_dump_json()

    def _read(self, plan: dict[int, Callable[[], None]]) -> None:
        self._plan(plan)
        try:
            self._look()
        except Died:
            return
        finally:
            self.world.plan = {}

    def _look(self) -> None:
        ledger: Any = StepwiseLedger(self.world)
        self.world.hidden.clear()
        Messages(ledger, self.world, Queue(self.world), Settings(bucket=BUCKET), self.world.clock).run()

    def _plan(self, plan: dict[int, Callable[[], None]]) -> None:
        self.world.steps, self.world.plan = 0, plan

    def _count_walks(self) -> int:
        found = DiscoveryCursor.model_validate_json(self.cursor) if self.cursor else DiscoveryCursor()
        return sum(each.walks for each in found.sources.values())


def _raise(error: BaseException) -> None:
    raise error


@pytest.fixture(autouse=True)
def small_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "LOOK_SIZE", 2)


class TestDiscovery(DiscoveryMachine.TestCase):
    settings = settings(
        max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
    )
