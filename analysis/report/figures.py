"""A ranked dataset in, every number and text of its report out; nothing is rendered here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from analysis.blind_spots import blind_spots
from analysis.counts import GIVEN_UP
from analysis.methods import methods
from analysis.policy import Policy
from analysis.ranked import must_be_ranked
from analysis.ranked_graph import ranked_policy
from analysis.record import RECORD_NAME
from analysis.report.access import Outcome, count_outcomes
from analysis.report.cards import cards

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from analysis.blind_spots import BlindSpots
    from analysis.report.cards import Card
    from pipelines.dataset import Dataset
    from pipelines.manifest import Manifest

_DOMAIN_COLUMNS = (
    "domain",
    "rank",
    "authority",
    "authority_method",
    "ref_domains",
    "backlinks",
    "follow_backlinks",
    "pages_crawled",
    "pages_seen",
    "pages_refused",
    "pages_failed",
    "pagerank",
    "rank_low",
    "rank_high",
    "tier",
    "is_seed",
    "is_crawled",
    "first_seen",
    "last_seen",
)
_ROW_COLUMNS = (
    "rank",
    "domain",
    "authority",
    "ref_domains",
    "backlinks",
    "follow_backlinks",
    "pages_crawled",
    "pages_seen",
    "rank_low",
    "rank_high",
    "tier",
    "is_seed",
    "is_crawled",
)


@dataclass(frozen=True, slots=True)
class DomainRow:
    """One line of the ranking; the fields are the columns of ``domains``."""

    rank: int
    domain: str
    authority: float
    ref_domains: int
    backlinks: int
    follow_backlinks: int
    pages_crawled: int
    pages_seen: int
    rank_low: int
    """Best rank of its 90 % interval; 0 where there is none."""
    rank_high: int
    tier: int
    is_seed: bool
    is_crawled: bool


@dataclass(frozen=True, slots=True)
class DomainFigures:
    """What the ``domains`` table says, as totals, as rows to print and as arrays to draw.

    The arrays have one entry a ranked domain, best first.
    """

    total: int
    crawled: int
    edges: int
    votes: int
    """Edges with a followed link; these alone carry authority."""
    methods: tuple[str, ...]
    """Distinct values of ``authority_method``."""
    rows: tuple[DomainRow, ...]
    names: tuple[str, ...]
    """The best few domains, to be named in a chart."""
    tiers: int
    """Tiers that the rank intervals make; 0 where there are none."""
    authority: npt.NDArray[np.float64]
    """float64[total], 0 to 100."""
    ref_domains: npt.NDArray[np.int64]
    is_crawled: npt.NDArray[np.bool_]

    @property
    def coverage(self) -> float:
        """Share of the ranked domains that were crawled, 0 to 1; 0 where none is ranked."""
        return self.crawled / self.total if self.total else 0.0

    @property
    def measure(self) -> str:
        """The measure that authority is made of, as ``--method`` names it."""
        method = self.methods[0] if self.methods else ""
        if not method or "pagerank" in method.lower():
            return "pagerank"
        return method.partition(",")[0].removeprefix("log-")


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """Links recorded, and those among them that lead to another domain."""

    total: int
    external: int
    """Backlinks of all domains: links of the kinds that the ranking counts."""
    followed: int
    """Followed links among `external`."""

    @property
    def followed_share(self) -> float:
        """Followed share of the external links, 0 to 1; 0 where there is none."""
        return self.followed / self.external if self.external else 0.0


@dataclass(frozen=True, slots=True)
class PageFigures:
    """URLs tried or refused, and what became of them."""

    tried: int
    fetched: int
    """Pages read as HTML."""
    refused: int
    failed: int
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the report shows."""

    manifest: Manifest
    domains: DomainFigures
    links: LinkFigures
    pages: PageFigures
    spots: BlindSpots
    cards: tuple[Card, ...]
    policy: Policy
    """What it was ranked by."""
    methods: str
    """The paragraph of `analysis.methods`."""
    first: datetime | None
    """Earliest fetch; None where nothing was tried."""
    last: datetime | None


def read_figures(dataset: Dataset, top: int, named: int) -> Figures:
    """Return the figures of a ranked dataset.

    Args:
        dataset: a crawl or a merge of crawls.
        top: rows of the ranking to keep; 0 keeps all.
        named: domains to name in a chart.

    Raises:
        DatasetError: the dataset is not ranked yet.
        CorruptPartError: a file of it is missing or damaged.
    """
    must_be_ranked(dataset, "domains", "domain_edges")
    domains = dataset.table("domains", _DOMAIN_COLUMNS).sort_by("rank")
    edges = dataset.table("domain_edges", ("n_links", "n_follow_links"))
    shown = _domain_figures(domains, edges, top, named)
    is_recorded = (dataset.folder / RECORD_NAME).is_file()  # not so in earlier versions
    return Figures(
        manifest=dataset.manifest,
        domains=shown,
        links=_link_figures(dataset, edges),
        pages=_page_figures(dataset),
        spots=blind_spots(domains),
        cards=cards(dataset, shown.rows) if is_recorded else (),
        policy=ranked_policy(dataset) if is_recorded else Policy(),
        methods=methods(dataset) if is_recorded and not dataset.is_ranking_stale() else "",
        first=pc.min(domains["first_seen"]).as_py(),
        last=pc.max(domains["last_seen"]).as_py(),
    )


def _domain_figures(domains: pa.Table, edges: pa.Table, top: int, named: int) -> DomainFigures:
    shown = domains.select(_ROW_COLUMNS)
    if top:
        shown = shown.slice(0, top)
    return DomainFigures(
        total=domains.num_rows,
        crawled=_sum(domains["is_crawled"]),
        edges=edges.num_rows,
        votes=_sum(pc.greater(edges["n_follow_links"], 0)),
        methods=tuple(sorted(pc.unique(domains["authority_method"]).to_pylist())),
        rows=tuple(DomainRow(**row) for row in shown.to_pylist()),
        names=tuple(domains["domain"].slice(0, named).to_pylist()),
        tiers=int(pc.max(domains["tier"]).as_py() or 0),
        authority=domains["authority"].to_numpy(),
        ref_domains=domains["ref_domains"].to_numpy(),
        is_crawled=domains["is_crawled"].to_numpy(),
    )


def _link_figures(dataset: Dataset, edges: pa.Table) -> LinkFigures:
    return LinkFigures(
        total=sum(part.rows for part in dataset.manifest.parts if part.table == "links"),
        external=_sum(edges["n_links"]),
        followed=_sum(edges["n_follow_links"]),
    )


def _page_figures(dataset: Dataset) -> PageFigures:
    tried = dataset.pages(("outcome", "reason"))
    outcomes = count_outcomes(tried)
    count = {outcome.name: outcome.pages for outcome in outcomes}
    given_up = _sum(pc.equal(tried["reason"], GIVEN_UP))
    return PageFigures(
        tried=sum(count.values()),
        fetched=count["ok"],
        refused=count["robots"] + count["excluded"] - given_up,
        failed=count["failed"] + given_up,
        outcomes=outcomes,
    )


def _sum(values: pa.ChunkedArray | pa.Array) -> int:
    """Return the sum of numbers or truths; 0 for none."""
    return int(pc.sum(values).as_py() or 0)
