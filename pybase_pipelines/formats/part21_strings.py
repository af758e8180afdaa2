r"""How strings are written in a Part 21 file (STEP and IFC).

Quotes are doubled, other characters are \X2\, \X4\, \X\, \S\ and \P?\ escapes.
One pass from left to right, so that an escaped backslash never begins an escape. What is no escape stays as it is:
many programs write Windows paths unescaped.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"''|\\\\|[\r\n]+|\\X2\\([0-9A-Fa-f]*)\\X0\\|\\X4\\([0-9A-Fa-f]*)\\X0\\|\\X\\([0-9A-Fa-f]{2})|\\S\\(.)|\\P([A-I])\\"
)


def decode_string(raw: str) -> str:
    """The characters that a string without its outer quotes stands for; line ends inside it do not count."""
    if "'" not in raw and "\\" not in raw and "\n" not in raw and "\r" not in raw:
        return raw
    page = 1

    def decode(match: re.Match[str]) -> str:
        nonlocal page
        if match[5]:
            page = ord(match[5]) - ord("A") + 1
            return ""
        return _decode_escape(match, page)

    return _ESCAPE.sub(decode, raw)


def _decode_escape(match: re.Match[str], page: int) -> str:
    whole, two, four, one, shifted = match[0], match[1], match[2], match[3], match[4]
    if two is not None:
        return bytes.fromhex(two[: len(two) // 4 * 4]).decode("utf-16-be", "replace")
    if four is not None:
        return bytes.fromhex(four[: len(four) // 8 * 8]).decode("utf-32-be", "replace")
    if one is not None:
        return chr(int(one, 16))
    if shifted is not None:
        return _shift(shifted, page)
    if whole[0] in "\r\n":
        return ""
    return whole[0]


def _shift(character: str, page: int) -> str:
    if not 32 <= ord(character) < 127:
        return character
    return bytes([ord(character) + 128]).decode(f"iso8859-{page}", "replace")
