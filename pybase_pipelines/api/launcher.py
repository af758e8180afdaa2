"""Launching a job at once, over Dagster's GraphQL interface, instead of at the sensor's next tick.

It is a shortcut and nothing more: the request is marked in the ledger as the sensor does it, so the sensor does not
launch the job too; where the launch fails the mark is taken back and the sensor launches; where nobody knows whether
it failed (no answer), the recovery sensor finds out. Under load the sensor's batches are better than a run a file, so
the shortcut is taken only while hardly anything waits. Files whose runs Dagster limits in number (heavy models, paid
readings) are left to the sensor, which marks those runs.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from pybase_pipelines.errors import PybaseError, ServiceUnavailable
from pybase_pipelines.intake.costs import expect_seconds, guess_kind, needs_limited_run
from pybase_pipelines.intake.object_keys import make_partition_key
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.views import JobView

logger = logging.getLogger(__name__)

JOB = "extract_uploads_job"
PARTITIONS = "uploads"
REQUEST_TAG = "pybase/request"
TIMEOUT_SECONDS = 15
MOST_OPEN_REQUESTS = 2
MOST_WAITING = 2

_FIND_JOB = """{ repositoriesOrError { ... on RepositoryConnection {
  nodes { name location { name } jobs { name } } } } }"""
_ADD_PARTITION = """mutation($repository: RepositorySelector!, $set: String!, $key: String!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: $set, partitionKey: $key) {
    __typename ... on PythonError { message } } }"""
_LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""


class Launcher:
    """Launches jobs one after the other in a thread of its own; without an address it leaves all to the sensor."""

    def __init__(self, dagster_url: str | None, get_ledger: Callable[[], ExtractionJobService]) -> None:
        self._url = dagster_url.rstrip("/") + "/graphql" if dagster_url else None
        self._get_ledger = get_ledger
        self._repository: dict[str, str] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="launcher")
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)

    def launch_soon(self, job: JobView) -> None:
        """Launch a pending job within moments, or leave it to the sensor. Never fails."""
        if self._url is None or job.status != Status.PENDING or job.ref is None:
            return
        if self._waiting.acquire(blocking=False):
            self._pool.submit(self._try, job)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _try(self, job: JobView) -> None:
        try:
            run_id = self.launch(job)
            logger.info("job %s: %s", job.id, f"run {run_id}" if run_id else "left to the sensor")
        except PybaseError as error:
            logger.warning("job %s is left to the sensor: %s", job.id, error.message)
        except Exception:  # the upload is answered already, and the sensor takes whatever is left here
            logger.exception("job %s is left to the sensor", job.id)
        finally:
            self._waiting.release()

    def launch(self, job: JobView) -> str | None:
        """Launch a job; the run's id, or None where the sensor has it, or should have it.

        Raises:
            PybaseError: the ledger or Dagster did not do as asked; the job is launchable again, unless nobody knows.
        """
        ledger, ref = self._get_ledger(), job.ref
        if ref is None or _is_limited(job) or len(ledger.list_open_requests()) >= MOST_OPEN_REQUESTS:
            return None
        request_id = str(uuid.uuid4())
        if not ledger.mark_requested([job.id], request_id):
            return None
        try:
            return self._launch_run(make_partition_key(*ref), request_id)
        except httpx.ReadTimeout as error:
            raise ServiceUnavailable("Dagster took the launch and did not answer in time.") from error
        except (httpx.HTTPError, ServiceUnavailable) as error:
            ledger.release_requests([request_id])
            raise ServiceUnavailable(f"Dagster did not launch the run: {type(error).__name__}: {error}") from error

    def _launch_run(self, partition_key: str, request_id: str) -> str:
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            if self._repository is None:
                self._repository = self._find_repository(client)
            added = self._ask(client, _ADD_PARTITION, repository=self._repository, set=PARTITIONS, key=partition_key)[
                "addDynamicPartition"
            ]
            if added["__typename"] not in ("AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError"):
                raise ServiceUnavailable(f"The partition was not added ({added}).")
            tags = {"dagster/partition": partition_key, REQUEST_TAG: request_id, "pybase/files": "1"}
            params = {
                "selector": self._repository | {"jobName": JOB},
                "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
            }
            launched = self._ask(client, _LAUNCH, params=params)["launchRun"]
        if launched["__typename"] != "LaunchRunSuccess":
            self._repository = None  # the code may have moved
            raise ServiceUnavailable(f"The run was not launched ({launched}).")
        return launched["run"]["runId"]

    def _find_repository(self, client: httpx.Client) -> dict[str, str]:
        nodes = self._ask(client, _FIND_JOB)["repositoriesOrError"].get("nodes", [])
        for node in nodes:
            if any(job["name"] == JOB for job in node["jobs"]):
                return {"repositoryName": node["name"], "repositoryLocationName": node["location"]["name"]}
        raise ServiceUnavailable(f"Dagster has no job {JOB} loaded.")

    def _ask(self, client: httpx.Client, query: str, **variables: Any) -> dict[str, Any]:
        answer = client.post(self._url or "", json={"query": query, "variables": variables})
        answer.raise_for_status()
        try:
            content = answer.json()
        except ValueError as error:
            raise ServiceUnavailable("PYBASE_DAGSTER_URL is not the address of a Dagster webserver.") from error
        if content.get("errors"):
            raise ServiceUnavailable(f"Dagster refused: {content['errors'][0].get('message')}")
        return content["data"]


def _is_limited(job: JobView) -> bool:
    kind = guess_kind(job.object_key or "", job.extractor, job.format)
    return needs_limited_run(kind, expect_seconds(kind, job.file_size or 0, {}))
