"""A listing's decisions: what matters, what waits, where it goes on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from pybase_pipelines.intake.listing import ListingCursor, ListingRules, choose_uploads
from pybase_pipelines.settings import Settings

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Listed:
    object_key: str
    size: int = 10
    modified_at: datetime = NOW - timedelta(hours=1)


def chosen(*objects: Listed, **rules) -> list[str]:
    return [each.object_key for each in choose_uploads(objects, ListingRules(**rules), NOW)]


def test_folder_markers_are_no_uploads_but_empty_files_are():
    assert chosen(Listed("drawings/", size=0), Listed("drawings/empty.pdf", size=0)) == ["drawings/empty.pdf"]


def test_our_own_result_documents_are_never_uploads():
    assert chosen(Listed(".pybase/results/1.json.gz"), Listed("a.pdf"), own_prefix=".pybase/results/") == ["a.pdf"]


@pytest.mark.parametrize(
    "key", ["a.part", "deep/b.TMP", "~$lock.dwg", "x/~$lock.dwg", "x/.DS_Store", "plan.dwl", "old/plan.BAK"]
)
def test_temporary_and_lock_files_are_ignored_by_default(key):
    assert chosen(Listed(key), ignore_globs=Settings().ignore_globs) == []


def test_a_young_object_waits():
    young = Listed("a.pdf", modified_at=NOW - timedelta(seconds=5))
    assert chosen(young, minimum_age=timedelta(seconds=30)) == []
    assert chosen(young, minimum_age=timedelta(seconds=5)) == ["a.pdf"]


def test_the_cursor_moves_page_by_page_and_starts_over_after_the_last():
    cursor = ListingCursor.read(None, "b", "").advance("t1").advance("t2")
    assert (cursor.token, cursor.pages, cursor.walks) == ("t2", 2, 0)
    cursor = ListingCursor.read(cursor.model_dump_json(), "b", "").advance(None)
    assert (cursor.token, cursor.pages, cursor.walks) == (None, 0, 1)


@pytest.mark.parametrize("text", ["", "nonsense", '{"version": 2}', '{"version": 1, "bucket": "other", "token": "t"}'])
def test_a_strange_cursor_starts_a_fresh_walk(text):
    assert ListingCursor.read(text, "b", "p/") == ListingCursor(bucket="b", prefix="p/")
