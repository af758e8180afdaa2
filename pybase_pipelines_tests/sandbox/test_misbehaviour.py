"""Whatever an extractor does: the outcome says what happened, the next file is served, nothing is left behind."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

import pytest

from pybase_pipelines.formats.table import Format
from pybase_pipelines.sandbox.child import Kit
from pybase_pipelines.sandbox.messages import Order
from pybase_pipelines.sandbox.watch import Watch
from pybase_pipelines_tests.sandbox.conftest import TIGHT, Trial, processes_with, read

ORDER = Order(number=1, path_hex="", name="", source_path="", options={}, format=None, environment={})


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
        (["fork_bomb"], "limit_exceeded", ["(fork)", "'fork_bomb'", "may not start processes"], "SIGSYS"),
        (["fork_bomb_in_c"], "limit_exceeded", ["(fork)", "'fork_bomb_in_c'"], "SIGSYS"),
        (["start_program"], "limit_exceeded", ["what none may do", "/bin/true"], None),
        (["start_programs_in_c"], "extractor_timeout", ["no sign of life"], "SIGKILL"),
        (["open_files 100"], "limit_exceeded", ["64 files", "open at once"], None),
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
        ("fork_bomb", "limit_exceeded", "fork_bomb"),
        ("fail recursion", "limit_exceeded", "fail"),
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


@pytest.mark.parametrize("act", ["write_many 20", "make_many 4000"])
def test_a_full_scratch_folder_is_told_as_such_whichever_clock_rings_first(make_trial, act):
    trial = make_trial(replace(TIGHT, stall_seconds=30, wall_seconds=30))
    error = trial.run(act).envelope.error
    assert (error.code, error.detail["signal"]) == ("limit_exceeded", "SIGKILL")
    assert "8,388,608 bytes of files" in error.message


@pytest.mark.parametrize("clock", ["wall", "stall"])
def test_a_clock_that_rings_finds_the_full_scratch_folder(tmp_path, clock):
    (tmp_path / "big").write_bytes(b"x" * (13 << 20))
    clocks = {"wall_seconds": 0.0} if clock == "wall" else {"stall_seconds": 0.0}
    watch = Watch(ORDER, Kit(None, None, None), replace(TIGHT, **clocks), tmp_path, -1, -1, -1, 0)
    assert watch.overdue(time.monotonic()) == "scratch"
    (tmp_path / "big").unlink()
    assert watch.overdue(time.monotonic()) == clock


def test_a_result_of_a_gigabyte_is_refused_as_such_and_not_as_a_lack_of_memory(make_trial):
    trial = make_trial(replace(TIGHT, wall_seconds=30, stall_seconds=30, cpu_seconds=30))
    outcome = trial.run("huge_result 1024")
    assert outcome.envelope.error.code == "limit_exceeded"
    assert "result is too large to be written within the memory limit of 160 MiB" in outcome.envelope.error.message
    assert trial.run("items 1").envelope.success


def test_a_result_over_its_limit_is_refused_by_its_size_and_what_was_kept_before_stays(make_trial):
    trial = make_trial(replace(TIGHT, memory_bytes=1 << 30, wall_seconds=60, stall_seconds=60, cpu_seconds=60))
    outcome = trial.run("items 3", "checkpoint", "huge_result 64")
    assert outcome.envelope.is_partial
    assert outcome.counts["items"] == 3
    (warning,) = outcome.envelope.warnings
    assert (warning.code, warning.where) == ("limit_exceeded", "result")
    assert "the limit is 4,194,304" in warning.message


def test_threads_are_no_processes(trial: Trial):
    assert sorted(read(trial.run("start_threads 5"))["items"]) == [0, 1, 2, 3, 4]


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


def test_a_long_stage_is_kept_as_far_as_it_came(make_trial):
    trial = make_trial(replace(TIGHT, wall_seconds=30, stall_seconds=30))
    outcome = trial.run("items 3", "beat 30", "segfault")
    assert outcome.envelope.is_partial, "nobody asked for a checkpoint, but there was time for one"
    assert outcome.counts["items"] == 3


@pytest.mark.parametrize("act", ["fork_and_hang", "leave_grandchildren"])
def test_what_an_extractor_that_may_start_processes_leaves_dies_with_it_even_if_it_flees_from_its_group(
    trial: Trial, act
):
    mark = str(uuid.uuid4())
    outcome = trial.run(f"{act} {mark}", "items 1", format=Format.WERK24)
    assert outcome.stage in ("fork_and_hang", "result"), "it was let to do so"
    trial.run("items 1")  # the launcher has collected everything by the time it serves again
    assert processes_with(mark) == []


@pytest.mark.parametrize("act", ["fork_and_hang", "leave_grandchildren"])
def test_any_other_extractor_starts_none(trial: Trial, act):
    outcome = trial.run(f"{act} {uuid.uuid4()}")
    assert outcome.envelope.error.code == "limit_exceeded"
    assert "what none may do" in outcome.envelope.error.message
