"""A running crawl in, its ``run.json`` out: what was asked, with what, and what came of it."""

from __future__ import annotations

import json
import platform
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from linkcrawler.agent import tool_version
from linkcrawler.exceptions import LinkCrawlerError
from linkcrawler.items import OUTCOMES
from linkcrawler.options import OPTIONS
from pipelines.manifest import Manifest, write_manifest

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from linkcrawler.frontier.session import Session
    from pipelines.parts import DatasetFiles

LIBRARIES: Final = ("scrapy", "twisted", "pyarrow", "selectolax", "ada-url", "tldextract", "duckdb")
"""Libraries whose version may change what a crawl finds."""
SETTINGS: Final = (
    "USER_AGENT", "ROBOTSTXT_OBEY", "DOWNLOAD_DELAY", "DOWNLOAD_TIMEOUT", "DOWNLOAD_MAXSIZE",
    "DOWNLOAD_VERIFY_CERTIFICATES", "CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN",
    "RETRY_TIMES", "DEPTH_LIMIT", "URLLENGTH_LIMIT", "LINKCRAWLER_GUARD_PORTS",
    "LINKCRAWLER_DATASET_LINKS_PER_PAGE", "LINKCRAWLER_TRAPS", "LINKCRAWLER_SCOPE_NOFOLLOW",
    "LINKCRAWLER_SCOPE_CO_LINKS",
    "LINKCRAWLER_BUDGET_EARNED_PAGES", "LINKCRAWLER_BUDGET_HOSTS_PER_DOMAIN",
    "LINKCRAWLER_SITEMAP_URLS", "LINKCRAWLER_READ_SECS", "LINKCRAWLER_RENDER_SECS",
    "LINKCRAWLER_RENDER_MEMORY_MB", "LINKCRAWLER_RENDER_TRAFFIC_MB",
)  # fmt: skip
"""Settings that matter for what a crawl finds, beside those behind its arguments."""


class RunRecord:
    """Writes the manifest of one crawl.

    Args:
        crawler: the crawler.
        session: its session.
        files: its files.
    """

    def __init__(self, crawler: Crawler, session: Session, files: DatasetFiles) -> None:
        self.session = session
        self.files = files
        settings = crawler.settings
        known = session.store.get_meta("seeds")
        self.seeds = list(dict.fromkeys([*(json.loads(known) if known else ()), *session.seeds]))
        session.store.set_meta("seeds", json.dumps(self.seeds))
        self.arguments = {option.name: _plain(settings[option.setting]) for option in OPTIONS}
        self.settings = {name: _plain(settings[name]) for name in SETTINGS}
        self.created_at = self._first_time()

    def _first_time(self) -> str:
        known = self.session.store.get_meta("created_at")
        if known is None:
            known = _now()
            self.session.store.set_meta("created_at", known)
        return known

    def write(self, state: str, finish_reason: str = "") -> None:
        """Replace ``run.json``.

        Args:
            state: ``running``, ``interrupted``, ``finished`` or ``failed``.
            finish_reason: why the run ended; empty while it runs.

        Raises:
            StorageError: the disk refused.
        """
        write_manifest(
            self.session.folder,
            Manifest(
                crawl_id=self.session.crawl_id,
                state=state,
                finish_reason=finish_reason,
                created_at=self.created_at,
                updated_at=_now(),
                seeds=self.seeds,
                arguments=self.arguments,
                settings=self.settings,
                versions=_versions(),
                suffix_list=self.files.suffix_list,
                counts=self._counts(),
                parts=self.files.manifest_parts(),
            ),
        )

    def write_if_possible(self, state: str, finish_reason: str) -> None:
        """Replace ``run.json`` after a failure, which may be the very reason why it cannot be."""
        with suppress(LinkCrawlerError):
            self.write(state, finish_reason)

    def _between(self) -> dict[str, int]:
        """Return what the crawl knows of domains, from which its coverage is estimated."""
        known = self.session.store.counters()
        names = ("domains", "domains_crawled", "domain_links", "referred", "referred_once", "bytes")
        found = {name: known.get(name, 0) for name in names}
        return found | {
            "domains_resting": self.session.store.resting(),
            "hosts_given_up": self.session.store.hosts_given_up(),
            "excluded_hosts": known.get("excluded/hosts", 0),
            "excluded_out": known.get("excluded/out", 0),
        }

    def _counts(self) -> dict[str, int]:
        counts = self.session.store.counts()
        rows = {"links": 0, "pages": 0}
        for part in self.files.store.parts():
            rows[part.table] += part.rows
        return {
            "discovered": counts.discovered,
            "pending": counts.pending,
            "done": counts.done,
            "failed": counts.failed,
            "excluded": counts.excluded,
            **self._between(),
            **{f"rows_{table}": number for table, number in rows.items()},
            **_by_outcome(self.session.store.tally()),
        }


def _by_outcome(tally: dict[str, int]) -> dict[str, int]:
    """Return the pages committed by outcome and reason, under keys of ``counts``."""
    return {
        f"pages_{key}": number
        for key, number in sorted(tally.items())
        if key.partition("/")[0] in OUTCOMES
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def _versions() -> dict[str, str]:
    found = {"linkcrawler": tool_version(), "python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES}
