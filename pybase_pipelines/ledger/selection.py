"""Which jobs a person means: one filter for listing, counting and changing many of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func

from pybase_pipelines.errors import RequestError
from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.states import Status


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Every condition that is given must hold; without any, all jobs are meant."""

    job_ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    format: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    error_code: str | None = None
    record_id: str | None = None
    is_partial: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a status that is none.

        Raises:
            RequestError: the message lists those that are.
        """
        for status in self.statuses:
            if status not in set(Status):
                raise RequestError(f"'{status}' is no status. There are: {', '.join(Status)}.")

    @property
    def is_empty(self) -> bool:
        return self == JobFilter()

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        found: list[ColumnElement[bool]] = []
        if self.job_ids:
            found.append(ExtractionJob.id.in_(self.job_ids))
        if self.statuses:
            found.append(ExtractionJob.status.in_(self.statuses))
        if self.prefix:
            # Not LIKE, which ignores case on SQLite.
            found.append(func.substr(ExtractionJob.object_key, 1, len(self.prefix)) == self.prefix)
        values = {
            ExtractionJob.format: self.format,
            ExtractionJob.bucket: self.bucket,
            ExtractionJob.error_code: self.error_code,
            ExtractionJob.record_id: self.record_id,
            ExtractionJob.is_partial: self.is_partial,
        }
        return (*found, *(column == value for column, value in values.items() if value is not None))
