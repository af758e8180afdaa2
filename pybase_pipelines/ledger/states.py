"""The states of a job and which change is allowed from where: one table.

pending ──claim──► processing ──► completed | failed | cancelled; back to pending by a retry, a release or a requeue.
What does not belong here: when something is tried again (`retries`) and who holds a job (`claims`).
"""

from __future__ import annotations

from enum import StrEnum

from pybase_pipelines.errors import InvalidTransition


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ALLOWED: dict[Status, frozenset[Status]] = {
    # A pending job fails without having run when it can never be launched.
    Status.PENDING: frozenset({Status.PROCESSING, Status.FAILED, Status.CANCELLED}),
    Status.PROCESSING: frozenset({Status.PENDING, Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
    # A person asks for it again, for instance because the extractor is newer.
    Status.COMPLETED: frozenset({Status.PENDING}),
    Status.FAILED: frozenset({Status.PENDING, Status.CANCELLED}),
    Status.CANCELLED: frozenset({Status.PENDING}),
}

FINISHED = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})
OPEN = frozenset({Status.PENDING, Status.PROCESSING})


def check_transition(job_id: str, current: str, wanted: str) -> None:
    """Refuse a change that makes no sense.

    Raises:
        InvalidTransition: the table does not allow it; the message says what would be.
    """
    allowed = ALLOWED[Status(current)]
    if wanted not in set(Status):
        raise InvalidTransition(f"'{wanted}' is no status. There are: {', '.join(Status)}.")
    if Status(wanted) not in allowed:
        raise InvalidTransition(
            f"Job {job_id} is {current} and cannot become {wanted}; from {current} it can become "
            f"{' or '.join(sorted(allowed))}."
        )
