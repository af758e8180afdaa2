"""How fast, against the floor of the bare libraries, in one run: `make bench`. Figures are CPU and wall seconds.

Three questions: what does our reading cost beside the library's own (per format, on the sample files), what does a
process for each file cost (many tiny files), and what is left of it in the whole pipeline (`pipeline`)?
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.pipeline import FILES as PIPELINE_FILES
from benchmarks.pipeline import make_tiny, measure_pipeline
from pybase_pipelines.extractors.contract import Progress, Source, parse_options
from pybase_pipelines.extractors.registry import EXTRACTORS
from pybase_pipelines.formats.detection import detect
from pybase_pipelines.formats.table import Format
from pybase_pipelines.local.samples import write_samples
from pybase_pipelines.sandbox.client import Sandbox
from pybase_pipelines.sandbox.requests import ExtractionRequest

ROUNDS = 5
TINY_FILES = 300
console = Console(width=110)


def read_pdf(path: Path) -> None:
    import pdfplumber

    with pdfplumber.open(path) as pdf:
        for page in pdf.pages:
            page.extract_words()
            page.find_tables()
            page.close()


def read_dxf(path: Path) -> None:
    import ezdxf

    list(ezdxf.readfile(path).modelspace())


def read_dwg(path: Path) -> None:
    import ezdwg

    list(ezdwg.read(str(path)).modelspace().query("*"))


def read_ifc(path: Path) -> None:
    import ifcopenshell
    import ifcopenshell.util.element as element

    model = ifcopenshell.open(path)  # kept: its instances die with it
    for product in model.by_type("IfcProduct"):
        element.get_psets(product)


def read_step(path: Path) -> None:
    from OCP.STEPControl import STEPControl_Reader

    reader = STEPControl_Reader()
    reader.ReadFile(str(path))
    reader.TransferRoots()


BARE: dict[Format, Callable[[Path], None]] = {
    Format.PDF: read_pdf,
    Format.DXF: read_dxf,
    Format.DWG: read_dwg,
    Format.IFC: read_ifc,
    Format.STEP: read_step,
}


def extract(path: Path, format_: Format, scratch: Path) -> None:
    row = EXTRACTORS[format_]
    options = parse_options(row.load_options(), {})
    source = Source(path, path.name, detect(path, path.name), options, scratch)
    row.load_extract()(source, row.load_content()(), Progress())


def take_time(work: Callable[[], object]) -> float:
    """The median CPU seconds of a few rounds, after one that warms up."""
    seconds = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return sorted(seconds[1:])[ROUNDS // 2]


def compare_formats(folder: Path) -> None:
    table = Table("format", "sample", "bare library, CPU ms", "ours, CPU ms", "ratio", title="Reading one sample file")
    for sample in write_samples(folder):
        if sample.expected_error or sample.is_partial:
            continue
        for module in EXTRACTORS[sample.format].preload:
            import_module(module)
        bare = take_time(lambda s=sample: BARE[s.format](s.path))
        ours = take_time(lambda s=sample: extract(s.path, s.format, folder))
        table.add_row(sample.format, sample.path.name, f"{bare * 1000:.1f}", f"{ours * 1000:.1f}", f"{ours / bare:.2f}")
    console.print(table)


def compare_isolation(paths: list[Path], folder: Path) -> float:
    """Files a second: in one process, and in a child for each file."""
    import_module("ezdxf")
    started = time.perf_counter()
    for path in paths:
        extract(path, Format.DXF, folder)
    floor = len(paths) / (time.perf_counter() - started)
    table = Table("way", "files/min", "share of the floor", title=f"{len(paths)} tiny DXF files")
    table.add_row("in one process, no isolation (the floor)", f"{floor * 60:,.0f}", "1.00")
    for slots in sorted({1, os.cpu_count() or 1}):
        with Sandbox(slots=slots, preload=(Format.DXF,)) as sandbox:
            requests = [ExtractionRequest(path=p, name=p.name, source_path=p.name) for p in paths]
            next(sandbox.run(requests[:1]))  # the launcher is up
            started = time.perf_counter()
            done = sum(outcome.envelope.success for outcome in sandbox.run(requests))
            rate = done / (time.perf_counter() - started)
        table.add_row(f"a child for each file, {slots} at a time", f"{rate * 60:,.0f}", f"{rate / floor:.2f}")
    console.print(table)
    return floor


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="pybase-bench-") as name:
        folder = Path(name)
        compare_formats(folder)
        floor = compare_isolation(make_tiny(folder, TINY_FILES), folder)
        measure_pipeline(folder, PIPELINE_FILES, floor, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
