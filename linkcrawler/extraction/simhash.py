"""A page's text in, 64 bits out that differ in few places where two texts differ in few words.

Charikar's simhash over the set of distinct words: each word votes with the 64 bits of its hash, and the
majority decides each bit. Votes are counted for all bits at once, in 64 lanes of one large integer, and
a word's lanes are remembered, so that a page costs one addition a word.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import Final

MIN_WORDS: Final = 4
"""Distinct words below which a page says too little to be compared."""
MIN_PLAIN: Final = 16
"""Distinct words of letters below which all words count."""
MAX_KNOWN: Final = 30_000
"""Words whose lanes are remembered."""
MAX_WORD: Final = 40
_BITS: Final = 64
_LANES: Final = struct.Struct(f"<{_BITS}H")
_LANES_OF: Final = [
    struct.pack(">8H", *(byte >> place & 1 for place in range(7, -1, -1))) for byte in range(256)
]
"""The lanes of each byte of a hash."""


class _Lanes(dict[str, int]):
    """Each word's hash, a bit to a lane."""

    def __missing__(self, word: str) -> int:
        digest = blake2b(word[:MAX_WORD].encode(errors="replace"), digest_size=8).digest()
        lanes = int.from_bytes(b"".join([_LANES_OF[byte] for byte in digest]), "big")
        if len(self) >= MAX_KNOWN:
            self.clear()
        if len(word) <= MAX_WORD:
            self[word] = lanes
        return lanes


_lanes = _Lanes()


def simhash(words: list[str]) -> int:
    """Return the simhash of lower-case words as an int64; 0 where fewer than `MIN_WORDS` are distinct.

    Words of letters alone count; where there are few, as in scripts without spaces, all do.

    >>> near = simhash("one two three four five six".split()), simhash("six one two four".split())
    >>> distance(*near) < 32, simhash(["too", "short"])
    (True, 0)
    """
    distinct = set(filter(str.isalpha, words))
    if len(distinct) < MIN_PLAIN:
        distinct.update(words)
    if len(distinct) < MIN_WORDS:
        return 0
    votes = _LANES.unpack(sum(map(_lanes.__getitem__, distinct)).to_bytes(_LANES.size, "little"))
    half = len(distinct) // 2
    # From the highest bit down, as digits are written.
    value = int("".join(["1" if count > half else "0" for count in reversed(votes)]), 2)
    return (value - (1 << 64) if value >> 63 else value) or 1


def distance(one: int, other: int) -> int:
    """Return in how many of 64 bits two simhashes differ.

    >>> distance(-1, 0)
    64
    """
    return ((one ^ other) & (2**64 - 1)).bit_count()
