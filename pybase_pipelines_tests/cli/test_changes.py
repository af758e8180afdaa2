"""`retry`, `cancel` and `reextract` of many jobs: counted, asked for, done, told."""

import json

import pytest

from pybase_pipelines.ledger.records import JobFailure, Outcome
from pybase_pipelines.ledger.service import ExtractionJobService
from pybase_pipelines_tests.files import make_pdf


@pytest.fixture
def three(shop, tmp_path) -> ExtractionJobService:
    """A ledger with a failed job, a completed one that an older extractor read, and a pending one."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("bad.pdf", "done.pdf", "new.pdf"):
        (folder / name).write_bytes(make_pdf(name))
    assert shop("upload", folder).returncode == 0
    ledger = ExtractionJobService(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}")
    jobs = {job.filename: job.id for job in ledger.list_jobs()}
    seen = {"format": "pdf", "extractor_name": "pdf", "extractor_version": "0"}
    ledger.finish_failed(ledger.claim([jobs["bad.pdf"]], "r")[0], JobFailure(code="corrupted_file", message="m"))
    ledger.finish_completed(ledger.claim([jobs["done.pdf"]], "r")[0], Outcome(result={"counts": {}}, **seen))
    yield ledger
    ledger.close()


def statuses(ledger: ExtractionJobService) -> dict[str, str]:
    return {job.filename: str(job.status) for job in ledger.list_jobs()}


def test_jobs_are_retried_by_what_went_wrong(shop, three):
    refused = shop("retry", "--status", "failed", "--error-code", "corrupted_file")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert statuses(three)["bad.pdf"] == "failed"
    looked = shop("retry", "--error-code", "corrupted_file", "--dry-run")
    assert "1 jobs" in looked.stdout and "would be retried" in looked.stdout
    done = shop("retry", "--error-code", "corrupted_file", "--yes", "--json")
    assert json.loads(done.stdout)["retried"] == 1
    assert statuses(three) == {"bad.pdf": "pending", "done.pdf": "completed", "new.pdf": "pending"}


def test_several_jobs_are_named_and_one_that_cannot_be_changed_stops_nobody(shop, three):
    ids = {job.filename: job.id for job in three.list_jobs()}
    done = shop("cancel", ids["done.pdf"], ids["new.pdf"][:13])
    assert done.returncode == 1
    assert "cannot be cancelled" in done.stderr
    assert statuses(three)["new.pdf"] == "cancelled"


def test_all_jobs_are_meant_only_if_a_person_says_so(shop, three):
    nothing = shop("cancel")
    assert (nothing.returncode, "--all" in nothing.stderr) == (2, True)
    assert "1 jobs were cancelled" in shop("cancel", "--all", "--yes").stdout
    assert statuses(three) == {"bad.pdf": "failed", "done.pdf": "completed", "new.pdf": "cancelled"}
    assert shop("cancel", "--status", "retrying", "--yes").returncode == 2


def test_what_an_older_extractor_read_is_shown_first_and_then_read_again(shop, three):
    looked = shop("reextract", "--dry-run", "--json")
    told = json.loads(looked.stdout)
    size = len(make_pdf("done.pdf"))
    (group,) = told["groups"]
    assert (group["extractor"], group["version"], group["status"], group["files"]) == ("pdf", "0", "completed", 1)
    assert (told["files"], told["bytes"], told["requeued"]) == (1, size, 0)
    assert statuses(three)["done.pdf"] == "completed"
    assert "would be requeued" in shop("reextract", "--dry-run").stdout
    assert "0 jobs were requeued" in shop("reextract", "--format", "ifc", "--yes").stdout
    assert "1 jobs were requeued" in shop("reextract", "--format", "pdf", "--yes").stdout
    assert statuses(three)["done.pdf"] == "pending"
    assert shop("show", three.list_jobs(status="pending")[0].id).returncode == 0
