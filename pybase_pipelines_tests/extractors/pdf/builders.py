"""PDFs made in code, and one call that extracts them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.pdf.extractor import extract
from pybase_pipelines.extractors.pdf.options import PdfOptions
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.results.pdf import PdfContent

A4_LANDSCAPE = (841.89, 595.28)
A3_LANDSCAPE = (1190.55, 841.89)


@dataclass
class Outcome:
    content: PdfContent
    progress: Progress

    @property
    def codes(self) -> set[str]:
        return {warning.code for warning in self.progress.warnings}

    @property
    def words(self) -> list[str]:
        return [word for block in self.content.text_blocks for word in block.text.split()]


def make_pdf(
    *pages: Callable[[Canvas], object],
    size: tuple[float, float] = (595.28, 841.89),
    password: str | None = None,
    owner_password: str | None = None,
) -> bytes:
    """A PDF with one page for each function that draws one."""
    target = io.BytesIO()
    secret = StandardEncryption(password or "", owner_password, strength=128) if password or owner_password else None
    canvas = Canvas(target, pagesize=size, encrypt=secret)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def raw_pdf(*objects: str, root: int = 1) -> bytes:
    """A PDF of the objects as written, numbered from 1, with a true cross-reference table."""
    data = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    data += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    return data + f"trailer\n<</Size {len(objects) + 1} /Root {root} 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()


def run(
    data: bytes, folder: Path, on_checkpoint: Callable[[PdfContent], object] | None = None, **options: object
) -> Outcome:
    """Extract a PDF as the sandbox does, without the sandbox."""
    path = folder / "file.pdf"
    path.write_bytes(data)
    content = PdfContent()
    outcome = Outcome(content, Progress(checkpoint=lambda: on_checkpoint(content)) if on_checkpoint else Progress())
    source = Source(path, path.name, Detection(format=Format.PDF), PdfOptions.model_validate(options), folder)
    extract(source, outcome.content, outcome.progress)
    return outcome


def draw_grid(
    canvas: Canvas, rows: list[list[str]], x: float = 60, y: float = 780, width: float = 90, height: float = 20
) -> None:
    """A ruled table whose upper left corner is (x, y)."""
    columns = len(rows[0])
    canvas.grid([x + i * width for i in range(columns + 1)], [y - i * height for i in range(len(rows) + 1)])
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            canvas.drawString(x + c * width + 4, y - r * height - 14, text)


def draw_scan(canvas: Canvas) -> None:
    """A picture that covers the page."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, 595, 841)


def draw_strokes(canvas: Canvas) -> None:
    """A drawing without a letter."""
    for i in range(500):
        canvas.line(20 + i, 30, 40 + i, 500 - i % 7)
