"""What a stored text says to a person: the codes of TEXT, MTEXT and TOLERANCE resolved.

What belongs here: strings to strings. What does not: where a text stands.
"""

from __future__ import annotations

import re

STRUCTURED_LIMIT = 500_000
"""A longer MTEXT is only stripped of its codes: fonts and stacks are not looked at."""

_PERCENT = re.compile(r"%%(?:(\d{3})|(.))", re.DOTALL)
_NAMED = {"c": "Ø", "d": "°", "p": "±", "%": "%", "u": "", "o": "", "k": ""}
_NUMBERED = {127: "°", 128: "±", 129: "Ø"}
_UNICODE = re.compile(r"\\U\+([0-9A-Fa-f]{4,5})")
_CARET = {"^I": "\t", "^J": "\n", "^M": "", "^ ": "^"}
_CARETS = re.compile(r"\^[IJM ]")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_CODES = re.compile(r"\\[ACFHQTWfp][^;\\]{0,200};|\\[KLNOPkloSX]|[{}]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")

GDT_SYMBOLS = dict(zip("abcdefghijklmnopqrstuvwxyz", "∠⟂⏥⌓○∥⌭↗⌯⌖⌒ⓁⓂØ□Ⓟ℄◎Ⓢ⌰⏤⌴⌵↧⌲⌳", strict=True))
"""The letters of the symbol font gdt (and amgdt): geometric tolerances, counterbore, depth, diameter."""


def is_symbol_font(name: str | None) -> bool:
    return bool(name) and re.sub(r"\.(shx|ttf)$", "", str(name).strip().casefold()) in {"gdt", "amgdt", "amgdtans"}


def symbols(text: str) -> str:
    """Text set in a symbol font: letters are signs."""
    return "".join(GDT_SYMBOLS.get(c, GDT_SYMBOLS.get(c.casefold(), c)) for c in text)


def clean(text: str) -> str:
    """Without what no database and no reader takes: NUL, other control characters, halves of surrogate pairs."""
    return _CONTROL.sub("", text)


def _percent(match: re.Match[str]) -> str:
    number, letter = match.groups()
    if number:
        code = int(number)
        return _NUMBERED.get(code) or (bytes((code,)).decode("cp1252", "ignore") if code < 256 else match[0])
    return _NAMED.get(letter.casefold(), match[0])


def _unicode(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def plain_text(raw: str) -> str:
    """A TEXT, ATTRIB or ATTDEF."""
    text = _UNICODE.sub(_unicode, raw) if "\\U+" in raw else raw
    text = _PERCENT.sub(_percent, text) if "%%" in text else text
    text = _CARETS.sub(lambda m: _CARET[m[0]], text) if "^" in text else text
    return clean(text)


def plain_mtext(raw: str) -> str:
    """An MTEXT: paragraphs on lines of their own, stacks as a/b, symbol fonts as signs."""
    if "\\" not in raw and "{" not in raw and "%%" not in raw and "^" not in raw:
        return clean(raw)
    if len(raw) > STRUCTURED_LIMIT:
        return plain_text(_CODES.sub("", raw.replace("\\P", "\n")))
    return clean("".join(_pieces(raw)))


def _pieces(raw: str) -> list[str]:
    from ezdxf.tools.text import MTextParser, TokenType

    breaks = {TokenType.SPACE: " ", TokenType.NBSP: " ", TokenType.TABULATOR: "\t"}
    breaks |= dict.fromkeys((TokenType.NEW_PARAGRAPH, TokenType.NEW_COLUMN, TokenType.WRAP_AT_DIMLINE), "\n")
    pieces: list[str] = []
    for token in MTextParser(raw):
        if token.type == TokenType.WORD:
            word = plain_text(str(token.data))
            pieces.append(symbols(word) if is_symbol_font(token.ctx.font_face.family) else word)
        elif token.type == TokenType.STACK:
            upper, lower = tuple(token.data or ("", ""))[:2]
            stack = _stack(str(upper or ""), str(lower or ""))
            after_number = pieces and pieces[-1][-1:].isdigit()
            pieces.append(f" {stack}" if after_number and "/" in stack else stack)
        else:
            pieces.append(breaks.get(token.type, ""))
    return pieces


def _stack(upper: str, lower: str) -> str:
    upper, lower = plain_text(upper).strip(), plain_text(lower).strip()
    if upper and lower:
        return f"{upper}/{lower}"
    return upper.translate(_RAISED) if upper.isdecimal() else upper or lower


def plain_tolerance(raw: str) -> str:
    """A feature control frame: one line a row, cells set apart by " | "; a row is cut after its last filled cell."""
    rows = []
    for row in re.split(r"\^J|\n", raw):
        cells = [plain_mtext(cell).strip() for cell in re.split(r"%%[vV]", row)]
        while cells and not cells[-1]:
            cells.pop()
        rows.append(" | ".join(cells))
    return "\n".join(row for row in rows if row)
