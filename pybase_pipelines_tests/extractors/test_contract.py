"""What every extractor promises, whatever its format: the registry's rows are complete, bad bytes get an answer."""

import pytest

from pybase_pipelines.errors import JOB_ERRORS, OptionsInvalid
from pybase_pipelines.extractors.contract import Options, parse_options
from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.table import FORMATS, Format
from pybase_pipelines.results.envelope import Content, Envelope
from pybase_pipelines.sandbox.client import Sandbox
from pybase_pipelines.sandbox.requests import ExtractionRequest
from pybase_pipelines_tests.files import make_dxf, make_pdf

ALL = sorted(EXTRACTORS)
BEGINNINGS = {
    Format.PDF: make_pdf(),
    Format.DXF: make_dxf(),
    Format.DWG: b"AC1032" + bytes(range(256)) * 20,
    Format.IFC: b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCPROJECT('x',$,$,$,$,$,$,$,$);",
    Format.STEP: b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('AP214'));\nENDSEC;\nDATA;\n#1=PRODUCT('a','b','',(#2));\n",
    Format.WERK24: b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
}
HARMS = {
    "empty": lambda data: b"",
    "first 40 bytes": lambda data: data[:40],
    "half": lambda data: data[: len(data) // 2],
    "no end": lambda data: data[:-20],
    "zeros after the beginning": lambda data: data[:40] + b"\0" * 4000,
    "noise in the middle": lambda data: data[:60] + bytes((n * 197 + 13) % 256 for n in range(3000)) + data[60:],
}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(slots=2) as sandbox:
        yield sandbox


def test_every_format_has_an_extractor():
    assert set(EXTRACTORS) == set(Format) == set(FORMATS)


@pytest.mark.parametrize("format_", ALL)
def test_content_is_empty_at_first_and_shares_no_name_with_the_envelope(format_):
    content = EXTRACTORS[format_].load_content()
    assert issubclass(content, Content)
    content()
    assert not set(content.model_fields) & set(Envelope.model_fields)
    assert "metadata" in content.model_fields


@pytest.mark.parametrize("format_", ALL)
def test_options_have_defaults_and_unknown_ones_are_refused_by_name(format_):
    model = EXTRACTORS[format_].load_options()
    assert issubclass(model, Options)
    parse_options(model, {})
    with pytest.raises(OptionsInvalid, match="no_such_option"):
        parse_options(model, {"no_such_option": 1})


@pytest.mark.parametrize("format_", ALL)
def test_libraries_of_an_extractor_are_installed_and_named_with_their_versions(format_):
    assert all(EXTRACTORS[format_].info().libraries.values())


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_file_is_failed_by_name_or_partial_and_never_an_empty_success(sandbox, make_file, harm):
    requests = []
    for format_, data in BEGINNINGS.items():
        path = make_file(HARMS[harm](data), f"file{FORMATS[format_].extensions[0]}")
        requests.append(ExtractionRequest(path=path, name=path.name, source_path=path.name, format=format_))
    outcomes = list(sandbox.run(requests))
    assert len(outcomes) == len(requests)
    for outcome in outcomes:
        envelope = outcome.envelope
        if envelope.success:
            assert any(outcome.counts.values()), f"{outcome.request.name}: an empty success"
            assert harm == "no end" or envelope.is_partial or envelope.warnings, f"{outcome.request.name}: nothing told"
        else:
            assert envelope.error is not None
            assert envelope.error.code in set(JOB_ERRORS) - {"internal_error"}, envelope.error
            assert envelope.error.hint
