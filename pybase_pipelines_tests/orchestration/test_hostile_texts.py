"""Names and contents of files are data: they forge no log line, move no cursor, and are no markup in the UI."""

from __future__ import annotations

import dagster as dg
import pytest

from pybase_pipelines.orchestration import extraction
from pybase_pipelines.orchestration.metadata import describe_file
from pybase_pipelines_tests.files import make_pdf

FORGED = "2026-01-01 00:00:00 CRITICAL all is lost"
NAMES = [
    f"a\n{FORGED}\x1b[2J.pdf",
    "[click](javascript:alert(1)) <img src=x onerror=alert(1)> ![](data:x).pdf",
    "=cmd|' /C calc'!A0.pdf",
    "\u202egnp.fdp",
    "$(touch pwned) `id`; rm -rf .pdf",
]
TEXT_TYPES = (
    dg.TextMetadataValue,
    dg.IntMetadataValue,
    dg.FloatMetadataValue,
    dg.TableMetadataValue,
)
"""Markdown, links, paths and notebooks are what a browser would obey."""


def obeyed(text: str) -> bool:
    """Whether a terminal or a reader of logs would be misled."""
    return "\x1b" in text or any(line.strip().startswith(FORGED) for line in text.splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_text_in_every_event_tag_and_metadata(world, name, capfd):
    world.put(name, make_pdf())
    world.put(f"bad/{name}", b"")
    (request,) = world.tick()
    result = world.run(request)
    assert world.job_of(name).status == "completed"
    assert world.job_of(f"bad/{name}").error_code == "empty_file"
    run = world.instance.get_run_by_id(result.run_id)
    assert not any(obeyed(value) for value in run.tags.values())
    metadata: list[dg.MetadataValue] = []
    for record in world.instance.all_logs(result.run_id):
        assert not obeyed(record.user_message)
        event = record.dagster_event
        if event is not None and event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION:
            metadata += event.step_materialization_data.materialization.metadata.values()
        if event is not None and event.event_type is dg.DagsterEventType.ASSET_OBSERVATION:
            metadata += event.asset_observation_data.asset_observation.metadata.values()
        if event is not None and event.event_type is dg.DagsterEventType.STEP_FAILURE:
            failure = event.step_failure_data.user_failure_data
            assert not obeyed(failure.description)
            metadata += failure.metadata.values()
    assert metadata
    assert all(isinstance(value, TEXT_TYPES) for value in metadata)
    printed = capfd.readouterr()
    assert not obeyed(printed.out)
    assert not obeyed(printed.err)


def test_what_a_file_makes_its_extractor_say_forges_nothing_either(world, monkeypatch, capfd):
    make_failure = extraction._make_failure

    def say(task, claim, outcome):
        return make_failure(task, claim, outcome).model_copy(
            update={"code": "corrupted_file", "message": f"It says\n{FORGED}\x1b[2J\r"}
        )

    monkeypatch.setattr(extraction, "_make_failure", say)
    monkeypatch.setattr(extraction.Extraction, "_keep", lambda *_: _raise())
    world.put("a.pdf", b"%PDF-1.4\nbroken")
    world.process()
    job = world.job_of("a.pdf")
    assert FORGED in job.error_message
    (run,) = world.instance.get_runs()
    for record in world.instance.all_logs(run.run_id):
        assert not obeyed(record.user_message)
    printed = capfd.readouterr()
    assert not obeyed(printed.out + printed.err)


def test_a_password_among_the_options_is_shown_nowhere(world):
    world.put("a.pdf", make_pdf())
    world.put("a.pdf.extract.json", b'{"password": "open sesame"}')
    (result,) = world.process()
    job = world.job_of("a.pdf")
    assert job.options == {"password": "open sesame"}
    assert "open sesame" not in str(describe_file(job))
    assert "open sesame" not in "".join(str(record) for record in world.instance.all_logs(result.run_id))
    assert "open sesame" not in str(job.to_dict())


def _raise():
    raise AssertionError("a broken file has no result to keep")
