"""Runs for the jobs that are due, no more than the queue should hold.

A job is marked before its partition is added and its run is submitted: if the tick dies in between, the request has no
run, and the recovery sensor makes the job launchable again.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from os.path import commonpath

import dagster as dg

from pybase_pipelines.formats.table import Format
from pybase_pipelines.intake.costs import HEAVY_SECONDS, expect_seconds, guess_kind, learn_corrections
from pybase_pipelines.intake.grouping import RunLimits, Waiting, group_into_runs, order_fairly
from pybase_pipelines.intake.object_keys import make_partition_key
from pybase_pipelines.ledger.model import DEFAULT_PRIORITY
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.views import DueJob
from pybase_pipelines.orchestration.batch import answer_partitions
from pybase_pipelines.orchestration.partitions import (
    HEAVY_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    REQUEST_TAG,
    UPLOADS,
    WERK24_TAG,
    YES,
)
from pybase_pipelines.orchestration.resources import Pipeline

WINDOW = 10_000
"""How many of the oldest due jobs are looked at to share the runs fairly; what comes behind moves up."""
WIDEST_GAP = 25
"""How many finished partitions a range may cover to join two that wait: each costs an event, a run costs seconds."""
MANY_BACK = 100
"""When more files than this come back at once, as after an outage, a range may also cover files that failed for good.

Their failure is then told again, by a run in which nothing else failed. But where every tenth file is bad, and the
ranges end at each, 2,600 scattered retries were launched a few at a time, 80 a minute.
"""
MOST_TAG_CHARACTERS = 200


def launch_due(instance: dg.DagsterInstance, pipeline: Pipeline) -> Iterator[dg.RunRequest]:
    """Mark what is due, add the new partitions, and request the runs."""
    settings, ledger = pipeline.settings, pipeline.ledger
    free = settings.runs_per_tick - len(ledger.list_open_requests())
    due = ledger.take_launchable(WINDOW) if free > 0 else []
    if not due:
        return
    order = list(instance.get_dynamic_partitions(UPLOADS))
    waiting = order_fairly(_describe_waiting(ledger, due, order))
    limits = RunLimits(settings.run_max_files, settings.run_max_bytes, settings.run_max_seconds)
    are_many = sum(each.place is not None for each in waiting) > MANY_BACK
    harmless = {Status.COMPLETED, Status.FAILED} if are_many else {Status.COMPLETED}
    groups = group_into_runs(waiting, limits, lambda a, b: _may_cover(ledger, order[a + 1 : b], harmless))
    for group in islice(groups, free):
        request_id = str(uuid.uuid4())
        marked = set(ledger.mark_requested([each.job_id for each in group], request_id))
        covered = [each for each in group if each.job_id in marked]
        if not covered:
            continue
        if group[0].place is None:
            # In one call, so that they are neighbours.
            instance.add_dynamic_partitions(UPLOADS, [each.partition_key for each in covered])
        yield _request_run(request_id, covered)


def _describe_waiting(ledger: ExtractionJobService, due: Sequence[DueJob], order: Sequence[str]) -> list[Waiting]:
    """One entry a partition; a second job of the same object (other options) comes with a later run."""
    places = {key: place for place, key in enumerate(order)}
    corrections = learn_corrections(ledger.sample_costs())
    waiting: dict[str, Waiting] = {}
    for job in due:
        key = make_partition_key(job.bucket or "", job.object_key or "")
        kind = guess_kind(job.object_key or "", job.extractor, job.format)
        size = job.file_size or 0
        entry = Waiting(
            job.id,
            key,
            size,
            places.get(key),
            is_suspect=job.death_count > 0,
            kind=kind,
            seconds=expect_seconds(kind, size, corrections),
            priority=job.priority,
        )
        waiting.setdefault(key, entry)
    return list(waiting.values())


def _may_cover(ledger: ExtractionJobService, partition_keys: list[str], harmless: Set[Status]) -> bool:
    """Whether a run's range may also cover these partitions: they are few, and all their jobs have such an end."""
    if len(partition_keys) > WIDEST_GAP:
        return False
    answers = answer_partitions(ledger, partition_keys) if partition_keys else []
    return all(answer.jobs and all(job.status in harmless for job in answer.jobs) for answer in answers)


def _request_run(request_id: str, group: Sequence[Waiting]) -> dg.RunRequest:
    keys = [each.partition_key for each in group]
    tags = _describe_run(group) | {REQUEST_TAG: request_id}
    if len(keys) == 1:
        return dg.RunRequest(run_key=request_id, partition_key=keys[0], tags=tags)
    return dg.RunRequest(run_key=request_id, tags=tags | {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]})


def _describe_run(group: Sequence[Waiting]) -> dict[str, str]:
    """Tags by which a person finds the run of a file in the list of runs; their number and length are bounded."""
    keys = [each.partition_key for each in group]
    kinds = Counter(each.kind for each in group)
    folder = commonpath([key.rpartition("/")[0] for key in keys])
    tags = {
        "pybase/files": str(len(keys)),
        "pybase/format": next(iter(kinds)) if len(kinds) == 1 else "mixed",
        "pybase/formats": ", ".join(f"{number} {kind}" for kind, number in kinds.most_common()),
        "pybase/folder": folder[:MOST_TAG_CHARACTERS],
        "pybase/expected_seconds": str(round(sum(each.seconds for each in group))),
    }
    if len(group) == 1:
        tags |= {"pybase/file": keys[0][:MOST_TAG_CHARACTERS], "pybase/job": group[0].job_id}
    else:
        tags |= {"pybase/first": keys[0][:MOST_TAG_CHARACTERS], "pybase/last": keys[-1][:MOST_TAG_CHARACTERS]}
    if any(each.is_suspect or each.seconds > HEAVY_SECONDS for each in group):
        tags[HEAVY_TAG] = YES
    if Format.WERK24 in kinds:
        tags[WERK24_TAG] = YES
    if min(each.priority for each in group) > DEFAULT_PRIORITY:
        tags["dagster/priority"] = "-1"  # of a mass upload: behind what else waits in Dagster's queue
    return tags
