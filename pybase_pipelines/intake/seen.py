"""Which keys a walk has seen, in memory that does not grow with their length or number: a Bloom filter on disk.

It never says "not seen" of a key that was seen, so a present object is never a candidate for deletion. It may say
"seen" of one that was not (fewer than one in a thousand); since the walk's id salts it, the next walk tells.
What is not seen is a candidate only: the store is asked before anything counts as deleted.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

BITS_A_KEY = 16
HASHES = 7
LEAST_BYTES = 64 * 1024
MOST_BYTES = 64 * 1024 * 1024
_HEADER = 8


class SeenKeys:
    """The keys of one walk. `pages` is how many of its pages are in it."""

    def __init__(self, bits: bytearray, salt: str, pages: int = 0) -> None:
        self._bits = bits
        self._size = len(bits) * 8
        self._salt = salt.encode()[:16]
        self.pages = pages

    @classmethod
    def make(cls, expected: int, salt: str) -> SeenKeys:
        """An empty one for about so many keys; more of them only make it less sharp."""
        size = min(max(expected * 2 * BITS_A_KEY // 8, LEAST_BYTES), MOST_BYTES)
        return cls(bytearray(size), salt)

    @classmethod
    def load(cls, file: Path, salt: str) -> SeenKeys | None:
        """What `save` wrote; None if it is not there any more."""
        try:
            data = file.read_bytes()
        except OSError:
            return None
        if len(data) < _HEADER + LEAST_BYTES:
            return None
        return cls(bytearray(memoryview(data)[_HEADER:]), salt, int.from_bytes(data[:_HEADER], "big"))

    def save(self, file: Path) -> None:
        """Write it whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}.tmp")
        with draft.open("wb") as out:
            out.write(self.pages.to_bytes(_HEADER, "big"))
            out.write(self._bits)
        draft.replace(file)

    def add(self, key: str) -> None:
        for place in self._places(key):
            self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, key: str) -> bool:
        return all(self._bits[place >> 3] & (1 << (place & 7)) for place in self._places(key))

    def _places(self, key: str) -> list[int]:
        digest = hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=16, salt=self._salt).digest()
        first, step = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") | 1
        return [(first + n * step) % self._size for n in range(HASHES)]
