"""A ranked dataset in, the paragraph that a paper's method section needs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from analysis.blind_spots import COLUMNS, blind_spots
from analysis.counts import GIVEN_UP
from analysis.niche import IRRELEVANT, LIFT, RELEVANT
from analysis.record import current_record
from analysis.report.text import between, seed_names, shorten
from linkcrawler.niche import keywords_of

if TYPE_CHECKING:
    import pyarrow as pa

    from analysis.record import Record
    from pipelines.dataset import Dataset
    from pipelines.manifest import Manifest

REFUSED_REASONS = ("robots", "excluded")
_LIBRARIES = ("scrapy", "selectolax", "ada-url")


def methods(dataset: Dataset) -> str:
    """Return how the ranking of ``dataset`` was made, in English sentences, one paragraph.

    It says who was asked, when and within which limits, what came of it, how links became votes and
    votes a ranking, how much was not seen, with which versions, and how to repeat it. The same
    dataset gives the same text.

    Raises:
        DatasetError: not ranked yet, or links or pages have changed since.
        CorruptPartError: a file is missing, truncated or damaged.
    """
    record = current_record(dataset)
    domains = dataset.table("domains", [*COLUMNS, "tier", "is_crawled", "authority_method"])
    edges = dataset.table("domain_edges", ["share"])
    pages = dataset.pages(["outcome", "reason", "fetched_at"])
    sentences = [
        *_crawl(dataset.manifest, pages),
        *_graph(record, dataset, domains, edges),
        *_niche(record, dataset.manifest),
        *_measures(record, domains),
        *_repeat(dataset, record),
    ]
    return " ".join(sentences)


def _crawl(manifest: Manifest, pages: pa.Table) -> list[str]:
    if manifest.merged_from:
        names = ", ".join(str(crawl.get("crawl_id", "?")) for crawl in manifest.merged_from)
        begin = (
            f"The crawls {names} were merged; of each URL the latest fetch that succeeded counts."
        )
    else:
        begin = _asked(manifest)
    dates = between(pc.min(pages["fetched_at"]).as_py(), pc.max(pages["fetched_at"]).as_py())
    counts = {row["values"]: row["counts"] for row in pc.value_counts(pages["outcome"]).to_pylist()}
    given_up = pc.sum(pc.equal(pages["reason"], GIVEN_UP)).as_py() or 0
    fetched, refused = counts.get("ok", 0), sum(counts.get(name, 0) for name in REFUSED_REASONS)
    refused -= given_up
    broken = counts.get("failed", 0) + counts.get("http_error", 0) + given_up
    return [
        begin,
        (
            f"Of {pages.num_rows:,} URLs tried ({dates}, UTC), {fetched:,} gave an HTML page, "
            f"{counts.get('redirect', 0):,} redirected, {counts.get('not_html', 0):,} held another type of "
            f"content, {broken:,} gave an error or no answer, and {refused:,} were refused by robots.txt or "
            "a rule of the crawl."
        ),
    ]


def _asked(manifest: Manifest) -> str:
    asked, settings, used = manifest.arguments, manifest.settings, manifest.versions
    seeds = seed_names(manifest.seeds)
    shown = ", ".join(seeds[:5]) + (f" and {len(seeds) - 5:,} more" if len(seeds) > 5 else "")
    software = ", ".join(f"{name} {used[name]}" for name in _LIBRARIES if name in used)
    robots = asked.get("robots", settings.get("ROBOTSTXT_OBEY", True))
    return (
        f"The web was crawled outward from {len(seeds):,} seed "
        f"{'site' if len(seeds) == 1 else 'sites'} ({shown or 'none recorded'}) with linkcrawler "
        f"{used.get('linkcrawler', '?')} ({software or 'versions not recorded'}), within "
        f"{_limits(asked)}, {'obeying' if robots else 'without asking'} robots.txt; it ended with "
        f"'{manifest.finish_reason or manifest.state}'."
    )


def _limits(asked: dict[str, Any]) -> str:
    """Return the limits of a crawl in words; 0 is none.

    >>> _limits({"hops": 2, "max_pages_per_domain": 0, "max_pages": 10000, "delay": 1.0})
    'at most 2 hops between domains, any number of pages of a domain, at most 10,000 pages in all, 1 seconds between requests to one domain'
    """
    names = {
        "hops": "hops between domains",
        "max_pages_per_domain": "pages of a domain",
        "max_pages": "pages in all",
    }
    if not all(isinstance(asked.get(name), (int, float)) for name in [*names, "delay"]):
        return "limits that are not recorded"
    limits = [
        f"at most {asked[name]:,} {what}" if asked[name] else f"any number of {what}"
        for name, what in names.items()
    ]
    return ", ".join([*limits, f"{asked['delay']:g} seconds between requests to one domain"])


def _graph(record: Record, dataset: Dataset, domains: pa.Table, edges: pa.Table) -> list[str]:
    asked = record.parameters
    lens = asked["lens"]
    links = sum(part.rows for part in dataset.manifest.parts if part.table == "links")
    votes = int(pc.sum(pc.greater(edges["share"], 0)).as_py() or 0)
    rules = ", ".join(asked["rules"]) or "none"
    return [
        (
            f"The {links:,} links found were folded to {edges.num_rows:,} edges between "
            f"{domains.num_rows:,} nodes at the level {asked['level']} (registered domains by the Public "
            f"Suffix List {record.suffix_list} with its private section; links of the kinds a, area, "
            f"redirect and refresh; no self-links), of which {votes:,} vote under the lens "
            f"'{lens['name']}' version {lens['version']} ({lens['meaning']}; nofollow: "
            f"{asked['nofollow']}), with the rules {rules}."
        ),
    ]


def _niche(record: Record, manifest: Manifest) -> list[str]:
    """Return how the niche was told from the rest, where the lens asked for it."""
    if not record.niche:
        return []
    by_words = record.parameters.get("niche")
    entries = (by_words or {}).get("keywords") or manifest.arguments.get("niche") or []
    words = keywords_of(entries)
    shown = ", ".join(f"'{one}'" for one in words[:8]) + (" and more" if len(words) > 8 else "")
    examples = f"; examples: {len(entries) - len(words):,}" if len(words) < len(entries) else ""
    how = "titles of pages and anchors" if by_words else "pages when they were fetched, and anchors"
    return [
        (
            f"Domains count as inside of the niche from a relevance of {RELEVANT} on, and as outside "
            f"below {IRRELEVANT} (BM25 and TF-IDF over {how}; words: {shown or 'none'}{examples}); "
            f"between these, and where nothing is known, from a lift above {LIFT:g} on, the share of a walk "
            "from the trusted sites over that of a walk from anywhere. "
            f"Of {record.niche['nodes']:,} nodes {record.niche['inside']:,} are inside, "
            f"{record.niche['by_text']:,} by what they say and {record.niche['by_links']:,} by links; "
            f"{record.niche['top_outside']:,} of the first {record.niche['top']:,} by all links are not."
        ),
    ]


def _measures(record: Record, domains: pa.Table) -> list[str]:
    asked, spots = record.parameters, blind_spots(domains)
    crawled = int(pc.sum(domains["is_crawled"]).as_py() or 0)
    method = ", ".join(sorted(pc.unique(domains["authority_method"]).to_pylist()))
    tiers = int(pc.max(domains["tier"]).as_py() or 0)
    found = [
        (
            f"Authority, 0 to 100 within this dataset, is by the method '{method}'; PageRank has damping "
            f"{asked['damping']} and uniform teleport, to which the rank that nobody passes on returns, "
            f"and is within {asked['tolerance']:g} of its fixed point in L1."
        ),
        (
            f"Of {domains.num_rows:,} domains ranked, {crawled:,} were fetched from; the others are ranked by "
            f"the links into them, and hold {spots.share('pagerank_share'):.1%} of PageRank and "
            f"{spots.share('link_share'):.1%} of followed links."
        ),
        *_named_sites(asked),
    ]
    if tiers:
        found.append(
            "90 % rank intervals are from the crawl's own course: near each rank, the 0.9 quantile of how "
            "far nodes have moved, up or down as a ratio of ranks, since half of the pages had been "
            "fetched, or since a quarter divided by the root of 3, whichever is more; "
            f"by them the domains fall into {tiers:,} {'tier' if tiers == 1 else 'tiers'}, within each "
            "of which all intervals overlap."
        )
    return found


def _named_sites(asked: dict[str, Any]) -> list[str]:
    """Return the sites that a person named for the ranking: another choice would give another one."""
    found = []
    for name in ("trusted", "distrusted"):
        sites = asked.get(name) or []
        if sites:
            shown = ", ".join(shorten(site, 60) for site in sites[:5])
            more = f" and {len(sites) - 5:,} more" if len(sites) > 5 else ""
            what = "Trust" if name == "trusted" else "Distrust"
            count = f"{len(sites):,} named {'site' if len(sites) == 1 else 'sites'}"
            found.append(f"{what} starts from {count} ({shown}{more}).")
    if not asked.get("trusted") and asked["method"] == "trust":
        found.append("Trust starts from the seeds and what they redirect to.")
    return found


def _repeat(dataset: Dataset, record: Record) -> list[str]:
    used = ", ".join(f"{name} {number}" for name, number in sorted(record.versions.items()))
    return [
        (
            f"The dataset is {record.crawl_id}, SHA-256 {record.fingerprint[:16]}…; its ranking (domains."
            f"parquet, SHA-256 {record.files['domains.parquet'][:16]}…) was computed with {used}, and "
            "`linkcrawler methods DIR --repeat` computes it again bit for bit."
        ),
    ]
