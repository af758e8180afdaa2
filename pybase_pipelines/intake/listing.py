"""What of a listing matters, and where the listing goes on: pure decisions of the sensor.

Discovery is by difference, not by time: every listed object is compared with the ledger by (bucket, key, ETag). The
cursor is only progress through the pages, so a lost cursor loses nothing.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Listed(Protocol):
    """What a decision needs to know of a listed object."""

    @property
    def object_key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified_at(self) -> datetime: ...


T = TypeVar("T", bound=Listed)


class ListingCursor(BaseModel):
    """How far the current walk through the bucket is. `bucket` and `prefix` say what it walks through."""

    model_config = ConfigDict(frozen=True)

    version: int = 1
    bucket: str = ""
    prefix: str = ""
    token: str | None = None
    pages: int = 0
    walks: int = 0

    @classmethod
    def read(cls, text: str | None, bucket: str, prefix: str) -> ListingCursor:
        """The cursor of this bucket and prefix; a fresh one where the text is missing, strange or of another bucket."""
        fresh = cls(bucket=bucket, prefix=prefix)
        try:
            found = cls.model_validate_json(text) if text else fresh
        except ValidationError:
            return fresh
        return found if (found.version, found.bucket, found.prefix) == (1, bucket, prefix) else fresh

    def advance(self, next_token: str | None) -> ListingCursor:
        """After a page: on to the next one, or back to the start when the walk is complete."""
        if next_token is None:
            return self.model_copy(update={"token": None, "pages": 0, "walks": self.walks + 1})
        return self.model_copy(update={"token": next_token, "pages": self.pages + 1})


class ListingRules(BaseModel):
    """Which objects are none of ours, and which have to wait."""

    model_config = ConfigDict(frozen=True)

    ignore_globs: tuple[str, ...] = ()
    own_prefix: str = ""
    minimum_age: timedelta = timedelta(0)


def choose_uploads(objects: Iterable[T], rules: ListingRules, now: datetime) -> list[T]:
    """The objects to compare with the ledger: no folders, nothing ignored, nothing of our own, nothing too young."""
    ignored = _compile_globs(rules.ignore_globs)
    return [
        each
        for each in objects
        if not (each.size == 0 and each.object_key.endswith("/"))
        and not (rules.own_prefix and each.object_key.startswith(rules.own_prefix))
        and not (ignored and ignored.match(each.object_key))
        and now - each.modified_at >= rules.minimum_age
    ]


def _compile_globs(globs: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(fnmatch.translate(glob) for glob in globs), re.IGNORECASE) if globs else None
