"""The dataset's contract: every table, column, type and meaning. Crawl, dataset and analysis meet here.

Rules that hold for every column: no unsigned integers, lists, structs, nullable integers or
booleans, dictionary types or dates (each reads badly somewhere among pandas, polars, DuckDB and
Spark); timestamps are microseconds in UTC; text is bounded (`MAX_LENGTHS`), in Unicode form C, free
of control and bidirectional characters. A column is never renamed; new ones are added at the end.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from linkcrawler.extraction.text import MAX_ANCHOR
from linkcrawler.urls.canonical import MAX_URL

SCHEMA_VERSION: Final = 1
"""Raised when a column changes its meaning or type; a dataset of another version is refused."""

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
_STRING, _BOOL = pa.string(), pa.bool_()
_INT16, _INT32, _INT64 = pa.int16(), pa.int32(), pa.int64()
_FLOAT32, _FLOAT64 = pa.float32(), pa.float64()


def _column(name: str, kind: pa.DataType, description: str) -> pa.Field:
    """Return a field; a ``?`` at the end of ``name`` makes it nullable."""
    return pa.field(
        name.removesuffix("?"),
        kind,
        nullable=name.endswith("?"),
        metadata={"description": description},
    )


LINKS: Final = pa.schema(
    [
        _column("source", _STRING, "Canonical URL of the page that holds the link"),
        _column("target", _STRING, "Canonical URL linked to"),
        _column("source_host", _STRING, "Host of source"),
        _column("target_host", _STRING, "Host of target"),
        _column("source_domain", _STRING, "Registered domain of source, private suffixes on"),
        _column("target_domain", _STRING, "Registered domain of target, private suffixes on"),
        _column(
            "kind",
            _STRING,
            "a, area, iframe, frame, redirect, refresh, canonical, alternate or link",
        ),
        _column(
            "anchor?",
            _STRING,
            "Visible text, else the image's alt text; white space collapsed, at most 512 code points",
        ),
        _column("is_image", _BOOL, "The link shows an image and no text"),
        _column("rel", _STRING, "Lower-case rel tokens in order, one space between; empty if none"),
        _column("follow", _BOOL, "Nothing asks crawlers not to follow the link"),
        _column(
            "follow_cause",
            _STRING,
            "Empty, or the first that applies: rel:nofollow, rel:ugc, rel:sponsored, meta, header",
        ),
        _column(
            "placement",
            _STRING,
            "Part of the page it stands in: main, nav, header, footer, aside or unknown",
        ),
        _column("position", _INT32, "Order among the links of the page, from 0"),
        _column(
            "heading?",
            _STRING,
            "Nearest heading above it, in a menu, header, footer or aside only of that; at most 512 code points",
        ),
        _column(
            "text_before?",
            _STRING,
            "Text before it in its paragraph, item or cell: the last 160 code points",
        ),
        _column(
            "text_after?",
            _STRING,
            "Text behind it in its paragraph, item or cell: the first 160 code points",
        ),
        _column(
            "block",
            _INT64,
            "Fingerprint of the list, table or paragraph it stands in, by the letters of its text; 0 for none",
        ),
        _column(
            "block_links", _INT32, "Links of the page, of those kept, with that block; 0 for none"
        ),
        _column("internal", _BOOL, "source_domain equals target_domain"),
        _column("rendered", _BOOL, "The link exists only after the page's scripts ran"),
        _column("hops", _INT16, "Domains crossed from the nearest seed to the source"),
        _column("depth", _INT16, "Links followed inside the source's site since it was entered"),
        _column("fetched_at", TIMESTAMP, "When the source was fetched"),
        _column("crawl_id", _STRING, "The crawl that saw the link"),
    ]
)

PAGES: Final = pa.schema(
    [
        _column("url", _STRING, "Canonical URL that was tried or refused"),
        _column("host", _STRING, "Host of url"),
        _column("domain", _STRING, "Registered domain of url, private suffixes on"),
        _column("icann_domain", _STRING, "Registered domain of url by ICANN suffixes alone"),
        _column("status", _INT16, "HTTP status; 0 for no answer"),
        _column(
            "outcome",
            _STRING,
            "ok, redirect, http_error, not_html, robots, excluded or failed",
        ),
        _column("reason", _STRING, "The rule, error or code behind the outcome; empty for ok"),
        _column("redirect_to?", _STRING, "Canonical URL that the answer redirects to"),
        _column("hops", _INT16, "Domains crossed from the nearest seed"),
        _column("depth", _INT16, "Links followed inside the site since it was entered"),
        _column("discovered_from?", _STRING, "The page that first linked here; null for a seed"),
        _column("content_type", _STRING, "Media type, lower-case, without parameters"),
        _column("charset", _STRING, "Character encoding that the page was read in"),
        _column("charset_guessed", _BOOL, "Nothing named the charset"),
        _column(
            "lang?",
            _STRING,
            "Language that the page declares, lower-case; else the one guessed, with the extra lang",
        ),
        _column("title?", _STRING, "Title, at most 512 code points"),
        _column("canonical?", _STRING, "Canonical URL that the page declares"),
        _column("noindex", _BOOL, "The page asks not to be indexed"),
        _column("nofollow", _BOOL, "The page asks that its links not be followed"),
        _column("n_links", _INT32, "Links on the page, true count"),
        _column("n_internal", _INT32, "Links to the page's own domain, true count"),
        _column("n_external", _INT32, "Links to other domains, true count"),
        _column("links_truncated", _BOOL, "links holds only the first of the page's links"),
        _column("degraded", _BOOL, "The markup was too hostile to be parsed whole"),
        _column("rendered", _BOOL, "The page's scripts ran in a browser"),
        _column(
            "render_reason",
            _STRING,
            "Why the page was rendered, or failed:<why>; empty if it was not to be",
        ),
        _column("bytes", _INT64, "Length of the decoded body"),
        _column("download_ms", _INT32, "Milliseconds from request to answer"),
        _column("ip?", _STRING, "Address that answered"),
        _column("tls", _STRING, "none, verified or unverified"),
        _column(
            "simhash", _INT64, "64-bit simhash of the distinct words outside of links; 0 unknown"
        ),
        _column(
            "owner_ids?",
            _STRING,
            "Analytics, tag-manager and ads ids in its scripts, one space between",
        ),
        _column(
            "template",
            _INT64,
            "Fingerprint of the outer elements of the page, their ids and classes; 0 unknown",
        ),
        _column("relevance", _FLOAT32, "Relevance to the niche, 0 to 1; NaN unknown"),
        _column("fetched_at", TIMESTAMP, "When the answer arrived or was given up"),
        _column("crawl_id", _STRING, "The crawl that tried the URL"),
    ]
)

DOMAIN_EDGES: Final = pa.schema(
    [
        _column("source", _STRING, "Domain that links"),
        _column("target", _STRING, "Domain linked to; never the source itself"),
        _column("weight", _FLOAT64, "1 where at least one link is followed, else 0"),
        _column("n_links", _INT64, "Links from source to target: a, area, redirect and refresh"),
        _column("n_follow_links", _INT64, "Followed links from source to target"),
        _column("n_source_pages", _INT64, "Pages of source that link to target"),
        _column("n_target_pages", _INT64, "URLs of target that are linked to"),
        _column(
            "sitewide",
            _BOOL,
            "The link stands on most pages of source, or on 3 outside their content",
        ),
        _column("top_anchor?", _STRING, "Commonest anchor text"),
        _column("first_seen", TIMESTAMP, "Earliest fetch of a page with such a link"),
        _column("last_seen", TIMESTAMP, "Latest fetch of a page with such a link"),
        _column("crawl_id", _STRING, "The crawl (or merge of crawls) that was ranked"),
        _column(
            "n_boilerplate_links",
            _INT64,
            "Links in navigation, header, footer, aside or a block that most pages repeat",
        ),
        _column(
            "n_moved_links", _INT64, "Links to a URL that redirects or calls another canonical"
        ),
        _column(
            "share",
            _FLOAT64,
            "Share of source's rank that the edge passes on under the ranking's policy; 0 no vote",
        ),
    ]
)

DOMAINS: Final = pa.schema(
    [
        _column("domain", _STRING, "Registered domain, private suffixes on"),
        _column("domain_rev", _STRING, "Labels reversed: com.example"),
        _column("icann_domain", _STRING, "Registered domain by ICANN suffixes alone"),
        _column("rank", _INT64, "Position by authority, 1 is best"),
        _column("authority", _FLOAT64, "0 to 100 within this dataset, by authority_method"),
        _column("authority_method", _STRING, "The measure and scale behind authority"),
        _column("pagerank", _FLOAT64, "PageRank, sums to 1"),
        _column("harmonic", _FLOAT64, "Harmonic centrality by links into the domain"),
        _column("trust", _FLOAT64, "PageRank that restarts at the seeds, sums to 1; 0 unused"),
        _column("pagerank_pos", _INT64, "Position by pagerank, 1 is best"),
        _column("harmonic_pos", _INT64, "Position by harmonic, 1 is best"),
        _column("ref_domains", _INT64, "Other domains with a followed link to this one"),
        _column("backlinks", _INT64, "Links from other domains: a, area, redirect and refresh"),
        _column("follow_backlinks", _INT64, "Followed links from other domains"),
        _column("out_domains", _INT64, "Other domains that this one links to"),
        _column("out_links", _INT64, "Links to other domains"),
        _column(
            "pages_crawled",
            _INT64,
            "URLs that gave what was asked for: a page, a redirect or another document",
        ),
        _column("pages_seen", _INT64, "Distinct URLs of the domain known from links or fetches"),
        _column("pages_refused", _INT64, "URLs refused by robots.txt or a rule of the crawl"),
        _column("pages_failed", _INT64, "URLs that gave an error or no answer"),
        _column("n_hosts", _INT64, "Distinct hosts known"),
        _column("is_seed", _BOOL, "A seed, or what one redirects to, is on this domain"),
        _column("is_crawled", _BOOL, "At least one of its URLs gave what was asked for"),
        _column("community", _INT32, "Community; -1 none"),
        _column("relevance", _FLOAT32, "Relevance to the niche, 0 to 1; NaN unknown"),
        _column("first_seen", TIMESTAMP, "Earliest fetch that saw the domain"),
        _column("last_seen", TIMESTAMP, "Latest fetch that saw the domain"),
        _column("crawl_id", _STRING, "The crawl (or merge of crawls) that was ranked"),
        _column(
            "coverage", _FLOAT64, "pages_crawled over pages_seen, 0 to 1; 1 where all was seen"
        ),
        _column("harmonic_error", _FLOAT64, "Standard error of harmonic; 0 where it is exact"),
        _column("supporters", _FLOAT64, "Domains one or two followed links away"),
        _column("ref_platforms", _INT64, "Referring domains, the tenants of a platform as one"),
        _column("endorsement", _FLOAT64, "One vote a domain, split equally, handed on 50 times"),
        _column("hits", _FLOAT64, "HITS authority, sums to 1; NaN where it does not converge"),
        _column("hub", _FLOAT64, "HITS hub, sums to 1; NaN where it does not converge"),
        _column("salsa", _FLOAT64, "SALSA authority, sums to 1"),
        _column(
            "distrust", _FLOAT64, "Anti-trust from the distrusted domains, sums to 1; 0 unused"
        ),
        _column("spam_mass", _FLOAT64, "Share of rank that trust does not explain; NaN unknown"),
        _column("rank_low", _INT64, "Best rank of the 90 % interval; 0 where there is none"),
        _column("rank_high", _INT64, "Worst rank of the 90 % interval; 0 where there is none"),
        _column("tier", _INT64, "1 is best; intervals of one tier overlap; 0 where there is none"),
        _column(
            "lift",
            _FLOAT64,
            "Share of walks from the seeds over that of walks from anywhere; NaN without the lens niche",
        ),
        _column("in_niche", _BOOL, "Inside of the niche; true of all without the lens niche"),
    ]
)

RANKINGS: Final = pa.schema(
    [
        _column("level", _STRING, "What node is: page, host, domain, icann or entity"),
        _column("lens", _STRING, "The lens that it was ranked by"),
        _column("node", _STRING, "Its name; of a page, the URL without scheme and www"),
        *(
            DOMAINS.field(name)
            for name in (
                "rank", "authority", "authority_method", "pagerank", "harmonic", "harmonic_error",
                "trust", "distrust", "spam_mass", "supporters", "endorsement", "hits", "hub", "salsa",
                "ref_domains", "ref_platforms", "backlinks", "follow_backlinks", "out_domains",
                "out_links", "pages_crawled", "pages_seen", "pages_refused", "pages_failed",
                "coverage", "is_seed", "is_crawled", "crawl_id", "rank_low", "rank_high", "tier",
                "relevance", "lift", "in_niche",
            )
        ),
    ]
)  # fmt: skip
"""Nodes of other levels, and other lenses; "domain" in the meaning of a column is the node there."""

TABLES: Final[dict[str, pa.Schema]] = {
    "links": LINKS,
    "pages": PAGES,
    "domain_edges": DOMAIN_EDGES,
    "domains": DOMAINS,
    "rankings": RANKINGS,
}
"""Every table by name; its compact file is ``<name>.parquet``."""

_MAX_CONTEXT: Final = 160
_MAX_WORD: Final = 128
URL_COLUMNS: Final = frozenset(
    {"source", "target", "url", "redirect_to", "discovered_from", "canonical"}
)
"""Columns of ``links`` and ``pages`` that hold canonical URLs: printable ASCII without a space."""
MAX_LENGTHS: Final[dict[str, int]] = {
    **dict.fromkeys(URL_COLUMNS, MAX_URL),
    "node": MAX_URL,
    **dict.fromkeys(
        ("source_host", "target_host", "host", "source_domain", "target_domain", "domain",
         "domain_rev", "icann_domain"), MAX_URL
    ),
    **dict.fromkeys(("anchor", "top_anchor", "title", "rel", "heading", "owner_ids"), MAX_ANCHOR),
    **dict.fromkeys(("text_before", "text_after"), _MAX_CONTEXT),
    **dict.fromkeys(
        ("kind", "follow_cause", "placement", "outcome", "reason", "content_type", "charset", "ip",
         "tls", "render_reason", "authority_method", "crawl_id", "level", "lens"), _MAX_WORD
    ),
    "lang": 35,
}  # fmt: skip
"""Longest text of each text column, in code points; under one name it is the same in every table."""

SORTED_BY: Final[dict[str, tuple[str, ...]]] = {
    "links": ("target_domain", "target", "source", "position"),
    "pages": ("domain", "url"),
    "domain_edges": ("target", "source"),
    "domains": ("rank",),
    "rankings": ("level", "lens", "rank"),
}
"""Order of the rows in a compact file."""
