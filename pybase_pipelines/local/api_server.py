"""The HTTP API of the embedded default: a supervised process on loopback, and its bearer token.

The token is made once and kept in the state folder (mode 600), unless the settings name tokens. The API is started as
a program, never imported here.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from pathlib import Path

from pybase_pipelines.errors import ServiceUnavailable
from pybase_pipelines.local.service import LOOPBACK, Service, choose_port, find_free_ports, is_open
from pybase_pipelines.settings import Settings

FIRST_PORT = 8000
ROOT = "/api/v1/extraction"
START_SECONDS = 60


class ApiServer:
    """The API as a supervised service; `address` is where its calls are."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._service: Service | None = None
        self._port = 0
        self._env: dict[str, str] = {}
        self.address: str | None = None
        self.token_file = settings.resolved_state_dir() / "api_token"
        self.token: str | None = None

    def start(self, dagster_url: str | None) -> None:
        """Start the process; `wait` says when it answers."""
        state_dir = self._settings.resolved_state_dir()
        env = {"PYBASE_STATE_DIR": str(state_dir)}
        if dagster_url is not None:
            env["PYBASE_DAGSTER_URL"] = dagster_url
        if not self._settings.api_tokens:
            self.token = _keep_token(self.token_file)
            env["PYBASE_API_TOKENS"] = json.dumps([self.token])
        self._env = env
        self._start_on(choose_port(FIRST_PORT))

    def _start_on(self, port: int) -> None:
        self._port = port
        self.address = f"http://{LOOPBACK}:{port}{ROOT}"
        command = [sys.executable, "-m", "pybase_pipelines", "api", "--port", str(port)]
        log_file = self._settings.resolved_state_dir() / "logs" / "api.log"
        self._service = Service("api", command, log_file=log_file, env=self._env)
        self._service.start()

    def is_running(self) -> bool:
        return self._service is not None and self._service.is_running()

    def restart(self) -> None:
        """Start it again where it was, after it died."""
        if self._service is not None:
            self._service.stop()
            self._service.start()

    def stop(self) -> None:
        if self._service is not None:
            self._service.stop()

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Wait until the API answers.

        Raises:
            ServiceUnavailable: it did not come up; the message holds the end of its log.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._service is not None:
            if self._service.listens_on(self._port):
                return
            if not self.is_running():
                if not is_open(self._port):
                    break
                self._start_on(find_free_ports(1)[0])  # a stranger took the port after our look at it
            time.sleep(0.1)
        log = self._service.log_tail() if self._service else ""
        raise ServiceUnavailable(
            f"The HTTP API did not start:\n{log}", hint="The log lies in the state folder under logs/."
        )


def _keep_token(file: Path) -> str:
    """The token, made at the first start; the file is readable by its owner alone."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(32))
    return file.read_text().strip()
