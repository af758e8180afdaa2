"""What the embedded default starts, it also ends; and it keeps what it should."""

import json
import os
import signal
import stat
import subprocess
import sys
import time

import psutil
import pytest

from pybase_pipelines.local.service import Service, find_free_ports
from pybase_pipelines.local.stack import locked_state
from pybase_pipelines.local.store_server import StoreServer
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings

SPAWNER = """
import subprocess, sys, time, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for own_session in (False, True):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]], start_new_session=own_session)
time.sleep(600)
"""


def find_processes(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and mark in (process.info["cmdline"] or []):
            found.append(process)
    return found


def wait_for(condition, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_a_stopped_service_leaves_no_descendant_even_one_that_ignores_sigterm(tmp_path):
    mark = f"mark-{time.time_ns()}"
    service = Service("spawner", [sys.executable, "-c", SPAWNER, mark], log_file=tmp_path / "log", grace_seconds=0.5)
    service.start()
    assert wait_for(lambda: len(find_processes(mark)) >= 4)
    service.stop()
    assert find_processes(mark) == []


def test_a_service_can_be_interrupted_as_if_a_person_had_started_it(tmp_path):
    """Dagster takes SIGTERM for what SIGINT is: were that ignored, each stop would wait until it is killed."""
    asks = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, flush=True)"
    service = Service("asker", [sys.executable, "-c", asks], log_file=tmp_path / "log")
    service.start()
    assert wait_for(lambda: service.log_tail() != "")
    service.stop()
    assert service.log_tail() == "True"


def test_a_service_dies_with_a_parent_that_is_killed(tmp_path):
    mark = f"mark-{time.time_ns()}"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from pybase_pipelines.local.service import Service\n"
            f"s = Service('s', [sys.executable, '-c', {SPAWNER!r}, '{mark}'],"
            f" log_file=Path({str(tmp_path / 'log')!r}), grace_seconds=0.5)\n"
            "s.start(); time.sleep(600)",
        ]
    )
    assert wait_for(lambda: len(find_processes(mark)) >= 4)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert wait_for(lambda: find_processes(mark) == [])


def test_a_service_that_does_not_come_up_shows_the_end_of_its_log(tmp_path):
    service = Service("broken", [sys.executable, "-c", "raise SystemExit('no such luck')"], log_file=tmp_path / "log")
    service.start()
    assert wait_for(lambda: not service.is_running())
    assert "no such luck" in service.log_tail()
    service.stop()


def test_free_ports_are_all_different():
    assert len(set(find_free_ports(20))) == 20


@pytest.fixture
def server(tmp_path):
    server = StoreServer(tmp_path)
    try:
        yield server
    finally:
        server.stop()


def test_the_s3_server_keeps_files_and_credentials_over_a_restart(server, tmp_path):
    first = server.start()
    ObjectStore(first).ensure_bucket("drawings")
    ObjectStore(first).put("drawings", "a.pdf", b"data", content_type="application/pdf")
    server.stop()
    second = server.start()
    assert second.access_key_id == first.access_key_id
    assert ObjectStore(second).get("drawings", "a.pdf") == b"data"


def test_the_s3_server_listens_on_loopback_only_and_its_keys_are_private(server, tmp_path):
    server.start()
    assert stat.S_IMODE((tmp_path / "seaweedfs" / "identities.json").stat().st_mode) == 0o600
    mine = [
        p for p in psutil.process_iter(["name"]) if p.info["name"] == "weed" and str(tmp_path) in " ".join(p.cmdline())
    ]
    listening = [c.laddr.ip for p in mine for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def test_the_s3_server_comes_back_on_its_ports_after_it_was_killed(server, tmp_path):
    store = ObjectStore(server.start())
    store.ensure_bucket("drawings")
    store.put("drawings", "a.pdf", b"data", content_type="application/pdf")
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "weed" and str(tmp_path) in " ".join(process.cmdline()):
            process.kill()
    assert wait_for(lambda: not server.is_running())
    server.restart()
    assert store.get("drawings", "a.pdf") == b"data"


def test_a_state_folder_has_one_stack_at_a_time(tmp_path):
    settings = Settings(state_dir=tmp_path / "state")
    with locked_state(settings) as first, locked_state(settings) as second:
        assert (first, second) == (True, False)
    with locked_state(settings) as again:
        assert again is True


def test_a_stack_whose_holder_died_does_not_block_the_next(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from pybase_pipelines.settings import Settings\n"
        "from pybase_pipelines.local.stack import locked_state\n"
        "with locked_state(Settings(state_dir=Path(sys.argv[1]))): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "state")], check=False)
    assert done.returncode == -9
    with locked_state(Settings(state_dir=tmp_path / "state")) as mine:
        assert mine is True


def test_the_embedded_address_is_found_through_the_state_folder(server, tmp_path):
    address = server.start()
    settings = Settings(state_dir=tmp_path)
    (tmp_path / "services.json").write_text(
        json.dumps(
            {
                "store": address.model_dump(mode="json")
                | {
                    "access_key_id": address.access_key_id.get_secret_value(),
                    "secret_access_key": address.secret_access_key.get_secret_value(),
                }
            }
        )
    )
    assert ObjectStore(settings.store_address()).ensure_bucket("found") is True
    assert os.environ.get("PYBASE_S3_ENDPOINT_URL") is None
