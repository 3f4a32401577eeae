"""A Page in, bytes for the outbox out; those bytes in, rows of the tables out.

This module alone knows both the crawl's `Page` and the dataset's schema. What is written into the
outbox stays there for seconds or, after a crash, until the crawl goes on; it carries a version.
"""

from __future__ import annotations

import json
import re
import struct
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkcrawler.exceptions import SchemaVersionError
from linkcrawler.extraction.text import clean_text
from linkcrawler.packing import (
    ABSENT,
    END,
    FIELDS,
    FLAGS,
    NUMBERS,
    TEXTS,
    Columns,
    PackedLinks,
    pack_columns,
)
from linkcrawler.urls.canonical import MAX_URL, canonicalize, host_of
from linkcrawler.urls.domains import icann_domain, registered_domain
from pipelines.arrays import array_of, scalar_of, text_of, texts
from pipelines.schema import LINKS, MAX_LENGTHS, PAGES, URL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from linkcrawler.frontier.records import RefusedRow
    from linkcrawler.items import Link, Page

ENCODING: Final = 4
_ZLIB: Final = 0x78
"""First byte of what zlib has compressed."""
_ABSENT, _NOTHING, _EMPTY = (scalar_of(text, pa.string()) for text in (ABSENT, None, ""))
_AUTHORITY: Final = scalar_of(2, pa.int32())
"""Place of host and port among what stands between the slashes of a URL."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

SAME: Final = (
    "url", "outcome", "reason", "status", "redirect_to", "hops", "depth", "discovered_from",
    "content_type", "charset", "charset_guessed", "lang", "title", "canonical", "noindex",
    "nofollow", "n_links", "n_internal", "links_truncated", "degraded", "bytes", "download_ms",
    "ip", "tls", "rendered", "render_reason", "simhash", "owner_ids", "template",
)  # fmt: skip
"""Columns of ``pages`` that a `Page` holds under the same name."""
_TEXTS: Final = (
    "outcome", "reason", "redirect_to", "discovered_from", "content_type", "charset", "lang",
    "title", "canonical", "ip", "tls", "render_reason", "owner_ids",
)  # fmt: skip
_URL: Final = re.compile(rf"https?://[!-Z\\^-~]{{1,{MAX_URL - 8}}}")
"""Canonical URLs without a bracket; those with one are looked at again."""
_URLS: Final = re.compile(rf"(?:{_URL.pattern}\n)*")
_SHORT_LINES: Final = re.compile("(?:[ -~]{0,100}\n)*")
"""ASCII within the bounds of every column of text."""
_HEAD: Final = struct.Struct(">HI")
"""Before a page: the encoding, the length of its fields; its packed links stand behind them."""
_UNKNOWN: Final[dict[str, Any]] = {
    "rendered": False,
    "render_reason": "",
    "simhash": 0,
    "owner_ids": None,
    "template": 0,
    "relevance": float("nan"),
}
"""What the evidence columns of ``pages`` hold where no evidence was gathered."""


def encode_page(page: Page) -> bytes:
    """Return ``page`` with its links as bytes for the outbox.

    What comes in here always comes out as rows: text of whatever component made the page is brought
    into the bounds of its column, and a link that leads to no web address is left out. Links that are
    packed already are those of our own readers, which keep the bounds.
    """
    fields = {name: getattr(page, name) for name in SAME}
    for name in _TEXTS:
        fields[name] = fitted(fields[name], name)
    if page.relevance >= 0:
        fields["relevance"] = page.relevance
    fields["fetched_at"] = _microseconds(page.fetched_at)
    links = page.links
    packed = links.columns.data if isinstance(links, PackedLinks) else _packed(links)
    head = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join((_HEAD.pack(ENCODING, len(head)), head, packed))


def _microseconds(moment: datetime) -> int:
    """Return ``moment`` as the dataset holds it: microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _packed(links: Sequence[Link]) -> bytes:
    """Return links of whatever component, each column within its bounds."""
    columns = {name: [getattr(link, name) for link in links] for name in FIELDS}
    for name in TEXTS:
        if not _all_fit(columns[name], name):
            columns[name] = [fitted(text, name) for text in columns[name]]
    if None in columns["target"]:
        kept = [target is not None for target in columns["target"]]
        columns = {name: list(compress(values, kept)) for name, values in columns.items()}
    return pack_columns(columns)


def fitted(text: str | None, column: str) -> str | None:
    """Return ``text`` as its column holds it; None for what should be a URL and is none."""
    if text is None:
        return None
    if column in URL_COLUMNS:
        return text if _URL.fullmatch(text) else canonicalize(text)
    limit = MAX_LENGTHS[column]
    is_plain = text.isascii() and text.isprintable() and len(text) <= limit
    return text if is_plain else clean_text(text, limit)


def _all_fit(texts: list[str | None], column: str) -> bool:
    """Return whether texts are plain as they are: one look at all costs less than one at each."""
    lines = [text for text in texts if text is not None] + [""]
    together = "\n".join(lines)
    pattern = _URLS if column in URL_COLUMNS else _SHORT_LINES
    return together.count("\n") < len(lines) and pattern.fullmatch(together) is not None


def decode_page(data: bytes) -> tuple[dict[str, Any], Columns]:
    """Return what `encode_page` was given: the page's fields, and its links by column.

    Raises:
        SchemaVersionError: another version wrote the bytes.
    """
    version, length = _HEAD.unpack_from(data)
    if version != ENCODING:
        # The first encodings were zlib's.
        known = "an earlier encoding" if version >> 8 == _ZLIB else f"encoding {version}"
        message = f"the frontier holds pages of {known}, this linkcrawler reads {ENCODING}; finish the crawl with the linkcrawler that began it"
        raise SchemaVersionError(message)
    end = _HEAD.size + length
    return json.loads(data[_HEAD.size : end]), Columns(data[end:])


def _int16(number: int) -> int:
    """Return ``number`` within its column: a server may send any status, a chain never end."""
    return max(-(2**15), min(number, 2**15 - 1))


def pages_batch(pages: Iterable[dict[str, Any]], crawl_id: str) -> pa.RecordBatch:
    """Return rows of the ``pages`` table, one for each page's fields."""
    rows = []
    for fields in pages:
        host = host_of(fields["url"])
        rows.append(
            {
                **_UNKNOWN,
                **fields,
                "status": _int16(fields["status"]),
                "hops": _int16(fields["hops"]),
                "depth": _int16(fields["depth"]),
                "host": host,
                "domain": registered_domain(host),
                "icann_domain": icann_domain(host),
                "n_external": fields["n_links"] - fields["n_internal"],
                "crawl_id": crawl_id,
            }
        )
    arrays = [array_of([row[field.name] for row in rows], field.type) for field in PAGES]
    return pa.RecordBatch.from_arrays(arrays, schema=PAGES)


def refused_batch(
    refused: Iterable[RefusedRow], crawl_id: str, refused_at: datetime
) -> pa.RecordBatch:
    """Return rows of the ``pages`` table for URLs that a rule kept out."""
    nothing = dict.fromkeys(("status", "n_links", "n_internal", "bytes", "download_ms"), 0)
    no_text = dict.fromkeys(("content_type", "charset"), "")
    no_flag = dict.fromkeys(
        ("charset_guessed", "noindex", "nofollow", "links_truncated", "degraded"), False
    )
    absent = dict.fromkeys(("redirect_to", "lang", "title", "canonical", "ip"))
    moment = _microseconds(refused_at)
    return pages_batch(
        (
            {
                **nothing,
                **no_text,
                **no_flag,
                **absent,
                "url": row.url,
                "outcome": "excluded",
                "reason": row.rule,
                "hops": row.hops,
                "depth": row.depth,
                "discovered_from": row.parent,
                "tls": "none",
                "fetched_at": moment,
            }
            for row in refused
        ),
        crawl_id,
    )


def links_batch(pages: Iterable[tuple[dict[str, Any], Columns]], crawl_id: str) -> pa.RecordBatch:
    """Return rows of the ``links`` table, those of each page in the order of the page.

    Columns are made whole, from the bytes of all pages: no link becomes an object of Python's.
    """
    found = [(fields, links) for fields, links in pages if links.size]
    sizes = np.array([links.size for _, links in found], dtype=np.int64)
    total, each = int(sizes.sum()), np.repeat(np.arange(len(sizes)), sizes)
    columns: dict[str, Any] = {name: _texts([links for _, links in found], name) for name in TEXTS}
    for name, kind in NUMBERS.items():
        joined = b"".join(links.raw(name) for _, links in found)
        columns[name] = np.frombuffer(joined, dtype=np.dtype(kind))
    for name in FLAGS:
        columns[name] = columns[name].astype(bool)
    columns.update(_places([fields for fields, _ in found], each))
    columns["target_host"], columns["target_domain"] = _hosts_and_domains(columns["target"])
    columns["internal"] = pc.equal(columns["source_domain"], columns["target_domain"])
    columns["follow"] = pc.equal(columns["follow_cause"], _EMPTY)
    columns["position"] = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    columns["crawl_id"] = pa.repeat(scalar_of(crawl_id, pa.string()), total)
    arrays = [_cast(columns[field.name], field.type) for field in LINKS]
    return pa.RecordBatch.from_arrays(arrays, schema=LINKS)


def _cast(values: Any, kind: pa.DataType) -> pa.Array:
    if not isinstance(values, pa.Array):
        return array_of(values, kind)
    return values if values.type == kind else values.cast(kind)


def _texts(found: list[Columns], name: str) -> pa.Array:
    """Return one column of text of all pages."""
    if not found:
        return texts([])
    joined = END.encode().join(links.raw(name) for links in found)
    column = pc.split_pattern(text_of(joined), END).flatten()
    if LINKS.field(name).nullable:
        return pc.if_else(pc.equal(column, _ABSENT), _NOTHING, column)
    return column


def _places(pages: list[dict[str, Any]], each: np.ndarray[Any, Any]) -> dict[str, pa.Array]:
    """Return the columns that all links of a page have in common; ``each`` is the page of a link."""
    hosts = [host_of(fields["url"]) for fields in pages]
    same = {
        "source": texts([fields["url"] for fields in pages]),
        "source_host": texts(hosts),
        "source_domain": texts([registered_domain(host) for host in hosts]),
        "hops": array_of([_int16(fields["hops"]) for fields in pages], pa.int16()),
        "depth": array_of([_int16(fields["depth"]) for fields in pages], pa.int16()),
        "fetched_at": array_of([fields["fetched_at"] for fields in pages], pa.int64()),
    }
    rows = array_of(each, pa.int64())
    return {name: values.take(rows) for name, values in same.items()}


def _hosts_and_domains(targets: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the host and registered domain of each canonical URL; each is looked at once.

    Its path begins with a slash always, so that what names the host stands between the second slash
    and the third.
    """
    if not len(targets):
        return targets, targets
    authorities = pc.list_element(pc.split_pattern(targets, "/", max_splits=3), _AUTHORITY)
    known = pc.dictionary_encode(authorities)
    hosts = [host_of(f"http://{authority}/") for authority in known.dictionary.to_pylist()]
    domains = [registered_domain(host) for host in hosts]
    return tuple(texts(names).take(known.indices) for names in (hosts, domains))
