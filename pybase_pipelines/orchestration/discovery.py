"""What lies in the bucket becomes jobs: the walk through every watched source, a few steps a tick. Knows no Dagster.

Complete by construction: each object that a page shows is compared with the ledger. An object counts as deleted only
after a walk that read every page without failure, that began after the object was registered, that did not show it,
and when the store then says so itself. A source that fails holds up no other one.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from pybase_pipelines.errors import DatabaseUnavailable, PybaseError
from pybase_pipelines.intake.listing import choose_uploads
from pybase_pipelines.intake.seen import SeenKeys
from pybase_pipelines.intake.walks import DiscoveryCursor, SourceProgress, Walk, make_source_id
from pybase_pipelines.ledger.inventory import KnownObject
from pybase_pipelines.ledger.model import utc_now
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import ListedObject, ListingPage
from pybase_pipelines.orchestration.arrivals import Arrivals
from pybase_pipelines.settings import Settings, Source

LOOK_SIZE = 1000
MOST_ASKED = 250
"""How many objects the store is asked about in one step, which must stay well below a tick's time."""
MESSAGE_GRACE = timedelta(minutes=10)
"""A message may be on its way for so long before the listing says that it was missed."""


class Store(Protocol):
    """What of the object store a walk uses."""

    def list_page(self, bucket: str, prefix: str = "", token: str | None = None) -> ListingPage: ...
    def look_at(self, bucket: str, object_keys: Sequence[str]) -> dict[str, ListedObject | None]: ...


@dataclass(slots=True)
class SourceReport:
    """What a tick found in one source. `missed` is what is new although no message told of it."""

    source: Source
    seen: int = 0
    new: int = 0
    gone: int = 0
    missed: int = 0
    trouble: PybaseError | None = None

    def describe(self) -> str:
        """What the tick's message says of it."""
        parts = [f"{self.seen} objects seen", f"{self.new} new"]
        parts += [f"{self.gone} deleted"] if self.gone else []
        parts += [f"{self.missed} of the new ones had no message"] if self.missed else []
        words = f"{self.source.bucket}/{self.source.prefix}: {', '.join(parts)}."
        return words if self.trouble is None else f"{words} {self.trouble.message} {self.trouble.hint}"


@dataclass(slots=True)
class Discovery:
    """One tick's look at the sources. `walks_folder` keeps what walks under way have seen."""

    ledger: ExtractionJobService
    store: Store
    settings: Settings
    walks_folder: Path
    clock: Callable[[], datetime] = utc_now
    _seen: dict[str, SeenKeys] = field(default_factory=dict)

    def run(self, cursor_text: str | None) -> tuple[DiscoveryCursor, list[SourceReport]]:
        """Take steps, one source after the other, until all walks are done or the tick's budget is used up.

        Raises:
            DatabaseUnavailable: without the ledger nothing can be found; the cursor stays where it was.
        """
        reports = {make_source_id(s.bucket, s.prefix): SourceReport(s) for s in self.settings.watched_sources()}
        cursor = DiscoveryCursor.read(cursor_text, reports)
        progress = dict(cursor.sources)
        deadline = time.monotonic() + self.settings.tick_budget_seconds
        turns = deque(name for name in reports if progress[name].is_due(self.clock(), self._interval()))
        turns.rotate(-cursor.turn)
        for _ in range(self.settings.list_pages_per_tick):
            if not turns:
                break
            name = turns.popleft()
            progress[name] = self._try_step(name, progress[name], reports[name])
            if progress[name].walk is not None and reports[name].trouble is None:
                turns.append(name)
            if time.monotonic() > deadline:
                break
        self._keep_seen(progress)
        turn = (cursor.turn + 1) % len(reports)
        return cursor.model_copy(update={"turn": turn, "sources": progress}), list(reports.values())

    def _interval(self) -> timedelta:
        """With messages the listing is only the check; without them it is the only way, and rests as walks say."""
        return timedelta(minutes=self.settings.reconcile_minutes if self.settings.events_queue_url else 0)

    def _try_step(self, name: str, progress: SourceProgress, report: SourceReport) -> SourceProgress:
        """One step of a source: a page of its listing, or of the ledger. Trouble with the store stays with it."""
        walk, started = progress.walk or self._begin(report.source), time.thread_time()
        try:
            walk = self._recall_seen(name, walk, report.source)
            is_over = False
            if not walk.is_listed:
                walk = self._read_page(name, walk, report, is_first=progress.walks == 0)
            else:
                walk, is_over = self._look_for_deleted(name, walk, report)
        except DatabaseUnavailable:
            raise
        except PybaseError as error:
            report.trouble = error
            return progress.model_copy(update={"walk": walk.after_failure()})
        progress = progress.model_copy(update={"walk": walk.after_step(time.thread_time() - started)})
        return progress.complete(self.clock()) if is_over else progress

    def _begin(self, source: Source) -> Walk:
        self.ledger.note_source(source.bucket, source.prefix)
        return Walk(walk_id=uuid.uuid4().hex[:16], started_at=self.clock())

    def _read_page(self, name: str, walk: Walk, report: SourceReport, *, is_first: bool) -> Walk:
        source, now = report.source, self.clock()
        page = self.store.list_page(source.bucket, source.prefix, walk.token)
        seen = self._seen[name]
        for each in page.objects:
            seen.add(each.object_key)
        seen.pages = walk.pages + 1
        arrivals = Arrivals(self.ledger, self.settings, source)
        chosen = choose_uploads(page.objects, arrivals.rules, now)
        new = arrivals.register(chosen)
        missed = 0
        if self.settings.events_queue_url and not is_first:
            missed = sum(1 for each in new if each.uploaded_at and now - each.uploaded_at > MESSAGE_GRACE)
        report.seen += len(chosen)
        report.new += len(new)
        report.missed += missed
        return walk.after_page(page.next_token, seen=len(chosen), new=len(new), missed=missed)

    def _look_for_deleted(self, name: str, walk: Walk, report: SourceReport) -> tuple[Walk, bool]:
        """One page of what the ledger believes to be there; the answer also says whether the walk is over."""
        source, seen = report.source, self._seen[name]
        known = [] if walk.has_failed else self._list_known(source, walk.looked_until)
        missing = [k.object_key for k in known if k.registered_at < walk.started_at and k.object_key not in seen]
        is_too_much = len(missing) > MOST_ASKED
        missing = missing[:MOST_ASKED]
        found = self.store.look_at(source.bucket, missing) if missing else {}
        gone = [object_key for object_key, there in found.items() if there is None]
        self.ledger.mark_deleted(source.bucket, gone)
        report.gone += len(gone)
        if len(known) < LOOK_SIZE and not is_too_much:
            return walk, True
        return walk.after_look(missing[-1] if is_too_much else known[-1].object_key, len(gone)), False

    def _list_known(self, source: Source, after: str | None) -> list[KnownObject]:
        return self.ledger.list_current_objects(source.bucket, prefix=source.prefix, after=after, limit=LOOK_SIZE)

    def _recall_seen(self, name: str, walk: Walk, source: Source) -> Walk:
        """Have ready what the walk has seen so far; if that was lost, the walk can tell nothing of deletions."""
        if walk.pages == 0:
            known = self.ledger.estimate_objects(source.bucket, source.prefix)
            self._seen[name] = SeenKeys.make(known, walk.walk_id)
        elif name not in self._seen:
            found = SeenKeys.load(self._seen_file(name, walk), walk.walk_id)
            if found is None or found.pages < walk.pages:
                found, walk = SeenKeys.make(0, walk.walk_id), walk.model_copy(update={"has_failed": True})
            self._seen[name] = found
        return walk

    def _seen_file(self, name: str, walk: Walk) -> Path:
        return self.walks_folder / f"{name}-{walk.walk_id}.seen"

    def _keep_seen(self, progress: Mapping[str, SourceProgress]) -> None:
        """Keep what walks under way have seen. It is written before the cursor, so it never knows less than that."""
        files = {self._seen_file(name, each.walk) for name, each in progress.items() if each.walk is not None}
        for old in self.walks_folder.iterdir() if self.walks_folder.exists() else ():
            if old not in files:
                old.unlink(missing_ok=True)
        for name, each in progress.items():
            if each.walk is not None and name in self._seen:
                self._seen[name].save(self._seen_file(name, each.walk))
