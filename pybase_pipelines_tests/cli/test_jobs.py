"""`upload`, `jobs`, `show`, `retry`, `cancel` and `doctor`, on a bucket without a daemon: what they say and change."""

import json

from pybase_pipelines.cli.health import judge_confinement
from pybase_pipelines_tests.files import make_pdf


def list_jobs(shop) -> list[dict]:
    return [json.loads(line) for line in shop("jobs", "--json").stdout.splitlines()]


def test_an_upload_makes_a_pending_job_that_carries_its_record(shop, make_file):
    done = shop("upload", make_file(make_pdf(), "plan.pdf"), "--record-id", "rec-7", "--prefix", "site/")
    assert done.returncode == 0
    (job,) = list_jobs(shop)
    assert (job["object_key"], job["status"], job["record_id"]) == ("site/plan.pdf", "pending", "rec-7")
    assert job["id"] in done.stdout


def test_an_upload_tells_scripts_its_jobs(shop, make_file):
    told = json.loads(shop("upload", make_file(make_pdf(), "plan.pdf"), "--json").stdout)
    assert (told["job"], told["object_key"]) == (list_jobs(shop)[0]["id"], "plan.pdf")


def test_words_that_are_none_are_bad_usage_and_those_that_are_be_named(shop):
    for option, word, known in (
        ("--status", "done", "pending"),
        ("--format", "dgn", "step"),
        ("--error-code", "x", "no_content"),
    ):
        done = shop("jobs", option, word)
        assert (done.returncode, known in done.stderr) == (2, True), done.stderr


def test_a_result_that_is_not_there_is_told_with_the_reason(shop, make_file):
    shop("upload", make_file(make_pdf(), "plan.pdf"))
    done = shop("show", list_jobs(shop)[0]["id"], "--result")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pending and has no result" in done.stderr


def test_the_same_file_uploaded_twice_has_one_job(shop, make_file):
    path = make_file(make_pdf(), "plan.pdf")
    shop("upload", path)
    shop("upload", path)
    assert len(list_jobs(shop)) == 1


def test_a_folder_is_uploaded_as_it_is(shop, tmp_path):
    (tmp_path / "project" / "deep").mkdir(parents=True)
    (tmp_path / "project" / "a.pdf").write_bytes(make_pdf())
    (tmp_path / "project" / "deep" / "b.pdf").write_bytes(make_pdf())
    shop("upload", tmp_path / "project")
    assert {job["object_key"] for job in list_jobs(shop)} == {"project/a.pdf", "project/deep/b.pdf"}


def test_a_file_that_is_missing_fails_and_the_others_are_uploaded(shop, make_file, tmp_path):
    done = shop("upload", tmp_path / "gone.pdf", make_file(make_pdf(), "there.pdf"))
    assert done.returncode == 1
    assert "gone.pdf" in done.stderr
    assert [job["filename"] for job in list_jobs(shop)] == ["there.pdf"]


def test_show_finds_a_job_by_the_beginning_of_its_id(shop, make_file):
    shop("upload", make_file(make_pdf(), "plan.pdf"))
    (job,) = list_jobs(shop)
    assert job["id"] in shop("show", job["id"][:8]).stdout
    assert json.loads(shop("show", job["id"], "--json").stdout)["object_key"] == "plan.pdf"
    unknown = shop("show", "ffffffff")
    assert unknown.returncode == 1
    assert "job_not_found" in unknown.stderr


def test_a_job_is_cancelled_once_and_can_be_retried_after(shop, make_file):
    shop("upload", make_file(make_pdf(), "plan.pdf"))
    job_id = list_jobs(shop)[0]["id"]
    assert shop("cancel", job_id).returncode == 0
    assert list_jobs(shop)[0]["status"] == "cancelled"
    again = shop("cancel", job_id)
    assert again.returncode == 1
    assert "cannot be cancelled" in again.stderr
    assert shop("retry", job_id).returncode == 0
    assert list_jobs(shop)[0]["status"] == "pending"
    assert shop("retry", job_id).returncode == 1


def test_passwords_in_options_are_never_shown(shop, make_file):
    shop("upload", make_file(make_pdf(), "plan.pdf"), "--options", '{"password": "open-sesame"}')
    job_id = list_jobs(shop)[0]["id"]
    shown = shop("jobs", "--json").stdout + shop("show", job_id).stdout + shop("show", job_id, "--json").stdout
    assert "open-sesame" not in shown


def test_doctor_is_content_with_a_good_set_up(shop):
    done = shop("doctor")
    assert done.returncode == 0, done.stdout
    assert "can be listed, written, read and deleted" in done.stdout
    assert "refused to it:" in done.stdout
    told = [json.loads(line) for line in shop("doctor", "--json").stdout.splitlines()]
    assert {check["check"]: check["is_good"] for check in told}["object store"] is True


def test_doctor_tells_which_protection_the_system_does_not_offer():
    whole, lacking = judge_confinement("read", ()), judge_confinement("read", ("network", "processes"))
    assert whole.is_good
    assert lacking.is_good, "files are extracted all the same"
    assert "NOT" not in whole.words
    assert "starting processes" in whole.words
    assert "refused to it: other files, writing outside its folder" in lacking.words
    assert "NOT refused: the network, starting processes" in lacking.words
    assert "Landlock" in lacking.words


def test_doctor_says_what_to_mend(run):
    done = run("doctor")
    assert done.returncode == 1
    assert "make dev" in done.stdout


def test_without_a_store_an_upload_says_how_to_start_one(run, make_file):
    done = run("upload", make_file(make_pdf(), "plan.pdf"))
    assert done.returncode == 1
    assert "make dev" in done.stderr
