"""What tests of outages do: put files, let times come, let a service come back, look how all stands."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg
import pytest

from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.orchestration import ops, sensors
from pybase_pipelines_tests.files import make_pdf
from pybase_pipelines_tests.orchestration.conftest import World

MOST_ROUNDS = 8


def make_due(world: World) -> None:
    with world.pipeline.ledger.writing() as session:
        for job in session.query(ExtractionJob).filter(ExtractionJob.next_retry_at.is_not(None)):
            job.next_retry_at = datetime.now(UTC)


def recover(world: World) -> None:
    context = dg.build_sensor_context(instance=world.instance, resources={"pipeline": world.pipeline})
    sensors.recovery_sensor(context)


def put_all(world: World, count: int = 4) -> list[str]:
    keys = [f"{n}.pdf" for n in range(count)]
    for key in keys:
        world.put(key, make_pdf(key))
    return keys


def settle(world: World, keys: list[str]) -> None:
    """What waits becomes due, and one run does it all."""
    make_due(world)
    assert len(world.process()) == 1
    jobs = [world.job_of(key) for key in keys]
    assert {job.status for job in jobs} == {"completed"}, [(job.error_code, job.error_message) for job in jobs]


def stands(world: World, keys: list[str]) -> set[tuple]:
    return {(job.status, job.attempts, job.error_code) for job in map(world.job_of, keys)}


def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops.SURROUNDINGS_RETRY.__class__, "calculate_delay", lambda *_: 0.0)


def come_back(monkeypatch: pytest.MonkeyPatch, start: Callable[[], object], after: int) -> list[int]:
    """Let a service come back while the op waits for this time; from here, since PostgreSQL ends with its thread."""
    waits: list[int] = []

    def wait(_policy: dg.RetryPolicy, attempt: int) -> float:
        waits.append(attempt)
        if len(waits) == after:
            start()
        return 0.0

    monkeypatch.setattr(ops.SURROUNDINGS_RETRY.__class__, "calculate_delay", wait)
    return waits


def full(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")
