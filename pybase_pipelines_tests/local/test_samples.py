"""The sample files are what `demo` says they are, read by the libraries of each format and not by our extractors."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pybase_pipelines.errors import JOB_ERRORS
from pybase_pipelines.formats.table import FORMATS, Format
from pybase_pipelines.local.samples import Sample, product, write_samples


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    return write_samples(tmp_path_factory.mktemp("samples") / "new folder")


def _path(samples: list[Sample], format_: Format) -> Path:
    return next(s.path for s in samples if s.format is format_ and s.expected_error is None)


def test_every_local_format_has_a_good_sample_with_its_own_suffix(samples: list[Sample]) -> None:
    good = {s.format for s in samples if s.expected_error is None}
    assert good == set(Format) - {Format.WERK24}
    assert all(s.path.stat().st_size > 0 and s.path.suffix in FORMATS[s.format].extensions for s in samples)


def test_the_bad_samples_name_errors_that_exist(samples: list[Sample]) -> None:
    assert {s.expected_error for s in samples} - {None} == {"truncated_file", "password_required"}
    assert all(s.expected_error in JOB_ERRORS for s in samples if s.expected_error)


def test_the_pdf_is_an_a3_sheet_that_shows_title_block_parts_list_and_dimensions(samples: list[Sample]) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(_path(samples, Format.PDF))
    page = document[0]
    text = page.get_textpage().get_text_range()
    assert [round(v / 72 * 25.4) for v in page.get_size()] == [420, 297]
    values = [cell.value for cell in product.TITLE_BLOCK if cell.value]
    assert [v for v in values if v not in text] == []
    assert [row.part_number for row in product.BOM if row.part_number not in text] == []
    assert [
        d for d in ("Ø35 H7", "2x Ø12 H7", "116 ±0.2", "4x M6 - 6H", "R30", "Ra 1.6", "Ø0.05") if d not in text
    ] == []


def test_samples_have_the_same_bytes_each_time(samples: list[Sample], tmp_path: Path) -> None:
    again = write_samples(tmp_path)
    for format_ in (Format.PDF, Format.DXF, Format.DWG, Format.IFC):  # OpenCASCADE may choose another order
        assert _path(again, format_).read_bytes() == _path(samples, format_).read_bytes(), format_


def test_the_dxf_has_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    script = "import sys, pathlib\nfrom pybase_pipelines.local.samples.drawing_dxf import write_dxf\n"
    script += "write_dxf(pathlib.Path(sys.argv[1]))"
    for seed in ("1", "4"):  # with these two ezdxf lists its classes in another order
        path = tmp_path / f"{seed}.dxf"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, str(path)], env=environment, check=True, timeout=120)
    assert (tmp_path / "1.dxf").read_bytes() == (tmp_path / "4.dxf").read_bytes()


def test_the_dxf_carries_real_dimensions_and_a_title_block_with_attributes(samples: list[Sample]) -> None:
    import ezdxf

    doc = ezdxf.readfile(_path(samples, Format.DXF))
    assert doc.audit().errors == []
    assert doc.header["$INSUNITS"] == 4
    assert doc.header.custom_vars.get("Part number") == product.PART_NUMBER
    measured = sorted(round(float(d.get_measurement()), 3) for d in doc.modelspace().query("DIMENSION"))
    assert measured == [6, 6, 9, 12, 14, 30, 30, 35, 42, 48, 60, 60, 64, 88, 90, 116]
    sheet = doc.paperspace("A3")
    block = sheet.query("INSERT").first
    assert {a.dxf.tag: a.dxf.text for a in block.attribs} == {c.tag: c.value for c in product.TITLE_BLOCK if c.value}
    scales = sorted(round(v.get_scale(), 3) for v in sheet.query("VIEWPORT") if v.dxf.id != 1)
    assert scales == [0.5, 1.0]
    assert len(doc.modelspace().query("HATCH")) == 2


def test_the_dwg_reads_back_with_its_texts_dimensions_and_attributes(samples: list[Sample]) -> None:
    import ezdwg

    path = _path(samples, Format.DWG)
    assert path.read_bytes()[:6] == b"AC1015"
    document = ezdwg.read(str(path))
    dimensions = list(document.modelspace().query("DIMENSION"))
    assert sorted(round(d.dxf["actual_measurement"]) for d in dimensions)[-3:] == [88, 90, 116]
    attributes = {e.dxf["tag"]: e.dxf["text"] for e in document.paperspace().query("ATTRIB")}
    assert attributes == {c.tag: c.value for c in product.TITLE_BLOCK if c.value}


def test_the_building_is_valid_ifc_with_shapes_properties_and_layers(samples: list[Sample]) -> None:
    import ifcopenshell
    import ifcopenshell.util.element as element
    import ifcopenshell.validate

    model = ifcopenshell.open(str(_path(samples, Format.IFC)))
    log = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(model, log, express_rules=True)
    assert log.statements == []
    assert [s.Elevation for s in model.by_type("IfcBuildingStorey")] == [0.0, 3500.0, 7000.0]
    walls = model.by_type("IfcWall")
    assert len(walls) == 10
    assert all(w.Representation for w in model.by_type("IfcBuildingElement"))
    assert element.get_psets(walls[0])["Pset_WallCommon"]["FireRating"] == "REI 90"
    layers = element.get_material(walls[0]).MaterialLayers
    assert [layer.LayerThickness for layer in layers] == [15.0, 160.0, 175.0, 15.0]
    assert model.by_type("IfcProjectedCRS")[0].Name == "EPSG:25832"


def test_the_assembly_states_its_parts_and_its_tolerances(samples: list[Sample]) -> None:
    text = _path(samples, Format.STEP).read_text()
    assert "AP242" in text
    names = re.findall(r"= PRODUCT\('([^']*)'", text)
    assert len(names) == 8
    assert f"{product.PART_NUMBER} Bracket body" in names
    counts = {
        word: len(re.findall(rf"\b{word}\b *\(", text))
        for word in (
            "NEXT_ASSEMBLY_USAGE_OCCURRENCE",
            "FLATNESS_TOLERANCE",
            "POSITION_TOLERANCE",
            "PARALLELISM_TOLERANCE",
        )
    }
    assert counts == {
        "NEXT_ASSEMBLY_USAGE_OCCURRENCE": 11,
        "FLATNESS_TOLERANCE": 1,
        "POSITION_TOLERANCE": 1,
        "PARALLELISM_TOLERANCE": 1,
    }
    assert re.findall(r"= DATUM\('','',#\d+,\.F\.,'(\w)'\)", text) == ["A", "B", "C"]
    assert re.findall(r"LIMITS_AND_FITS\('(\w)','hole','(\d+)'", text) == [("H", "7"), ("H", "7")]


def test_the_parts_list_weighs_what_the_solids_weigh() -> None:
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    from pybase_pipelines.local.samples.bracket_solid import make_bracket

    properties = GProp_GProps()
    BRepGProp.VolumeProperties_s(make_bracket(), properties, 1e-3, False, False)
    assert f"{properties.Mass() * 7.1e-6:.2f}" == product.BOM[0].weight


def test_the_broken_uploads_begin_like_models_and_have_no_end(samples: list[Sample]) -> None:
    interrupted = next(s.path for s in samples if s.is_partial).read_bytes()
    failed = next(s.path for s in samples if s.expected_error == "truncated_file").read_bytes()
    for content in (interrupted, failed):
        assert content.startswith(b"ISO-10303-21;")
        assert b"END-ISO-10303-21;" not in content
    assert b"IFCBUILDINGSTOREY" in interrupted
    assert b"ENDSEC;" not in failed


def test_the_quotation_wants_a_password(samples: list[Sample]) -> None:
    import pypdfium2

    encrypted = next(s.path for s in samples if s.expected_error == "password_required")
    with pytest.raises(pypdfium2.PdfiumError, match="password"):
        pypdfium2.PdfDocument(encrypted)


def test_importing_the_samples_loads_no_extractor_library() -> None:
    code = (
        "import sys, pybase_pipelines.local.samples.catalogue as c, pybase_pipelines.local.samples.drawing_dwg;"
        "print([m for m in ('OCP', 'ifcopenshell', 'ezdxf', 'ezdwg', 'reportlab') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
