"""How far each watched source is: the cursor of discovery, versioned and bounded. Pure.

A walk reads a listing page by page, over as many ticks as it takes, and then looks through the ledger for objects that
the listing did not show. The cursor is only progress: whoever loses it walks again and loses nothing. It never holds
keys, except for the two places where the walk goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

REST = 4
"""After a walk its source rests for so many times the CPU time that the walk took (of ours; the server's comes on top):
1,000 keys cost 0.17 s, so listing a bucket of 20,000 objects without a pause would take most of a core, for ever."""
SHORT_WALK = timedelta(seconds=1)
"""A walk that took less, as of a few thousand objects, is followed by the next one at once."""

MOST_FAILURES = 3
"""After so many failures at one page the walk begins anew: a service may have forgotten the continuation token."""


class Walk(BaseModel):
    """One walk through a source. `has_failed`: some page failed or was lost, so that nothing counts as deleted."""

    model_config = ConfigDict(frozen=True)

    walk_id: str
    started_at: datetime
    token: str | None = None
    pages: int = 0
    seen: int = 0
    new: int = 0
    missed: int = 0
    gone: int = 0
    failures: int = 0
    has_failed: bool = False
    is_listed: bool = False
    looked_until: str | None = None
    seconds: float = 0.0

    def after_step(self, seconds: float) -> Walk:
        """Count the CPU time that a page took."""
        return self.model_copy(update={"seconds": self.seconds + seconds})

    def after_page(self, next_token: str | None, *, seen: int, new: int, missed: int) -> Walk:
        """On to the next page, or on to what the listing did not show."""
        counts = {"seen": self.seen + seen, "new": self.new + new, "missed": self.missed + missed}
        place = {"token": next_token, "pages": self.pages + 1, "is_listed": next_token is None, "failures": 0}
        return self.model_copy(update=counts | place)

    def after_look(self, last_key: str, gone: int) -> Walk:
        """On to the next objects of the ledger."""
        return self.model_copy(update={"looked_until": last_key, "gone": self.gone + gone, "failures": 0})

    def after_failure(self) -> Walk | None:
        """The same page again; None if it failed too often."""
        if self.failures + 1 >= MOST_FAILURES:
            return None
        return self.model_copy(update={"failures": self.failures + 1, "has_failed": True})


class SourceProgress(BaseModel):
    """A source: how many walks are complete, when the last of them began, until when it rests, the one under way."""

    model_config = ConfigDict(frozen=True)

    walks: int = 0
    walked_at: datetime | None = None
    rests_until: datetime | None = None
    walk: Walk | None = None

    def is_due(self, now: datetime, interval: timedelta) -> bool:
        """Whether there is something to do: a walk under way, or time for the next one."""
        if self.walk is not None or self.walked_at is None:
            return True
        return now - self.walked_at >= interval and (self.rests_until is None or now >= self.rests_until)

    def complete(self, now: datetime) -> SourceProgress:
        """After the last step of a walk."""
        if self.walk is None:
            return self
        took = timedelta(seconds=self.walk.seconds)
        rests_until = now + REST * took if took > SHORT_WALK else None
        return SourceProgress(walks=self.walks + 1, walked_at=self.walk.started_at, rests_until=rests_until)


class DiscoveryCursor(BaseModel):
    """The progress of all sources, and whose turn it is."""

    model_config = ConfigDict(frozen=True)

    version: Literal[2] = 2
    turn: int = 0
    sources: dict[str, SourceProgress] = {}

    @classmethod
    def read(cls, text: str | None, source_ids: Iterable[str]) -> DiscoveryCursor:
        """The cursor for these sources; fresh where the text is missing, strange, or of sources no longer watched."""
        try:
            found = cls.model_validate_json(text) if text else cls()
        except ValidationError:
            found = cls()
        sources = {each: found.sources.get(each, SourceProgress()) for each in source_ids}
        return found.model_copy(update={"sources": sources})

    def is_at_start(self) -> bool:
        """Whether no walk has come anywhere, so that nothing is lost with this cursor."""
        return all(each.walk is None or each.walk.pages == 0 for each in self.sources.values())


def make_source_id(bucket: str, prefix: str) -> str:
    """A short name for a bucket and prefix, the same in every process."""
    return hashlib.sha256(f"{bucket}/{prefix}".encode()).hexdigest()[:12]
