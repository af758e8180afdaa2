"""Closed by default: without a token nothing is answered but `/health`, and nothing of a body is read."""

from __future__ import annotations

import logging
import socket
import uuid
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from pybase_pipelines.api.auth import is_known
from pybase_pipelines.settings import Settings
from pybase_pipelines_tests.api.conftest import TOKEN, Api, serve

CALLS = [
    ("POST", "/upload"),
    ("GET", "/jobs"),
    ("GET", "/jobs/stats"),
    ("GET", f"/jobs/{uuid.uuid4()}"),
    ("GET", "/jobs/not-an-id"),
    ("GET", f"/jobs/{uuid.uuid4()}/result"),
    ("POST", f"/jobs/{uuid.uuid4()}/retry"),
    ("DELETE", f"/jobs/{uuid.uuid4()}"),
    ("GET", "/health/ready"),
    ("GET", "/openapi.json"),
]


def test_every_call_but_health_needs_a_right_token(api: Api) -> None:
    root = str(api.http.base_url)
    assert httpx.get(f"{root}health").json()["status"] == "ok"
    wrong = [None, "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", f"bearer{TOKEN}"]
    for method, path in CALLS:
        for header in wrong:
            headers = {} if header is None else {"Authorization": header}
            answer = httpx.request(method, root.rstrip("/") + path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), (method, path, header)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert api.http.get("/jobs/stats").json()["refused"] == {"not_authenticated": len(CALLS) * len(wrong)}
    assert api.http.get("/jobs", params={"token": TOKEN}, headers={"Authorization": ""}).status_code == 401


def test_without_a_configured_token_the_api_is_closed_and_says_how_to_open_it(
    make_settings: Callable[..., Settings],
) -> None:
    with serve(make_settings(api_tokens=())) as api:
        for method, path in CALLS:
            answer = api.http.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (503, "api_closed")
            assert "PYBASE_API_TOKENS" in answer.json()["hint"]
        assert api.http.get("/health").status_code == 200


def test_several_tokens_are_good_so_that_they_can_be_changed_without_a_gap() -> None:
    tokens = [SecretStr("first-token-0123456"), SecretStr("zweiter-Schlüssel-1")]
    assert is_known("first-token-0123456", tokens)
    assert is_known("zweiter-Schlüssel-1", tokens)
    assert not is_known("", tokens)
    assert not is_known("first-token-0123456", [])


def test_a_short_token_is_refused_by_the_settings() -> None:
    with pytest.raises(ValidationError, match="at least 16"):
        Settings(api_tokens=(SecretStr("short"),))


def test_a_stranger_is_refused_before_the_body_is_sent(api: Api) -> None:
    host, port = api.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(
            b"POST /api/v1/extraction/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\n\r\n"
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 401")


def test_refusals_are_logged_without_the_token_or_what_was_sent(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pybase_pipelines.api"):
        api.http.get("/jobs", headers={"Authorization": "Bearer wrong-token-0123456"})
        api.upload(options='{"pasword": "hunter2"}')
        api.upload(name="a\u2028b.pdf")
    assert caplog.text.count("refused ") == 3
    assert "not_authenticated" in caplog.text
    for secret in ("wrong-token", "hunter2", TOKEN):
        assert secret not in caplog.text


def test_readiness_names_what_answers(api: Api) -> None:
    ready = api.http.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert {name: check["is_good"] for name, check in ready.json()["checks"].items()} == {
        "database": True,
        "object_store": True,
    }


def test_a_database_that_is_down_is_said_and_health_still_answers(make_settings: Callable[..., Settings]) -> None:
    url = SecretStr("postgresql+psycopg2://pybase:hunter2@127.0.0.1:9/none")
    with serve(make_settings(database_url=url)) as api:
        ready = api.http.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["database"]["is_good"]) == (503, False)
        answer = api.http.get("/jobs")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert "hunter2" not in ready.text + answer.text
        assert api.http.get("/health").status_code == 200
