"""Object records: the strings of one (R2007 and later), and the bits of the tables that the decoder leaves out.

The decoder names entities that it cannot decode. Since R2007 their words are in a stream of its own, whatever the type,
so a multileader still gives its text, a hatch its pattern and an external drawing its path.
What belongs here: that stream, and how bits are packed. What does not: the fields of any type.
"""

from __future__ import annotations

import struct

MAX_STRINGS = 2_000
_HAS_HANDLE_SIZE = frozenset({"AC1024", "AC1027", "AC1032"})
STRING_STREAM_VERSIONS = _HAS_HANDLE_SIZE | {"AC1021"}


class Bits:
    """Bits of a record, the highest of a byte first. Reading behind the end raises EOFError."""

    __slots__ = ("_data", "_end", "position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._end = len(data) * 8
        self.position = 0

    def take(self, count: int) -> int:
        if self.position < 0 or self.position + count > self._end:
            raise EOFError
        first, last = self.position // 8, (self.position + count + 7) // 8
        chunk = int.from_bytes(self._data[first:last], "big")
        shift = last * 8 - self.position - count
        self.position += count
        return (chunk >> shift) & ((1 << count) - 1)

    def take_bytes(self, count: int) -> bytes:
        return bytes(self.take(8) for _ in range(count))

    def take_short(self) -> int:
        """RS: 16 bits, low byte first."""
        return int.from_bytes(self.take_bytes(2), "little")

    def take_bit_short(self) -> int:
        """BS: two bits say how the number is packed."""
        kind = self.take(2)
        if kind == 0:
            return self.take_short()
        return self.take(8) if kind == 1 else 0 if kind == 2 else 256

    def take_bit_long(self) -> int:
        """BL: 32 bits, packed like a BS."""
        kind = self.take(2)
        if kind == 0:
            return int.from_bytes(self.take_bytes(4), "little")
        return self.take(8) if kind == 1 else 0

    def take_bit_double(self) -> float:
        """BD: a double, with 1 and 0 in two bits."""
        kind = self.take(2)
        if kind == 0:
            (value,) = struct.unpack("<d", self.take_bytes(8))
            return value
        return 1.0 if kind == 1 else 0.0

    def skip_handle(self) -> None:
        """H: a code, the number of bytes, the bytes."""
        self.take(4)
        self.take_bytes(self.take(4))


def open_table_record(record: bytes, version: str) -> Bits:
    """The bits of a table record (R2000 and later), from its name on.

    Raises:
        EOFError: the record ends before.
    """
    start, _ = _modular_short(record)
    if version in _HAS_HANDLE_SIZE:
        start, _ = _modular_char(record, start)
    bits = Bits(record[start:])
    _skip_type(bits, version)
    if version not in _HAS_HANDLE_SIZE:
        bits.take_bytes(4)  # length of the data in bits
    bits.skip_handle()
    while size := bits.take_bit_short():  # extended data of applications
        bits.skip_handle()
        bits.take_bytes(size)
    bits.take_bit_long()  # number of reactors
    if version != "AC1015":
        bits.take(1)  # no extension dictionary
    if version in ("AC1027", "AC1032"):
        bits.take(1)  # has data in the data storage section
    return bits


def _skip_type(bits: Bits, version: str) -> None:
    """A BS, and since R2010 a code of two bits with one or two bytes."""
    if version in _HAS_HANDLE_SIZE:
        bits.take_bytes(1 if bits.take(2) < 2 else 2)
    else:
        bits.take_bit_short()


def read_strings(record: bytes, version: str) -> list[str]:
    """All strings of an object, in the order of its fields, empty ones included; none for older versions."""
    if version not in STRING_STREAM_VERSIONS:
        return []
    try:
        return _read_strings(record, version)
    except (EOFError, UnicodeDecodeError):
        return []


def _read_strings(record: bytes, version: str) -> list[str]:
    start, size = _modular_short(record)
    if version in _HAS_HANDLE_SIZE:
        start, handle_bits = _modular_char(record, start)
        end = size * 8 - handle_bits
    else:
        end = _data_bits_of_2007(record[start:])
    bits = Bits(record[start : start + size])
    bits.position = end - 1
    if not bits.take(1):
        return []
    end -= 17
    bits.position = end
    length = bits.take_short()
    if length & 0x8000:
        end -= 16
        bits.position = end
        length = (length & 0x7FFF) | (bits.take_short() << 15)
    bits.position = end - length
    strings = []
    while bits.position < end and len(strings) < MAX_STRINGS:
        count = bits.take_bit_short()
        if bits.position + count * 16 > end:
            break
        strings.append(bits.take_bytes(count * 2).decode("utf-16-le").rstrip("\x00"))
    return strings


def _data_bits_of_2007(body: bytes) -> int:
    """The type (BS), then the length of the data in bits (RL)."""
    bits = Bits(body)
    bits.take_bit_short()
    return int.from_bytes(bits.take_bytes(4), "little")


def _modular_short(data: bytes) -> tuple[int, int]:
    """MS: 15 bits a word, the highest bit says that another follows."""
    value, shift, at = 0, 0, 0
    while at + 2 <= len(data):
        word = int.from_bytes(data[at : at + 2], "little")
        at += 2
        value |= (word & 0x7FFF) << shift
        shift += 15
        if not word & 0x8000:
            return at, value
    raise EOFError


def _modular_char(data: bytes, at: int) -> tuple[int, int]:
    """UMC: 7 bits a byte, the highest bit says that another follows."""
    value, shift = 0, 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return at, value
    raise EOFError
