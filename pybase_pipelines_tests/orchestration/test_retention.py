"""Old runs go, and what the UI shows of a file stays."""

from datetime import UTC, datetime, timedelta

from pybase_pipelines.orchestration.retention import find_old_runs, purge_history_job
from pybase_pipelines_tests.files import make_pdf

SOON = timedelta(minutes=1)


def purge(world, **config) -> dict:
    result = purge_history_job.execute_in_process(
        instance=world.instance, run_config={"ops": {"purge_runs": {"config": config}}}
    )
    return result.output_for_node("purge_runs")


def test_only_runs_that_nothing_shown_depends_on_can_go(world):
    world.put("a.pdf", make_pdf("one"))
    (first,) = world.process()
    world.put("a.pdf", make_pdf("two"))
    (second,) = world.process()
    world.put("bad.pdf", b"")
    (failed,) = world.process()
    old, kept = find_old_runs(world.instance, datetime.now(UTC) + SOON)
    assert old == [first.run_id]
    assert kept == 2
    assert find_old_runs(world.instance, datetime.now(UTC) - SOON) == ([], 0)
    assert purge(world, older_than_days=-1)["runs"] >= 1
    assert world.instance.get_run_by_id(first.run_id) is not None, "a dry run removes nothing"
    purge(world, older_than_days=-1, dry_run=False)
    assert world.instance.get_run_by_id(first.run_id) is None
    assert world.instance.get_run_by_id(second.run_id) is not None
    assert world.instance.get_run_by_id(failed.run_id) is not None
    assert world.materialized() == {world.partition("a.pdf")}
