"""The whole path, as a user has it: `dev`, uploads, kills, restarts; real servers, the real daemon."""

import contextlib
import json
import signal
import stat
import threading
from pathlib import Path

import psutil
import pytest

from pybase_pipelines_tests.files import make_dxf, make_pdf
from pybase_pipelines_tests.scenarios.conftest import Machine, ask_dagster, wait_for

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


WERK24_TOKEN = "werk24-licence-that-nobody-may-see"


def find_leaks(folder: Path, secrets: dict[str, str], allowed: set[str]) -> list[str]:
    """The files that hold a secret, whatever kind they are: databases, logs, compute logs, results."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.name not in allowed]
    assert len(files) > 20, "there is something to look through"
    contents = {file: file.read_bytes() for file in files}
    return [
        f"{name} in {file.relative_to(folder)}"
        for name, secret in secrets.items()
        for file, data in contents.items()
        if secret.encode() in data
    ]


class ArgumentWatch(threading.Thread):
    """Notes the arguments of every process of a machine, which anybody on it may read."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(daemon=True)
        self.machine = machine
        self.seen: set[str] = set()
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(1.0):
            for process in self.machine.processes():
                with contextlib.suppress(psutil.Error):
                    self.seen.add(" ".join(process.cmdline()))

    def end(self) -> str:
        self.over.set()
        self.join(10)
        assert len(self.seen) >= 4, "daemon, code server, S3 server, run worker"
        return "\n".join(self.seen)


def test_the_keys_of_the_embedded_store_are_private_and_in_no_log(machine):
    machine.start_dev()
    services = machine.state / "services.json"
    assert stat.S_IMODE(services.stat().st_mode) == 0o600
    secret = json.loads(services.read_text())["store"]["secret_access_key"]
    token_file = machine.state / "api_token"
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    token = token_file.read_text()
    arguments = "\n".join(" ".join(process.cmdline()) for process in machine.processes())
    assert not any(each in arguments for each in (secret, token))
    machine.end_dev(signal.SIGTERM)
    # The token is printed, for the person who started it; both are kept in files that only this person may read.
    assert find_leaks(machine.state, {"key": secret, "token": token}, {"identities.json", "api_token"}) == []
    assert secret not in machine.log.read_text()


def test_the_demo_ends_with_every_sample_as_it_should_be_and_leaves_no_process_and_no_secret(machine):
    machine.env["W24TECHREAD_AUTH_TOKEN"] = WERK24_TOKEN
    watch = ArgumentWatch(machine)
    watch.start()
    done = machine.run("demo", timeout=500)
    arguments = watch.end()
    identity = json.loads((machine.state / "seaweedfs" / "identities.json").read_text())["identities"][0]
    secrets = {"key": identity["credentials"][0]["secretKey"], "licence": WERK24_TOKEN}
    assert find_leaks(machine.state, secrets, {"identities.json"}) == []
    assert not any(secret in done.stdout + done.stderr + arguments for secret in secrets.values())
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
