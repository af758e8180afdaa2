"""What of a listing matters: pure decisions about listed objects.

Discovery is by difference, not by time: every object that matters is compared with the ledger by (bucket, key, ETag).
How far a walk through a bucket is, is told in `walks`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from pybase_pipelines.intake.instructions import is_sidecar, name_file


class Listed(Protocol):
    """What a decision needs to know of a listed object."""

    @property
    def object_key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified_at(self) -> datetime: ...


T = TypeVar("T", bound=Listed)


class ListingRules(BaseModel):
    """Which objects are none of ours, and which have to wait. Without `include_globs` every object is ours."""

    model_config = ConfigDict(frozen=True)

    include_globs: tuple[str, ...] = ()
    ignore_globs: tuple[str, ...] = ()
    own_prefix: str = ""
    minimum_age: timedelta = timedelta(0)


def is_ours(object_key: str, size: int, rules: ListingRules) -> bool:
    """No folder marker, nothing of our own, nothing ignored, and something that is asked for.

    A sidecar is ours as its file is.
    """
    if size == 0 and object_key.endswith("/"):
        return False
    if rules.own_prefix and object_key.startswith(rules.own_prefix):
        return False
    if is_sidecar(object_key):
        object_key = name_file(object_key)
    included, ignored = _compile_globs(rules.include_globs), _compile_globs(rules.ignore_globs)
    return not (ignored and ignored.match(object_key)) and (included is None or bool(included.match(object_key)))


def is_young(modified_at: datetime, rules: ListingRules, now: datetime) -> bool:
    """Whether it may still be in the making, on a server that shows objects before they are complete."""
    return now - modified_at < rules.minimum_age


def choose_uploads(objects: Iterable[T], rules: ListingRules, now: datetime) -> list[T]:
    """The objects to compare with the ledger."""
    return [
        each
        for each in objects
        if is_ours(each.object_key, each.size, rules) and not is_young(each.modified_at, rules, now)
    ]


@lru_cache(maxsize=256)
def _compile_globs(globs: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(fnmatch.translate(glob) for glob in globs), re.IGNORECASE) if globs else None
