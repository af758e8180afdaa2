"""`doctor`: checks every connection and says what to mend."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from pybase_pipelines.cli.console import out, show_size
from pybase_pipelines.errors import PybaseError, StorageUnavailable
from pybase_pipelines.settings import Settings, load_settings

PROBE_KEY = "doctor/probe.txt"
LEAST_FREE_BYTES = 2 * 1024**3
LIBRARIES = {
    "pdfplumber": "pdfplumber",
    "pypdfium2": "pypdfium2",
    "ezdxf": "ezdxf",
    "ezdwg": "ezdwg",
    "ifcopenshell": "ifcopenshell",
    "cadquery-ocp": "OCP",
    "dagster": "dagster",
}
SAMPLE_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 36>>stream
BT /F 12 Tf 20 100 Td (doctor) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


CONFINEMENTS = {
    "reading": "other files",
    "writing": "writing outside its folder",
    "network": "the network",
    "processes": "starting processes",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `is_needed`: without it the pipeline cannot work."""

    is_good: bool
    words: str
    advice: str = ""
    is_needed: bool = True


def add_commands(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(as_json: bool = typer.Option(False, "--json", help="Print one JSON object a check.")) -> None:
    """Check the set-up, the database, the object store and the extractors, and say what to mend."""
    settings = load_settings()
    checks: dict[str, Callable[[Settings], Finding]] = {
        "Python": _check_python,
        "libraries": _check_libraries,
        "state folder": _check_state_dir,
        "ledger": _check_ledger,
        "object store": _check_store,
        "extraction": _check_extraction,
        "Dagster": _check_engine,
        "Werk24": _check_werk24,
    }
    table = Table(show_header=False, box=None, pad_edge=False)
    bad = 0
    for name, check in checks.items():
        finding = _find(check, settings)
        bad += not finding.is_good and finding.is_needed
        if as_json:
            sys.stdout.write(json.dumps({"check": name} | asdict(finding)) + "\n")
        else:
            table.add_row(*_describe(name, finding))
    if not as_json:
        out.print(table)
    if bad:
        raise typer.Exit(1)


def _describe(name: str, finding: Finding) -> tuple[str, str, str]:
    mark = "[green]ok[/green]" if finding.is_good else ("[red]mend[/red]" if finding.is_needed else "[dim]off[/dim]")
    advice = f"\n[dim]→ {escape(finding.advice)}[/dim]" if finding.advice and not finding.is_good else ""
    return mark, f"[bold]{name}[/bold]", escape(finding.words) + advice


def _find(check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return check(settings)
    except PybaseError as error:
        return Finding(False, f"{error.code}: {error.message}", error.hint)
    except OSError as error:
        return Finding(
            False, f"{error.strerror}: {error.filename}", "Check the rights and the space of the state folder."
        )


def _check_python(_settings: Settings) -> Finding:
    version = ".".join(str(n) for n in sys.version_info[:3])
    return Finding((3, 11) <= sys.version_info[:2] < (3, 13), version, "Use Python 3.11 or 3.12.")


def _check_libraries(_settings: Settings) -> Finding:
    missing = [name for name, module in LIBRARIES.items() if util.find_spec(module) is None]
    if missing:
        return Finding(False, f"missing: {', '.join(missing)}", f"Install {' '.join(missing)}.")
    return Finding(True, ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES))


def _check_state_dir(settings: Settings) -> Finding:
    folder = settings.resolved_state_dir()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder):
        free = shutil.disk_usage(folder).free
    return Finding(free >= LEAST_FREE_BYTES, f"{folder} is writable, {show_size(free)} free", "Make room on this disk.")


def _check_ledger(settings: Settings) -> Finding:
    from pybase_pipelines.cli.jobs import open_ledger

    stats = open_ledger(settings).stats()
    kind = settings.ledger_url().partition(":")[0]
    counts = ", ".join(f"{number} {status}" for status, number in stats.by_status.items() if number)
    return Finding(True, f"{kind}, {stats.total} jobs{': ' + counts if counts else ''}")


def _check_store(settings: Settings) -> Finding:
    from pybase_pipelines.object_store.store import ObjectStore

    address = settings.store_address()
    store = ObjectStore(address)
    where = f"{address.endpoint_url or 'AWS'}, bucket {settings.bucket}"
    key = settings.results_prefix + PROBE_KEY
    store.list_page(settings.bucket, settings.prefix)
    store.put(settings.bucket, key, b"doctor", content_type="text/plain")
    if store.get(settings.bucket, key) != b"doctor":
        raise StorageUnavailable(f"{where}: what was written came back different.")
    store.delete(settings.bucket, key)
    return Finding(True, f"{where}: can be listed, written, read and deleted")


def _check_extraction(settings: Settings) -> Finding:
    from pybase_pipelines.sandbox.client import Sandbox
    from pybase_pipelines.sandbox.limits import make_limits
    from pybase_pipelines.sandbox.requests import ExtractionRequest

    with tempfile.TemporaryDirectory() as folder, Sandbox(make_limits(settings), slots=1) as sandbox:
        path = Path(folder) / "sample.pdf"
        path.write_bytes(SAMPLE_PDF)
        for outcome in sandbox.run([ExtractionRequest(path=path, name=path.name, source_path=path.name)]):
            if outcome.envelope.success:
                memory = show_size(outcome.peak_memory_bytes)
                words = f"a sample was read in its own process ({outcome.wall_seconds:.2f} s, {memory})"
                return judge_confinement(words, sandbox.missing_protections or ())
            error = outcome.envelope.error
            return Finding(False, f"{error.code}: {error.message}" if error else "failed", error.hint if error else "")
    return Finding(False, "the sandbox gave no answer", "Run `extract` on a file and look at its log.")


def judge_confinement(words: str, missing: tuple[str, ...]) -> Finding:
    """What keeps an extraction in here, as the launcher found out by trying."""
    held = [CONFINEMENTS[name] for name in CONFINEMENTS if name not in missing]
    words += f"; refused to it: {', '.join(held) or 'nothing'}"
    if not missing:
        return Finding(True, words)
    advice = "This needs Linux 5.13 or later with Landlock and seccomp, on x86-64 or ARM64; a container may hide both."
    return Finding(True, f"{words}; NOT refused: {', '.join(CONFINEMENTS[name] for name in missing)}. {advice}")


def _check_engine(settings: Settings) -> Finding:
    import urllib.request

    from pybase_pipelines.local.stack import read_ui_address

    address = read_ui_address(settings)
    if address is None:
        return Finding(False, "the embedded default is not running", "`make dev` starts it.", is_needed=False)
    try:
        with urllib.request.urlopen(f"{address}/server_info", timeout=5) as answer:  # noqa: S310 - our own loopback address
            return Finding(answer.status == 200, f"the UI answers at {address}")
    except OSError:
        return Finding(False, f"the UI does not answer at {address}", "`make dev` starts it.", is_needed=False)


def _check_werk24(_settings: Settings) -> Finding:
    """Only whether a licence is there: asking the service could cost money."""
    if os.environ.get("W24TECHREAD_AUTH_TOKEN") or any(path.exists() for path in _license_files()):
        return Finding(True, "a licence is configured")
    advice = "Set W24TECHREAD_AUTH_TOKEN to read drawings with the Werk24 service (PNG, JPEG, TIFF)."
    return Finding(False, "no licence: pictures of drawings are not read", advice, is_needed=False)


def _license_files() -> Iterator[Path]:
    for folder in (Path.cwd(), Path.home()):
        yield folder / ".werk24"
        yield folder / "werk24_license.txt"
