"""boto3 is imported once and whole, however many threads want it first."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from pybase_pipelines.object_store.boto import load_boto

load_boto()
loaded = {name for name in sys.modules if name.startswith("boto")}
import boto3.exceptions, boto3.session, botocore.config, botocore.exceptions
print(sorted({name for name in sys.modules if name.startswith("boto")} - loaded))
"""


def test_nothing_that_threads_import_by_name_is_left_to_be_imported_outside_the_lock():
    # `boto3.session` is whole before `boto3` itself is: a thread that waits for the one finds the other half made.
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "[]"
