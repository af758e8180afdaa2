"""Kill at random while files arrive, then prove that nothing was lost and nothing done twice: `make chaos`.

A seeded run on the embedded default (`--postgres`: ledger and Dagster's own storage on a PostgreSQL server): writers
upload and overwrite files, a killer sends SIGKILL to extraction children, launchers, run workers, the daemon, the code
server, the S3 server, database backends, and `dev` itself, and takes the database away for some seconds. When the time
is up the killing stops; when all is quiet, the invariants of `benchmarks.invariants` are checked.

What belongs here: the trial. What does not: what must hold afterwards (`benchmarks.invariants`).
"""

from __future__ import annotations

import argparse
import collections
import hashlib
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
from types import FrameType

import psutil

from benchmarks.invariants import Expected, Invariants, watch_endings
from pybase_pipelines.errors import PybaseError
from pybase_pipelines.ledger.schema import upgrade
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import ObjectStore
from pybase_pipelines.settings import Settings
from pybase_pipelines_tests.servers import PostgresServer

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
    "database backend": 2,
    "database": 1,
}
"""How often one is chosen."""
FOUNDATIONS = {"dev", "daemon", "code server"}
UP_SECONDS = 60
"""Nobody kills these before `dev` has been up for so long: nothing would ever be at work, and so nothing be killed."""
OVERWRITTEN = 10
"""Every so many files a writer overwrites one of the files before."""
SLOW_LINES = 20_000
"""A drawing of so many lines takes seconds to read, so that there is somebody to kill."""
LONGEST_LOOK_SECONDS = 5
"""For how long one of the chosen kind is looked for."""
LONGEST_ABSENCE_SECONDS = 20
"""For how long the database is taken away at most."""


class Chaos:
    """One run: the embedded default in a folder of its own, writers and a killer."""

    def __init__(self, folder: Path, arguments: argparse.Namespace, database: PostgresServer | None) -> None:
        self.random = random.Random(arguments.seed)
        self.arguments = arguments
        self.database = database
        self.weights = {kind: weight for kind, weight in WEIGHTS.items() if database or "database" not in kind}
        self.state = folder / "state"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PYBASE_", "DAGSTER_"))}
        self.env |= {"PYBASE_STATE_DIR": str(self.state), "TMPDIR": str(self.temporary)}
        if database is not None:
            self.env["PYBASE_DATABASE_URL"] = database.url
            self.env["DAGSTER_POSTGRES_URL"] = database.url.replace("postgresql://", "postgresql+psycopg2://")
        # Not by our own environment, which the database server inherits: it would count as a process of `dev`.
        self.settings = Settings(state_dir=self.state, database_url=database.url if database else None)  # pyright: ignore
        self.state.mkdir(parents=True)
        upgrade(self.settings.ledger_url())
        self.ledger = ExtractionJobService(self.settings.ledger_url())
        watch_endings(self.ledger.engine)
        self.log = folder / "dev.log"
        self.dev: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.started_at = 0.0
        self.kills: collections.Counter[str] = collections.Counter()
        self.expected: dict[str, Expected] = {}
        self._lock = threading.Lock()

    def keep_dev_up(self) -> None:
        """Start `dev`, also after it was killed, as a person or a service manager would."""
        if self.dev is None or self.dev.poll() is not None:
            with self.log.open("ab") as log:
                command = [sys.executable, "-m", "pybase_pipelines", "dev"]
                self.dev = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
            self.starts += 1
            self.started_at = time.monotonic()

    def start_writers(self) -> list[threading.Thread]:
        """Writers that share the files; each uploads its own over the first two thirds of the time."""
        writers = [
            threading.Thread(target=self.write_files, args=(number,), daemon=True)
            for number in range(self.arguments.writers)
        ]
        for writer in writers:
            writer.start()
        return writers

    def write_files(self, writer: int) -> None:
        """Upload every n-th file, and overwrite some; what the store refuses is tried until it takes it."""
        mine = range(writer, self.arguments.files, self.arguments.writers)
        pause = self.arguments.seconds * 2 / 3 / max(1, len(mine))
        begun = time.monotonic()
        stores: dict[str, ObjectStore] = {}
        for turn, number in enumerate(mine):
            self.upload(number, 1, stores)
            if turn % OVERWRITTEN == OVERWRITTEN - 1:
                self.upload(mine[turn // 2], 2, stores)
            time.sleep(max(0.0, begun + (turn + 1) * pause - time.monotonic()))

    def upload(self, number: int, version: int, stores: dict[str, ObjectStore]) -> None:
        """Put one file, for as long as it takes: its writer saw no error, so it may be expected to be there.

        `stores` are the clients that the writer has made, by address: each costs more than many uploads.
        """
        object_key = f"{number % 7}/{number:05}.dxf"
        data, is_good = make_file(number, version, self.arguments.slow_every)
        expected = Expected(hashlib.md5(data, usedforsecurity=False).hexdigest(), is_good, version)
        while True:
            try:
                address = self.settings.store_address()
                store = stores.setdefault(str(address.endpoint_url), ObjectStore(address))
                store.put(self.settings.bucket, object_key, data, content_type="image/vnd.dxf")
                break
            except PybaseError:
                time.sleep(0.5)
        with self._lock:
            self.expected[object_key] = expected

    def find_unwritten(self) -> Iterator[str]:
        """Whether every writer came to its end: a file that was never written is missed by nobody else."""
        missing = self.arguments.files - len(self.expected)
        if missing:
            yield f"{missing} files were never written: a writer died"

    def kill_at_random(self) -> None:
        end = time.monotonic() + self.arguments.seconds
        while time.monotonic() < end:
            self.keep_dev_up()
            time.sleep(self.random.uniform(0.5, 4))
            kind = self.random.choices(list(self.weights), list(self.weights.values()))[0]
            if self.kill(kind, self.wait_for(kind)):
                self.kills[kind] += 1

    def wait_for(self, kind: str) -> list[psutil.Process]:
        """Those of a kind, as soon as there are any: who lives for a second only would hardly be met by chance."""
        end = time.monotonic() + LONGEST_LOOK_SECONDS
        while kind in VICTIMS and time.monotonic() < end:
            if victims := self.find_victims(kind):
                return victims
            time.sleep(0.1)
        return []

    def find_victims(self, kind: str) -> list[psutil.Process]:
        """Who of a kind can be killed just now."""
        if kind in FOUNDATIONS and time.monotonic() - self.started_at < UP_SECONDS:
            return []
        mine = list(self.find_processes())
        if self.database is not None:
            mine += psutil.Process().children(recursive=True)
        return [process for process in mine if find_kind(process) == kind]

    def kill(self, kind: str, processes: list[psutil.Process]) -> bool:
        """Kill one of a kind, or take the database away for a while; whether somebody was there to be killed."""
        if processes:
            try:
                self.random.choice(processes).kill()
            except psutil.NoSuchProcess:
                return False
            return True
        if kind == "database" and self.database is not None:
            self.database.stop()
            time.sleep(self.random.uniform(1, LONGEST_ABSENCE_SECONDS))
            self.database.start()
            return True
        return False

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
        """Wait until every file is final and Dagster shows it so; how long that took. What is not is told later."""
        started = time.monotonic()
        said = started
        while time.monotonic() - started < self.arguments.quiet:
            self.keep_dev_up()
            try:
                stats = self.ledger.stats()
                is_done = stats.total >= self.arguments.files
                is_done = is_done and not (stats.by_status["pending"] or stats.by_status["processing"])
                if is_done and not self.make_invariants().check_dagster():
                    break
            except (PybaseError, OSError):
                time.sleep(1)
                continue
            if time.monotonic() - said > 60:
                said = time.monotonic()
                print(f"after {said - started:.0f} s: {stats.by_status} {stats.by_error_code}", file=sys.stderr)
            time.sleep(2)
        return time.monotonic() - started

    def make_invariants(self) -> Invariants:
        return Invariants(self.ledger, self.settings, self.expected)

    def stop(self) -> list[str]:
        """Stop `dev`, and say what is left over of it."""
        if self.dev is not None:
            self.dev.send_signal(signal.SIGINT)
            self.dev.wait(timeout=90)
        left = [" ".join(p.cmdline())[:120] for p in self.find_processes()]
        scratch = [str(path) for path in (self.state / "scratch").glob("*")]
        scratch += [str(path) for path in self.temporary.glob("pybase-*")]
        return [f"left over: {each}" for each in left + scratch]


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """End in good order, so that nothing is left running."""
    raise KeyboardInterrupt


def find_kind(process: psutil.Process) -> str | None:
    """Which kind of victim a process is, if any."""
    try:
        parent = process.parent()
        line, parents = " ".join(process.cmdline()), " ".join(parent.cmdline()) if parent else ""
    except psutil.Error:
        return None
    return next((kind for kind, is_one in VICTIMS.items() if is_one(line, parents)), None)


def make_file(number: int, version: int, slow_every: int) -> tuple[bytes, bool]:
    """A file that equals no other one, and whether it can be read: every tenth is empty or foreign."""
    if number % 10 != 9:
        return make_dxf(number, version, lines=SLOW_LINES if number % slow_every == 0 else 20), True
    return (b"" if number % 20 == 9 else f"<html>{number} is not a drawing</html>".encode()), False


def make_dxf(number: int, version: int, lines: int) -> bytes:
    drawn = "".join(f"0\nLINE\n8\n0\n10\n{number}\n20\n{n}\n11\n{version}\n21\n{n}\n" for n in range(lines))
    header = "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1009\n0\nENDSEC\n"
    return f"{header}0\nSECTION\n2\nENTITIES\n{drawn}0\nENDSEC\n0\nEOF\n".encode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="how long it kills")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--writers", type=int, default=8, help="how many upload at the same time")
    parser.add_argument("--slow-every", type=int, default=5, help="every so many files take seconds to read")
    parser.add_argument("--quiet", type=float, default=1800, help="most seconds to wait until all is quiet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="keep everything on PostgreSQL, and kill that too")
    parser.add_argument("--keep", type=Path, help="keep the logs and the state in this folder")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):  # also where a shell started us in the background
        signal.signal(number, interrupt)
    with ExitStack() as stack:
        if arguments.keep is not None:
            arguments.keep.mkdir(parents=True)
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pybase-chaos-")))
        database = stack.enter_context(PostgresServer()) if arguments.postgres else None
        chaos = Chaos(folder.resolve(), arguments, database)
        try:
            chaos.keep_dev_up()
            writers = chaos.start_writers()
            chaos.kill_at_random()
            for writer in writers:
                while writer.is_alive():
                    chaos.keep_dev_up()
                    writer.join(timeout=1)
            quiet = chaos.wait_until_quiet()
            faults = [*chaos.find_unwritten(), *chaos.make_invariants().check()]
            stats = chaos.ledger.stats()
        finally:
            left = chaos.stop()
    where = "PostgreSQL" if arguments.postgres else "SQLite"
    print(f"{where}, seed {arguments.seed}: {arguments.files} files by {arguments.writers} writers, ", end="")
    print(f"{arguments.seconds:.0f} s of kills, quiet after {quiet:.0f} s, dev started {chaos.starts} times")
    print(f"kills: {sum(chaos.kills.values())} {dict(chaos.kills)}")
    print(f"jobs: {stats.by_status}, superseded: {stats.superseded}, errors: {stats.by_error_code}")
    for fault in [*faults, *left][:50]:
        print(f"FAULT {fault}")
    print("every invariant holds" if not faults and not left else f"{len(faults) + len(left)} faults")
    return 1 if faults or left else 0


if __name__ == "__main__":
    sys.exit(main())
