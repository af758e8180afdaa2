"""How files are grouped into runs: many small ones together, a big or a suspicious one alone, every format its share.

A run costs seconds to start whatever it does, and a big model holds up all files of its run (measured: a run for each
file reaches 9 files a minute, runs of hundreds 2,200). A run covers a contiguous range of Dagster's partitions, whose
order is that of their first arrival: new files are neighbours because they are added together, and files that come
back (a retry, an overwritten object) are grouped where only finished ones lie between them. Which those are is the
caller's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits for a run. `place` is its partition's place in Dagster's order, None for a new partition.

    `kind` is its format as far as it is known, `seconds` what it is expected to cost. `is_suspect`: it killed its
    child or its run before, so nobody else should share a run with it.
    """

    job_id: str
    partition_key: str
    size: int
    place: int | None = None
    is_suspect: bool = False
    kind: str = ""
    seconds: float = 0.0
    priority: int = 0


@dataclass(frozen=True, slots=True)
class RunLimits:
    max_files: int
    max_bytes: int
    max_seconds: float = float("inf")


Group = tuple[Waiting, ...]
MayShare = Callable[[Waiting, Waiting], bool]


def order_fairly(waiting: Iterable[Waiting]) -> list[Waiting]:
    """By priority; among equals, every kind gets the same share of the expected time.

    Ten models behind ten thousand sheets come early, and so do ten sheets behind ten thousand models: each job is
    placed at the time at which its kind would be done with it, if all kinds were worked on at once.
    """
    spent: dict[tuple[int, str], float] = {}
    places: list[tuple[int, float, Waiting]] = []
    for each in waiting:
        lane = (each.priority, each.kind)
        spent[lane] = spent.get(lane, 0.0) + each.seconds
        places.append((each.priority, spent[lane], each))
    return [each for *_, each in sorted(places, key=lambda place: place[:2])]


def group_into_runs(
    waiting: Iterable[Waiting], limits: RunLimits, is_gap_finished: Callable[[int, int], bool]
) -> Iterator[Group]:
    """Groups for one run each, as many as are asked for: in turn new files, in their order, and those that come back.

    `is_gap_finished` says whether all partitions strictly between two places are done, so that a range over both may
    cover them.
    """
    jobs = list(waiting)
    new = [each for each in jobs if each.place is None]
    back = sorted((each for each in jobs if each.place is not None), key=lambda each: each.place or 0)

    def are_near(one: Waiting, other: Waiting) -> bool:
        return one.place is not None and other.place is not None and is_gap_finished(one.place, other.place)

    def are_equal(one: Waiting, other: Waiting) -> bool:
        return one.priority == other.priority

    # What comes back lies where it lies, between others of every rank; each row is closed when its file is done.
    yield from _take_turns(_fill(new, limits, are_equal), _fill(back, limits, are_near))


def _take_turns(*queues: Iterator[Group]) -> Iterator[Group]:
    """One from each in turn, so that neither new files nor those that come back wait for all of the others."""
    waiting = list(queues)
    while waiting:
        for queue in list(waiting):
            if (group := next(queue, None)) is None:
                waiting.remove(queue)
            else:
                yield group


def _fill(jobs: Iterable[Waiting], limits: RunLimits, may_share: MayShare) -> Iterator[Group]:
    current: list[Waiting] = []
    for each in jobs:
        if each.is_suspect or each.size > limits.max_bytes or each.seconds > limits.max_seconds:
            yield (each,)
            continue
        if current and not (_fits(current, each, limits) and may_share(current[-1], each)):
            yield tuple(current)
            current = []
        current.append(each)
    if current:
        yield tuple(current)


def _fits(group: list[Waiting], another: Waiting, limits: RunLimits) -> bool:
    return (
        len(group) < limits.max_files
        and sum(each.size for each in group) + another.size <= limits.max_bytes
        and sum(each.seconds for each in group) + another.seconds <= limits.max_seconds
    )
