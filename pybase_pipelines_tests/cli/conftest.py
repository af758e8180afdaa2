"""The command line as a shell sees it: a process, its output, its exit status."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def run(tmp_path: Path):
    """Run a command in a state folder of its own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYBASE_")}
    env |= {"PYBASE_STATE_DIR": str(tmp_path / "state"), "PYBASE_EXTRACT_SLOTS": "2", "COLUMNS": "200"}

    def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pybase_pipelines", *map(str, arguments)]
        return subprocess.run(
            command, env=env | more, capture_output=True, text=True, timeout=200, check=False, cwd=tmp_path
        )

    return run


@pytest.fixture
def shop(run, s3_address, bucket):
    """Commands with an S3 service that settings name."""
    settings = {
        "PYBASE_S3_ENDPOINT_URL": s3_address.endpoint_url,
        "PYBASE_S3_ACCESS_KEY_ID": s3_address.access_key_id.get_secret_value(),
        "PYBASE_S3_SECRET_ACCESS_KEY": s3_address.secret_access_key.get_secret_value(),
        "PYBASE_S3_ADDRESSING_STYLE": "path",
        "PYBASE_BUCKET": bucket,
    }
    return lambda *arguments, **more: run(*arguments, **(settings | more))
