"""The embedded default as a user starts it: `dev` in a process of its own, in a state folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

COMMAND = [sys.executable, "-m", "pybase_pipelines"]
PATIENCE_SECONDS = 300


class Machine:
    """A machine with one state folder, on which a person types commands."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PYBASE_", "DAGSTER_"))}
        self.env |= {"PYBASE_STATE_DIR": str(self.state), "PYBASE_EXTRACT_SLOTS": "2"}
        self.log = folder / "dev.log"
        self.dev: subprocess.Popen[bytes] | None = None

    def start_dev(self) -> str:
        """Start `dev`, wait until it prints its addresses, and give the UI's."""
        offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.dev = subprocess.Popen([*COMMAND, "dev"], env=self.env, stdout=log, stderr=log)
        wait_for(lambda: "Dagster UI" in self.log.read_text()[offset:] or self.dev.poll() is not None, "dev is up")
        assert self.dev.poll() is None, self.log.read_text()
        line = next(line for line in self.log.read_text()[offset:].splitlines() if line.startswith("Dagster UI"))
        return line.split()[-1]

    def run(self, *arguments: str, check: bool = True, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments], env=self.env, capture_output=True, text=True, timeout=timeout, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def jobs(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("jobs", "--json", "--limit", "1000").stdout.splitlines()]

    def wait_until_final(self, number: int) -> list[dict[str, Any]]:
        def is_final() -> bool:
            jobs = self.jobs()
            return len(jobs) == number and all(j["status"] not in ("pending", "processing") for j in jobs)

        wait_for(is_final, f"{number} jobs are final", lambda: f"{[(j['filename'], j['status']) for j in self.jobs()]}")
        return self.jobs()

    def processes(self) -> list[psutil.Process]:
        """Every process that was started in this state folder."""
        found = []
        for process in psutil.process_iter(["status"]):
            try:
                mine = process.environ().get("PYBASE_STATE_DIR") == str(self.state) or str(self.state) in " ".join(
                    process.cmdline()
                )
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            if mine and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def end_dev(self, number: signal.Signals) -> int:
        assert self.dev is not None
        self.dev.send_signal(number)
        return self.dev.wait(timeout=60)


def wait_for(
    condition: Callable[[], bool], what: str, describe: Callable[[], str] = str, seconds: float = PATIENCE_SECONDS
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain until {what}: {describe()}"
        time.sleep(0.3)


def ask_dagster(address: str, query: str) -> dict[str, Any]:
    """A GraphQL query, as the UI makes them."""
    request = urllib.request.Request(
        f"{address}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    if machine.dev is not None and machine.dev.poll() is None:
        machine.end_dev(signal.SIGINT)
    for process in machine.processes():
        process.kill()
