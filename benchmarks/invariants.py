"""What must hold after any chaos: nothing lost, nothing twice, nothing without an end, and the UI shows what is true.

* Every object has exactly one current job, of the version that was written last, and it is completed or failed.
* A good file is completed, unless it was killed more often than its retries allow, which its error code says; a bad
  one is failed for its own reason.
* No job came to an end twice, no job was tried more often than the table of retries allows: a trigger in the database
  itself wrote down every change of a status, whoever made it.
* A result document exists for each completed job that names one, and belongs to that very attempt.
* Dagster shows the same: completed files are materialized partitions, failed ones failed, and no run is left.
"""

from __future__ import annotations

import collections
import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from pybase_pipelines.errors import ObjectVanished, PybaseError
from pybase_pipelines.intake.object_keys import make_partition_key
from pybase_pipelines.ledger.engine import connecting_to_write
from pybase_pipelines.ledger.retries import DEFAULT_MAX_RETRIES
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.states import FINISHED
from pybase_pipelines.ledger.views import JobView
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings

KILLED_OUT = {
    "extractor_crashed",
    "out_of_memory",
    "service_unavailable",
    "storage_unavailable",
    "database_unavailable",
}
"""How a file may end that was killed again and again. A child that is killed looks as if memory had run out."""
OWN_FAULTS = {"empty_file", "unsupported_format"}
MOST_ATTEMPTS = 1 + DEFAULT_MAX_RETRIES
PAGE = 1000

SQLITE_WATCH = """
CREATE TRIGGER chaos_watch AFTER UPDATE OF status ON extraction_jobs WHEN OLD.status <> NEW.status BEGIN
    INSERT INTO chaos_changes VALUES (NEW.id, OLD.status, NEW.status, OLD.error_code, NEW.attempts); END"""
POSTGRES_WATCH = (
    """CREATE FUNCTION chaos_watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos_changes VALUES (NEW.id, OLD.status, NEW.status, OLD.error_code, NEW.attempts);
    RETURN NEW; END $$""",
    """CREATE TRIGGER chaos_watch AFTER UPDATE OF status ON extraction_jobs
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION chaos_watch()""",
)

PARTITIONS = """{ assetNodeOrError(assetKey: {path: ["extractions"]}) { ... on AssetNode { assetPartitionStatuses {
    ... on DefaultPartitionStatuses { materializedPartitions failedPartitions materializingPartitions } } } } }"""
RUNS = """{ runsOrError(filter: {statuses: [QUEUED, NOT_STARTED, STARTING, STARTED, CANCELING]}) {
    ... on Runs { results { runId status } } } }"""


@dataclass(frozen=True, slots=True)
class Expected:
    """What was written last under a key."""

    etag: str
    is_good: bool
    version: int


def watch_endings(engine: Engine) -> None:
    """Let the database write down every change of a job's status from now on."""
    create = (
        "CREATE TABLE chaos_changes (job_id VARCHAR(36), old_status TEXT, new_status TEXT, old_code TEXT, attempts INT)"
    )
    watch = (SQLITE_WATCH,) if engine.dialect.name == "sqlite" else POSTGRES_WATCH
    with connecting_to_write(engine) as connection:
        for statement in (create, *watch):
            connection.execute(text(statement))


class Invariants:
    """The checks; each answers with what is not as it must be."""

    def __init__(self, ledger: ExtractionJobService, settings: Settings, expected: Mapping[str, Expected]) -> None:
        self.ledger = ledger
        self.settings = settings
        self.expected = dict(expected)

    def check(self) -> list[str]:
        """All of them."""
        return [
            *self.check_objects(), *self.check_ends(), *self.check_changes(), *self.check_documents(),
            *self.check_dagster(),
        ]  # fmt: skip

    def check_objects(self) -> Iterator[str]:
        """Nothing lost, nothing invented: one current job for each object, of its last version."""
        current = collections.Counter(job.object_key for job in self.list_jobs(current_only=True))
        yield from (f"{key} has {current[key]} current jobs" for key in self.expected if current[key] != 1)
        yield from (f"{key} never existed" for key in current if key not in self.expected)
        rows = collections.Counter((job.object_key, job.etag) for job in self.list_jobs())
        yield from (f"{key}: {number} jobs of one version" for key, number in rows.items() if number != 1)
        for job in self.list_jobs(current_only=True):
            expected = self.expected.get(job.object_key or "")
            if expected is not None and job.etag != expected.etag:
                yield f"{job.object_key}: the job is of version {job.etag}, the last one is {expected.etag}"

    def check_ends(self) -> Iterator[str]:
        """Every job is final, and for a reason that is true."""
        for job in self.list_jobs():
            expected = self.expected.get(job.object_key or "")
            if job.status not in FINISHED:
                yield f"{job.object_key} is {job.status}"
            elif expected is not None and job.is_current:
                yield from self.check_end(job, expected)

    def check_end(self, job: JobView, expected: Expected) -> Iterator[str]:
        told = f"{job.object_key}: {job.status} {job.error_code} {job.error_message}"
        if job.status == "completed":
            if not expected.is_good:
                yield f"{told}: it cannot be read"
            elif not (job.result or {}).get("success"):
                yield f"{told}: no result"
        elif job.error_code not in (KILLED_OUT if expected.is_good else KILLED_OUT | OWN_FAULTS):
            yield told

    def check_changes(self) -> Iterator[str]:
        """Nothing twice: no second end, no attempt too many. An object that seemed gone may begin anew, by design."""
        with self.ledger.reading() as session:
            changes = session.execute(
                text("SELECT job_id, old_status, new_status, old_code, attempts FROM chaos_changes")
            )
            rows = list(changes)
        anew = {job_id for job_id, old, _, code, _ in rows if old in FINISHED and code == ObjectVanished.code}
        ends = collections.Counter((job_id, new) for job_id, _, new, *_ in rows if new in FINISHED)
        for (job_id, status), number in ends.items():
            if number > 1 and (status == "completed" or job_id not in anew):
                yield f"job {job_id} became {status} {number} times"
        for job_id, old, new, code, _ in rows:
            if old in FINISHED and code != ObjectVanished.code:
                yield f"job {job_id} went from {old} ({code}) to {new}"
        most: dict[str, int] = {}
        for job_id, *_, attempts in rows:
            most[job_id] = max(most.get(job_id, 0), attempts)
        for job_id, attempts in most.items():
            if attempts > MOST_ATTEMPTS and job_id not in anew:
                yield f"job {job_id} was tried {attempts} times"

    def check_documents(self) -> Iterator[str]:
        """A result that lies in the store is there, and is that of the attempt that completed the job."""
        store = ObjectStore(self.settings.store_address())
        there = {each.object_key for each in store.list_all(self.settings.bucket, self.settings.results_prefix)}
        for job in self.list_jobs():
            if job.result_path is None:
                continue
            object_key = job.result_path.removeprefix(f"s3://{self.settings.bucket}/")
            if object_key not in there:
                yield f"{job.object_key}: its result document is not there"
            elif job.status == "completed" and not object_key.endswith(f"{job.id}/{job.attempts}.json.gz"):
                yield f"{job.object_key}: its result is of another attempt: {object_key}"

    def check_dagster(self) -> list[str]:
        """What the UI shows is what the ledger says.

        Raises:
            OSError: the UI does not answer.
        """
        shown = self.ask(PARTITIONS)["assetNodeOrError"].get("assetPartitionStatuses") or {}
        ends: dict[str, set[str]] = {"completed": set(), "failed": set()}
        for job in self.list_jobs(current_only=True):
            ends.setdefault(job.status, set()).add(make_partition_key(job.bucket or "", job.object_key or ""))
        faults: list[str] = []
        for status, name in (("completed", "materializedPartitions"), ("failed", "failedPartitions")):
            found = set(shown.get(name) or ())
            faults += [f"{key} is {status}, and not among the {name}" for key in sorted(ends[status] - found)]
            faults += [f"{key} is not {status}, but among the {name}" for key in sorted(found - ends[status])]
        faults += [f"{key} is said to be worked on" for key in shown.get("materializingPartitions") or ()]
        left = self.ask(RUNS)["runsOrError"]["results"]
        return faults + [f"the run {run['runId']} is {run['status']}" for run in left]

    def list_jobs(self, *, current_only: bool = False) -> Iterator[JobView]:
        cursor = None
        while page := self.ledger.list_jobs(limit=PAGE, cursor=cursor, current_only=current_only):
            yield from page
            cursor = page[-1].cursor

    def ask(self, query: str) -> dict[str, Any]:
        """A GraphQL query, as the UI makes them.

        Raises:
            OSError: nobody answers.
        """
        try:
            address = json.loads(self.settings.services_file().read_text())["ui"]
        except (ValueError, KeyError, PybaseError) as error:
            raise OSError("no UI is running") from error
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            data = json.load(answer).get("data")
        if data is None:
            raise OSError("the UI answers with an error")
        return data
