"""A Page in, bytes for the outbox out; those bytes in, rows of the tables out.

This module alone knows both the crawl's `Page` and the dataset's schema. What is written into the
outbox stays there for seconds or, after a crash, until the crawl goes on; it carries a version.
"""

from __future__ import annotations

import json
import re
import zlib
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from linkcrawler.exceptions import SchemaVersionError
from linkcrawler.extraction.text import clean_text
from linkcrawler.urls.canonical import MAX_URL, canonicalize, host_of
from linkcrawler.urls.domains import icann_domain, registered_domain
from pipelines.schema import LINKS, MAX_LENGTHS, PAGES, URL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkcrawler.frontier.records import RefusedRow
    from linkcrawler.items import Page

ENCODING: Final = 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_SAME: Final = (
    "url", "outcome", "reason", "status", "redirect_to", "hops", "depth", "discovered_from",
    "content_type", "charset", "charset_guessed", "lang", "title", "canonical", "noindex",
    "nofollow", "n_links", "n_internal", "links_truncated", "degraded", "bytes", "download_ms",
    "ip", "tls", "rendered", "render_reason",
)  # fmt: skip
"""Columns of ``pages`` that a `Page` holds under the same name."""
_TEXTS: Final = (
    "outcome", "reason", "redirect_to", "discovered_from", "content_type", "charset", "lang",
    "title", "canonical", "ip", "tls", "render_reason",
)  # fmt: skip
_LINK_TEXTS: Final = ("target", "kind", "anchor", "rel", "follow_cause")
_URL: Final = re.compile(rf"https?://[!-Z\\^-~]{{1,{MAX_URL - 8}}}")
"""Canonical URLs without a bracket; those with one are looked at again."""
_URLS: Final = re.compile(rf"(?:{_URL.pattern}\n)*")
_SHORT_LINES: Final = re.compile("(?:[ -~]{0,100}\n)*")
"""ASCII within the bounds of every column of text."""
_LINK_FIELDS: Final = ("target", "kind", "anchor", "is_image", "rel", "follow_cause", "rendered")
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
    """Return ``page`` with its links as compressed bytes for the outbox.

    What comes in here always comes out as rows: text of whatever component made the page is brought
    into the bounds of its column, and a link that leads to no web address is left out.
    """
    fields = {name: getattr(page, name) for name in _SAME}
    for name in _TEXTS:
        fields[name] = _fitted(fields[name], name)
    fields["fetched_at"] = (page.fetched_at - _EPOCH) // timedelta(microseconds=1)
    links = {name: [getattr(link, name) for link in page.links] for name in _LINK_FIELDS}
    for name in _LINK_TEXTS:
        if not _all_fit(links[name], name):
            links[name] = [_fitted(text, name) for text in links[name]]
    if None in links["target"]:
        kept = [target is not None for target in links["target"]]
        links = {name: list(compress(values, kept)) for name, values in links.items()}
    text = json.dumps([ENCODING, fields, links], ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def _fitted(text: str | None, column: str) -> str | None:
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


def decode_page(data: bytes) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return what `encode_page` was given: the page's fields, and its links by column.

    Raises:
        SchemaVersionError: another version wrote the bytes.
    """
    version, fields, links = json.loads(zlib.decompress(data))
    if version != ENCODING:
        message = f"the frontier holds pages of encoding {version}, this linkcrawler reads {ENCODING}; finish the crawl with the linkcrawler that began it"
        raise SchemaVersionError(message)
    return fields, links


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
    return pa.RecordBatch.from_pylist(rows, schema=PAGES)


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
                "fetched_at": refused_at,
            }
            for row in refused
        ),
        crawl_id,
    )


def links_batch(
    pages: Iterable[tuple[dict[str, Any], dict[str, list[Any]]]], crawl_id: str
) -> pa.RecordBatch:
    """Return rows of the ``links`` table, those of each page in the order of the page."""
    columns: dict[str, list[Any]] = {name: [] for name in LINKS.names}
    for fields, links in pages:
        _add_links(columns, fields, links)
    size = len(columns["target"])
    columns["crawl_id"] = [crawl_id] * size
    columns["placement"] = ["unknown"] * size
    for name in ("heading", "text_before", "text_after"):
        columns[name] = [None] * size
    columns["block"] = columns["block_links"] = [0] * size
    return pa.RecordBatch.from_pydict(columns, schema=LINKS)


def _add_links(
    columns: dict[str, list[Any]], fields: dict[str, Any], links: dict[str, list[Any]]
) -> None:
    """Add one page's links to ``columns``; what all share is computed once."""
    size = len(links["target"])
    if not size:
        return
    host = host_of(fields["url"])
    domain = registered_domain(host)
    hosts = [host_of(target) for target in links["target"]]
    domains = [registered_domain(name) for name in hosts]
    for name in _LINK_FIELDS:
        columns[name].extend(links[name] if name in links else [False] * size)
    columns["target_host"].extend(hosts)
    columns["target_domain"].extend(domains)
    columns["internal"].extend([name == domain for name in domains])
    columns["follow"].extend([not cause for cause in links["follow_cause"]])
    columns["position"].extend(range(size))
    same = {
        "source": fields["url"],
        "source_host": host,
        "source_domain": domain,
        "hops": _int16(fields["hops"]),
        "depth": _int16(fields["depth"]),
        "fetched_at": fields["fetched_at"],
    }
    for name, value in same.items():
        columns[name].extend([value] * size)
