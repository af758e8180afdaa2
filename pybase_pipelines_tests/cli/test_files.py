"""`extract` and `detect`."""

import json

import pytest

from pybase_pipelines_tests.files import make_dxf, make_pdf


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(make_pdf())
    (folder / "b.dxf").write_bytes(make_dxf())
    (folder / "c.pdf").write_bytes(b"")
    return folder


def test_results_come_one_a_line_in_the_order_given(run, folder):
    names = ["b.dxf", "c.pdf", "a.pdf"]
    done = run("extract", "--jsonl", *(folder / name for name in names))
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["source_path"] for r in results] == [str(folder / name) for name in names]
    assert [(r["source_type"], r["success"]) for r in results] == [("dxf", True), ("pdf", False), ("pdf", True)]
    assert results[1]["error"]["code"] == "empty_file"
    assert results[1]["error"]["hint"]
    assert done.returncode == 1


def test_one_file_is_printed_for_people_and_succeeds_with_status_0(run, folder):
    done = run("extract", folder / "a.pdf")
    assert done.returncode == 0
    assert json.loads(done.stdout)["metadata"]["num_pages"] == 1
    assert "\n  " in done.stdout


def test_a_folder_means_all_its_files_and_out_writes_a_file_for_each(run, folder, tmp_path):
    done = run("extract", folder, "--out", tmp_path / "results")
    assert done.returncode == 1
    assert done.stdout == ""
    written = {p.name: json.loads(p.read_text())["success"] for p in (tmp_path / "results").iterdir()}
    assert written == {"a.pdf.json": True, "b.dxf.json": True, "c.pdf.json": False}


def test_files_of_one_name_do_not_overwrite_each_other(run, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.pdf").write_bytes(make_pdf("other"))
    run("extract", folder / "a.pdf", other / "a.pdf", "--out", tmp_path / "results")
    assert len(list((tmp_path / "results").iterdir())) == 2


def test_a_path_that_is_no_file_still_gets_its_result(run, folder):
    done = run("extract", "--jsonl", folder / "gone.pdf", folder / "a.pdf")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["success"] for r in results] == [False, True]
    assert results[0]["error"]["code"] != "internal_error"
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["-leading.pdf", "new\nline.pdf", "q'\";x.pdf", "Größe Ø50 №1 図面.pdf", "%41.pdf"])
def test_a_hostile_name_is_only_a_name(run, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(make_pdf())
    done = run("extract", "--jsonl", "--", name)
    assert json.loads(done.stdout)["source_file"] == name
    assert done.returncode == 0


def test_options_reach_the_extractor(run, folder):
    done = run("extract", "--jsonl", folder / "a.pdf", "--options", '{"extract_text": false}')
    assert json.loads(done.stdout)["text_blocks"] == []


@pytest.mark.parametrize("options", ["{", "[]", "nonsense"])
def test_options_that_are_no_json_object_are_bad_usage(run, folder, options):
    done = run("extract", folder / "a.pdf", "--options", options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "options_invalid" in done.stderr


def test_an_unknown_option_of_a_format_is_refused_and_named(run, folder):
    done = run("extract", "--jsonl", folder / "a.pdf", "--options", '{"no_such_option": 1}')
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "options_invalid"
    assert "no_such_option" in error["message"]


def test_a_setting_that_cannot_be_is_bad_usage_and_named(run, folder):
    done = run("extract", folder / "a.pdf", PYBASE_RUN_MAX_FILES="soon")
    assert done.returncode == 2
    assert "PYBASE_RUN_MAX_FILES" in done.stderr


def test_detect_says_format_version_and_evidence(run, folder):
    done = run("detect", folder / "a.pdf", folder / "b.dxf")
    assert done.returncode == 0
    assert "pdf 1.4" in done.stdout
    assert "dxf AC1009" in done.stdout


def test_detect_fails_for_what_is_none_of_ours(run, tmp_path):
    (tmp_path / "letter.pdf").write_text("Dear customer, ...")
    done = run("detect", tmp_path / "letter.pdf", tmp_path / "gone.dxf")
    assert done.returncode == 1
    assert "no such file" in done.stdout


def test_detect_tells_scripts_the_same_a_line_for_each_path(run, folder, tmp_path):
    done = run("detect", "--json", folder / "a.pdf", tmp_path / "gone.dxf")
    good, gone = map(json.loads, done.stdout.splitlines())
    assert (good["path"], good["format"], good["version"]) == (str(folder / "a.pdf"), "pdf", "1.4")
    assert good["evidence"]
    assert (gone["format"], gone["error"]) == (None, "there is no such file")
    assert done.returncode == 1


def test_a_folder_without_files_is_bad_usage_and_said(run, tmp_path):
    (tmp_path / "empty").mkdir()
    for command in ("extract", "detect"):
        done = run(command, tmp_path / "empty")
        assert (done.returncode, done.stdout) == (2, "")
        assert "no file" in done.stderr


def test_a_folder_for_results_that_cannot_be_made_is_said_before_anything_is_read(run, folder):
    done = run("extract", folder / "a.pdf", "--out", folder / "b.dxf")
    assert (done.returncode, "cannot be made" in done.stderr) == (2, True)


def test_a_state_folder_that_cannot_be_made_is_no_traceback(run, tmp_path):
    (tmp_path / "taken").write_text("a file")
    for command in ("jobs", "demo", "dev"):
        done = run(command, PYBASE_STATE_DIR=str(tmp_path / "taken"))
        assert done.returncode == 1, command
        assert "PYBASE_STATE_DIR" in done.stderr
        assert "Traceback" not in done.stderr


def test_every_command_of_the_contract_is_there_and_explains_itself(run):
    listing = run("--help").stdout
    for command in ("extract", "detect", "dev", "demo", "upload", "jobs", "show", "retry", "cancel", "doctor"):
        assert f" {command} " in listing
        assert run(command, "--help").returncode == 0


def test_a_reader_that_stops_early_is_no_traceback(run, folder, tmp_path):
    import subprocess
    import sys

    command = f"{sys.executable} -m pybase_pipelines extract --jsonl {folder}/a.pdf {folder}/b.dxf | head -c 10"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path
    )
    assert "Traceback" not in done.stderr
