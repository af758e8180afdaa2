"""Who answers on a port: the service that was started for it, or a stranger."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import pytest

from pybase_pipelines.errors import ServiceUnavailable
from pybase_pipelines.local.engine import Engine
from pybase_pipelines.local.service import LOOPBACK, Service, choose_port, find_free_ports, is_open


def test_a_service_is_told_from_a_stranger_on_its_port(tmp_path: Path) -> None:
    ours, strangers = find_free_ports(2)
    command = [sys.executable, "-m", "http.server", str(ours), "--bind", LOOPBACK]
    service = Service("web", command, log_file=tmp_path / "web.log")
    assert not service.listens_on(ours)
    service.start()
    try:
        deadline = time.monotonic() + 20
        while not is_open(ours):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert service.listens_on(ours)
        with socket.create_server((LOOPBACK, strangers)):
            assert is_open(strangers)
            assert not service.listens_on(strangers)
    finally:
        service.stop()
    assert not service.listens_on(ours)


def test_the_usual_port_is_left_to_whoever_has_it() -> None:
    (usual,) = find_free_ports(1)
    assert choose_port(usual) == usual
    with socket.create_server((LOOPBACK, usual)):
        assert choose_port(usual) != usual


def test_a_wanted_port_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = find_free_ports(1)
    engine = Engine(tmp_path, with_ui=True, ui_port=port)
    monkeypatch.setattr(engine, "is_running", lambda: True)
    engine.ui_url = f"http://{LOOPBACK}:{port}"
    with socket.create_server((LOOPBACK, port)), pytest.raises(ServiceUnavailable, match=f"{port} is taken"):
        engine.wait_for_ui(5)
