"""A ranked dataset and a domain in, its link profile out: who links to it, how, and whom it links to."""

from __future__ import annotations

import ipaddress
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from analysis import profile_sql as sql
from analysis.anchors import CLASSES, AnchorWords
from analysis.answers import Answer
from analysis.database import add_view, answer, database, run
from analysis.lookup import ranked_domain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.dataset import Dataset

TABLES: Final = {
    "referring_domains": sql.REFERRING_DOMAINS,
    "subnets": sql.SUBNETS,
    "anchor_classes": sql.ANCHOR_CLASSES,
    "anchors": sql.ANCHORS,
    "follow": sql.FOLLOW,
    "placements": sql.PLACEMENTS,
    "best_pages": sql.BEST_PAGES,
    "broken": sql.BROKEN,
    "broken_links": sql.BROKEN_LINKS,
    "outgoing": sql.OUTGOING,
    "outgoing_follow": sql.OUTGOING_FOLLOW,
}
"""Tables of a profile in the order in which they are shown, each with its question."""

STANDING: Final = (
    "domain", "rank", "authority", "pages_crawled", "pages_seen", "pages_refused", "pages_failed",
    "is_crawled", "first_seen", "last_seen",
)  # fmt: skip
"""Columns of ``domains`` that a profile repeats."""


def profile(
    dataset: Dataset, domain: str, *, brands: Sequence[str] = (), keywords: Sequence[str] = ()
) -> Answer:
    """Return the link profile of ``domain``: figures in ``summary``, and `TABLES`, each whole.

    Links are those that a visitor can follow to another domain (``a``, ``area``, ``redirect``,
    ``refresh``), each occurrence as it stands on a page that was fetched: what the ranking's
    rules fold or drop is here in full.

    Args:
        dataset: ranked.
        domain: the domain, a host of it or a URL on it.
        brands: what else it is called; see `AnchorWords`.
        keywords: what it wants to be found for.

    Raises:
        DatasetError: not ranked yet.
        UsageError: no domain of this name.
        CorruptPartError: a file is missing, truncated or damaged.
        StorageError: DuckDB ran out of disk or memory.
    """
    standing = ranked_domain(dataset, domain)
    words = AnchorWords(standing["domain"], tuple(brands), tuple(keywords))
    with (
        tempfile.TemporaryDirectory(prefix="linkcrawler-") as work,
        database(Path(work)) as connection,
    ):
        for table in ("links", "pages", "domains", "domain_edges"):
            add_view(connection, table, dataset, table)
        answers = _Answers(connection, dataset, words.domain)
        _prepare(answers, words)
        summary = {name: standing[name] for name in STANDING}
        for question in (sql.TOTALS, sql.IP_TOTALS, sql.OUT_TOTALS):
            summary |= answers.ask(question).to_pylist()[0]
        return Answer(summary, {name: answers.ask(query) for name, query in TABLES.items()})


@dataclass(frozen=True, slots=True)
class _Answers:
    """Asks a database about one domain."""

    connection: duckdb.DuckDBPyConnection
    dataset: Dataset
    domain: str

    def ask(self, query: str) -> pa.Table:
        """Return the answer to ``query`` as a table."""
        return answer(self.connection, query, [self.dataset], self._parameters(query))

    def do(self, statement: str) -> None:
        """Run a statement without a result."""
        run(self.connection, statement, [self.dataset], self._parameters(statement))

    def _parameters(self, query: str) -> dict[str, str]:
        return {"domain": self.domain} if "$domain" in query else {}


def _prepare(answers: _Answers, words: AnchorWords) -> None:
    """Make the tables that the questions read."""
    for statement in (sql.BACKLINKS, sql.OUTLINKS, sql.OWN_PAGES, sql.REFERRING_PAGES):
        answers.do(statement)
    anchors = answers.ask(sql.DISTINCT_ANCHORS)
    classes = [
        words.class_of(row["anchor"], row["is_image"]) for row in anchors.to_pylist()
    ]  # fmt: skip
    named = anchors.append_column("anchor_class", pa.array(classes, pa.string()))
    answers.connection.register("anchor_classes_of", named)
    places = pa.table({"anchor_class": CLASSES, "place": range(len(CLASSES))})
    answers.connection.register("class_names", places)
    ips = answers.ask(sql.DISTINCT_IPS)
    subnets = pa.array([subnet_of(ip) for ip in ips["ip"].to_pylist()], pa.string())
    answers.connection.register("subnets_of", ips.append_column("subnet", subnets))


def subnet_of(ip: str) -> str:
    """Return the network that counts as one neighbourhood: /24 of IPv4, /48 of IPv6.

    >>> subnet_of("203.0.113.9"), subnet_of("2001:db8:1:2::3"), subnet_of("?")
    ('203.0.113.0/24', '2001:db8:1::/48', '?')
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    width = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip.partition('%')[0]}/{width}", strict=False))
