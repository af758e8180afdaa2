"""Sheets made in code: cells with lettering in them, the way common programs draw their title blocks."""

from __future__ import annotations

from pybase_pipelines.extractors.drawing.sheet import Lettering, Rule, Sheet
from pybase_pipelines.extractors.drawing.view import turn_box, turn_point

WIDTH_OF_A_LETTER = 0.62


class Paper:
    """Draws lettering and ruling in millimetres; `turned` gives the same sheet with everything turned by 90°."""

    def __init__(self, width: float = 420.0, height: float = 297.0) -> None:
        self.width, self.height = width, height
        self.lettering: list[Lettering] = []
        self.rules: list[Rule] = []

    def write(self, x: float, y: float, text: str, height: float = 2.5) -> Paper:
        """Text whose base line starts at x, y."""
        box = (x, y, x + len(text) * WIDTH_OF_A_LETTER * height, y + height)
        self.lettering.append(Lettering(text, box, height))
        return self

    def line(self, x0: float, y0: float, x1: float, y1: float) -> Paper:
        self.rules.append(Rule(x0, y0, x1, y1))
        return self

    def box(self, x: float, y: float, width: float, height: float) -> Paper:
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
            self.line(x0, y0, x1, y1)
        return self

    def cell(self, x: float, y: float, width: float, height: float, *texts: str, size: float = 2.0) -> Paper:
        """A ruled cell with its texts from the top, one a line."""
        self.box(x, y, width, height)
        for number, text in enumerate(texts):
            if text:
                self.write(x + 1, y + height - (number + 1) * (size + 1.2), text, size)
        return self

    def row(self, x: float, y: float, height: float, widths: list[float], texts: list[str]) -> Paper:
        """Cells side by side with one text each, in their middle height."""
        for width, text in zip(widths, texts, strict=True):
            self.box(x, y, width, height)
            if text:
                self.write(x + 1, y + (height - 2) / 2, text, 2.0)
            x += width
        return self

    def sheet(self, labelled: tuple[tuple[str, str], ...] = ()) -> Sheet:
        return Sheet(self.width, self.height, tuple(self.lettering), tuple(self.rules), labelled=labelled, page=1)

    def turned(self) -> Sheet:
        """The sheet turned by 90° counter-clockwise: what stood upright now reads from bottom to top."""

        def up(x: float, y: float) -> tuple[float, float]:
            u, v = turn_point(x, y, 3)
            return u + self.height, v

        lettering = []
        for text in self.lettering:
            x0, y0, x1, y1 = turn_box(text.bbox, 3)
            box = (x0 + self.height, y0, x1 + self.height, y1)
            lettering.append(Lettering(text.text, box, text.height, 90.0))
        rules = [Rule(*up(r.x0, r.y0), *up(r.x1, r.y1)) for r in self.rules]
        return Sheet(self.height, self.width, tuple(lettering), tuple(rules), page=1)


def solidworks_iso() -> Paper:
    """Names in a table of rows (DRAWN, CHK'D) and columns (NAME, DATE); values in the cells of their labels."""
    paper = Paper()
    names = ["", "NAME", "SIGNATURE", "DATE"]
    widths = [15.0, 25.0, 20.0, 20.0]
    for number, row in enumerate(
        [names, ["DRAWN", "A. Miller", "", "12/03/2020"], ["CHK'D", "", "", ""], ["APPV'D", "B. Stone", "", ""]]
    ):
        paper.row(230, 40 - number * 6, 6, widths, row)
    paper.cell(310, 34, 100, 12, "TITLE:").write(325, 37, "BEARING BRACKET", 4)
    paper.cell(310, 22, 80, 12, "DWG NO.").write(330, 25, "BB-1042-03", 4)
    paper.cell(390, 22, 20, 12, "A3")
    paper.cell(310, 16, 40, 6, "SCALE:1:2").cell(350, 16, 60, 6, "SHEET 1 OF 3")
    paper.cell(230, 16, 80, 6, "WEIGHT:")
    paper.cell(310, 46, 100, 10, "MATERIAL:").cell(390, 56, 20, 8, "REVISION")
    return paper


def din() -> Paper:
    """A German block: people as rows, date before name; labels and values share cells."""
    paper = Paper()
    widths = [15.0, 22.0, 28.0]
    for number, row in enumerate(
        [
            ["", "Datum", "Name"],
            ["Bearb.", "03.02.2019", "Müller"],
            ["Gepr.", "05.02.2019", "Schmidt"],
            ["Norm", "", ""],
        ]
    ):
        paper.row(300, 60 - number * 5, 5, widths, row)
    paper.cell(365, 50, 50, 15, "Benennung", "Lagerbock links")
    paper.cell(365, 35, 50, 15, "Zeichnungs-Nr.", "4711-08.15")
    paper.cell(300, 35, 40, 10, "Werkstoff", "S235JR").cell(340, 35, 25, 10, "Maßstab", "1:2,5")
    paper.cell(300, 25, 65, 10, "Allgemeintoleranzen", "ISO 2768-mK").cell(365, 25, 25, 10, "Blatt", "1 von 2")
    paper.cell(390, 25, 25, 10, "Gewicht (kg)", "1,25")
    return paper


def header_over_value() -> Paper:
    """Labels in a row of cells, values in the row below (Inventor)."""
    paper = Paper()
    widths = [35.0, 35.0, 35.0, 35.0]
    paper.row(270, 40, 5, widths, ["Designed by", "Checked by", "Approved by", "Date"])
    paper.row(270, 33, 7, widths, ["J. Doe", "", "M. Rossi", "2021-07-30"])
    paper.cell(270, 18, 80, 15, "Title", "Gear shaft").cell(350, 18, 30, 15, "Edition", "B").cell(
        380, 18, 30, 15, "Sheet", "1 / 1"
    )
    return paper


def two_languages() -> Paper:
    """Small labels in two languages at the top of each cell (ISO 7200)."""
    paper = Paper()
    paper.cell(250, 30, 80, 12, "Title / Titel", "Flange / Flansch").cell(
        330, 30, 50, 12, "Drawing No. / Zeichnungsnr.", "FL-77"
    )
    paper.cell(380, 30, 30, 12, "Rev. / Index", "C").cell(250, 18, 40, 12, "Scale / Maßstab", "2:1")
    paper.cell(290, 18, 40, 12, "Date / Datum", "07.08.2022").cell(330, 18, 50, 12, "Material / Werkstoff", "")
    paper.cell(380, 18, 30, 12, "Sheet / Blatt", "1/4")
    return paper


def kicad() -> Paper:
    """Label and value in one text; the sheet's number is called Id, and "Sheet" is a path."""
    paper = Paper(297, 210)
    paper.box(187, 10, 100, 32).line(187, 18, 287, 18).line(187, 26, 287, 26)
    paper.line(210, 10, 210, 18).line(255, 10, 255, 18)
    paper.write(189, 36, "Sheet: /power/", 1.5).write(189, 32, "File: power.kicad_sch", 1.5)
    paper.write(189, 20, "Title: Motor driver", 2.5)
    paper.write(189, 12, "Size: A4", 1.5).write(212, 12, "Date: 2021-02-14", 1.5).write(257, 14, "Rev: 1.2", 1.5)
    paper.write(257, 11, "Id: 2/5", 1.5)
    return paper


def orcad_left_blank() -> Paper:
    """Placeholders where nothing was filled in; the sheet's number in four texts."""
    paper = Paper(297, 210)
    paper.cell(190, 30, 97, 10, "Title", "Power supply").cell(190, 20, 15, 10, "Size", "A").cell(
        205, 20, 60, 10, "Document Number", "<Doc>"
    )
    paper.cell(265, 20, 22, 10, "Rev", "<RevCode>").box(190, 14, 50, 6).box(240, 14, 47, 6)
    paper.write(191, 16, "Date:", 1.8).write(200, 16, "Saturday, October 08, 2011", 1.8)
    paper.write(241, 16, "Sheet", 1.8).write(251, 16, "1", 1.8).write(260, 16, "of", 1.8).write(270, 16, "2", 1.8)
    return paper


def altium() -> Paper:
    paper = Paper(297, 210)
    paper.cell(190, 30, 97, 12, "Title").write(200, 33, "Sensor board", 3)
    paper.cell(190, 20, 20, 10, "Size", "A4").cell(210, 20, 50, 10, "Number", "SB-3301").cell(
        260, 20, 27, 10, "Revision", "2"
    )
    paper.box(190, 10, 97, 10).write(191, 16.5, "Date:", 1.8).write(200, 16.5, "5/17/2019", 1.8).write(
        240, 16.5, "Sheet 1 of 3", 1.8
    )
    paper.write(191, 12, "File:", 1.8).write(200, 12, "C:\\boards\\sensor.SchDoc", 1.8).write(
        240, 12, "Drawn By:", 1.8
    ).write(256, 12, "K. Lee", 1.8)
    return paper


def solidworks_ansi() -> Paper:
    """Small labels at the top of their cells, values below them; label, colon and value in one text elsewhere."""
    paper = Paper()
    lines = ["UNLESS OTHERWISE SPECIFIED:", "DIMENSIONS ARE IN INCHES", "TOLERANCES:", "ANGULAR: MACH ± BEND ±"]
    paper.cell(200, 10, 70, 46, *lines, size=1.5).cell(200, 4, 70, 6, "DO NOT SCALE DRAWING")
    rows = [["", "NAME", "DATE"], ["DRAWN", "JRS", "4/12/18"], ["CHECKED", "", ""], ["ENG APPR.", "", ""]]
    for number, row in enumerate(rows):
        paper.row(270, 51 - 5 * number, 5, [18, 20, 20], row)
    paper.cell(270, 10, 58, 16, "COMMENTS:").cell(328, 36, 85, 20).write(340, 46, "ACME TOOLS, INC.", 4)
    paper.cell(328, 24, 85, 12, "TITLE:").write(345, 27, "MOUNTING PLATE", 4)
    paper.cell(328, 12, 12, 12, "SIZE").write(331, 14, "B", 4).cell(340, 12, 58, 12, "DWG.  NO.")
    paper.write(345, 14, "AT-2001", 4).cell(398, 12, 15, 12, "REV").write(403, 14, "C", 4)
    paper.cell(328, 4, 30, 8, "SCALE: 1:2").cell(358, 4, 30, 8, "WEIGHT: 0.41").cell(388, 4, 25, 8, "SHEET 1 OF 1")
    return paper.cell(200, 60, 60, 10, "MATERIAL", "6061-T6").cell(200, 70, 60, 10, "FINISH", "")


def eagle() -> Paper:
    paper = Paper(297, 210)
    paper.box(190, 10, 100, 30).line(190, 30, 290, 30).line(190, 20, 290, 20).line(260, 20, 260, 30)
    paper.line(250, 10, 250, 20).write(192, 36, "TITLE:", 2).write(205, 33, "arduino-shield", 3)
    paper.write(192, 26, "Document Number:", 2).write(262, 26, "REV:", 2)
    return paper.write(192, 14, "Date: 5/17/2012 3:45:12 PM", 2).write(252, 14, "Sheet: 1/2", 2)


def french() -> Paper:
    paper = Paper()
    paper.cell(250, 40, 100, 10, "Désignation :", "Platine support").cell(350, 40, 60, 10, "Echelle :", "1:2")
    paper.cell(250, 30, 50, 10, "Dessiné par :", "Dupont").cell(300, 30, 50, 10, "Vérifié par :", "")
    paper.cell(350, 30, 60, 10, "Date :", "14/03/2019").cell(250, 20, 50, 10, "Matière :", "Acier S235")
    paper.cell(300, 20, 50, 10, "N° de plan :", "PL-0042").cell(350, 20, 30, 10, "Indice :", "A")
    return paper.cell(380, 20, 30, 10, "Folio :", "1/2")


def without_colons() -> Paper:
    """Label and value in one text without a colon; an unknown label, and a name and a date in one cell."""
    paper = Paper()
    paper.box(250, 10, 150, 30).line(250, 20, 400, 20).line(250, 30, 400, 30).line(320, 10, 320, 40)
    paper.write(252, 36, "DRAWN BY J. Doe", 2).write(322, 36, "DWG NO. 4711-A", 2).write(252, 26, "SCALE 1:5", 2)
    paper.write(322, 26, "DATE 2020-01-05", 2).write(252, 16, "Bauherr:", 2).write(252, 12, "Stadt Musterhausen", 2)
    return paper.write(322, 16, "Approved by", 2).write(322, 12, "M. Rossi 12.03.2021", 2)
