"""A page as it came in, what was read in it out; and both as messages between two processes.

Messages are JSON, and packed links behind it: what comes from a process that has read hostile markup is
never unpickled.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.extraction.charset import decode, decode_xml
from linkcrawler.extraction.elements import PageFacts, PageHeaders
from linkcrawler.extraction.html import read_page, read_xhtml
from linkcrawler.extraction.judging import judge, learn
from linkcrawler.extraction.rough import read_roughly
from linkcrawler.extraction.xhtml import XHTML
from linkcrawler.packing import PackedLinks, Way, pack, ways_of
from linkcrawler.policies.niche import niche_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.items import Link
    from linkcrawler.policies.niche import Niche
    from linkcrawler.policies.relevance import Relevance


NICHE: Final = "niche"
_NEWS: Final = b'{"niche"'


@dataclass(frozen=True, slots=True)
class Document:
    """A page as it came."""

    body: bytes
    content_type: str
    """The header, whole."""
    url: str
    """Canonical, where it was found."""
    headers: PageHeaders
    agent: str
    """The product token that robots directives may be meant for, lower-case."""
    max_links: int
    """Links kept at the most; 0 means no limit."""
    is_example: bool = False
    """It is an example of the niche."""
    query_charset: str = ""
    """Python's name of the codec that queries are sent in; empty for the one that it is read in."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a page."""

    facts: PageFacts
    charset: str
    """Python's name of the codec that it was read in."""
    guessed: bool
    """Nothing named the charset."""
    degraded: bool = False
    """Read from its tags alone."""
    packed: PackedLinks | None = None
    """The links of ``facts``, which holds none then, of a page that another process has read."""

    @property
    def links(self) -> Sequence[Link]:
        """The links of the page."""
        return tuple(self.facts.links) if self.packed is None else self.packed


def read(
    document: Document, *, rough_secs: float = 0.0, relevance: Relevance | None = None
) -> Reading:
    """Return what stands in ``document``: by the tree of its markup, or from its tags alone.

    Args:
        document: the page.
        rough_secs: what reading it from its tags alone may take, after which the rest of the page is
            not read; 0 for by the tree.
        relevance: what judges it, where there is a niche.

    Raises:
        Exception: the parser gave up, for want of memory for one.
    """
    reading = _read(document, rough_secs)
    if document.is_example:
        learn(reading.facts)
        if relevance is None:
            from linkcrawler.policies.relevance import Relevance

            relevance = Relevance.of_nothing()
    if relevance is not None:
        judge(reading.facts, relevance)
    return reading


def _read(document: Document, rough_secs: float) -> Reading:
    is_xml = document.content_type.partition(";")[0].strip().lower() == XHTML
    decoded = decode_xml if is_xml and not rough_secs else decode
    text, charset, guessed = decoded(document.body, document.content_type)
    told = (document.url, document.headers, document.agent, document.max_links)
    where = (text, *told, document.query_charset or charset)
    if rough_secs:
        return Reading(read_roughly(*where, secs=rough_secs), charset, guessed, degraded=True)
    return Reading((read_xhtml if is_xml else read_page)(*where), charset, guessed)


def encode_document(document: Document, news: Niche | None = None) -> bytes:
    """Return all of ``document`` but its body, and the niche that it and what follows is judged by."""
    said = {} if news is None else {NICHE: news.to_json()}
    return json.dumps(
        said
        | {
            "content_type": document.content_type,
            "url": document.url,
            "headers": asdict(document.headers),
            "agent": document.agent,
            "max_links": document.max_links,
            "is_example": document.is_example,
            "query_charset": document.query_charset,
        }
    ).encode()


def news_in(head: bytes) -> Niche | None:
    """Return the niche that `encode_document` was given with a document, or None."""
    return niche_of(json.loads(head)[NICHE]) if head.startswith(_NEWS) else None


def decode_document(head: bytes, body: bytes) -> Document:
    """Return the document that `encode_document` was given, with its body."""
    given = json.loads(head)
    given.pop(NICHE, None)
    headers = PageHeaders(**{name: tuple(value) for name, value in given.pop("headers").items()})
    return Document(body=body, headers=headers, **given)


_HEAD: Final = struct.Struct(">I")
_FACTS: Final = (
    "domain", "limit", "n_links", "n_internal", "title", "lang", "canonical", "noindex", "nofollow",
    "text_key", "words_key", "is_cut", "simhash", "owner_ids", "template", "relevance", "shown",
)  # fmt: skip


def encode_reading(reading: Reading) -> bytes:
    """Return ``reading`` as a message: its links packed, where they lead once more for the frontier."""
    facts = reading.facts
    head = json.dumps(
        {
            "facts": {name: getattr(facts, name) for name in _FACTS},
            "ways": ways_of(facts.links),
            "reading": [reading.charset, reading.guessed, reading.degraded],
        },
        separators=(",", ":"),
    ).encode()
    return b"".join((_HEAD.pack(len(head)), head, pack(facts.links)))


def decode_reading(message: bytes | bytearray) -> Reading:
    """Return the reading that `encode_reading` was given, its links packed.

    Raises:
        Exception: the message is none of it.
    """
    end = _HEAD.size + _HEAD.unpack_from(message)[0]
    given: dict[str, Any] = json.loads(message[_HEAD.size : end])
    packed = bytes(memoryview(message)[end:])
    links = PackedLinks(packed, [Way(*way) for way in given["ways"]])
    charset, guessed, degraded = given["reading"]
    return Reading(PageFacts(**given["facts"]), charset, guessed, degraded, links)
