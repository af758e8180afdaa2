"""Counts over the whole ledger, for people, the API and `stats`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pybase_pipelines.ledger.access import CURRENT
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.pauses import JobPauses
from pybase_pipelines.ledger.states import FINISHED, Status
from pybase_pipelines.ledger.views import LedgerStats


class JobStatistics(JobPauses):
    """The part of the job service that counts."""

    def stats(self) -> LedgerStats:
        """Counts by status, format and error code, and what waits."""
        paused = {name: pause.until for name, pause in self.find_pauses().items()}
        now = self.clock()
        is_pending = ExtractionJob.status == Status.PENDING
        is_finished = ExtractionJob.status.in_(FINISHED)
        with self.reading() as session:
            by_both = _count_by_format_and_status(session)
            by_status = _count_by(session, ExtractionJob.status)
            return LedgerStats(
                total=sum(by_status.values()),
                by_status={status: by_status.get(status, 0) for status in Status},
                by_format={format_: sum(counts.values()) for format_, counts in by_both.items()},
                by_format_and_status=by_both,
                by_error_code=_count_by(session, ExtractionJob.error_code),
                partial=_count(session, CURRENT, ExtractionJob.is_partial.is_(True)),
                copied=_count(session, CURRENT, ExtractionJob.duplicate_of.is_not(None)),
                waiting_for_retry=_count(session, is_pending, ExtractionJob.next_retry_at.is_not(None)),
                next_retry_at=session.scalar(select(func.min(ExtractionJob.next_retry_at)).where(is_pending)),
                oldest_pending_at=session.scalar(select(func.min(ExtractionJob.created_at)).where(is_pending)),
                finished_last_hour=_count(session, is_finished, ExtractionJob.completed_at > now - timedelta(hours=1)),
                finished_last_day=_count(session, is_finished, ExtractionJob.completed_at > now - timedelta(days=1)),
                file_bytes=_sum(session, ExtractionJob.file_size),
                cpu_seconds=round(float(_sum(session, ExtractionJob.total_cpu_seconds)), 1),
                paused=paused,
                superseded=_count(session, ExtractionJob.superseded_at.is_not(None)),
                deleted=_count(session, ExtractionJob.deleted_at.is_not(None)),
            )


def _count(session: Session, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(ExtractionJob).where(*conditions)) or 0


def _sum(session: Session, column: Any) -> Any:
    return session.scalar(select(func.coalesce(func.sum(column), 0)).where(CURRENT)) or 0


def _count_by(session: Session, column: Any) -> dict[str, int]:
    statement = select(column, func.count()).where(CURRENT, column.is_not(None)).group_by(column)
    return {value: count for value, count in session.execute(statement.order_by(column))}


def _count_by_format_and_status(session: Session) -> dict[str, dict[str, int]]:
    columns = (ExtractionJob.format, ExtractionJob.status)
    statement = select(*columns, func.count()).where(CURRENT, ExtractionJob.format.is_not(None)).group_by(*columns)
    found: dict[str, dict[str, int]] = {}
    for format_, status, count in session.execute(statement.order_by(*columns)):
        found.setdefault(str(format_), {})[status] = count
    return found
