"""Which jobs read the same bytes in the same way before, so that their results can be taken over.

What belongs here: finding such a job. What does not: copying its result, which lies in the object store
(`orchestration.duplicates`).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from pybase_pipelines.ledger.access import LedgerAccess, chunk
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.records import TwinKey
from pybase_pipelines.ledger.states import Status
from pybase_pipelines.ledger.views import JobView


class JobTwins(LedgerAccess):
    """The part of the job service that spares a run what was done before."""

    def find_twin(
        self, content_hash: str, extractor_name: str, extractor_version: str, options_hash: str
    ) -> JobView | None:
        """A completed job with the same content, extractor and options, whose result can be taken over."""
        key = TwinKey(content_hash, extractor_name, extractor_version, options_hash)
        job_id = self.find_twins([key]).get(key)
        if job_id is None:
            return None
        with self.reading() as session:
            job = session.get(ExtractionJob, job_id)
            return JobView.model_validate(job) if job is not None else None

    def find_twins(self, keys: Iterable[TwinKey]) -> dict[TwinKey, str]:
        """The id of such a job for each key that has one; the one that really read the file before its copies.

        A partial result is none to take over: another try may read more.
        """
        wanted = set(keys)
        columns = (
            ExtractionJob.content_hash,
            ExtractionJob.extractor_name,
            ExtractionJob.extractor_version,
            ExtractionJob.options_hash,
        )
        best_first = (ExtractionJob.duplicate_of.is_not(None), ExtractionJob.completed_at.desc())
        rank = func.row_number().over(partition_by=columns, order_by=best_first).label("rank")
        found: dict[TwinKey, str] = {}
        with self.reading() as session:
            for part in chunk(sorted({key.content_hash for key in wanted})):
                ranked = (
                    select(*columns, ExtractionJob.id, rank)
                    .where(
                        ExtractionJob.content_hash.in_(part),
                        ExtractionJob.status == Status.COMPLETED,
                        ExtractionJob.is_partial.is_(False),
                    )
                    .subquery()
                )
                # The database picks one of each: a standard logo may have been uploaded ten thousand times.
                for row in session.execute(select(ranked).where(ranked.c.rank == 1)):
                    key = TwinKey(*(str(value) for value in row[:4]))
                    if key in wanted:
                        found[key] = row.id
        return found
