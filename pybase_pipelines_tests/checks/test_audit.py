"""The dependency audit fails for what is found, and never says that all is well when nobody was asked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from checks import audit

ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1.0)"}
GOOD = {"name": "good", "version": "2.0", "vulns": []}
BAD = {"name": "bad", "version": "1.0", "vulns": [{"id": "CVE-2026-1", "fix_versions": ["1.1"]}]}


def judge(*dependencies: dict, must_answer: bool = False) -> tuple[list[str], int]:
    report = audit.read_report(json.dumps({"dependencies": list(dependencies), "fixes": []}))
    return audit.describe(report, must_answer=must_answer)


def test_a_known_vulnerability_fails_the_check_and_is_named():
    lines, status = judge(GOOD, BAD, UNKNOWN)
    assert status == 1
    assert lines[1:] == ["bad 1.0: CVE-2026-1 (mended in 1.1)"]


def test_packages_that_the_service_knows_and_finds_nothing_against_pass():
    assert judge(GOOD) == (["No known vulnerability in 1 packages."], 0)
    assert judge(GOOD, UNKNOWN) == (["No known vulnerability in 1 packages; 1 are not known to the service."], 0)


def test_a_service_that_knows_nothing_or_does_not_answer_is_told_in_one_line_and_is_no_pass():
    silent = audit.describe(audit.read_report(""), must_answer=False)
    assert silent == judge(UNKNOWN, UNKNOWN)
    assert (len(silent[0]), silent[1]) == (1, 0)
    assert "could not be made" in silent[0][0]
    assert judge(UNKNOWN, must_answer=True)[1] == 2


def test_what_pip_audit_really_writes_is_understood(tmp_path):
    """Without a service: the report of its own file format, read from a run that needs no network."""
    empty = tmp_path / "requirements.txt"
    empty.write_text("")
    arguments = ["--requirement", str(empty), "--no-deps", "--disable-pip", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert json.loads(done.stdout) == {"dependencies": [], "fixes": []}, done.stderr
    assert audit.read_report(done.stdout) == audit.Report(0, 0, ())


def test_make_check_makes_the_audit():
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^check:.*\baudit\b", makefile, re.MULTILINE)
    assert "-m checks.audit" in makefile
