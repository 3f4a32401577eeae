"""The links of a page in, bytes that hold them by column out; and what the crawl needs of them beside.

A page has a hundred links, of which the frontier wants to know where they lead and the dataset all there
is. So whoever reads a page packs its links once; the bytes travel from process to process, wait in the
frontier and become columns of a table, without ever being links again, unless somebody asks for one.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, overload

from linkcrawler.items import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TEXTS: Final = (
    "target", "kind", "anchor", "rel", "follow_cause", "placement", "heading", "text_before",
    "text_after",
)  # fmt: skip
"""Columns of text, in the order in which they are packed."""
FLAGS: Final = ("is_image", "rendered")
NUMBERS: Final = {"block": "q", "block_links": "i", **dict.fromkeys(FLAGS, "b")}
"""Columns of numbers, and their types in memory; the bytes are of this machine, as the frontier is."""
FIELDS: Final = (*TEXTS, *NUMBERS)
END: Final = "\n"
"""Between texts of a column. Kept text holds no controls."""
ABSENT: Final = "\0"
"""Stands for None."""
_HEAD: Final = struct.Struct(f"<{1 + len(TEXTS)}I")
_TAKEN_BY: Final = {name: attrgetter(name) for name in FIELDS}


class Way(NamedTuple):
    """Where a page leads, as far as the frontier asks."""

    target: str
    kind: str
    follow: bool
    anchor: str | None = None
    """Text of the first of the links that lead there so."""
    relevance: float = -1.0
    """The most that one of them says of its target's relevance, 0 to 1; below 0 where nothing is known."""


def ways_of(links: Iterable[Link]) -> list[Way]:
    """Return where ``links`` lead, each way once, in their order.

    >>> ways_of([Link("http://a.example/", "a", "x"), Link("http://a.example/", "a", "y")])
    [Way(target='http://a.example/', kind='a', follow=True, anchor='x', relevance=-1.0)]
    """
    found: dict[tuple[str, str, bool], Way] = {}
    for link in links:
        key = link.target, link.kind, not link.follow_cause
        known = found.get(key)
        if known is None:
            found[key] = Way(*key, link.anchor, link.relevance)
        elif link.relevance > known.relevance:
            found[key] = known._replace(relevance=link.relevance)
    return list(found.values())


def pack_columns(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Return `FIELDS` of links, as long as each other, as `pack` does."""
    size = len(columns["target"])
    texts = [_joined(columns[name]) for name in TEXTS]
    numbers = [array(kind, columns[name]).tobytes() for name, kind in NUMBERS.items()]
    return b"".join((_HEAD.pack(size, *map(len, texts)), *numbers, *texts))


def pack(links: Sequence[Link]) -> bytes:
    """Return ``links`` as bytes.

    >>> PackedLinks(pack([Link("http://a.example/", "a", "x")]))[0].anchor
    'x'
    """
    return pack_columns({name: list(map(take, links)) for name, take in _TAKEN_BY.items()})


def _joined(texts: Sequence[str | None]) -> bytes:
    if None in texts:
        texts = [ABSENT if text is None else text for text in texts]
    joined = END.join(texts)  # type: ignore[arg-type]
    if joined.count(END) >= max(1, len(texts)):  # text of somebody who does not clean it
        joined = END.join(text.replace(END, " ") for text in texts if text is not None)
    return joined.encode(errors="replace")


class Columns(Mapping[str, Sequence[Any]]):
    """Packed links by column: lists of text and numbers, None where a text is absent.

    Args:
        data: what `pack` returned.

    Raises:
        ValueError: ``data`` is none of it.
    """

    __slots__ = ("_at", "data", "size")

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            size, *lengths = _HEAD.unpack_from(data)
        except struct.error as error:
            raise ValueError(f"no links: {error}") from None
        self.size = int(size)
        self._at: dict[str, tuple[int, int]] = {}
        begin = _HEAD.size
        widths = [array(kind).itemsize * self.size for kind in NUMBERS.values()]
        for name, length in zip((*NUMBERS, *TEXTS), (*widths, *lengths), strict=True):
            self._at[name] = begin, begin + length
            begin += length
        if begin != len(data):
            raise ValueError("no links: cut short")

    def raw(self, name: str) -> bytes:
        """Return a column as it is packed."""
        begin, end = self._at[name]
        return self.data[begin:end]

    def __getitem__(self, name: str) -> list[Any]:
        if name in NUMBERS:
            numbers = array(NUMBERS[name], self.raw(name)).tolist()
            return list(map(bool, numbers)) if name in FLAGS else numbers
        if not self.size:
            return []
        texts = self.raw(name).decode().split(END)
        return [None if text == ABSENT else text for text in texts]

    def __iter__(self) -> Iterator[str]:
        return iter(FIELDS)

    def __len__(self) -> int:
        return len(FIELDS)


class PackedLinks(Sequence[Link]):
    """The links of a page, unpacked when one is asked for; equal to a tuple of the same links.

    Args:
        data: what `pack` returned.
        ways: where they lead, see `ways_of`; None for what stands in ``data``.

    Raises:
        ValueError: ``data`` is none of it.
    """

    __slots__ = ("_links", "columns", "ways")

    def __init__(self, data: bytes, ways: list[Way] | None = None) -> None:
        self.columns = Columns(data)
        self._links: tuple[Link, ...] | None = None
        self.ways: list[Way] = ways or []
        if ways is None:
            self.ways = ways_of(self)

    def _unpacked(self) -> tuple[Link, ...]:
        if self._links is None:
            columns = [self.columns[name] for name in FIELDS]
            self._links = tuple(
                Link(**dict(zip(FIELDS, values, strict=True)))
                for values in zip(*columns, strict=True)
            )
            self._say_again()
        return self._links

    def _say_again(self) -> None:
        """Write on the links what their ways say of relevance, which is packed with none of them."""
        said = {way[:3]: way.relevance for way in self.ways if way.relevance >= 0}
        for link in (self._links or ()) if said else ():
            link.relevance = said.get((link.target, link.kind, link.follow), -1.0)

    def __len__(self) -> int:
        return self.columns.size

    @overload
    def __getitem__(self, at: int) -> Link: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Link, ...]: ...
    def __getitem__(self, at: int | slice) -> Link | tuple[Link, ...]:
        return self._unpacked()[at]

    def __iter__(self) -> Iterator[Link]:
        return iter(self._unpacked())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedLinks):
            return self.columns.data == other.columns.data
        return isinstance(other, (tuple, list)) and self._unpacked() == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # links themselves have none

    def __repr__(self) -> str:
        return f"<{len(self)} packed links>"
