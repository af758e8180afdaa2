"""Runs are groups of files that fit together."""

from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.intake.grouping import RunLimits, Waiting, group_into_runs

LIMITS = RunLimits(max_files=3, max_bytes=100)
WAITING = st.builds(
    Waiting,
    job_id=st.uuids().map(str),
    partition_key=st.text(),
    size=st.integers(0, 200),
    place=st.none() | st.integers(0, 50),
    is_suspect=st.booleans(),
)
JOBS = st.lists(WAITING, unique_by=lambda each: each.place if each.place is not None else each.job_id)
FINISHED = st.sets(st.integers(0, 50))


def group(waiting, finished=frozenset()):
    return group_into_runs(waiting, LIMITS, lambda a, b: all(place in finished for place in range(a + 1, b)))


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
        assert not any(each.is_suspect for each in run)
        places = [each.place for each in run]
        if None in places:
            assert set(places) == {None}, "new and old partitions never form a range"
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
