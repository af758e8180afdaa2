"""Files as they go wrong in practice: uploads that broke off, and a document behind a password."""

from __future__ import annotations

from pathlib import Path

from pybase_pipelines.local.samples import product

_PASSWORD = "Tannhof-2041"  # noqa: S105  the point of the sample is that nobody was told


def write_beginning(path: Path, whole: Path, *, share: float) -> None:
    """The first part of a model, as an upload that broke off leaves it."""
    content = whole.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def write_encrypted_pdf(path: Path) -> None:
    """A quotation that opens only with a password."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    lock = StandardEncryption(_PASSWORD, strength=128)
    canvas = Canvas(str(path), pagesize=A4, invariant=1, encrypt=lock)
    canvas.setTitle(f"{product.DRAWING_NUMBER} quotation")
    canvas.setFont("Helvetica", 12)
    canvas.drawString(72, 770, f"{product.COMPANY}: quotation for {product.TITLE} {product.DRAWING_NUMBER}")
    canvas.drawString(72, 750, "100 pieces, delivery in six weeks. Confidential.")
    canvas.showPage()
    canvas.save()
