"""`stats` and `cleanup`, for people and for scripts."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pybase_pipelines.ledger.model import ExtractionJob
from pybase_pipelines.ledger.records import JobFailure, Outcome
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.files import make_pdf


@pytest.fixture
def ledger(shop, tmp_path) -> ExtractionJobService:
    """A completed job, a failed one, and one that has been in processing for two hours."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("bad.pdf", "done.pdf", "stuck.pdf"):
        (folder / name).write_bytes(make_pdf(name))
    assert shop("upload", folder).returncode == 0
    ledger = ExtractionJobService(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}")
    jobs = {job.filename: job.id for job in ledger.list_jobs()}
    ledger.finish_failed(ledger.claim([jobs["bad.pdf"]], "r")[0], JobFailure(code="corrupted_file", message="m"))
    ledger.finish_completed(ledger.claim([jobs["done.pdf"]], "r")[0], Outcome(format="pdf", cpu_seconds=2))
    ledger.claim([jobs["stuck.pdf"]], "lost-run")
    with ledger.writing() as session:
        session.get(ExtractionJob, jobs["stuck.pdf"]).started_at = datetime.now(UTC) - timedelta(hours=2)
    yield ledger
    ledger.close()


def test_stats_tell_people_and_scripts_the_same(shop, ledger):
    told = json.loads(shop("stats", "--json").stdout)
    assert told["by_status"] == {"pending": 0, "processing": 1, "completed": 1, "failed": 1, "cancelled": 0}
    assert told["by_format_and_status"] == {"pdf": {"completed": 1}}
    assert (told["by_error_code"], told["cpu_seconds"]) == ({"corrupted_file": 1}, 2)
    assert [(stuck["run"], stuck["run_is"]) for stuck in told["stuck"]] == [("lost-run", "unknown")]
    shown = shop("stats").stdout
    assert "corrupted_file" in shown
    assert "stuck: " in shown and "lost-run" in shown


def test_stats_of_an_empty_ledger_are_zeros(run):
    assert json.loads(run("stats", "--json").stdout)["total"] == 0
    assert run("stats").returncode == 0


def test_cleanup_looks_first_and_asks(shop, ledger):
    job = ledger.list_jobs(status="completed")[0]
    ledger.mark_deleted(job.bucket, [job.object_key])
    with ledger.writing() as session:
        row = session.get(ExtractionJob, job.id)
        row.deleted_at = row.completed_at = datetime.now(UTC) - timedelta(days=40)
    assert json.loads(shop("cleanup", "--dry-run", "--json").stdout)["old_rows"] == 1
    assert "1  finished jobs" in shop("cleanup", "--dry-run").stdout
    refused = shop("cleanup")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert len(ledger.list_jobs()) == 3
    assert "Done." in shop("cleanup", "--yes").stdout
    assert len(ledger.list_jobs()) == 2
    assert json.loads(shop("cleanup", "--json").stdout)["old_rows"] == 0
