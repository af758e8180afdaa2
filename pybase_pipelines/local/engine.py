"""Dagster's processes for the embedded default, and the instance folder (DAGSTER_HOME) that they share.

The instance is the project's `dagster.yaml`; only its relative folders are made absolute, so that `dev`, `demo` and a
plain `dagster dev` see the same history. Dagster is started as a program, never imported here.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from pybase_pipelines.errors import ServiceUnavailable, StorageUnavailable
from pybase_pipelines.local.code_server import CodeServerWatch, reload_location
from pybase_pipelines.local.service import LOOPBACK, Service, choose_port, find_free_ports, is_open

PROJECT_ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
FIRST_UI_PORT = 3000
POSTGRES_VARIABLE = "DAGSTER_POSTGRES_URL"
"""Where it is set, Dagster keeps its own history there; it must begin with postgresql+psycopg2://."""
EVENT_BATCH_SIZE = "500"
"""Dagster's setting: how many events of one run's partitions are written at once; by default each by itself."""


def write_instance(state_dir: Path, project_root: Path = PROJECT_ROOT) -> Path:
    """The folder for DAGSTER_HOME; its dagster.yaml is made anew at every start.

    Raises:
        StorageUnavailable: the project's dagster.yaml is missing, as in an installation without the project folder.
    """
    template = project_root / "dagster.yaml"
    if not template.exists():
        raise StorageUnavailable(
            f"There is no dagster.yaml in {project_root}.", hint="Run dev and demo from a clone of the project."
        )
    instance = yaml.safe_load(template.read_text())
    if os.environ.get(POSTGRES_VARIABLE):
        # The file names the variable, not its value: an address may hold a password.
        instance["storage"] = {"postgres": {"postgres_url": {"env": POSTGRES_VARIABLE}}}
    _set_base_dirs(instance, state_dir / "dagster")
    home = state_dir / "dagster_home"
    home.mkdir(parents=True, exist_ok=True)
    (state_dir / "dagster").mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text(yaml.safe_dump(instance))
    return home


def _set_base_dirs(node: dict[str, Any], folder: Path) -> None:
    """Move every relative `base_dir` of the embedded default to the state folder in use."""
    for key, value in node.items():
        if isinstance(value, dict):
            _set_base_dirs(value, folder)
        elif key == "base_dir" and not Path(value).is_absolute():
            node[key] = str(folder / "logs") if Path(value).name == "logs" else str(folder)


class Engine:
    """The Dagster daemon, and the webserver where a UI is wanted, as supervised services."""

    def __init__(self, state_dir: Path, *, with_ui: bool, ui_port: int | None = None) -> None:
        self._state_dir = state_dir
        self._with_ui = with_ui
        self._wanted_port = ui_port
        self._free_port: int | None = None
        self._services: list[Service] = []
        self._code_server: CodeServerWatch | None = None
        self.ui_url: str | None = None

    def start(self) -> None:
        """Start the processes; the UI's address is known afterwards, `wait_for_ui` says when it answers."""
        home = write_instance(self._state_dir)
        # Commands and children must find the same state, whatever folder they are started in.
        env = {"DAGSTER_HOME": str(home), "PYBASE_STATE_DIR": str(self._state_dir)}
        env["DAGSTER_EVENT_BATCH_SIZE"] = os.environ.get("DAGSTER_EVENT_BATCH_SIZE", EVENT_BATCH_SIZE)
        # The daemon and the webserver load our storage (dagster.yaml), whether or not the package is installed.
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(PROJECT_ROOT), os.environ.get("PYTHONPATH"))))
        workspace = ["-w", str(PROJECT_ROOT / "workspace.yaml")]
        if self._with_ui:
            port = self._wanted_port or self._free_port or choose_port(FIRST_UI_PORT)
            self.ui_url = f"http://{LOOPBACK}:{port}"
            command = [_script("dagster"), "dev", "-h", LOOPBACK, "-p", str(port), *workspace]
        else:
            command = [_script("dagster-daemon"), "run", *workspace]
        name = "dagster-dev" if self._with_ui else "dagster-daemon"
        self._services = [
            Service(
                name,
                command,
                log_file=self._state_dir / "logs" / f"{name}.log",
                env=env,
                cwd=PROJECT_ROOT,
                grace_seconds=20,
            )
        ]
        for service in self._services:
            service.start()
        if self.ui_url is not None:
            self._code_server = CodeServerWatch(self._has_code_server, partial(reload_location, self.ui_url))

    def mend(self) -> None:
        """Bring back what Dagster itself does not."""
        if self._code_server is not None and not self._code_server.mend():
            self.restart()

    def _has_code_server(self) -> bool:
        return any(service.has_process("api", "grpc") for service in self._services)

    def is_running(self) -> bool:
        return bool(self._services) and all(service.is_running() for service in self._services)

    def restart(self) -> None:
        """Start again what died; the history is on disk."""
        for service in self._services:
            service.stop()
            service.start()

    def stop(self) -> None:
        for service in reversed(self._services):
            service.stop()

    def wait_for_ui(self, seconds: float = START_SECONDS) -> None:
        """Wait until the UI answers.

        Raises:
            ServiceUnavailable: it did not come up; the message holds the end of its log.
        """
        assert self.ui_url is not None  # noqa: S101 - only called after start() with a UI
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.is_running():
            port = int(self.ui_url.rpartition(":")[2])
            if is_open(port):  # first, or else ours could open it between the two looks
                if any(service.listens_on(port) for service in self._services):
                    return
                self._leave_port(port)
            time.sleep(0.2)
        raise ServiceUnavailable(
            f"The Dagster UI did not start:\n{self.log_tail()}", hint="The log lies in the state folder under logs/."
        )

    def _leave_port(self, port: int) -> None:
        """Go to another port: a stranger took ours between our look at it and the start of the UI."""
        if self._wanted_port is not None:
            raise ServiceUnavailable(f"Port {port} is taken by another program.", hint="Give another one: dev --port.")
        self.stop()
        self._free_port = find_free_ports(1)[0]
        self.start()

    def log_tail(self) -> str:
        return "\n".join(service.log_tail() for service in self._services)


def _script(name: str) -> str:
    """A program of this environment, whether or not it is activated."""
    return str(Path(sys.executable).with_name(name))
