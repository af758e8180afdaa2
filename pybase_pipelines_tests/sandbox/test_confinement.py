"""What an extraction cannot do, each tried in a real child; and that it can do what it needs."""

from __future__ import annotations

import os
import socket

import pytest

from pybase_pipelines.formats.table import Format
from pybase_pipelines.sandbox import Sandbox, landlock, probe, seccomp
from pybase_pipelines.sandbox.cell import Cell, Walls
from pybase_pipelines.sandbox.limits import Limits
from pybase_pipelines.sandbox.messages import PROTECTIONS, Ready
from pybase_pipelines.sandbox.readable import list_readable
from pybase_pipelines_tests.sandbox.conftest import Trial, read

REFUSED = "PermissionError"


@pytest.fixture
def protected(trial: Trial) -> Trial:
    """A trial on a system that confines children; one that does not is told of by `doctor`, and by the skip here."""
    trial.run("items 1")
    if missing := trial.sandbox.missing_protections:
        pytest.skip(f"this system does not keep extractions from: {', '.join(missing)}")
    return trial


def attempt(trial: Trial, what: str, **fields: object) -> object:
    outcome = trial.run(f"attempt {what}", **fields)
    assert outcome.envelope.success, outcome.envelope.error
    (answer,) = read(outcome)["items"]
    return answer


@pytest.mark.parametrize("format_", [Format.PDF, Format.WERK24])
def test_other_files_are_neither_read_nor_changed(protected: Trial, tmp_path, format_):
    secret = tmp_path / "identities.json"
    secret.write_text("{}")
    before = secret.stat()
    for what in ("read", "write", "remove", "truncate"):
        assert attempt(protected, f"{what} {secret}", format=format_) == REFUSED, what
    assert attempt(protected, f"hard_link {secret}", format=format_) in (REFUSED, "OSError"), "as if on another disk"
    assert attempt(protected, f"list {tmp_path}", format=format_) == REFUSED
    assert attempt(protected, f"make_folder {tmp_path / 'new'}", format=format_) == REFUSED
    assert attempt(protected, f"chmod {secret}", format=format_) == REFUSED
    assert attempt(protected, f"symlink {secret}", format=format_) == REFUSED
    assert attempt(protected, f"write {os.devnull}", format=format_) != REFUSED
    assert secret.stat() == before
    assert [p.name for p in tmp_path.iterdir()] == ["identities.json"]


def test_home_the_working_folder_and_the_package_s_surroundings_are_not_among_what_may_be_read(tmp_path):
    places = list_readable(network=True)
    for secret in (
        os.path.expanduser("~/.aws/credentials"), f"{os.getcwd()}/.pybase_state/seaweedfs/identities.json",
        str(tmp_path / "x"), "/etc/shadow", "/proc/1/environ", "/root/.ssh/id_rsa", "/home/x/.netrc",
    ):  # fmt: skip
        assert not [place for place in places if os.path.realpath(secret).startswith(f"{place}/")], secret


def test_the_environment_of_other_processes_is_not_seen(protected: Trial):
    assert attempt(protected, "read_parent") == REFUSED
    assert attempt(protected, f"read /proc/{os.getpid()}/environ") == REFUSED


def test_the_file_of_another_extraction_is_not_seen(protected: Trial):
    other = protected.request("items 1")
    assert attempt(protected, f"read {other.path}") == REFUSED


def test_the_scratch_folder_takes_plain_files_and_folders_only(protected: Trial):
    assert attempt(protected, "scratch") == "done"
    assert attempt(protected, "temporary") == "done"
    assert attempt(protected, "null") == "done"
    for what in ("fifo", "device", "symlink /etc/passwd"):
        assert attempt(protected, what) == REFUSED, what


def test_memory_that_no_limit_counts_is_not_to_be_had(protected: Trial):
    assert attempt(protected, "memory_file") == REFUSED


def test_other_processes_cannot_be_killed(protected: Trial):
    assert attempt(protected, "kill_parent") == REFUSED
    assert attempt(protected, f"kill {os.getpid()}") == REFUSED
    assert attempt(protected, "kill 0") == REFUSED


def test_no_network_is_reached_but_by_an_extractor_that_needs_it(protected: Trial, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "socket"))
        local.listen()
        port = server.getsockname()[1]
        outcome = protected.run(f"connect {port}")
        assert outcome.envelope.error.code == "limit_exceeded"
        assert "what none may do" in outcome.envelope.error.message
        assert attempt(protected, f"udp {port}") == REFUSED
        assert attempt(protected, f"unix {tmp_path / 'socket'}") == REFUSED
        assert read(protected.run(f"connect {port}", format=Format.WERK24))["items"] == ["connected"]


def test_what_is_missing_is_found_out_by_trying(tmp_path, monkeypatch):
    """The same trial, with the kernel's means taken away one by one."""
    nothing = os.open(os.devnull, os.O_WRONLY)

    def find(name: str) -> tuple[str, ...]:
        scratch = tmp_path / name / "scratch"
        scratch.mkdir(parents=True)
        walls = Walls(network=False, processes=False)
        cell = Cell(scratch, scratch, Limits(), os.getpid(), nothing, nothing, walls)
        missing = probe.find_missing(cell)
        walls.close()
        return missing

    with_all = find("all")
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert set(find("no landlock")) >= {"reading", "writing"}
    monkeypatch.setattr(seccomp, "PROCESSORS", {})
    without = find("neither")
    assert set(without) >= {"reading", "writing", "processes"}
    assert set(with_all) <= set(without) <= set(PROTECTIONS)
    os.close(nothing)


def test_a_missing_protection_is_logged_once(tmp_path, caplog):
    for _ in range(2):
        with Sandbox(folder=tmp_path) as sandbox:
            sandbox._heed(None, Ready(process_id=1, missing=("network",)), None)
            assert sandbox.missing_protections == ("network",)
    assert [r.getMessage() for r in caplog.records] == [
        "this system does not keep extractions from: network (see `doctor`)"
    ]


def test_a_child_that_does_not_survive_its_walls_counts_as_unprotected(tmp_path, monkeypatch):
    nothing = os.open(os.devnull, os.O_WRONLY)
    walls = Walls(network=False, processes=False)
    cell = Cell(tmp_path, tmp_path / "there is no such folder", Limits(), os.getpid(), nothing, nothing, walls)
    assert probe.find_missing(cell) == PROTECTIONS
    walls.close()
    os.close(nothing)


@pytest.mark.parametrize("name", seccomp.PROCESSORS)
def test_every_branch_of_the_filter_ends_within_it(name):
    """The kernel of this machine checks the one of its processor only."""
    for network in (False, True):
        for processes in (False, True):
            lines = seccomp.build(seccomp.PROCESSORS[name], network=network, processes=processes)
            for number, line in enumerate(lines):
                code, if_true, if_false = int.from_bytes(line[:2], "little"), line[2], line[3]
                assert code == 0x06 or number + 1 + max(if_true, if_false) < len(lines)
            assert int.from_bytes(lines[-1][:2], "little") == 0x06
