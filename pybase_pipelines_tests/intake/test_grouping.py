"""Runs are groups of files in order of arrival."""

from hypothesis import given
from hypothesis import strategies as st

from pybase_pipelines.intake.grouping import RunLimits, Waiting, group_into_runs

LIMITS = RunLimits(max_files=3, max_bytes=100)
JOBS = st.lists(
    st.builds(
        Waiting, job_id=st.uuids().map(str), partition_key=st.text(), size=st.integers(0, 200), is_new=st.booleans()
    )
)


@given(JOBS)
def test_every_job_is_in_exactly_one_run(waiting):
    ids = [each.job_id for group in group_into_runs(waiting, LIMITS) for each in group]
    assert sorted(ids) == sorted(each.job_id for each in waiting)


@given(JOBS)
def test_a_run_keeps_to_its_limits_and_shares_only_new_partitions(waiting):
    for group in group_into_runs(waiting, LIMITS):
        assert group
        if len(group) > 1:
            assert len(group) <= LIMITS.max_files
            assert sum(each.size for each in group) <= LIMITS.max_bytes
            assert all(each.is_new for each in group)


@given(JOBS)
def test_a_run_keeps_the_order_of_arrival(waiting):
    place = {each.job_id: n for n, each in enumerate(waiting)}
    for group in group_into_runs(waiting, LIMITS):
        places = [place[each.job_id] for each in group]
        assert places == sorted(places)


def test_a_big_file_runs_alone():
    big = Waiting("big", "b", 101, is_new=True)
    small = [Waiting(str(n), str(n), 1, is_new=True) for n in range(2)]
    assert group_into_runs([small[0], big, small[1]], LIMITS) == [(big,), (small[0], small[1])]
