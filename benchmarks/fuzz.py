"""Good files broken in many ways, read in the sandbox as always: `make fuzz`, or with files of your own:

    python benchmarks/fuzz.py --mutations 2000 --seed 7 FOLDER...

It ends with status 1 where something must never be: a defect of ours (internal_error), a file without an answer, an
answer that is not what the contract says, a success that does not tell that the end of the file is missing, or a child
that took more than its limits. `--keep DIR` keeps the files that did it. A crash or a timeout of a library on a broken
file is an outcome like others; they are counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from mutations import CUTS, MUTATIONS
from rich.console import Console
from rich.table import Table

from pybase_pipelines.errors import JOB_ERRORS
from pybase_pipelines.formats.detection import detect
from pybase_pipelines.formats.table import Format
from pybase_pipelines.local.samples import write_samples
from pybase_pipelines.sandbox.client import Sandbox
from pybase_pipelines.sandbox.limits import LIMITS, Limits
from pybase_pipelines.sandbox.requests import ExtractionRequest, Outcome

LARGEST_FILE = 1_500_000
WALL_SECONDS = 60.0
GRACE_SECONDS = 20.0
MOST_SHOWN = 40
FORMATS = (Format.PDF, Format.DXF, Format.DWG, Format.IFC, Format.STEP)
console = Console(width=130)


@dataclass(frozen=True, slots=True)
class Case:
    """One broken file. `is_cut`: bytes that meant something are missing at its end."""

    number: int
    source: Path
    format: Format
    mutation: str
    path: Path
    is_cut: bool


@dataclass(slots=True)
class Tally:
    """What became of the files of one format."""

    codes: Counter[str] = field(default_factory=Counter)
    partial: int = 0
    signals: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    peak_bytes: int = 0
    files: int = 0


def find_files(folders: list[Path], samples: Path) -> dict[Format, list[Path]]:
    """Good files by format: our samples, and those of the folders that are not too large."""
    paths = [s.path for s in write_samples(samples) if s.expected_error is None and not s.is_partial]
    for folder in folders:
        paths += sorted(p for p in folder.rglob("*") if p.is_file() and 0 < p.stat().st_size <= LARGEST_FILE)
    found: dict[Format, list[Path]] = defaultdict(list)
    for path in paths:
        if (format_ := detect(path, path.name).format) in FORMATS:
            found[format_].append(path)
    return found


def make_cases(files: dict[Format, list[Path]], args: argparse.Namespace, folder: Path) -> Iterator[Case]:
    """The formats in turn, a file of each by chance, broken in one way or two."""
    formats = [f for f in FORMATS if files.get(f) and (not args.only or f in args.only)]
    for number in range(args.first, args.first + args.mutations):
        random = Random(f"{args.seed}:{number}")
        format_ = formats[number % len(formats)]
        source = random.choice(files[format_])
        data = source.read_bytes()
        chosen = random.sample(MUTATIONS, 2 if random.random() < 0.2 else 1)
        for mutate in chosen:
            data = mutate(data, random) or b"\0"
        is_cut = chosen[-1] in CUTS and len(chosen) == 1 and bool(source.read_bytes()[len(data) :].strip(b"\0\r\n\t "))
        path = folder / f"{number}{source.suffix.lower()}"
        path.write_bytes(data)
        yield Case(number, source, format_, "+".join(m.__name__ for m in chosen), path, is_cut)


def find_faults(case: Case, outcome: Outcome, limits: Limits) -> Iterator[str]:
    """What must never be."""
    envelope = outcome.envelope
    error = envelope.error
    if error and error.code == "internal_error":
        yield f"internal_error: {error.message}"
    elif error and error.code not in JOB_ERRORS:
        yield f"an unknown code: {error.code}"
    if envelope.success != (error is None):
        yield "success and error contradict each other"
    if case.is_cut and envelope.success and not envelope.is_partial and not envelope.warnings:
        yield "a success that does not tell that the end is missing"
    if any(problem.code == "internal_error" for problem in envelope.warnings):
        yield "internal_error: " + next(p.message for p in envelope.warnings if p.code == "internal_error")
    if outcome.wall_seconds > limits.wall_seconds + GRACE_SECONDS:
        yield f"it took {outcome.wall_seconds:.0f} s"
    if outcome.peak_memory_bytes > 1.5 * limits.memory_bytes:
        yield f"it took {outcome.peak_memory_bytes:,} bytes of memory"
    try:
        json.loads(outcome.result_path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (OSError, ValueError) as problem:
        yield f"the result is no JSON: {problem}"


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def count(tally: Tally, case: Case, outcome: Outcome) -> None:
    envelope = outcome.envelope
    tally.files += 1
    tally.codes[envelope.error.code if envelope.error else "partial" if envelope.is_partial else "success"] += 1
    if outcome.signal:
        tally.signals[f"{outcome.signal} in {outcome.stage}"] += 1
    for problem in envelope.warnings:
        if problem.code == "stage_failed":
            tally.stages[f"{case.format} {problem.message[:150]}"] += 1
        elif problem.code in ("extractor_crashed", "extractor_timeout", "out_of_memory"):
            tally.codes[f"{problem.code} (kept)"] += 1
    tally.slowest = max(tally.slowest, (outcome.wall_seconds, f"{case.number} {case.mutation}"))
    tally.peak_bytes = max(tally.peak_bytes, outcome.peak_memory_bytes)


def run(args: argparse.Namespace, folder: Path) -> list[str]:
    """Break, read, judge; the faults."""
    limits = {name: replace(of, wall_seconds=WALL_SECONDS, stall_seconds=WALL_SECONDS) for name, of in LIMITS.items()}
    files = find_files(args.folders, folder / "samples")
    broken = folder / "broken"
    broken.mkdir()
    cases: dict[Path, Case] = {}
    tallies: dict[Format, Tally] = defaultdict(Tally)
    faults: list[str] = []

    def requests() -> Iterator[ExtractionRequest]:
        for case in make_cases(files, args, broken):
            cases[case.path] = case
            yield ExtractionRequest(
                case.path, case.path.name, case.path.name, format=case.format if args.force else None
            )

    answered = 0
    with Sandbox(limits, preload=FORMATS) as sandbox:
        for outcome in sandbox.run(requests()):
            answered += 1
            case = cases.pop(outcome.request.path)
            count(tallies[case.format], case, outcome)
            found = list(find_faults(case, outcome, limits[case.format]))
            faults += [f"{case.number} {case.source.name} {case.mutation}: {fault}" for fault in found]
            is_strange = any(problem.code == "stage_failed" for problem in outcome.envelope.warnings)
            if args.keep and (found or is_strange or args.keep_all):
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / case.path.name).write_bytes(case.path.read_bytes())
            case.path.unlink()
            outcome.result_path.unlink(missing_ok=True)
    faults += [f"{case.number}: no answer" for case in cases.values()]
    report(tallies, sum(map(len, files.values())), answered)
    return faults


def report(tallies: dict[Format, Tally], sources: int, answered: int) -> None:
    codes = sorted({code for tally in tallies.values() for code in tally.codes}, key=lambda c: (c.islower(), c))
    table = Table("outcome", *tallies, title=f"{answered} broken files made of {sources} good ones")
    for code in codes:
        table.add_row(code, *(str(tally.codes[code] or "") for tally in tallies.values()))
    table.add_section()
    table.add_row("files", *(str(tally.files) for tally in tallies.values()))
    table.add_row("slowest, seconds", *(f"{tally.slowest[0]:.1f}" for tally in tallies.values()))
    table.add_row("peak memory, MiB", *(f"{tally.peak_bytes / 2**20:.0f}" for tally in tallies.values()))
    console.print(table)
    for name, tally in tallies.items():
        console.print(f"{name}: slowest was {tally.slowest[1]}; crashes: {dict(tally.signals) or 'none'}")
    stages = Counter(dict(pair for tally in tallies.values() for pair in tally.stages.items()))
    for message, times in stages.most_common(MOST_SHOWN):
        console.print(f"  {times} x {message}", markup=False, highlight=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*", help="folders with good files, beside the samples")
    parser.add_argument("--mutations", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=Format, action="append", help="this format (again for more)")
    parser.add_argument("--force", action="store_true", help="read every file as what it was, detected or not")
    parser.add_argument("--keep", type=Path, help="keep the files with faults, and those where a stage failed, here")
    parser.add_argument("--keep-all", action="store_true", help="keep every broken file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pybase-fuzz-") as name:
        faults = run(args, Path(name))
    for fault in faults[:MOST_SHOWN]:
        console.print(fault, style="red", markup=False, highlight=False)
    console.print(f"{len(faults)} faults", style="bold red" if faults else "bold green")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
