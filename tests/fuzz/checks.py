"""What must hold of any input: each function takes one, and raises where something does not."""

from __future__ import annotations

import csv
import io
import math
import tempfile
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from scrapy.http import Request, Response
from support.hostile_text import fault, faults

from analysis.cells import csv_of, is_formula
from linkcrawler.exceptions import UsageError
from linkcrawler.extraction.prescan import Way, way_of
from linkcrawler.extraction.reading import (
    decode_document,
    decode_reading,
    encode_document,
    encode_reading,
    read,
)
from linkcrawler.extraction.relations import (
    follow_cause,
    header_links,
    refresh_target,
    relation_kind,
    robots_directives,
)
from linkcrawler.extraction.sitemaps import MAX_URLS, read_sitemap
from linkcrawler.extraction.text import clean_text, clean_tokens
from linkcrawler.page import Answer, Place, page_of
from linkcrawler.plain import one_line, quoted, spelled
from linkcrawler.policies.retry_after import MOST_SECS, retry_after_secs
from linkcrawler.policies.robots import MAX_SITEMAPS, RobotsRules
from linkcrawler.policies.scope import Scope
from linkcrawler.policies.traps import url_rule
from linkcrawler.seeds import read_seeds
from linkcrawler.urls.canonical import (
    MAX_URL,
    authority_of,
    canonicalize,
    has_credentials,
    host_of,
    resolved,
)
from linkcrawler.urls.domains import icann_domain, registered_domain, reversed_labels
from pipelines.rows import decode_page, encode_page, links_batch, pages_batch
from pipelines.schema import TABLES
from pipelines.writer import write_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkcrawler.extraction.reading import Reading
    from linkcrawler.items import Page

HERE = "http://www.a.example/b/c?d"
SCOPE = Scope(include=(r"[./]",), exclude=(r"[.]pdf$",))


def check_url(given: tuple[str, str]) -> None:
    """A URL as written, and a base for it."""
    written, base = given
    resolved(written)
    for url in {canonicalize(written), canonicalize(written, base), canonicalize(written, HERE)}:
        if url is not None:
            check_canonical(url)


def check_canonical(url: str) -> None:
    """A canonical URL is one of printable ASCII, and stays what it is."""
    assert url.isascii(), url
    assert url.isprintable(), url
    assert " " not in url, url
    assert len(url) <= MAX_URL
    assert canonicalize(url) == url
    host = host_of(url)
    assert host
    assert host in authority_of(url)
    assert isinstance(has_credentials(url), bool)
    domain = registered_domain(host)
    assert host.endswith(domain)
    assert domain.endswith(icann_domain(host))
    assert sorted(reversed_labels(domain).split(".")) == sorted(domain.split("."))
    SCOPE.reject_reason(url)
    assert url_rule(url) in {None, *TRAPS}


TRAPS = ("path_depth", "query_parameters", "nested_encoding", "repeated_segments")


def check_answer(given: tuple[int, Sequence[tuple[bytes, bytes]], bytes]) -> None:
    """Status, headers and body of an answer, read in both ways."""
    status, headers, body = given
    fields: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        fields.setdefault(name, []).append(value)
    response = Response(HERE, status, fields, body, request=Request(HERE))
    answer = Answer.of(response, Place(HERE, 1, 2, "http://b.example/"), 50)
    document = answer.document
    if document is None:
        check_rows([page_of(answer, None, is_verified=False)])
        return
    assert decode_document(encode_document(document), body) == document
    ways = [True] if way_of(body) is Way.ROUGH else [False, True]
    for roughly in ways:
        reading = read(document, rough_secs=4.0 if roughly else 0.0)
        assert told(decode_reading(encode_reading(reading))) == told(reading)
        page = page_of(answer, reading, is_verified=False)
        assert len(page.links) <= 50
        assert page.n_links >= len(page.links)
        for link in page.links:
            check_canonical(link.target)
        packed = page_of(answer, decode_reading(encode_reading(reading)), is_verified=False)
        check_rows([page, packed])
    check_rows([page_of(answer, None, is_verified=False)])


def told(reading: Reading) -> dict[str, object]:
    """What is said of a page, without how much of it is kept, and what stays where it was read."""
    facts = asdict(reading.facts)
    del facts["_chars"], facts["is_full"], facts["said"], facts["headings"]
    return facts | {
        "links": list(reading.links),
        "reading": (reading.charset, reading.guessed, reading.degraded),
    }


def check_html(body: bytes) -> None:
    """A page's bytes."""
    check_answer((200, [(b"Content-Type", b"text/html")], body))


def check_robots(given: tuple[bytes, str, str]) -> None:
    """A robots.txt, a product token, and a URL as written."""
    body, agent, written = given
    for name in (agent, "linkcrawler", "*"):
        rules = RobotsRules(body, name)
        assert math.isfinite(rules.crawl_delay)
        assert rules.crawl_delay >= 0
        assert len(rules.sitemaps) <= MAX_SITEMAPS
        assert rules.size > 0
        url = canonicalize(written, HERE)
        if url is not None:
            assert rules.reject_reason(url) in (None, "disallowed")
            assert RobotsRules(body, name, "why").reject_reason(url) == "why"


def check_sitemap(body: bytes) -> None:
    """A sitemap's bytes."""
    found = read_sitemap(body)
    if found is not None:
        assert len(found.urls) <= MAX_URLS
        for url in found.urls[:200]:
            canonicalize(url)


def check_header(value: str) -> None:
    """The value of a header, read as each of those that mean something."""
    for link in header_links([value, value]):
        relation_kind(link.rel, link.hreflang, link.type)
        assert follow_cause(link.rel, "meta")
    assert all(isinstance(word, str) for word in robots_directives([value], "linkcrawler"))
    refresh_target(value)
    assert 0 <= retry_after_secs(value, 1_700_000_000.0) <= MOST_SECS


def check_text(text: str) -> None:
    """Any text at all."""
    for clean in (clean_text(text), clean_tokens(text)):
        assert fault("pages", "title", clean) is None, clean
    assert clean_text(clean_text(text)) == clean_text(text)
    assert one_line(text).isprintable()
    assert spelled(spelled(text)) == spelled(text)
    assert quoted(text).isprintable()
    ((_, cell),) = list(csv.reader(io.StringIO(csv_of(["a", "b"], [[1, text]]), newline="")))[1:]
    assert not is_formula(cell)


def check_seeds(data: bytes) -> None:
    """Seeds on the command line and in a file."""
    text = data.decode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("seeds.txt", "seeds.csv")]
        for path in paths:
            path.write_bytes(data)
        for named in ([text], text.split(), *([f"@{path}"] for path in paths)):
            with suppress(UsageError):
                for url in read_seeds(named):
                    check_canonical(url)


def check_rows(pages: Sequence[Page]) -> None:
    """Pages, as rows."""
    decoded = [decode_page(encode_page(page)) for page in pages]
    links = links_batch(decoded, "c1")
    rows = pages_batch((fields for fields, _ in decoded), "c1")
    for table, batch in (("links", links), ("pages", rows)):
        batch.validate(full=True)
        assert faults(table, batch.to_pylist()) == []
    assert rows.num_rows == len(pages)


def check_file(pages: Sequence[Page]) -> None:
    """Pages, in Parquet files and back."""
    decoded = [decode_page(encode_page(page)) for page in pages]
    batches = {
        "links": links_batch(decoded, "c1"),
        "pages": pages_batch((fields for fields, _ in decoded), "c1"),
    }
    with tempfile.TemporaryDirectory() as folder:
        for table, batch in batches.items():
            path = Path(folder) / f"{table}.parquet"
            count, size, _ = write_parquet(
                path, table, [batch], {"written": str(datetime.now(UTC))}
            )
            found = pq.read_table(path)
            assert (count, size) == (batch.num_rows, path.stat().st_size)
            assert found.schema.equals(TABLES[table])
            back = found.to_pylist()
            if table == "links":
                assert back == batch.to_pylist()
            assert faults(table, back) == []
