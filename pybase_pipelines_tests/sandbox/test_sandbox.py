"""What the sandbox promises its callers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pybase_pipelines.formats.table import Format
from pybase_pipelines.sandbox import ExtractionRequest, client
from pybase_pipelines_tests.sandbox.conftest import TABLE, TIGHT, Trial, descendants, read


def test_a_result_is_the_envelope_and_the_content_in_one_document(trial: Trial):
    outcome = trial.run("items 2", "partial")
    result = read(outcome)
    assert result["items"] == [0, 1]
    assert (result["success"], result["is_partial"], result["error"]) == (True, True, None)
    assert result["source_file"] == "trial.pdf"
    assert result["source_type"] == "pdf"
    assert result["detection"]["version"] == "1.7"
    assert result["extractor"] == {"name": "pdf", "version": "7", "libraries": result["extractor"]["libraries"]}
    assert result["extractor"]["libraries"]["pydantic"]
    assert set(result["timings"]) == {"items", "partial"}
    assert result["warnings"] == [{"code": "missing", "message": "a part is missing", "where": "page 3"}]
    assert outcome.envelope.model_dump(mode="json").items() <= result.items()
    assert outcome.counts == {"metadata": 0, "items": 2}
    assert outcome.peak_memory_bytes > 1_000_000
    assert outcome.wall_seconds > 0


def test_texts_that_jsonb_refuses_are_replaced_and_counted(trial: Trial):
    result = read(trial.run("hostile_texts"))
    assert result["items"] == ["a�b�", "literal \\u0000", None, {"x": None}]
    assert result["metadata"] == {"Ø�": "€"}
    assert "3 NUL characters" in result["warnings"][-1]["message"]
    assert not result["is_partial"]


def test_half_characters_are_replaced_and_counted(trial: Trial):
    result = read(trial.run("surrogates"))
    assert result["items"] == ["half � char", "�", None, ["t"]]
    assert result["warnings"][-1]["code"] == "characters_replaced"
    assert "2 texts" in result["warnings"][-1]["message"]


def test_a_child_sees_no_secret_no_descriptor_and_only_its_scratch_folder(make_trial, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("PYBASE_DATABASE_URL", "hidden")
    trial = make_trial()
    outcome = trial.run("tell", options={"password": "geheim"}, environment={"GIVEN": "token"})
    seen = read(outcome)["metadata"]
    assert "hidden" not in seen["environment"].values()
    assert seen["environment"]["GIVEN"] == "token"
    assert seen["folder"] == seen["cwd"] == seen["environment"]["TMPDIR"]
    assert seen["stdin"] == ""
    assert seen["descriptors"] == [0, 1, 2, 3]
    assert seen["options"] == {"password": "geheim"}
    assert seen["modules"] == [], "the child starts from a lean process"
    assert not Path(seen["folder"]).exists()
    assert "GIVEN" not in read(trial.run("tell"))["metadata"]["environment"]


def test_options_that_are_unknown_are_refused(trial: Trial):
    assert trial.run("items 1", options={"pasword": "x"}).envelope.error.code == "options_invalid"
    assert trial.run("items 1", options={"password": "\ud800"}).envelope.error.code == "options_invalid"


@pytest.mark.parametrize(
    ("data", "name", "format_", "code", "words"),
    [
        (b"", "a.pdf", None, "empty_file", "0 bytes"),
        (b"<html>", "a.pdf", None, "unsupported_format", "HTML"),
        (b"%PDF-1.4" + b"x" * (2 << 20), "a.pdf", None, "file_too_large", "2,097,160"),
        (b"%PDF-1.4", "a.pdf", Format.DXF, "unsupported_format", "to be read as DXF, but it is PDF"),
        (b"AC1032\x00\x00", "a.dwg", None, "unsupported_format", "no extractor"),
        (b"ISO-10303-21;HEADER;FILE_SCHEMA(('X'));", "a.stp", None, "library_missing", "no_such_library"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_detection(trial: Trial, tmp_path, data, name, format_, code, words):
    path = tmp_path / "file"
    path.write_bytes(data)
    (outcome,) = trial.sandbox.run([ExtractionRequest(path, name, name, format=format_)])
    assert outcome.envelope.error.code == code
    assert words in outcome.envelope.error.message
    assert read(outcome)["detection"]["evidence"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: None, "object_vanished"),
        (lambda p: p.mkdir(), "unsupported_format"),
        (os.mkfifo, "unsupported_format"),
    ],
)
def test_what_is_no_file_is_named(trial: Trial, tmp_path, make, code):
    path = tmp_path / "thing.pdf"
    make(path)
    (outcome,) = trial.sandbox.run([ExtractionRequest(path, path.name, str(path))])
    assert outcome.envelope.error.code == code


def test_names_that_are_no_text_are_served(trial: Trial, tmp_path):
    path = tmp_path / os.fsdecode(b"bl\xe4tt\n-'\".pdf")
    path.write_text("%PDF-1.7\nitems 1")
    (outcome,) = trial.sandbox.run([ExtractionRequest(path, path.name, str(path))])
    assert outcome.envelope.success
    assert read(outcome)["source_file"] == "bl�tt\n-'\".pdf"


def test_every_request_gets_one_outcome_and_a_slow_one_holds_nobody_back(make_trial):
    trial = make_trial(slots=2)
    requests = [trial.request("beat 30"), *(trial.request(f"items {n}") for n in range(20)), trial.request("segfault")]
    outcomes = list(trial.sandbox.run(iter(requests)))
    assert len(outcomes) == 22
    assert {id(o.request) for o in outcomes} == {id(r) for r in requests}
    assert outcomes[-1].request is requests[0]
    assert {o.counts.get("items") for o in outcomes if o.envelope.success} == set(range(20))


def test_progress_reaches_the_caller(trial: Trial):
    heard = []
    request = trial.request("beat 12")
    list(trial.sandbox.run([request], on_progress=lambda *beat: heard.append(beat)))
    assert all(beat[0] is request for beat in heard)
    stages = [(stage, total) for _, stage, _, total in heard]
    assert ("beat", 12) in stages


def test_cpu_time_runs_out_even_where_signs_of_life_are_not_asked_for(make_trial):
    trial = make_trial(replace(TIGHT, cpu_seconds=1, stall_seconds=30, wall_seconds=30))
    outcome = trial.run("spin")
    assert outcome.envelope.error.code == "extractor_timeout"
    assert "1 s of CPU time" in outcome.envelope.error.message


def test_a_caller_who_leaves_early_leaves_nothing_running(make_trial):
    before = set(descendants())
    trial = make_trial(slots=2)
    run = trial.sandbox.run([trial.request("items 1"), trial.request("sleep")])
    assert next(run).envelope.success
    run.close()
    deadline = time.monotonic() + 5
    while set(descendants()) - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(descendants()) <= before
    assert trial.run("items 2").counts["items"] == 2


def test_a_killed_launcher_is_replaced_and_its_files_are_tried_again(make_trial):
    trial = make_trial(slots=2)
    heard = []

    def kill_once(request, stage, done, total):
        if stage == "beat" and not heard:
            heard.append(stage)
            os.kill(trial.sandbox._launcher.process.pid, signal.SIGKILL)

    requests = [trial.request("beat 20", "items 1"), trial.request("beat 20", "items 2")]
    outcomes = list(trial.sandbox.run(requests, on_progress=kill_once))
    assert sorted(o.counts["items"] for o in outcomes) == [1, 2]
    assert heard


def test_a_launcher_that_cannot_start_fails_every_file_instead_of_hanging(make_trial):
    trial = make_trial()
    trial.sandbox.extractors = "no_such_module:TABLE"
    outcomes = list(trial.sandbox.run([trial.request("items 1"), trial.request("items 2")]))
    assert [o.envelope.error.code for o in outcomes] == ["extractor_crashed"] * 2
    assert "no_such_module" in outcomes[0].envelope.error.detail["output_tail"]


def test_a_launcher_that_hangs_is_replaced(make_trial, monkeypatch):
    monkeypatch.setattr(client, "GRACE_SECONDS", 0.5)
    trial = make_trial()
    assert trial.run("items 1").envelope.success
    first = trial.sandbox._launcher.process.pid

    def stop_once(request, stage, done, total):
        if trial.sandbox._launcher.process.pid == first:
            os.kill(first, signal.SIGSTOP)

    (outcome,) = trial.sandbox.run([trial.request("beat 10", "items 3")], on_progress=stop_once)
    assert outcome.counts["items"] == 3
    assert trial.sandbox._launcher.process.pid != first


def test_an_old_launcher_is_replaced(make_trial, monkeypatch):
    monkeypatch.setattr(client, "RECYCLE_FILES", 3)
    trial = make_trial()
    seen = set()
    for outcome in trial.sandbox.run([trial.request(f"items {n}") for n in range(8)]):
        assert outcome.envelope.success
        seen.add(trial.sandbox._launcher.process.pid)
    assert len(seen) == 3


def test_nothing_survives_a_killed_client(tmp_path):
    script = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from pybase_pipelines.formats.table import Format
        from pybase_pipelines.sandbox import ExtractionRequest, Sandbox
        file = Path({str(tmp_path / "file.pdf")!r})
        file.write_text("%PDF-1.7\\nfork_and_hang killed-client-{os.getpid()}")
        with Sandbox(folder=Path({str(tmp_path / "boxes")!r}), extractors={TABLE!r}) as sandbox:
            def die(request, stage, done, total):
                if stage == "fork_and_hang":
                    import time; time.sleep(0.5)
                    os.kill(os.getpid(), signal.SIGKILL)
            request = ExtractionRequest(file, file.name, file.name, format=Format.WERK24)
            list(sandbox.run([request], on_progress=die))
    """)
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", script], cwd=root, env=os.environ | {"PYTHONPATH": root}, timeout=60)
    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (left := _processes_of(tmp_path)):
        time.sleep(0.1)
    assert left == []
    assert list((tmp_path / "boxes").iterdir())
    with client.Sandbox(folder=tmp_path / "boxes"):
        assert len(list((tmp_path / "boxes").iterdir())) == 1, "the next sandbox sweeps up"


def _processes_of(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in process.cwd() or f"killed-client-{os.getpid()}" in process.cmdline():
                found.append(str(process))
        except psutil.Error:
            continue
    return found
