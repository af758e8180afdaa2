"""Extractors that nobody asks for a while, because the outside service behind them has no credits left.

Its jobs stay pending, with the reason, until one of them may probe whether there are credits again; the others follow
a little later, so that the probe burns one call and no more. Nothing of it counts as a retry of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from pybase_pipelines.errors import QuotaExhausted
from pybase_pipelines.ledger.access import AFTER_THE_PROBE, LedgerAccess, lock_all
from pybase_pipelines.ledger.model import ExtractionJob, ExtractorPause
from pybase_pipelines.ledger.states import Status


@dataclass(frozen=True, slots=True)
class Pause:
    """An extractor is left alone until then."""

    extractor_name: str
    until: datetime
    reason: str


class JobPauses(LedgerAccess):
    """The part of the job service that knows which extractors are paused."""

    def pause_extractor(self, extractor_name: str, reason: str, *, probe_id: str) -> Pause:
        """Leave an extractor alone from now on, with all its pending jobs; one of them probes when the time is up."""
        pause = Pause(extractor_name, self.clock() + self.quota_pause, reason)
        with self.writing() as session:
            dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
            values = {"until": pause.until, "reason": reason}
            statement = dialect.insert(ExtractorPause).values(extractor_name=extractor_name, **values)
            session.execute(statement.on_conflict_do_update(index_elements=["extractor_name"], set_=values))
            for job in lock_all(session, ExtractionJob.status == Status.PENDING, _is_of(extractor_name)):
                if job.id == probe_id:
                    job.next_retry_at = pause.until
                else:
                    set_aside(job, pause)
        return pause

    def find_pauses(self) -> dict[str, Pause]:
        """The extractors that are paused now, by name; a pause that would last too long is of a clock set back."""
        now = self.clock()
        is_on = (ExtractorPause.until > now) & (ExtractorPause.until <= now + self.longest_wait)
        statement = select(ExtractorPause).where(is_on)
        with self.reading() as session:
            rows = session.scalars(statement.order_by(ExtractorPause.extractor_name))
            return {row.extractor_name: Pause(row.extractor_name, row.until, row.reason) for row in rows}

    def resume_extractor(self, extractor_name: str) -> int:
        """End a pause, as when somebody bought credits; the answer is how many jobs are due now."""
        with self.writing() as session:
            session.execute(delete(ExtractorPause).where(ExtractorPause.extractor_name == extractor_name))
            is_paused = (ExtractionJob.error_code == QuotaExhausted.code) & ExtractionJob.next_retry_at.is_not(None)
            jobs = lock_all(session, ExtractionJob.status == Status.PENDING, is_paused, _is_of(extractor_name))
            for job in jobs:
                job.next_retry_at = None
            return len(jobs)


def set_aside(job: ExtractionJob, pause: Pause) -> None:
    """Let a pending job wait for the end of a pause, and say why. The caller holds the row's lock."""
    job.extractor_name = pause.extractor_name  # so that it is found again when the pause is ended by hand
    job.next_retry_at = pause.until + AFTER_THE_PROBE
    job.error_code, job.error_hint = QuotaExhausted.code, QuotaExhausted.default_hint
    job.error_message = f"The extractor {pause.extractor_name} is paused: {pause.reason}"


def _is_of(extractor_name: str) -> ColumnElement[bool]:
    return or_(ExtractionJob.extractor == extractor_name, ExtractionJob.extractor_name == extractor_name)
