"""Launching at once is a shortcut: it never launches twice, and whatever goes wrong, the sensor has the job."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pybase_pipelines.api import launcher as launching
from pybase_pipelines.api.launcher import MOST_OPEN_REQUESTS, Launcher
from pybase_pipelines.errors import ServiceUnavailable
from pybase_pipelines.intake.object_keys import make_partition_key
from pybase_pipelines.ledger.records import Upload
from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.settings import Settings
from pybase_pipelines_tests.api.conftest import serve

REPOSITORIES = {
    "repositoriesOrError": {
        "nodes": [
            {"name": "other", "location": {"name": "other"}, "jobs": [{"name": "nightly"}]},
            {"name": "__repository__", "location": {"name": "here"}, "jobs": [{"name": "extract_uploads_job"}]},
        ]
    }
}


class Dagster:
    """A webserver that notes what it is asked, and answers what a test says."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {
            "repositoriesOrError": REPOSITORIES,
            "addDynamicPartition": {"addDynamicPartition": {"__typename": "AddDynamicPartitionSuccess"}},
            "launchRun": {"launchRun": {"__typename": "LaunchRunSuccess", "run": {"runId": "run-7"}}},
        }
        dagster = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                dagster.asked.append(asked)
                answer = next(a for name, a in dagster.answers.items() if name in asked["query"])
                if callable(answer):
                    answer = answer()
                body = json.dumps({"data": answer}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def dagster() -> Iterator[Dagster]:
    dagster = Dagster()
    threading.Thread(target=dagster.server.serve_forever, daemon=True).start()
    yield dagster
    dagster.server.shutdown()
    dagster.server.server_close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[ExtractionJobService]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    ledger = ExtractionJobService(url)
    yield ledger
    ledger.close()


def make_job(ledger: ExtractionJobService, object_key: str = "a, b.pdf"):
    return ledger.register_own_upload(Upload("drawings", object_key, etag="v1", size=1))


def test_the_run_carries_the_request_of_its_job_and_the_sensor_leaves_it_alone(
    dagster: Dagster, ledger: ExtractionJobService
) -> None:
    job = make_job(ledger)
    assert Launcher(dagster.address, lambda: ledger).launch(job) == "run-7"
    added, launched = (asked["variables"] for asked in dagster.asked[1:])
    assert added["key"] == make_partition_key("drawings", "a, b.pdf")
    assert added["repository"] == {"repositoryName": "__repository__", "repositoryLocationName": "here"}
    tags = {tag["key"]: tag["value"] for tag in launched["params"]["executionMetadata"]["tags"]}
    assert tags["dagster/partition"] == added["key"]
    assert tags["pybase/request"] == ledger.get_job(job.id).request_id
    assert ledger.take_launchable(10) == []


def test_a_job_that_the_sensor_has_already_is_not_launched_again(
    dagster: Dagster, ledger: ExtractionJobService
) -> None:
    job = make_job(ledger)
    ledger.mark_requested([job.id], "request-of-the-sensor")
    assert Launcher(dagster.address, lambda: ledger).launch(job) is None
    assert dagster.asked == []


def test_under_load_the_batches_of_the_sensor_are_left_to_it(dagster: Dagster, ledger: ExtractionJobService) -> None:
    for number in range(MOST_OPEN_REQUESTS):
        ledger.mark_requested([make_job(ledger, f"{number}.pdf").id], f"request-{number}")
    job = make_job(ledger)
    assert Launcher(dagster.address, lambda: ledger).launch(job) is None
    assert [each.id for each in ledger.take_launchable(10)] == [job.id]


@pytest.mark.parametrize(("object_key", "size"), [("model.step", 200 * 1024**2), ("scan.png", 1)])
def test_what_dagster_runs_only_few_of_at_once_is_left_to_the_sensor(
    dagster: Dagster, ledger: ExtractionJobService, object_key: str, size: int
) -> None:
    job = ledger.register_own_upload(Upload("drawings", object_key, etag="v1", size=size))
    assert Launcher(dagster.address, lambda: ledger).launch(job) is None
    assert dagster.asked == []
    assert [each.id for each in ledger.take_launchable(10)] == [job.id]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("repositoriesOrError", {"repositoriesOrError": {"nodes": []}}),
        ("addDynamicPartition", {"addDynamicPartition": {"__typename": "UnauthorizedError"}}),
        ("launchRun", {"launchRun": {"__typename": "PythonError", "message": "no"}}),
    ],
)
def test_a_launch_that_is_refused_leaves_the_job_to_the_sensor(
    dagster: Dagster, ledger: ExtractionJobService, call: str, answer: dict
) -> None:
    dagster.answers[call] = answer
    job = make_job(ledger)
    with pytest.raises(ServiceUnavailable):
        Launcher(dagster.address, lambda: ledger).launch(job)
    assert [each.id for each in ledger.take_launchable(10)] == [job.id]


def test_where_nobody_knows_whether_it_was_launched_the_recovery_finds_out(
    dagster: Dagster, ledger: ExtractionJobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "TIMEOUT_SECONDS", 0.5)
    dagster.answers["launchRun"] = lambda: time.sleep(1)
    job = make_job(ledger)
    with pytest.raises(ServiceUnavailable):
        Launcher(dagster.address, lambda: ledger).launch(job)
    assert ledger.take_launchable(10) == []
    assert [request.job_ids for request in ledger.list_open_requests()] == [(job.id,)]


def test_an_upload_is_accepted_although_dagster_is_not_there(make_settings: Callable[..., Settings]) -> None:
    with serve(make_settings(dagster_url="http://127.0.0.1:9")) as api:
        job = api.upload().json()
        deadline = time.monotonic() + 10
        while [each.id for each in api.resources.ledger.take_launchable(10)] != [job["id"]]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert api.http.get("/health").status_code == 200
