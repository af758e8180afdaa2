"""The whole path, as a user has it: `dev`, uploads, kills, restarts; real servers, the real daemon."""

import json
import signal
import stat

import pytest

from pybase_pipelines_tests.files import make_dxf, make_pdf
from pybase_pipelines_tests.scenarios.conftest import ask_dagster, wait_for

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(600)]

RUNS = "{ runsOrError { ... on Runs { results { runId status } } } }"
PARTITIONS = """{ assetNodeOrError(assetKey: {path: ["extractions"]}) { ... on AssetNode {
    partitionStats { numMaterialized numFailed numPartitions } } } }"""


def count_partitions(address: str) -> dict:
    return ask_dagster(address, PARTITIONS)["assetNodeOrError"]["partitionStats"]


def test_uploads_become_data_and_a_killed_dev_carries_on_where_it_was(machine, tmp_path):
    address = machine.start_dev()
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "good.pdf").write_bytes(make_pdf())
    (folder / "good.dxf").write_bytes(make_dxf())
    (folder / "empty.pdf").write_bytes(b"")
    machine.run("upload", str(folder))
    jobs = machine.wait_until_final(3)
    assert {j["filename"]: (j["status"], j["error_code"]) for j in jobs} == {
        "good.pdf": ("completed", None),
        "good.dxf": ("completed", None),
        "empty.pdf": ("failed", "empty_file"),
    }
    wait_for(lambda: count_partitions(address)["numFailed"] == 1, "the failed partition is shown")
    assert count_partitions(address) == {"numMaterialized": 2, "numFailed": 1, "numPartitions": 3}

    more = tmp_path / "more"
    more.mkdir()
    for n in range(40):
        (more / f"{n}.pdf").write_bytes(make_pdf(str(n)))
    machine.run("upload", str(more))
    wait_for(
        lambda: any(j["status"] in ("processing", "completed") for j in machine.jobs() if "more/" in j["object_key"]),
        "a run is at work",
    )
    machine.end_dev(signal.SIGKILL)
    wait_for(lambda: machine.processes() == [], "no process is left", lambda: str(machine.processes()), 40)

    runs_before = set()
    address = machine.start_dev()
    runs_before = {run["runId"] for run in ask_dagster(address, RUNS)["runsOrError"]["results"]}
    assert runs_before, "the history of runs survives"
    jobs = machine.wait_until_final(43)
    assert [j["status"] for j in jobs if "more/" in j["object_key"]] == ["completed"] * 40
    assert count_partitions(address)["numPartitions"] == 43

    assert machine.end_dev(signal.SIGINT) == 0
    assert machine.processes() == []
    assert "Stopped" in machine.log.read_text()


def test_the_keys_of_the_embedded_store_are_private_and_in_no_log(machine):
    machine.start_dev()
    services = machine.state / "services.json"
    assert stat.S_IMODE(services.stat().st_mode) == 0o600
    secret = json.loads(services.read_text())["store"]["secret_access_key"]
    machine.end_dev(signal.SIGTERM)
    leaks = [
        file
        for file in machine.state.rglob("*")
        if file.is_file() and file.name != "identities.json" and secret.encode() in file.read_bytes()
    ]
    assert leaks == []
    assert secret not in machine.log.read_text()


def test_the_demo_ends_with_every_sample_as_it_should_be_and_leaves_no_process(machine):
    done = machine.run("demo")
    assert "files are data now" in done.stdout
    assert machine.processes() == []
    jobs = machine.jobs()
    assert {j["format"] for j in jobs if j["status"] == "completed"} == {"pdf", "dxf", "dwg", "ifc", "step"}
    assert {j["error_code"] for j in jobs if j["status"] == "failed"} == {"truncated_file", "password_required"}
    assert all(j["status"] in ("completed", "failed") for j in jobs)


def test_a_second_dev_in_the_same_folder_says_where_the_first_one_is(machine):
    address = machine.start_dev()
    second = machine.run("dev", check=False)
    assert second.returncode == 1
    assert address in second.stderr
