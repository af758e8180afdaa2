"""How files are grouped into runs: many small ones together, a big or a suspicious one alone.

A run costs seconds to start whatever it does, and a big model holds up all files of its run (measured: a run for each
file reaches 9 files a minute, runs of hundreds 2,200). A run covers a contiguous range of Dagster's partitions, whose
order is that of their first arrival: new files are neighbours because they are added together, and files that come
back (a retry, an overwritten object) are grouped where only finished ones lie between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits for a run. `place` is its partition's place in Dagster's order, None for a new partition.

    `is_suspect`: it killed its child or its run before, so nobody else should share a run with it.
    """

    job_id: str
    partition_key: str
    size: int
    place: int | None = None
    is_suspect: bool = False


@dataclass(frozen=True, slots=True)
class RunLimits:
    max_files: int
    max_bytes: int


Group = tuple[Waiting, ...]
MayShare = Callable[[Waiting, Waiting], bool]


def group_into_runs(
    waiting: Iterable[Waiting], limits: RunLimits, is_gap_finished: Callable[[int, int], bool]
) -> list[Group]:
    """Groups for one run each; new files first, in order of arrival, then those that come back, in order of place.

    `is_gap_finished` says whether all partitions strictly between two places are done, so that a range over both may
    cover them.
    """
    jobs = list(waiting)
    new = [each for each in jobs if each.place is None]
    back = sorted((each for each in jobs if each.place is not None), key=lambda each: each.place or 0)

    def are_near(one: Waiting, other: Waiting) -> bool:
        return one.place is not None and other.place is not None and is_gap_finished(one.place, other.place)

    return [*_fill(new, limits, lambda *_: True), *_fill(back, limits, are_near)]


def _fill(jobs: Iterable[Waiting], limits: RunLimits, may_share: MayShare) -> list[Group]:
    groups: list[Group] = []
    current: list[Waiting] = []
    for each in jobs:
        if each.is_suspect or each.size > limits.max_bytes:
            groups.append((each,))
            continue
        total = sum(one.size for one in current) + each.size
        is_full = len(current) >= limits.max_files or total > limits.max_bytes
        if current and (is_full or not may_share(current[-1], each)):
            groups.append(tuple(current))
            current = []
        current.append(each)
    if current:
        groups.append(tuple(current))
    return groups
