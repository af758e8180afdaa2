"""The cursor of discovery: progress that may be lost, and never grows."""

from datetime import UTC, datetime, timedelta

import pytest

from pybase_pipelines.intake.walks import MOST_FAILURES, REST, DiscoveryCursor, SourceProgress, Walk, make_source_id

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WALK = Walk(walk_id="w", started_at=NOW)


def test_a_walk_goes_page_by_page_and_then_looks_for_what_was_not_shown():
    walk = WALK.after_page("t1", seen=3, new=1, missed=0).after_page("t2", seen=3, new=0, missed=0)
    assert (walk.token, walk.pages, walk.seen, walk.new, walk.is_listed) == ("t2", 2, 6, 1, False)
    walk = walk.after_page(None, seen=1, new=0, missed=0)
    assert (walk.token, walk.is_listed) == (None, True)
    assert walk.after_look("k", 2).looked_until == "k"


def test_a_walk_that_failed_once_says_so_to_its_end_and_begins_anew_after_several_failures():
    walk = WALK.after_failure()
    assert walk is not None
    assert walk.after_page("t", seen=0, new=0, missed=0).has_failed
    for _ in range(MOST_FAILURES - 2):
        walk = walk.after_failure()
        assert walk is not None
    assert walk.after_failure() is None


def test_a_source_rests_between_walks_and_never_in_the_middle_of_one():
    rested = SourceProgress(walks=1, walked_at=NOW)
    hour = timedelta(hours=1)
    assert SourceProgress().is_due(NOW, hour)
    assert not rested.is_due(NOW + timedelta(minutes=59), hour)
    assert rested.is_due(NOW + hour, hour)
    assert SourceProgress(walks=1, walked_at=NOW, walk=WALK).is_due(NOW, hour)


def test_a_dear_walk_is_followed_by_a_rest_and_a_cheap_one_by_the_next():
    dear = SourceProgress(walk=WALK.after_step(5).after_step(5)).complete(NOW)
    assert not dear.is_due(NOW + timedelta(seconds=10 * REST - 1), timedelta(0))
    assert dear.is_due(NOW + timedelta(seconds=10 * REST), timedelta(0))
    cheap = SourceProgress(walks=1, walk=WALK.after_step(0.5)).complete(NOW)
    assert cheap.is_due(NOW, timedelta(0))
    assert cheap.walks == 2


def test_a_walk_under_way_never_rests():
    assert SourceProgress(walk=WALK.after_step(1000), rests_until=NOW + timedelta(days=1)).is_due(NOW, timedelta(0))


@pytest.mark.parametrize("text", [None, "", "nonsense", '{"version": 1, "bucket": "other", "token": "t"}', "[]"])
def test_a_strange_cursor_starts_fresh_walks(text):
    assert DiscoveryCursor.read(text, ["a"]) == DiscoveryCursor(sources={"a": SourceProgress()})


def test_a_cursor_forgets_sources_that_are_no_longer_watched():
    cursor = DiscoveryCursor(sources={"a": SourceProgress(walks=3), "b": SourceProgress(walk=WALK)})
    assert DiscoveryCursor.read(cursor.model_dump_json(), ["a"]).sources == {"a": SourceProgress(walks=3)}


def test_fifty_sources_in_the_middle_of_walks_make_a_cursor_of_bounded_size():
    walk = WALK.model_copy(update={"token": "t" * 1500, "looked_until": "k" * 1024})
    cursor = DiscoveryCursor(sources={make_source_id("b", str(n)): SourceProgress(walk=walk) for n in range(50)})
    assert len(cursor.model_dump_json()) < 200_000
