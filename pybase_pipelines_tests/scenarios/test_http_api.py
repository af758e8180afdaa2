"""`dev` serves the HTTP API: what a person does with the address and the token that it prints."""

from __future__ import annotations

import stat
import subprocess
import time

import pytest

from pybase_pipelines.client import ExtractionClient
from pybase_pipelines_tests.files import make_dxf, make_pdf
from pybase_pipelines_tests.scenarios.conftest import ask_dagster

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(600)]

RUNS = "{ runsOrError { ... on Runs { results { status tags { key value } } } } }"


def test_an_upload_by_curl_is_launched_at_once_and_the_next_one_survives_a_dead_code_server(machine, tmp_path):
    ui = machine.start_dev()
    lines = machine.log.read_text().splitlines()
    printed = {line[:12].strip(): line[12:].strip() for line in lines if line.startswith("API")}
    address, token = printed["API"], printed["API token"]
    assert (machine.state / "api_token").read_text() == token
    assert stat.S_IMODE((machine.state / "api_token").stat().st_mode) == 0o600

    file = tmp_path / "drawing.pdf"
    file.write_bytes(make_pdf())
    command = ["curl", "-sS", "-m", "30", "-H", f"Authorization: Bearer {token}", "-F", f"file=@{file}"]
    sent = subprocess.run([*command, f"{address}/upload"], capture_output=True, text=True, check=True, timeout=60)
    answered = time.monotonic()
    with ExtractionClient(address, token) as client:
        job = client.wait(next(client.jobs())["id"], timeout=300, poll=0.1)
        print(f"{time.monotonic() - answered:.1f} s from 202 to {job['status']}")
        assert job["id"] in sent.stdout
        assert job["status"] == "completed"
        assert "Hello" in str(client.result(job["id"])["text_blocks"])
        (run,) = ask_dagster(ui, RUNS)["runsOrError"]["results"]
        tags = {tag["key"]: tag["value"] for tag in run["tags"]}
        assert "dagster/sensor_name" not in tags, "launched by the API, not at the sensor's next tick"
        assert tags["pybase/request"]

        # `dagster dev` leaves a code server that died dead; ours brings it back, and the next upload is read.
        (code_server,) = [p for p in machine.processes() if {"api", "grpc"} <= set(p.cmdline())]
        code_server.kill()
        file.write_bytes(make_dxf())
        again = client.upload(file, record_id="4711")
        assert client.wait(again["id"], timeout=300)["format"] == "dxf"
    log = (machine.state / "logs" / "api.log").read_text()
    assert token not in log
    assert f"job {job['id']}: run " in log
