"""Ways in which a file gets broken on its way, or is broken on purpose. Seeded: the same number gives the same damage.

What belongs here: bytes in, broken bytes out. What does not: running and judging (`fuzz`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Mutate = Callable[[bytes, Random], bytes]

_NUMBER = re.compile(rb"(?<![\w.#])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?![\w.])")
_STRING = re.compile(rb"'[^'\r\n]{0,200}'|\([^()\r\n]{1,200}\)|(?<=\n)[A-Za-z_$*][\w$* -]{1,60}(?=\r?\n)")
_REFERENCE = re.compile(rb"#\d+|\d+ 0 R|(?<=\n)(?: *(?:5|105|330|340|350|360))\r?\n[0-9A-Fa-f]+")
_SIZE = re.compile(
    rb"/(?:Length|Count|Size|Width|Height|N|First|Columns|Predictor)\s+\d+|(?<=\n) *(?:7[0-9]|9[0-9])\r?\n *\d+"
)
_SIZES = (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\x00\x00\x00\x01")
_NUMBERS = (
    b"0", b"-1", b"1e308", b"-1e308", b"1e-320", b"999999999999", b"2147483648", b"4294967295", b"NaN", b"1e999",
    b"0.0000001", b"18446744073709551616",
)  # fmt: skip
_STRINGS = (
    b"", b"\x00", b"\xff\xfe\xfd", b"A" * 100_000, "\u0000\ud7ff\U0010ffff".encode(), b"\\X2\\D83D\\X0\\", b"'",
    b"((((", b"%s%n%x", b"../../../etc/passwd", b"\\U+D800", b"{\\fArial|b0;" * 500, b"=cmd()", b"%%d%%c%%p",
)  # fmt: skip


def truncate(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def truncate_a_little(data: bytes, random: Random) -> bytes:
    return data[: max(1, len(data) - random.randint(1, 2048))]


def flip_bits(data: bytes, random: Random) -> bytes:
    broken = bytearray(data)
    for _ in range(random.choice((1, 4, 16, 64, 256))):
        broken[random.randrange(len(broken))] ^= 1 << random.randrange(8)
    return bytes(broken)


def zero_a_run(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + bytes(end - start) + data[end:]


def scramble_a_run(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + random.randbytes(end - start) + data[end:]


def delete_a_chunk(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + data[end:]


def repeat_a_chunk(data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:end] + data[start:end] * random.choice((1, 1, 3, 50)) + data[end:]


def swap_chunks(data: bytes, random: Random) -> bytes:
    a, b = _span(data, random)
    c, d = _span(data, random)
    if a > c:
        a, b, c, d = c, d, a, b
    if b > c:
        return data[c:d] + data
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def move_lines(data: bytes, random: Random) -> bytes:
    """Lines deleted, doubled or swapped: a text file stays one."""
    lines = data.split(b"\n")
    for _ in range(random.choice((1, 3, 20))):
        at, other = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randrange(3):
            case 0:
                lines[at] = b""
            case 1:
                lines.insert(at, lines[other])
            case _:
                lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)


def blow_up_numbers(data: bytes, random: Random) -> bytes:
    return _replace(data, _NUMBER, random, lambda _: random.choice(_NUMBERS))


def replace_strings(data: bytes, random: Random) -> bytes:
    def put(old: bytes) -> bytes:
        new = random.choice(_STRINGS)
        return old[:1] + new + old[-1:] if old[:1] in b"'(" else new

    return _replace(data, _STRING, random, put)


def break_references(data: bytes, random: Random) -> bytes:
    """References to nothing, to something else, to themselves."""
    others = [match[0] for match in _REFERENCE.finditer(data)][:5000]

    def put(_: bytes) -> bytes:
        other = random.choice(others)
        return other if random.random() < 0.7 else re.sub(rb"[0-9A-Fa-f]+(?= 0 R|$)", b"99999999", other)

    return _replace(data, _REFERENCE, random, put)


def inflate_sizes(data: bytes, random: Random) -> bytes:
    """Counts and lengths far beyond what is there; in binary files any four bytes may be one."""
    if random.random() < 0.5 and _SIZE.search(data):
        return _replace(data, _SIZE, random, lambda old: re.sub(rb"\d+$", random.choice(_NUMBERS), old))
    broken = bytearray(data)
    for _ in range(random.choice((1, 2, 8))):
        at = random.randrange(max(1, len(broken) - 4))
        broken[at : at + 4] = random.choice(_SIZES)
    return bytes(broken)


MUTATIONS: tuple[Mutate, ...] = (
    truncate, truncate_a_little, flip_bits, zero_a_run, scramble_a_run, delete_a_chunk, repeat_a_chunk, swap_chunks,
    move_lines, blow_up_numbers, replace_strings, break_references, inflate_sizes,
)  # fmt: skip
CUTS = (truncate, truncate_a_little)


def _span(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randrange(len(data))
    return start, min(len(data), start + random.choice((1, 16, 256, 4096, max(1, len(data) // 10))))


def _replace(data: bytes, pattern: re.Pattern[bytes], random: Random, put: Callable[[bytes], bytes]) -> bytes:
    """Replace one match, or a few, or a tenth of all."""
    matches = list(pattern.finditer(data))
    if not matches:
        return flip_bits(data, random)
    count = min(len(matches), random.choice((1, 1, 3, max(1, len(matches) // 10))))
    parts: list[bytes] = []
    position = 0
    for match in sorted(random.sample(matches, count), key=lambda match: match.start()):
        parts += [data[position : match.start()], put(match[0])]
        position = match.end()
    return b"".join([*parts, data[position:]])
