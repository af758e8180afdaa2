"""The README is true: its settings, error codes and commands are those of the program."""

import re
import shlex
from pathlib import Path

import pytest

from pybase_pipelines.errors import JOB_ERRORS
from pybase_pipelines.ledger.retries import find_rule
from pybase_pipelines.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def describe_rule(code: str) -> str:
    rule = find_rule(code)
    if rule.pauses:
        return "after a pause, uncounted"
    if rule.times == 0:
        return "no"
    return "once" if rule.is_death else f"in the run, then {rule.times} times"


def make_settings_table() -> str:
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        if default is None or default in ("", (), {}):
            shown = ""
        elif isinstance(default, tuple):
            shown = "usual temporary and lock files"
        else:
            shown = f"`{default}`"
        rows.append(f"| `PYBASE_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def test_every_setting_is_in_the_table_with_its_default_and_meaning():
    assert all(field.description for field in Settings.model_fields.values())
    written = README.split("kept true by a test -->\n")[1].split("\n<!-- end of settings")[0]
    assert written == make_settings_table()


@pytest.mark.parametrize("code", JOB_ERRORS)
def test_every_error_code_is_explained(code):
    assert re.search(rf"^\| {code} \| .+ \| .+ \|$", README, re.MULTILINE)


def test_the_error_table_says_who_tries_again_as_the_retry_table_does():
    for code in JOB_ERRORS:
        row = re.search(rf"^\| {code} \| .+ \| (.+) \|$", README, re.MULTILINE)
        assert row is not None
        assert row[1] == describe_rule(code)


def test_every_command_line_of_the_readme_is_accepted(tmp_path):
    import subprocess
    import sys

    lines = re.findall(r"^\.venv/bin/python -m pybase_pipelines (.+)$", README, re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        words = shlex.split(line.partition("#")[0].partition(">")[0])
        options = [word for word in words if word.startswith("--")]
        done = subprocess.run(
            [sys.executable, "-m", "pybase_pipelines", words[0], "--help"],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        assert all(option in done.stdout for option in options), line


def test_every_make_target_of_the_readme_is_there():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`?make ([a-z]+)`?", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_file_the_readme_names_is_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
