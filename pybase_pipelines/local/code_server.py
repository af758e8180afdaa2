"""Dagster's code server under `dagster dev`, which does not start it again when it dies (seen with Dagster 1.13).

`dagster dev` puts a proxy between itself and the process that runs our code, and watches only the webserver and the
daemon. When that process is killed (out of memory, say), the proxy stays, every tick fails, and nothing is launched any
more. A reload of the code location makes the proxy start a new one, and lets runs that are at work go on.
What belongs here: noticing that, and asking for it. What does not: starting `dagster dev` itself (`engine`).
"""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Callable

logger = logging.getLogger(__name__)

LOCATION = "pybase_pipelines"
LOOK_SECONDS = 5.0
PATIENCE_SECONDS = 30.0
"""How long a new one may take to come up before it is asked for again."""
MOST_RELOADS = 3
_ANSWER_SECONDS = 10
_RELOAD = "mutation($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename } }"


class CodeServerWatch:
    """Looks every few seconds whether the code server lives, once it has been seen alive."""

    def __init__(self, is_alive: Callable[[], bool], reload: Callable[[], None]) -> None:
        self._is_alive, self._reload = is_alive, reload
        self._was_seen = False
        self._reloads = 0
        self._next_look = 0.0

    def mend(self, now: float | None = None) -> bool:
        """Have a dead code server started again; False where asking did not help, and a restart must."""
        now = time.monotonic() if now is None else now
        if now < self._next_look:
            return True
        self._next_look = now + LOOK_SECONDS
        if self._is_alive():
            self._was_seen, self._reloads = True, 0
            return True
        if not self._was_seen:  # it is still on its way
            return True
        if self._reloads == MOST_RELOADS:
            self._was_seen, self._reloads = False, 0
            return False
        self._reloads += 1
        self._next_look = now + PATIENCE_SECONDS
        logger.warning("Dagster's code server died; a new one is started")
        self._reload()
        return True


def reload_location(ui_url: str) -> None:
    """Ask the webserver to load our code again. Whether it helped is seen by the process, not by the answer."""
    body = json.dumps({"query": _RELOAD, "variables": {"name": LOCATION}}).encode()
    request = urllib.request.Request(f"{ui_url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
            answer.read()
    except OSError as error:  # it answers only when the new one is up, which may take longer
        logger.info("the webserver has not answered yet: %s", error)
