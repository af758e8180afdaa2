"""Every way in which a file, a service or a setting can fail, with what a person should do about it.

What belongs here: the tree of errors. A class says its code (the word that ends up in the result and in the
job's `error_code`), whether trying again can help, and a hint. What does not: how often and when something is
tried again (that is one table, `ledger.retries`).

    PybaseError
    ├── FileError                the file is at fault: trying again changes nothing
    │   ├── UnsupportedFormat  EmptyFile  TruncatedFile  CorruptedFile  NoContent
    │   ├── PasswordRequired  FileTooLarge  LimitExceeded  OptionsInvalid
    │   └── ObjectVanished       the object was deleted or overwritten meanwhile
    ├── ExtractorError           the child that read the file did not survive it: worth one more try
    │   └── ExtractorCrashed  ExtractorTimeout  OutOfMemory
    ├── SurroundingsError        storage, database or network: worth trying again
    │   └── StorageUnavailable  Throttled  ServiceUnavailable  DatabaseUnavailable
    ├── SetupError               a person has to change the set-up first
    │   └── LibraryMissing  AuthenticationFailed  QuotaExhausted
    ├── RequestError             the caller asked for something that cannot be: never the code of a job
    │   └── JobNotFound  InvalidTransition  ClaimLost  KeyReused
    └── InternalError            a defect of ours
"""

from __future__ import annotations

from typing import ClassVar


class PybaseError(Exception):
    """Base of all errors that we raise on purpose."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False
    default_hint: ClassVar[str] = "Please report this with the job's id."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint


class FileError(PybaseError):
    """The file is at fault: trying again changes nothing."""


class UnsupportedFormat(FileError):
    code = "unsupported_format"
    default_hint = (
        "Supported are PDF, DXF, DWG (R13 to 2018), IFC (SPF and ifcZIP) and STEP. Export the file to one of these."
    )


class EmptyFile(FileError):
    code = "empty_file"
    default_hint = "The file has no bytes. Check the export or the upload and upload it again."


class TruncatedFile(FileError):
    code = "truncated_file"
    default_hint = "The end of the file is missing. Upload it again; if that does not help, export it again."


class CorruptedFile(FileError):
    code = "corrupted_file"
    default_hint = "Open the file in the program that wrote it, repair or re-export it, and upload it again."


class NoContent(FileError):
    code = "no_content"
    default_hint = (
        "The file is valid but holds nothing to extract. Check that the export included the model or the sheets."
    )


class PasswordRequired(FileError):
    code = "password_required"
    default_hint = 'Remove the password, or give it with the option {"password": "..."}.'


class FileTooLarge(FileError):
    code = "file_too_large"
    default_hint = "Raise PYBASE_MAX_FILE_BYTES, or split the file."


class LimitExceeded(FileError):
    code = "limit_exceeded"
    default_hint = (
        "The file asks for more than the limits allow. If it is trustworthy, raise the limit that the message names."
    )


class OptionsInvalid(FileError):
    code = "options_invalid"
    default_hint = "Correct the options; the README lists them for each format."


class ObjectVanished(FileError):
    code = "object_vanished"
    default_hint = "The object was deleted or overwritten before it could be read. A newer upload has a job of its own."


class ExtractorError(PybaseError):
    """The child that read the file did not survive it: worth one more try."""

    retryable = True


class ExtractorCrashed(ExtractorError):
    code = "extractor_crashed"
    default_hint = (
        "The library that reads this format crashed on the file. Re-export it, and report it if it opens elsewhere."
    )


class ExtractorTimeout(ExtractorError):
    code = "extractor_timeout"
    default_hint = "Reading took longer than allowed. Raise PYBASE_WALL_SECONDS, or simplify the file."


class OutOfMemory(ExtractorError):
    code = "out_of_memory"
    default_hint = "Reading needed more memory than allowed. Raise PYBASE_MEMORY_BYTES, or split the file."


class SurroundingsError(PybaseError):
    """Storage, database or network: worth trying again."""

    retryable = True


class StorageUnavailable(SurroundingsError):
    code = "storage_unavailable"
    default_hint = "Check that the object store is reachable: `python -m pybase_pipelines doctor`."


class Throttled(SurroundingsError):
    code = "throttled"
    default_hint = "The service asked to slow down. It is tried again by itself."


class ServiceUnavailable(SurroundingsError):
    code = "service_unavailable"
    default_hint = "An outside service did not answer. It is tried again by itself."


class DatabaseUnavailable(SurroundingsError):
    code = "database_unavailable"
    default_hint = "Check PYBASE_DATABASE_URL and that the database is up: `python -m pybase_pipelines doctor`."


class SetupError(PybaseError):
    """A person has to change the set-up first."""


class LibraryMissing(SetupError):
    code = "library_missing"
    default_hint = "Install the package that the message names."


class AuthenticationFailed(SetupError):
    code = "authentication_failed"
    default_hint = "Check the credentials that the message names."


class QuotaExhausted(SetupError):
    code = "quota_exhausted"
    default_hint = (
        "The credits of the outside service are used up. Top up: its jobs wait and are tried again by themselves, "
        "or at once with `retry --error-code quota_exhausted`."
    )


class RequestError(PybaseError):
    """The caller asked for something that cannot be; never the code of a job."""

    code = "request_invalid"
    default_hint = "Look at the job with `python -m pybase_pipelines show JOB`."


class JobNotFound(RequestError):
    code = "job_not_found"
    default_hint = "`python -m pybase_pipelines jobs` lists the jobs."


class InvalidTransition(RequestError):
    """A change of state that makes no sense."""

    code = "invalid_transition"


class ClaimLost(RequestError):
    """The row was taken over by another run (or closed); what the caller wanted to write is discarded."""

    code = "claim_lost"


class KeyReused(RequestError):
    """An idempotency key came back with something else."""

    code = "idempotency_key_reused"
    default_hint = "Use a new Idempotency-Key for each upload, and the old one only to repeat the very same request."


class InternalError(PybaseError):
    """A defect of ours."""


JOB_ERRORS: dict[str, type[PybaseError]] = {
    error.code: error
    for error in (
        UnsupportedFormat, EmptyFile, TruncatedFile, CorruptedFile, NoContent, PasswordRequired, FileTooLarge,
        LimitExceeded, OptionsInvalid, LibraryMissing, AuthenticationFailed, QuotaExhausted, ObjectVanished,
        ExtractorCrashed, ExtractorTimeout, OutOfMemory, StorageUnavailable, Throttled, ServiceUnavailable,
        DatabaseUnavailable, InternalError,
    )
}  # fmt: skip
"""Every code that a job or a result may carry."""
