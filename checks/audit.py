"""Known vulnerabilities in what is installed: `make audit`, part of `make check`.

pip-audit asks an outside service about every installed version. On a machine that reaches a package index and nothing
else, the service is away, or answers that it knows none of the packages, and pip-audit then says "no known
vulnerabilities found" and ends with 0, which nobody may believe. So its report is read: what was found fails the check,
and what could not be asked is said in one line.

Exit status: 0 nothing found, or nobody could be asked; 1 a known vulnerability; 2 nobody could be asked although
`--must-answer` was given.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROBE = "sqlalchemy"
"""A package that every such service knows: asked first, so that a service that is away costs seconds, not minutes."""
TIMEOUT_SECONDS = 600
ACCEPTED: dict[str, str] = {}
"""Vulnerabilities that do not concern us, by their id, with the reason."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the service said: how many packages it knew, and what is wrong with which."""

    asked: int
    unknown: int
    found: tuple[str, ...]


def read_report(text: str) -> Report:
    """The report of pip-audit; an empty one where it wrote none, as when it could not connect."""
    try:
        dependencies: Sequence[Mapping[str, Any]] = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Report(0, 0, ())
    known = [each for each in dependencies if "skip_reason" not in each]
    found = [
        f"{each['name']} {each['version']}: {vulnerability['id']}"
        f" (mended in {', '.join(vulnerability.get('fix_versions') or ()) or 'no version yet'})"
        for each in known
        for vulnerability in each.get("vulns", ())
        if vulnerability["id"] not in ACCEPTED
    ]
    return Report(len(known), len(dependencies) - len(known), tuple(found))


def ask(*arguments: str) -> Report:
    """Let pip-audit ask."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Report(0, 0, ())
    return read_report(done.stdout)


def ask_about_one(folder: Path) -> Report:
    """Whether anybody answers."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{PROBE}=={importlib.metadata.version(PROBE)}\n")
    return ask("--requirement", str(requirements), "--no-deps", "--disable-pip")


def describe(report: Report, *, must_answer: bool) -> tuple[list[str], int]:
    """What a person reads, and the exit status."""
    if report.found:
        return [f"Known vulnerabilities in {len(report.found)} places:", *report.found], 1
    if report.asked == 0:
        words = (
            "The dependency audit could not be made: the service of known vulnerabilities does not answer from here."
        )
        return [words], 2 if must_answer else 0
    words = f"No known vulnerability in {report.asked} packages"
    return [f"{words}; {report.unknown} are not known to the service." if report.unknown else f"{words}."], 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--must-answer", action="store_true", help="fail where nobody can be asked")
    must_answer = parser.parse_args(arguments).must_answer
    with tempfile.TemporaryDirectory(prefix="pybase-audit-") as folder:
        report = ask_about_one(Path(folder))
    if report.asked:
        report = ask("--local", "--skip-editable")
    lines, status = describe(report, must_answer=must_answer)
    for line in lines:
        print(line)
    return status


if __name__ == "__main__":
    sys.exit(main())
