"""A late stage that kills the process costs its own results, never those of the stages before it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pybase_pipelines.formats.table import Format
from pybase_pipelines.local.samples import write_samples
from pybase_pipelines.sandbox import LIMITS, ExtractionRequest, Sandbox
from pybase_pipelines_tests.extractors import faults

TABLES = ("layers", "layouts", "linetypes", "text_styles")
DRAWN = ("text_blocks", "dimensions", "attributes", "hatches")
PLACES = ("spatial_structure.storeys", "tree.children")
KEPT: dict[Format, dict[str, tuple[str, ...]]] = {
    Format.PDF: {
        "sheets": ("pages", "text_blocks"),
        "tables": ("pages", "text_blocks"),
        "drawing": ("pages", "text_blocks"),
    },
    Format.DXF: {
        "summary": (*TABLES, *DRAWN),
        "blocks": (*TABLES, *DRAWN),
        "sheets": (*TABLES, *DRAWN, "blocks", "geometry_summary.totals"),
    },
    Format.DWG: {
        "inserts": TABLES,
        "texts": (*TABLES, "attributes"),
        "dimensions": (*TABLES, "attributes"),
        "geometry": (*TABLES, "attributes", "dimension_styles"),
        "hatches": (*TABLES, "attributes", "dimension_styles"),
        "summary": (*TABLES, "attributes", "dimension_styles", "hatches"),
        "sheets": (*TABLES, "attributes", "dimension_styles", "hatches", "blocks", "geometry_summary.totals"),
    },
    Format.IFC: {
        "types": PLACES,
        "elements": (*PLACES, "type_objects", "classifications"),
        "materials": (*PLACES, "type_objects", "elements", "element_counts"),
        "bom": (*PLACES, "type_objects", "elements", "element_counts", "materials"),
        "groups": (*PLACES, "type_objects", "elements", "element_counts", "materials", "bom.items"),
        "health": (*PLACES, "type_objects", "elements", "element_counts", "materials", "bom.items"),
    },
    Format.STEP: {
        "properties": ("parts", "assembly.occurrences", "bom.items"),
        "pmi": ("parts", "assembly.occurrences", "bom.items", "layers", "materials", "validation_properties"),
        **dict.fromkeys(
            ("geometry", "areas", "volumes", "boxes"),
            ("parts", "assembly.occurrences", "layers", "materials", "pmi.dimensions", "pmi.geometric_tolerances"),
        ),
    },
}
CASES = [(format_, stage) for format_, stages in KEPT.items() for stage in stages]
DEATHS = {
    ("kill", Format.PDF): "out_of_memory",
    ("eat_memory", Format.IFC): "out_of_memory",
    ("eat_memory", Format.DXF): "out_of_memory",
    ("abort", Format.DWG): "extractor_crashed",
    ("fork", Format.STEP): "limit_exceeded",
}
LAST = {format_: list(stages)[-1] for format_, stages in KEPT.items()}


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    made = write_samples(tmp_path_factory.mktemp("samples"))
    return {s.format: s.path for s in made if s.expected_error is None and not s.is_partial}


@pytest.fixture(scope="module")
def run(samples):
    limits = {name: replace(of, memory_bytes=320 << 20) for name, of in LIMITS.items()}
    with Sandbox(limits, slots=2, extractors=f"{faults.__name__}:EXTRACTORS") as sandbox:

        def run(cases: list[tuple[str, Format, str]]):
            requests = [
                ExtractionRequest(
                    samples[format_], str(n), "s3://sample", environment={faults.VARIABLE: f"{what} {stage}"}
                )
                for n, (what, format_, stage) in enumerate(cases)
            ]
            outcomes = {int(outcome.request.name): outcome for outcome in sandbox.run(requests)}
            return [outcomes[n] for n in range(len(cases))]

        yield run


@pytest.fixture(scope="module")
def whole(run):
    """What each sample gives without a fault."""
    outcomes = run([("none", format_, "") for format_ in KEPT])
    assert not [o.envelope.error for o in outcomes if o.envelope.error]
    return dict(zip(KEPT, outcomes, strict=True))


@pytest.mark.parametrize("format_", KEPT)
def test_a_crash_in_any_late_stage_keeps_all_that_was_read_before(run, whole, format_):
    counts = whole[format_].counts
    stages = list(KEPT[format_])
    for stage, outcome in zip(stages, run([("segfault", format_, stage) for stage in stages]), strict=True):
        envelope = outcome.envelope
        assert outcome.signal == "SIGSEGV", stage
        assert (envelope.success, envelope.is_partial, envelope.error) == (True, True, None), stage
        assert [(w.code, w.where) for w in envelope.warnings][-1] == ("extractor_crashed", stage)
        assert f"'{stage}'" in envelope.warnings[-1].message
        for name in KEPT[format_][stage]:
            assert outcome.counts[name] == counts[name] > 0, f"{stage}: {name}"
        document = json.loads(outcome.result_path.read_bytes())
        assert document["is_partial"]
        assert document["metadata"]


@pytest.mark.parametrize(("fault", "format_"), DEATHS)
def test_it_does_not_matter_how_the_process_dies(run, whole, fault, format_):
    stage = LAST[format_]
    (outcome,) = run([(fault, format_, stage)])
    envelope = outcome.envelope
    assert envelope.is_partial
    assert (envelope.warnings[-1].code, envelope.warnings[-1].where) == (DEATHS[fault, format_], stage)
    for name in KEPT[format_][stage]:
        assert outcome.counts[name] == whole[format_].counts[name]


@pytest.mark.parametrize("format_", KEPT)
def test_memory_that_runs_out_in_a_late_stage_costs_that_stage_only(run, whole, format_):
    stage = LAST[format_]
    (outcome,) = run([("memory_error", format_, stage)])
    assert outcome.signal is None
    assert outcome.envelope.is_partial
    assert "out_of_memory" in [w.code for w in outcome.envelope.warnings if stage in w.message]
    for name in KEPT[format_][stage]:
        assert outcome.counts[name] == whole[format_].counts[name]


@pytest.mark.parametrize(
    ("format_", "stage"),
    [
        (Format.IFC, "open"),
        (Format.DWG, "objects"),
        (Format.PDF, "document"),
        (Format.DXF, "open"),
        (Format.STEP, "text"),
    ],
)
def test_a_crash_before_anything_was_read_is_a_failure(run, format_, stage):
    (outcome,) = run([("segfault", format_, stage)])
    assert not outcome.envelope.success
    assert outcome.envelope.error.code == "extractor_crashed"
    assert f"'{stage}'" in outcome.envelope.error.message
