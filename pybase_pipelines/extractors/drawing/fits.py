"""ISO 286-2: the deviations that a fit such as H7 or g6 stands for, for nominal sizes up to 500 mm.

Here are the tolerance grades and the fundamental deviations that do not depend on finer sub-ranges of size; a fit
that is not covered gives None, never a guess.
"""

from __future__ import annotations

import re

_UP_TO_MM = (3, 6, 10, 18, 30, 50, 80, 120, 180, 250, 315, 400, 500)

_GRADES_UM: dict[int, tuple[int, ...]] = {
    4: (3, 4, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20),
    5: (4, 5, 6, 8, 9, 11, 13, 15, 18, 20, 23, 25, 27),
    6: (6, 8, 9, 11, 13, 16, 19, 22, 25, 29, 32, 36, 40),
    7: (10, 12, 15, 18, 21, 25, 30, 35, 40, 46, 52, 57, 63),
    8: (14, 18, 22, 27, 33, 39, 46, 54, 63, 72, 81, 89, 97),
    9: (25, 30, 36, 43, 52, 62, 74, 87, 100, 115, 130, 140, 155),
    10: (40, 48, 58, 70, 84, 100, 120, 140, 160, 185, 210, 230, 250),
    11: (60, 75, 90, 110, 130, 160, 190, 220, 250, 290, 320, 360, 400),
    12: (100, 120, 150, 180, 210, 250, 300, 350, 400, 460, 520, 570, 630),
    13: (140, 180, 220, 270, 330, 390, 460, 540, 630, 720, 810, 890, 970),
}

# Shafts: how far below zero the upper deviation lies. Holes of the same letter mirror it.
_CLEARANCE_UM: dict[str, tuple[int, ...]] = {
    "d": (20, 30, 40, 50, 65, 80, 100, 120, 145, 170, 190, 210, 230),
    "e": (14, 20, 25, 32, 40, 50, 60, 72, 85, 100, 110, 125, 135),
    "f": (6, 10, 13, 16, 20, 25, 30, 36, 43, 50, 56, 62, 68),
    "g": (2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 18, 20),
    "h": (0,) * 13,
}

# Shafts: how far above zero the lower deviation lies (k: grades 4 to 7 only).
_INTERFERENCE_UM: dict[str, tuple[int, ...]] = {
    "k": (0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5),
    "m": (2, 4, 6, 7, 8, 9, 11, 13, 15, 17, 20, 21, 23),
    "n": (4, 8, 10, 12, 15, 17, 20, 23, 27, 31, 34, 37, 40),
    "p": (6, 12, 15, 18, 22, 26, 32, 37, 43, 50, 56, 62, 68),
}


def find_deviations(fit: str, nominal_mm: float) -> tuple[float, float] | None:
    """Upper and lower deviation in mm of `fit` ("H7", "g6") at this size; None where the tables here do not say."""
    match = re.fullmatch(r"([A-Za-z]{1,2})(\d{1,2})", fit)
    if not match or not 0 < nominal_mm <= _UP_TO_MM[-1]:
        return None
    letter, grade = match[1], int(match[2])
    if grade not in _GRADES_UM:
        return None
    size = next(i for i, limit in enumerate(_UP_TO_MM) if nominal_mm <= limit)
    limits = _hole(letter, grade, size) if letter.isupper() else _shaft(letter, grade, size)
    return None if limits is None else (limits[0] / 1000, limits[1] / 1000)


def _shaft(letter: str, grade: int, size: int) -> tuple[float, float] | None:
    width = _GRADES_UM[grade][size]
    if letter == "js":
        return width / 2, -width / 2
    if letter in _CLEARANCE_UM:
        upper = 0 - _CLEARANCE_UM[letter][size]
        return upper, upper - width
    if letter in _INTERFERENCE_UM and (letter != "k" or grade <= 7):
        lower = _INTERFERENCE_UM[letter][size]
        return lower + width, lower
    return None


def _hole(letter: str, grade: int, size: int) -> tuple[float, float] | None:
    width, name = _GRADES_UM[grade][size], letter.lower()
    if name == "js":
        return width / 2, -width / 2
    if name in _CLEARANCE_UM:
        lower = _CLEARANCE_UM[name][size]
        return lower + width, lower
    if name not in _INTERFERENCE_UM or not 5 <= grade <= (7 if name == "p" else 8):
        return None
    if name == "m" and grade == 6 and size == 10:
        return None  # the one cell that the standard sets apart from its own rule
    shift = width - _GRADES_UM[grade - 1][size] if size > 0 else 0
    upper = shift - _INTERFERENCE_UM[name][size]
    return upper, upper - width
