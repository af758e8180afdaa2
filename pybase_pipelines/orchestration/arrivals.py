"""Objects that were seen, by a listing or because a message told of them, become jobs. Knows no Dagster.

What belongs here: which of them are ours, which are held back at the first start, which have to wait behind others.
How they are seen is told in `discovery` and `messages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pybase_pipelines.intake.instructions import name_file, split_sidecars
from pybase_pipelines.intake.listing import ListingRules
from pybase_pipelines.ledger.model import DEFAULT_PRIORITY
from pybase_pipelines.ledger.records import Sidecar, Upload
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines.object_store.store import ListedObject
from pybase_pipelines.settings import Settings, Source

FLOOD_PRIORITY = 2 * DEFAULT_PRIORITY
FIRST_START_MARGIN = timedelta(minutes=5)
"""The store's clock may be behind ours: what came shortly before the first start counts as having come after it."""
HELD_BACK = "It was there before its bucket was first watched, and PYBASE_FIRST_START says to register it only."


class Arrivals:
    """Makes jobs of what one source shows."""

    def __init__(self, ledger: ExtractionJobService, settings: Settings, source: Source) -> None:
        self._ledger = ledger
        self._settings = settings
        self._source = source
        self.rules = ListingRules(
            include_globs=source.include,
            ignore_globs=settings.ignore_globs + source.ignore,
            own_prefix=settings.results_prefix,
            minimum_age=timedelta(seconds=settings.minimum_age_seconds),
        )

    def register(self, objects: Sequence[ListedObject], *, seen_now: bool = True) -> list[Upload]:
        """Register what the ledger does not know; the answer is what is to be extracted of it.

        Sidecars are no files: one that came or changed after its file was read makes a new job for the file.
        """
        objects, sidecars = split_sidecars(objects)
        new = self._register_files(objects, seen_now)
        if sidecars and self._settings.read_sidecars:
            bucket = self._source.bucket
            self._ledger.register_sidecars(Sidecar(bucket, name_file(each.object_key), each.etag) for each in sidecars)
        return new

    def _register_files(self, objects: Sequence[ListedObject], seen_now: bool) -> list[Upload]:
        uploads = [self._make_upload(each, DEFAULT_PRIORITY) for each in objects]
        unknown = {upload.object_key for upload in self._ledger.find_unknown(uploads)}
        if not unknown:
            return []
        priority = self._choose_priority()
        wanted = [self._make_upload(each, priority) for each in objects if each.object_key in unknown]
        old = self._find_old(wanted)
        new = [each for each in wanted if each.object_key not in old]
        self._ledger.register_uploads(new, seen_now=seen_now)
        if self._settings.first_start == "register":
            held = [each for each in wanted if each.object_key in old]
            self._ledger.register_uploads(held, seen_now=seen_now, hold_back=HELD_BACK)
        return new

    def _choose_priority(self) -> int:
        """Behind all others once enough of a mass upload waits, so that a later single file does not wait for it."""
        most = self._settings.flood_files
        return FLOOD_PRIORITY if self._ledger.count_waiting(DEFAULT_PRIORITY, most) >= most else DEFAULT_PRIORITY

    def _find_old(self, uploads: Sequence[Upload]) -> set[str]:
        """What was there before the source was first watched, where that is not to be extracted."""
        if self._settings.first_start == "extract":
            return set()
        since = self._ledger.note_source(self._source.bucket, self._source.prefix) - FIRST_START_MARGIN
        return {each.object_key for each in uploads if each.uploaded_at is not None and each.uploaded_at < since}

    def _make_upload(self, listed: ListedObject, priority: int) -> Upload:
        return Upload(
            self._source.bucket,
            listed.object_key,
            etag=listed.etag,
            version_id=listed.version_id,
            size=listed.size,
            uploaded_at=listed.modified_at,
            priority=priority,
            max_retries=self._settings.max_retries,
        )
