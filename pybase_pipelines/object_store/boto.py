"""boto3, imported on first use (0.3 s) and whole: threads that import it at the same time may find it half made."""

from __future__ import annotations

import threading

_importing = threading.Lock()


def load_boto() -> None:
    """Import what this room uses of boto3; afterwards any thread may import it by name."""
    with _importing:
        import boto3.exceptions
        import boto3.session  # noqa: F401
        import botocore.config
        import botocore.exceptions  # noqa: F401
