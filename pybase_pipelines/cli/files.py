"""`extract` and `detect`: files on disk, without Dagster, S3 or a database."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.progress import Progress

from pybase_pipelines.cli.console import err, out, printable
from pybase_pipelines.cli.options import JSON_LINES, parse_json_object
from pybase_pipelines.errors import OptionsInvalid
from pybase_pipelines.formats.table import Format
from pybase_pipelines.settings import load_settings

if TYPE_CHECKING:
    from pybase_pipelines.formats.table import Detection
    from pybase_pipelines.sandbox.requests import ExtractionRequest, Outcome

PATHS = typer.Argument(..., help="Files, or folders whose files are all taken.", show_default=False)


def add_commands(app: typer.Typer) -> None:
    app.command()(extract)
    app.command()(detect)


def extract(
    paths: list[Path] = PATHS,
    jsonl: bool = typer.Option(False, "--jsonl", help="One JSON result a line, in the order given."),
    out_dir: Path | None = typer.Option(None, "--out", help="Write each result as a file into this folder."),
    format_: Format | None = typer.Option(None, "--format", help="Do not detect: read every file as this format."),
    options: str = typer.Option("{}", "--options", help="Options of the format, as a JSON object."),
) -> None:
    """Detect and extract files, each in its own limited process; a JSON result for each."""
    from pybase_pipelines.sandbox.client import Sandbox
    from pybase_pipelines.sandbox.limits import make_limits
    from pybase_pipelines.sandbox.requests import ExtractionRequest

    values = parse_json_object(options)
    settings = load_settings()
    files = _expand(paths)
    if out_dir is not None:
        make_folder(out_dir)
    requests = [
        ExtractionRequest(path=f, name=f.name, source_path=str(f), format=format_, options=values) for f in files
    ]
    limits = make_limits(settings)
    failed = 0
    with Sandbox(limits, slots=settings.extract_slots) as sandbox, _show_progress(len(files)) as advance:
        for number, outcome in enumerate(_in_order(requests, sandbox.run(requests))):
            _write(outcome, number, jsonl=jsonl, out_dir=out_dir)
            outcome.result_path.unlink(missing_ok=True)
            failed += not outcome.envelope.success
            advance(outcome.request.name)
    if failed:
        raise typer.Exit(1)


def detect(paths: list[Path] = PATHS, as_json: bool = JSON_LINES) -> None:
    """Say which format each file is, in which version, and why; exit status 1 if one is none that is read."""
    from pybase_pipelines.formats.detection import detect as detect_format

    unknown = 0
    for file in _expand(paths):
        try:
            found = detect_format(file, file.name) if _is_readable(file) else None
            trouble = None if found else "there is no such file"
        except OSError as error:
            found, trouble = None, f"cannot be read ({error.strerror})"
        unknown += found is None or found.format is None
        if as_json:
            facts = found.model_dump(mode="json") if found else {"format": None, "error": trouble}
            sys.stdout.write(json.dumps({"path": str(file)} | facts) + "\n")
        else:
            words = f"{printable(str(file))}: {_describe(found) if found else trouble}"
            out.print(words, markup=False, highlight=False, soft_wrap=True)
    if unknown:
        raise typer.Exit(1)


def make_folder(folder: Path) -> None:
    """Make the folder that a person named.

    Raises:
        OptionsInvalid: it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionsInvalid(
            f"The folder {folder} cannot be made ({error.strerror}).", hint="Name another one that you may write to."
        ) from error


def _is_readable(file: Path) -> bool:
    return file.exists() and not file.is_dir() and not file.is_char_device()


def _describe(found: Detection) -> str:
    wrapper = found.wrapper and f"in {found.wrapper}"
    words = " ".join(str(p) for p in (found.format, found.version, found.variant, wrapper) if p)
    reasons = "; ".join((*found.evidence, *filter(None, (found.contradiction,))))
    return f"{words or 'not known'}  ({printable(reasons)})"


def _expand(paths: Iterable[Path]) -> list[Path]:
    """The files, folders as all files below them.

    Raises:
        OptionsInvalid: there is none.
    """
    files = [
        file
        for path in paths
        for file in (sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path])
    ]
    if not files:
        raise OptionsInvalid("There is no file in what was named.", hint="Name files, or folders that hold some.")
    return files


def _in_order(requests: list[ExtractionRequest], outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes in the order of the requests; one that is ready early waits for those before it."""
    early: dict[int, Outcome] = {}
    places = {id(request): n for n, request in enumerate(requests)}
    wanted = 0
    for outcome in outcomes:
        early[places[id(outcome.request)]] = outcome
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def _write(outcome: Outcome, number: int, *, jsonl: bool, out_dir: Path | None) -> None:
    if out_dir is not None:
        target = out_dir / f"{outcome.request.name[:180]}.json"
        if target.exists():
            target = out_dir / f"{number}-{target.name}"
        shutil.copyfile(outcome.result_path, target)
        return
    if jsonl:
        with outcome.result_path.open("rb") as document:
            shutil.copyfileobj(document, sys.stdout.buffer)
    else:
        document = json.loads(outcome.result_path.read_bytes())
        sys.stdout.buffer.write(json.dumps(document, indent=2, ensure_ascii=False).encode())
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def _show_progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on stderr where a person is looking; gives the function that moves it."""
    if not err.is_terminal or total < 2:
        yield lambda _name: None
        return
    with Progress(console=err) as bar:
        task = bar.add_task("Extracting", total=total)
        yield lambda name: bar.update(task, advance=1, description=escape(printable(name)[:40]))
