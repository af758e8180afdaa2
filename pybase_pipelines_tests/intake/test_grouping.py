"""Runs are groups of files that fit together."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.intake.grouping import RunLimits, Waiting, group_into_runs, order_fairly

LIMITS = RunLimits(max_files=3, max_bytes=100, max_seconds=50)
WAITING = st.builds(
    Waiting,
    job_id=st.uuids().map(str),
    partition_key=st.text(),
    size=st.integers(0, 200),
    place=st.none() | st.integers(0, 50),
    is_suspect=st.booleans(),
    kind=st.sampled_from(["pdf", "step", "ifc"]),
    seconds=st.floats(0, 60),
    priority=st.sampled_from([100, 200]),
)
JOBS = st.lists(WAITING, unique_by=lambda each: each.place if each.place is not None else each.job_id)
FINISHED = st.sets(st.integers(0, 50))


def group(waiting, finished=frozenset()):
    return list(group_into_runs(waiting, LIMITS, lambda a, b: all(place in finished for place in range(a + 1, b))))


@given(JOBS, FINISHED)
def test_every_job_is_in_exactly_one_run(waiting, finished):
    ids = [each.job_id for run in group(waiting, finished) for each in run]
    assert sorted(ids) == sorted(each.job_id for each in waiting)


@given(JOBS, FINISHED)
def test_a_shared_run_keeps_to_its_limits_and_covers_only_its_own_files_and_finished_ones(waiting, finished):
    for run in group(waiting, finished):
        if len(run) == 1:
            continue
        assert len(run) <= LIMITS.max_files
        assert sum(each.size for each in run) <= LIMITS.max_bytes
        assert sum(each.seconds for each in run) <= LIMITS.max_seconds
        assert not any(each.is_suspect for each in run)
        places = [each.place for each in run]
        if None in places:
            assert set(places) == {None}, "new and old partitions never form a range"
            assert len({each.priority for each in run}) == 1
        else:
            assert set(range(places[0], places[-1] + 1)) <= set(places) | finished


@given(JOBS)
def test_new_files_keep_their_order_of_arrival(waiting):
    order = {each.job_id: n for n, each in enumerate(waiting)}
    for run in group(waiting):
        if run[0].place is None:
            assert [order[each.job_id] for each in run] == sorted(order[each.job_id] for each in run)


def test_a_big_file_runs_alone():
    big = Waiting("big", "b", 101)
    small = [Waiting(str(n), str(n), 1) for n in range(2)]
    assert group([small[0], big, small[1]]) == [(big,), (small[0], small[1])]


def test_retries_of_a_run_that_died_share_a_run_again():
    retries = [Waiting(str(place), str(place), 1, place=place) for place in (4, 7, 5)]
    assert group(retries, finished={6}) == [(retries[0], retries[2], retries[1])]
    assert group(retries) == [(retries[0], retries[2]), (retries[1],)]


def test_a_mass_upload_waits_behind_the_rest_when_it_is_new_and_shares_runs_when_it_comes_back():
    new = [Waiting(str(n), str(n), 1, priority=priority) for n, priority in enumerate((100, 200))]
    assert group(new) == [(new[0],), (new[1],)]
    back = [replace(each, place=place) for place, each in enumerate(new)]
    assert group(back) == [tuple(back)]


def test_a_file_that_is_expected_to_take_long_runs_alone():
    model = Waiting("model", "m", 1, seconds=51)
    sheets = [Waiting(str(n), str(n), 1, seconds=20) for n in range(3)]
    assert group([sheets[0], model, *sheets[1:]]) == [(model,), tuple(sheets[:2]), (sheets[2],)]


@given(JOBS)
def test_fair_order_loses_nobody_and_keeps_the_order_within_a_format_and_priority(waiting):
    ordered = order_fairly(waiting)
    assert sorted(each.job_id for each in ordered) == sorted(each.job_id for each in waiting)
    assert [each.priority for each in ordered] == sorted(each.priority for each in waiting)
    order = {each.job_id: n for n, each in enumerate(waiting)}
    for kind in ("pdf", "step", "ifc"):
        for priority in (100, 200):
            lane = [order[e.job_id] for e in ordered if (e.kind, e.priority) == (kind, priority)]
            assert lane == sorted(lane)


def test_a_few_models_behind_a_flood_of_sheets_come_early():
    sheets = [Waiting(f"pdf{n}", f"pdf{n}", 1, kind="pdf", seconds=0.5) for n in range(1000)]
    models = [Waiting(f"step{n}", f"step{n}", 1, kind="step", seconds=5) for n in range(3)]
    first = [each.job_id for each in order_fairly([*sheets, *models])[:40]]
    assert [job_id for job_id in first if job_id.startswith("step")] == ["step0", "step1", "step2"]


def test_new_files_and_those_that_come_back_take_turns():
    new = [Waiting(f"n{n}", f"n{n}", 1) for n in range(9)]
    back = [Waiting(f"b{n}", f"b{n}", 1, place=10 * n) for n in range(3)]
    assert ["n" in run[0].job_id for run in group([*new, *back])] == [True, False, True, False, True, False]
