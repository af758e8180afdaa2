"""What the service's messages mean: answers to keep, refusals to raise, gaps to tell.

What belongs here: the bookkeeping of one reading. What does not: what is in an answer (`answers`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pybase_pipelines.errors import (
    CorruptedFile,
    FileTooLarge,
    LimitExceeded,
    NoContent,
    OptionsInvalid,
    PybaseError,
    ServiceUnavailable,
    UnsupportedFormat,
)  # fmt: skip
from pybase_pipelines.extractors.contract import Progress
from pybase_pipelines.extractors.werk24.payloads import as_payload

_REFUSALS: dict[str, tuple[type[PybaseError], str]] = {
    "DRAWING_FILE_FORMAT_UNSUPPORTED": (UnsupportedFormat, "Werk24 cannot read this kind of file."),
    "DRAWING_FILE_SIZE_TOO_LARGE": (FileTooLarge, "Werk24 refused the drawing as too large."),
    "DRAWING_RESOLUTION_TOO_LOW": (NoContent, "The resolution of the drawing is too low to be read."),
    "DRAWING_CONTENT_NOT_UNDERSTOOD": (NoContent, "Werk24 does not recognise a drawing in the file."),
    "DRAWING_PAPER_SIZE_TOO_LARGE": (LimitExceeded, "The sheet is larger than Werk24 reads."),
    "DRAWING_PAGE_COUNT_TOO_LARGE": (LimitExceeded, "The document has more pages than Werk24 reads."),
    "CONFIGURATION_INCORRECT": (OptionsInvalid, "Werk24 refused what was asked as incomplete or malformed."),
}
_HINT = "Scan at 300 dpi, or upload the drawing as the PDF that the CAD program exports."


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one ask for one page (from 1)."""

    ask: str
    page: int
    payload: dict[str, Any]


@dataclass(slots=True)
class Reading:
    """The messages of one reading, as they come."""

    progress: Progress
    answers: list[Answer] = field(default_factory=list)
    refusals: list[PybaseError] = field(default_factory=list)
    raw: list[dict[str, Any]] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)
    is_completed: bool = False

    def take(self, message: Any) -> None:
        """Note one message; what is wrong with it is raised only when nothing else came (`settle`)."""
        self.raw.append(message.model_dump(mode="json", exclude={"payload_bytes", "payload_url"}))
        request = str(message.request_id)
        if request not in self.request_ids:
            self.request_ids.append(request)
        kind, subtype = _word(message.message_type), _word(message.message_subtype)
        page = message.page_number + 1
        for problem in message.exceptions:
            self._note(problem, subtype if kind == "ASK" else None, page)
        if kind == "ASK" and message.is_successful:
            self._answer(subtype, page, message.payload_dict)
        elif kind == "ERROR":
            self.refusals.append(ServiceUnavailable("Werk24 failed while it read the drawing."))
        elif subtype == "COMPLETED":
            self.is_completed = True
        self.progress.advance(len(self.answers), 0)

    def settle(self, asked: tuple[str, ...]) -> None:
        """Raise what stopped the reading, or tell what is missing of it.

        Raises:
            PybaseError: there is no answer at all.
        """
        if not self.answers:
            raise self.refusals[0] if self.refusals else ServiceUnavailable("Werk24 gave no answer.")
        for refusal in self.refusals:
            self.progress.warn(refusal.code, f"Part of the drawing was not read: {refusal.message}", partial=True)
        if not self.is_completed:
            self.progress.warn("read_incomplete", "Werk24 broke off before it had told that all is read.", partial=True)
        for ask in asked:
            if ask not in {answer.ask for answer in self.answers}:
                self.progress.warn("answer_missing", f"Werk24 gave no answer to {ask}.", ask, partial=True)

    def _answer(self, ask: str, page: int, payload: Any) -> None:
        found = as_payload(payload)
        if found is None:
            self.progress.warn(
                "answer_not_understood", f"The answer to {ask} is no record.", f"page {page}", partial=True
            )
        else:
            self.answers.append(Answer(ask, page, found))

    def _note(self, problem: Any, ask: str | None, page: int) -> None:
        kind, level = _word(problem.exception_type), _word(problem.exception_level)
        if level == "INFO":
            return
        if level == "WARNING":
            about = problem.ask_type or ask
            words = f"Werk24 could not read all{f' of {about}' if about else ''}: {problem.reason or kind}."
            # A warning that we do not know may mean that something is missing, so it counts like one that does.
            self.progress.warn(kind.lower(), words, f"page {page}" if ask else None, partial=True)
            return
        error, words = _REFUSALS.get(kind, (CorruptedFile, f"Werk24 refused the drawing ({kind})."))
        if not any(r.message == words for r in self.refusals):
            self.refusals.append(error(words, hint=_HINT if error is NoContent else None))


def _word(value: Any) -> str:
    return str(getattr(value, "value", value))
