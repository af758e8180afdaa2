"""A listing's decisions: what matters, what waits, where it goes on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from pybase_pipelines.intake.listing import ListingRules, choose_uploads
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


def test_only_what_is_asked_for_is_taken_and_what_is_ignored_wins():
    keys = [Listed("in/a.pdf"), Listed("in/a.txt"), Listed("in/old/b.PDF")]
    assert chosen(*keys, include_globs=("*.pdf",)) == ["in/a.pdf", "in/old/b.PDF"]
    assert chosen(*keys, include_globs=("*.pdf",), ignore_globs=("in/old/*",)) == ["in/a.pdf"]
    assert len(chosen(*keys)) == 3
