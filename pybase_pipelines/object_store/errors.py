"""What an S3 error means to us: a file that is gone, a service that is down, a person who must act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pybase_pipelines.errors import (
    AuthenticationFailed,
    LimitExceeded,
    ObjectVanished,
    PybaseError,
    StorageUnavailable,
    Throttled,
)
from pybase_pipelines.object_store.boto import load_boto

GONE = {"NoSuchKey", "404", "NotFound", "NoSuchVersion", "412", "PreconditionFailed", "MethodNotAllowed"}
FORBIDDEN = {
    "403", "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
    "TokenRefreshRequired", "InvalidToken", "UnauthorizedAccess", "AllAccessDisabled", "RequestTimeTooSkewed",
}  # fmt: skip
SLOW = {"SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "429", "503"}


def classify(error: Exception, what: str) -> PybaseError:
    """The error of ours that an exception of boto3 stands for. `what` says what was tried, without secrets."""
    from botocore.exceptions import ClientError, NoCredentialsError, PartialCredentialsError

    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return AuthenticationFailed(
            f"There are no credentials to {what}.",
            hint="Set PYBASE_S3_ACCESS_KEY_ID and PYBASE_S3_SECRET_ACCESS_KEY, or an AWS profile.",
        )
    if not isinstance(error, ClientError):
        return StorageUnavailable(f"The object store did not answer ({type(error).__name__}), trying to {what}.")
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in GONE:
        return ObjectVanished(f"The object is gone or was overwritten ({code}), trying to {what}.")
    if code in FORBIDDEN:
        return AuthenticationFailed(
            f"The object store refused ({code}) to {what}.",
            hint="Check PYBASE_S3_ACCESS_KEY_ID and its rights on the bucket.",
        )
    if code in SLOW:
        return Throttled(f"The object store asked to slow down ({code}), trying to {what}.")
    if code == "KeyTooLongError":
        return LimitExceeded(f"The name is too long for the object store, trying to {what}.", hint="Shorten the name.")
    if code == "NoSuchBucket":
        return StorageUnavailable(
            f"The bucket does not exist, trying to {what}.", hint="Create it, or correct PYBASE_BUCKET."
        )
    return StorageUnavailable(f"The object store answered {code or 'with an error'}, trying to {what}.")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise our errors instead of boto3's."""
    load_boto()
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise classify(error, what) from error
