"""Kill at random while files arrive, then prove that nothing was lost and nothing done twice: `make chaos`.

A seeded run on the embedded default (`--postgres`: with the ledger on a PostgreSQL server of its own): a writer
uploads files, a killer sends SIGKILL to extraction children, launchers, run workers, the daemon, the code server, the
S3 server, database backends, and `dev` itself. When the time is up, the killing stops; when all is quiet, the
invariants are checked:

* every object has exactly one job, and it is completed or failed;
* a good file is completed, unless it was killed more often than its retries allow, which its error code says;
* no process and no scratch file is left after `dev` was stopped.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil

from pybase_pipelines.errors import PybaseError
from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.ledger.states import FINISHED
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings
from pybase_pipelines_tests.servers import running_postgres

VICTIMS = {
    "extraction child": lambda line, parent: "sandbox.launcher" in line and "sandbox.launcher" in parent,
    "launcher": lambda line, parent: "sandbox.launcher" in line and "sandbox.launcher" not in parent,
    "run worker": lambda line, parent: "multiprocessing.spawn" in line and "dagster" in parent,
    "daemon": lambda line, _parent: "dagster._daemon" in line,
    "code server": lambda line, _parent: "api grpc" in line,
    "S3 server": lambda line, _parent: "weed" in line and "local.guard" not in line,
    "dev": lambda line, _parent: line.endswith("pybase_pipelines dev"),
    "database backend": lambda line, _parent: line.startswith("postgres: "),
}
WEIGHTS = {
    "extraction child": 6,
    "launcher": 4,
    "run worker": 4,
    "daemon": 1,
    "code server": 1,
    "S3 server": 2,
    "dev": 1,
}
KILLED_OUT = {"extractor_crashed", "service_unavailable", "storage_unavailable"}
"""How a good file may end that was killed again and again."""
QUIET_SECONDS = 1500


class Chaos:
    """One run: the embedded default in a folder of its own, a writer and a killer."""

    def __init__(self, folder: Path, arguments: argparse.Namespace, database_url: str | None) -> None:
        self.random = random.Random(arguments.seed)
        self.files = arguments.files
        self.seconds = arguments.seconds
        self.state = folder / "state"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PYBASE_", "DAGSTER_"))}
        self.env["PYBASE_STATE_DIR"] = str(self.state)
        if database_url is not None:
            self.env["PYBASE_DATABASE_URL"] = database_url
        os.environ.update({k: v for k, v in self.env.items() if k.startswith("PYBASE_")})
        self.settings = Settings()  # pyright: ignore[reportCallIssue]
        self.state.mkdir(parents=True)
        upgrade(self.settings.ledger_url())
        self.ledger = ExtractionJobService(self.settings.ledger_url())
        self.log = folder / "dev.log"
        self.dev: subprocess.Popen[bytes] | None = None
        self.kills: collections.Counter[str] = collections.Counter()
        self.expected: dict[str, bool] = {}

    def keep_dev_up(self) -> None:
        """Start `dev`, also after it was killed, as a person or a service manager would."""
        if self.dev is None or self.dev.poll() is not None:
            with self.log.open("ab") as log:
                command = [sys.executable, "-m", "pybase_pipelines", "dev"]
                self.dev = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)

    def write_files(self) -> None:
        """Upload the files over the first two thirds of the time; what the store refuses is tried until it takes it."""
        pause = self.seconds * 2 / 3 / self.files
        for number in range(self.files):
            is_good = number % 10 != 9
            data = make_dxf(number) if is_good else (b"" if number % 20 == 9 else b"<html>not a drawing</html>")
            object_key = f"{number % 7}/{number:05}.dxf"
            while True:
                try:
                    store = ObjectStore(self.settings.store_address())
                    store.put(self.settings.bucket, object_key, data, content_type="image/vnd.dxf")
                    break
                except PybaseError:
                    time.sleep(0.5)
            self.expected[object_key] = is_good
            time.sleep(pause)

    def kill_at_random(self) -> None:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            self.keep_dev_up()
            time.sleep(self.random.uniform(1, 6))
            kind = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            candidates = (
                psutil.Process().children(recursive=True) if kind == "database backend" else self.find_processes()
            )
            found = [p for p in candidates if matches(p, kind)]
            if found:
                self.random.choice(found).kill()
                self.kills[kind] += 1

    def find_processes(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            try:
                line = " ".join(process.cmdline())
                if self.is_mine(process, line) and process.status() != psutil.STATUS_ZOMBIE:
                    yield process
            except psutil.Error:
                continue

    def is_mine(self, process: psutil.Process, line: str) -> bool:
        if str(self.state) in line:
            return True
        if "sandbox.launcher" in line:  # its environment is clean: it belongs to whoever started it
            return any(self.is_mine(p, " ".join(p.cmdline())) for p in process.parents() if "launcher" not in str(p))
        return process.environ().get("PYBASE_STATE_DIR") == str(self.state)

    def wait_until_quiet(self) -> float:
        started = time.monotonic()
        while time.monotonic() - started < QUIET_SECONDS:
            self.keep_dev_up()
            try:
                stats = self.ledger.stats()
            except PybaseError:
                time.sleep(1)
                continue
            is_done = stats.total >= self.files and not (stats.by_status["pending"] or stats.by_status["processing"])
            if is_done:
                break
            time.sleep(1)
        return time.monotonic() - started

    def check(self) -> list[str]:
        """What is not as it must be."""
        faults = []
        jobs = self.ledger.list_jobs(limit=self.files * 3)
        rows = collections.Counter(job.object_key for job in jobs)
        faults += [f"{key} has {rows[key]} jobs" for key in self.expected if rows[key] != 1]
        faults += [f"{key} never existed" for key in rows if key not in self.expected]
        for job in jobs:
            is_good = self.expected.get(job.object_key or "", False)
            if job.status not in FINISHED:
                faults.append(f"{job.object_key} is {job.status}")
            elif is_good and job.status != "completed" and job.error_code not in KILLED_OUT:
                faults.append(f"{job.object_key}: {job.status} {job.error_code} {job.error_message}")
            elif is_good and job.status == "completed" and not (job.result or {}).get("success"):
                faults.append(f"{job.object_key} is completed without a result")
            elif not is_good and job.error_code not in {"empty_file", "unsupported_format", *KILLED_OUT}:
                faults.append(f"{job.object_key}: {job.status} {job.error_code}")
        return faults

    def stop(self) -> list[str]:
        if self.dev is not None:
            self.dev.send_signal(signal.SIGINT)
            self.dev.wait(timeout=90)
        left = [" ".join(p.cmdline())[:120] for p in self.find_processes()]
        scratch = [str(p) for p in (self.state / "scratch").glob("*") if time.time() - p.stat().st_mtime > 900]
        return [f"left over: {each}" for each in left + scratch]


def matches(process: psutil.Process, kind: str) -> bool:
    try:
        parent = process.parent()
        return VICTIMS[kind](" ".join(process.cmdline()), " ".join(parent.cmdline()) if parent else "")
    except psutil.Error:
        return False


def make_dxf(number: int) -> bytes:
    lines = "".join(f"0\nLINE\n8\n0\n10\n{number}\n20\n{n}\n11\n10\n21\n{n}\n" for n in range(20))
    header = "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1009\n0\nENDSEC\n"
    return f"{header}0\nSECTION\n2\nENTITIES\n{lines}0\nENDSEC\n0\nEOF\n".encode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="keep the ledger on PostgreSQL, and kill its backends")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pybase-chaos-"))
        database_url = stack.enter_context(running_postgres()) if arguments.postgres else None
        chaos = Chaos(Path(folder), arguments, database_url)
        try:
            writer = threading.Thread(target=chaos.write_files, daemon=True)
            chaos.keep_dev_up()
            writer.start()
            chaos.kill_at_random()
            writer.join(timeout=300)
            quiet = chaos.wait_until_quiet()
            faults = chaos.check()
            stats = chaos.ledger.stats()
        finally:
            left = chaos.stop()
    print(
        f"seed {arguments.seed}, {arguments.files} files, {arguments.seconds:.0f} s of kills, quiet after {quiet:.0f} s"
    )
    print(f"kills: {dict(chaos.kills)}")
    print(f"jobs: {stats.by_status}, errors: {stats.by_error_code}")
    for fault in [*faults, *left][:50]:
        print(f"FAULT {fault}")
    print("every invariant holds" if not faults and not left else f"{len(faults) + len(left)} faults")
    return 1 if faults or left else 0


if __name__ == "__main__":
    sys.exit(main())
