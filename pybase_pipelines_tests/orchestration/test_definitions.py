"""The definitions load anywhere, with nothing set, and bring nothing heavy."""

import subprocess
import sys

import dagster as dg

from pybase_pipelines.definitions import build_definitions

HEAVY = ["OCP", "ifcopenshell", "ezdxf", "ezdwg", "pdfplumber", "pypdfium2", "werk24", "pandas", "boto3", "numpy"]


def test_the_definitions_are_loadable_and_named_as_documented():
    definitions = build_definitions()
    dg.Definitions.validate_loadable(definitions)
    repository = definitions.get_repository_def()
    assert [key.to_user_string() for key in definitions.resolve_all_asset_keys()] == ["extractions"]
    assert "extract_uploads_job" in repository.job_names
    assert sorted(s.name for s in repository.sensor_defs) == [
        "canceled_run_sensor",
        "events_sensor",
        "failed_run_sensor",
        "recovery_sensor",
        "uploads_sensor",
    ]
    graph = repository.get_job("extract_uploads_job").graph.node_defs[0]
    assert sorted(node.name for node in graph.nodes) == [
        "detect_formats",
        "download_files",
        "record_results",
        "run_extractors",
    ]


def test_loading_the_definitions_imports_no_extractor_library_and_reads_no_setting():
    code = (
        "import sys, pybase_pipelines.definitions as d; d.build_definitions(); "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "", "PYBASE_RUN_MAX_FILES": "nonsense"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_every_sensor_runs_by_default():
    assert all(
        s.default_status is dg.DefaultSensorStatus.RUNNING for s in build_definitions().get_repository_def().sensor_defs
    )
