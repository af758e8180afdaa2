"""What the object store tells through its queue becomes jobs, whatever the bucket holds. Knows no Dagster.

A message is a hint; the store is asked what is true. It is deleted only after the ledger has what it led to, so a tick
may die anywhere. What is not understood stays in the queue, longer and longer hidden, until the queue's own redrive
policy or retention takes it. The listing finds whatever messages miss.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pybase_pipelines.errors import PybaseError
from pybase_pipelines.intake.events import ObjectHint, keep_newest, read_message
from pybase_pipelines.intake.listing import is_ours, is_young
from pybase_pipelines.ledger.model import utc_now
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.event_queue import QueuedMessage
from pybase_pipelines.object_store.store import ListedObject
from pybase_pipelines.orchestration.arrivals import Arrivals
from pybase_pipelines.orchestration.discovery import Store
from pybase_pipelines.settings import Settings, Source

logger = logging.getLogger(__name__)

HIDDEN_SECONDS = 120
"""Longer than any tick: a message comes again only when the tick that had it is dead."""
CHUNK = 200
FIRST_HIDING_SECONDS = 60
MOST_RECEIVES = 3
MOST_UNREADABLE = 200
"""So many unreadable messages in one look end it: they must not use up the time of the good ones behind them."""


class Queue(Protocol):
    """What of the queue is used."""

    def receive(self, *, hidden_seconds: int) -> list[QueuedMessage]: ...
    def delete(self, messages: Sequence[QueuedMessage]) -> None: ...
    def hide(self, message: QueuedMessage, seconds: float) -> None: ...


@dataclass(slots=True)
class MessagesReport:
    """What one look at the queue came to."""

    received: int = 0
    new: int = 0
    gone: int = 0
    young: int = 0
    foreign: int = 0
    unreadable: int = 0
    trouble: PybaseError | None = None

    def describe(self) -> str:
        """What the tick's message says."""
        parts = [f"{self.received} messages", f"{self.new} new", f"{self.gone} deleted"]
        parts += [f"{self.young} too young yet"] if self.young else []
        parts += [f"{self.foreign} of objects that are not watched"] if self.foreign else []
        parts += [f"{self.unreadable} not understood and kept"] if self.unreadable else []
        words = f"{', '.join(parts)}."
        return words if self.trouble is None else f"{words} {self.trouble.message} {self.trouble.hint}"


class Messages:
    """One tick's look at the queue."""

    def __init__(
        self,
        ledger: ExtractionJobService,
        store: Store,
        queue: Queue,
        settings: Settings,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._queue = queue
        self._settings = settings
        self._clock = clock
        self._report = MessagesReport()

    def run(self) -> MessagesReport:
        """Read until the queue is empty or the tick's budget is used up.

        Trouble with the queue or the store ends the look and is in the report: what was not deleted comes again.
        """
        deadline = time.monotonic() + self._settings.tick_budget_seconds
        report = self._report
        try:
            while (
                report.received < self._settings.events_per_tick
                and report.unreadable < MOST_UNREADABLE
                and time.monotonic() < deadline
            ):
                messages = self._receive()
                if not messages:
                    break
                report.received += len(messages)
                self._take([each for each in messages if each.receives <= MOST_RECEIVES])
                for each in messages:
                    if each.receives > MOST_RECEIVES:
                        self._take_suspect(each)
        except PybaseError as error:
            report.trouble = error
        return report

    def _receive(self) -> list[QueuedMessage]:
        """Some hundred messages at once, so that the store is asked for all of them in parallel."""
        messages: list[QueuedMessage] = []
        most = min(CHUNK, self._settings.events_per_tick - self._report.received)
        while len(messages) < most and (some := self._queue.receive(hidden_seconds=HIDDEN_SECONDS)):
            messages += some
        return messages

    def _take(self, messages: Sequence[QueuedMessage]) -> None:
        """Make the ledger know what the messages lead to, and only then delete them."""
        done: list[QueuedMessage] = []
        hints: list[ObjectHint] = []
        hinted: dict[str, list[ObjectHint]] = {}
        for message in messages:
            content = read_message(message.body)
            hints += content.hints
            if content.unreadable is not None:
                self._keep(message, content.unreadable)
            else:
                hinted[message.handle] = list(content.hints)
                done.append(message)
        young = self._register(keep_newest(hints))
        waiting = [each for each in done if any(_name(hint) in young for hint in hinted[each.handle])]
        for each in waiting:
            self._queue.hide(each, max(young[_name(hint)] for hint in hinted[each.handle] if _name(hint) in young))
        self._queue.delete([each for each in done if each not in waiting])

    def _take_suspect(self, message: QueuedMessage) -> None:
        """A message that came several times in vain is taken by itself, so that it holds up no other one."""
        try:
            self._take([message])
        except PybaseError as error:
            self._report.trouble = error
            self._queue.hide(message, FIRST_HIDING_SECONDS * 2 ** min(message.receives, 10))

    def _keep(self, message: QueuedMessage, why: str) -> None:
        self._report.unreadable += 1
        logger.warning("message %s of the event queue is not understood and kept: %s", message.message_id, why)
        self._queue.hide(message, FIRST_HIDING_SECONDS * 2 ** min(message.receives, 10))

    def _register(self, hints: Sequence[ObjectHint]) -> dict[tuple[str, str], float]:
        """Ask the store about the hinted objects and register what it says; the answer is how long to wait for some."""
        young: dict[tuple[str, str], float] = {}
        by_source: dict[Source, list[ObjectHint]] = {}
        for hint in hints:
            source = self._find_source(hint)
            if source is None:
                self._report.foreign += 1
            else:
                by_source.setdefault(source, []).append(hint)
        for source, some in by_source.items():
            young |= self._register_from(source, some)
        return young

    def _register_from(self, source: Source, hints: Sequence[ObjectHint]) -> dict[tuple[str, str], float]:
        arrivals = Arrivals(self._ledger, self._settings, source)
        now = self._clock()
        found = self._look_at(source.bucket, hints)
        there = [each for each in found.values() if each is not None]
        ours = [each for each in there if is_ours(each.object_key, each.size, arrivals.rules)]
        ripe = [each for each in ours if not is_young(each.modified_at, arrivals.rules, now)]
        self._report.new += len(arrivals.register(ripe, seen_now=False))
        gone = [object_key for object_key, each in found.items() if each is None]
        self._report.gone += len(self._ledger.mark_deleted(source.bucket, gone))
        young = {each.object_key: each for each in ours if each not in ripe}
        self._report.young += len(young)
        return {
            _name(hint): (arrivals.rules.minimum_age - (now - young[key].modified_at)).total_seconds() + 1
            for hint in hints
            for key in (hint.object_key, hint.other_key)
            if key in young
        }

    def _look_at(self, bucket: str, hints: Sequence[ObjectHint]) -> dict[str, ListedObject | None]:
        """What is true of each hinted object; where there is none of the first name, the other name is tried once."""
        found = self._store.look_at(bucket, list(dict.fromkeys(hint.object_key for hint in hints)))
        others = [h.other_key for h in hints if h.other_key is not None and found[h.object_key] is None]
        unasked = [key for key in dict.fromkeys(others) if key not in found]
        return found | (self._store.look_at(bucket, unasked) if unasked else {})

    def _find_source(self, hint: ObjectHint) -> Source | None:
        for source in self._settings.watched_sources():
            names = (hint.object_key, hint.other_key or hint.object_key)
            if hint.bucket == source.bucket and any(name.startswith(source.prefix) for name in names):
                return source
        return None


def _name(hint: ObjectHint) -> tuple[str, str]:
    return hint.bucket, hint.object_key
