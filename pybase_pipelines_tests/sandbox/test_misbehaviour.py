"""Whatever an extractor does: the outcome says what happened, the next file is served, nothing is left behind."""

from __future__ import annotations

import uuid

import pytest

from pybase_pipelines_tests.sandbox.conftest import Trial, processes_with, read


@pytest.mark.parametrize(
    ("acts", "code", "words", "signal"),
    [
        (["segfault"], "extractor_crashed", ["SIGSEGV", "'segfault'"], "SIGSEGV"),
        (["abort"], "extractor_crashed", ["SIGABRT", "'abort'"], "SIGABRT"),
        (["sleep"], "extractor_timeout", ["no sign of life", "'sleep'"], "SIGKILL"),
        (["sleep_in_c"], "extractor_timeout", ["no sign of life"], "SIGKILL"),
        (["spin"], "extractor_timeout", ["no sign of life"], "SIGKILL"),
        (["beat 300"], "extractor_timeout", ["stopped after 4 s", "'beat'"], "SIGKILL"),
        (["eat_memory"], "out_of_memory", ["memory limit", "'eat_memory'"], None),
        (["eat_memory_in_c"], "out_of_memory", ["'eat_memory_in_c'", "MiB in use"], "SIGSEGV"),
        (["kill"], "out_of_memory", ["short of memory"], "SIGKILL"),
        (["write 1000"], "limit_exceeded", ["8,388,608"], None),
        (["write_many 20"], "limit_exceeded", ["'write_many'"], "SIGKILL"),
        (["exit 0"], "extractor_crashed", ["without a result", "exit code 0"], None),
        (["exit 3"], "extractor_crashed", ["without a result", "exit code 3"], None),
        (["sys_exit"], "extractor_crashed", ["without a result"], None),
        (["half_a_result"], "extractor_crashed", ["without a result"], None),
        (["items 700000"], "limit_exceeded", ["4,194,304"], None),
        (["fail corrupted"], "corrupted_file", ["as told"], None),
        (["fail strange"], "internal_error", ["StrangeError", "as told"], None),
        (["fail recursion"], "limit_exceeded", ["nests"], None),
        (["import no_such_library"], "library_missing", ["no_such_library"], None),
    ],
)  # fmt: skip
def test_the_failure_says_what_happened_and_the_next_file_is_served(trial: Trial, acts, code, words, signal):
    bad, good = trial.sandbox.run([trial.request(*acts), trial.request("items 2")])
    assert bad.envelope.error is not None
    assert bad.envelope.error.code == code
    for word in words:
        assert word in bad.envelope.error.message
    assert bad.signal == signal
    assert bad.wall_seconds < 8
    result = read(bad)
    assert (result["success"], result["metadata"], result["error"]["code"]) == (False, {}, code)
    assert (result["source_path"], result["source_type"]) == ("s3://bucket/trial.pdf", "pdf")
    assert (result["detection"]["version"], result["extractor"]["version"]) == ("1.7", "7")
    assert good.envelope.success
    assert read(good)["items"] == [0, 1]
    assert trial.scratch_folders() == []


@pytest.mark.parametrize(
    ("end", "code", "where"),
    [
        ("segfault", "extractor_crashed", "segfault"),
        ("sleep_in_c", "extractor_timeout", "sleep_in_c"),
        ("eat_memory", "out_of_memory", "eat_memory"),
        ("exit 0", "extractor_crashed", "exit"),
        ("fail strange", "internal_error", "fail"),
    ],
)
def test_what_was_read_before_the_end_is_kept_as_a_partial_result(trial: Trial, end, code, where):
    outcome = trial.run("items 3", "partial", "checkpoint", "items 4", end)
    envelope = outcome.envelope
    assert envelope.success
    assert envelope.is_partial
    assert envelope.error is None
    assert [w.code for w in envelope.warnings] == ["missing", code]
    assert envelope.warnings[-1].where == where
    assert "missing" in envelope.warnings[-1].message
    result = read(outcome)
    assert result["items"] == [0, 1, 2]
    assert result["warnings"][-1]["code"] == code
    assert outcome.counts == {"metadata": 0, "items": 3}
    assert envelope.timings["items"] >= 0


def test_a_checkpoint_that_holds_nothing_is_not_sold_as_a_success(trial: Trial):
    assert trial.run("checkpoint", "segfault").envelope.error.code == "extractor_crashed"


def test_a_file_at_fault_is_a_failure_even_after_a_checkpoint(trial: Trial):
    assert trial.run("items 3", "checkpoint", "fail corrupted").envelope.error.code == "corrupted_file"


def test_a_crash_tells_its_circumstances(trial: Trial):
    outcome = trial.run("print 1", "segfault")
    detail = outcome.envelope.error.detail
    assert (detail["signal"], detail["stage"]) == ("SIGSEGV", "segfault")
    assert detail["peak_memory_bytes"] > 1_000_000
    assert detail["cpu_seconds"] > 0
    assert "the last words" in detail["output_tail"]
    assert "_segfault" in detail["output_tail"], "the Python lines of the crash"


def test_megabytes_of_output_are_cut_to_their_tail(trial: Trial):
    outcome = trial.run("print 5", "items 1")
    assert outcome.envelope.success
    assert outcome.output_tail.rstrip().endswith("the last words")
    assert len(outcome.output_tail) <= 16 * 1024


def test_closed_pipes_do_not_cost_the_result(trial: Trial):
    outcome = trial.run("close_everything", "items 2")
    assert outcome.envelope.success
    assert outcome.counts["items"] == 2


@pytest.mark.parametrize("act", ["fork_and_hang", "leave_grandchildren"])
def test_what_an_extractor_starts_dies_with_it_even_if_it_flees_from_its_group(trial: Trial, act):
    mark = str(uuid.uuid4())
    trial.run(f"{act} {mark}", "items 1")
    trial.run("items 1")  # the launcher has collected everything by the time it serves again
    assert processes_with(mark) == []
