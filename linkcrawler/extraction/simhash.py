"""A page's text in, 64 bits out that differ in few places where two texts differ in few words.

Charikar's simhash over the set of distinct words: each word votes with the 64 bits of its hash, and the
majority decides each bit. Votes are counted for all bits at once, in 64 lanes of one large integer, and
a word's lanes are remembered, so that a page costs one addition a word.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import Final

MAX_TEXT: Final = 65_535
"""Characters that are looked at, so that no lane of 16 bits overflows."""
MIN_WORDS: Final = 4
"""Distinct words below which a page says too little to be compared."""
MAX_KNOWN: Final = 30_000
"""Words whose lanes are remembered."""
MAX_WORD: Final = 40
_BITS: Final = 64
_LANES: Final = struct.Struct(f"<{_BITS}H")
_SPREAD: Final = [
    sum(1 << (16 * bit) for bit in range(8) if byte >> bit & 1) for byte in range(256)
]


class _Lanes(dict[str, int]):
    """Each word's hash, a bit to a lane."""

    def __missing__(self, word: str) -> int:
        digest = blake2b(word[:MAX_WORD].encode(errors="replace"), digest_size=8).digest()
        lanes = sum(_SPREAD[byte] << (128 * at) for at, byte in enumerate(digest))
        if len(self) >= MAX_KNOWN:
            self.clear()
        if len(word) <= MAX_WORD:
            self[word] = lanes
        return lanes


_lanes = _Lanes()


def simhash(text: str) -> int:
    """Return the simhash of ``text`` as an int64; 0 where it has fewer than `MIN_WORDS` words.

    >>> near = simhash("one two three four five six"), simhash("Six five four three two one!")
    >>> (near[0] ^ near[1]).bit_count() < 32, simhash("too short")
    (True, 0)
    """
    words = set(text[:MAX_TEXT].lower().split())
    if len(words) < MIN_WORDS:
        return 0
    votes = _LANES.unpack(sum(map(_lanes.__getitem__, words)).to_bytes(_LANES.size, "little"))
    half = len(words) / 2
    value = sum(1 << bit for bit, count in enumerate(votes) if count > half)
    return (value - (1 << 64) if value >> 63 else value) or 1


def distance(one: int, other: int) -> int:
    """Return in how many of 64 bits two simhashes differ.

    >>> distance(-1, 0)
    64
    """
    return ((one ^ other) & (2**64 - 1)).bit_count()
