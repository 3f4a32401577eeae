"""The store's contract: what every frontier on disk must do, and never lose.

`tests/support/frontier_contract.py` states it as tests that each store passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from linkcrawler.frontier.records import (
        Counts,
        Discovery,
        DomainRow,
        OutboxRow,
        PageResult,
        PartRow,
        RefusedRow,
        UrlRow,
    )


class FrontierStore(Protocol):
    """URLs, domains, the outbox and the list of parts, behind transactions.

    Every method that writes is one transaction: whole or not at all, and durable on return.
    Every method raises `StorageError` where the disk refuses.
    """

    def close(self) -> None:
        """Let go of the store; nothing is lost without it."""

    def get_meta(self, key: str) -> str | None:
        """Return a value of the crawl as a whole, or None."""

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value of the crawl as a whole."""

    def add_seeds(self, seeds: Iterable[Discovery]) -> int:
        """Add seeds at no hops and depth; return how many URLs were not known."""

    def reconsider(self, verdict: Callable[[str], str | None]) -> None:
        """Ask ``verdict`` about every URL that is pending or excluded, and move it accordingly."""

    def domains(self) -> Iterator[DomainRow]:
        """Yield every domain."""

    def heads(self) -> Iterator[tuple[int, int]]:
        """Yield ``(domain id, least distance)`` of each domain with a pending URL."""

    def pending(
        self, domain_id: int, limit: int, max_depth: int, max_distance: int
    ) -> list[UrlRow]:
        """Return the domain's first pending URLs by distance, then age; 0 means no limit."""

    def commit(self, results: Sequence[PageResult]) -> list[DomainRow]:
        """Commit pages whole: state, rows, discoveries, domain.

        Return the domains that are new or came nearer to the seeds. A URL that is not pending is
        passed over: a page is never committed twice. What a seed redirects to becomes a seed at
        no hops, also where the redirect was committed before its URL became one.
        """

    def counts(self) -> Counts:
        """Return how many URLs stand where."""

    def tally(self) -> dict[str, int]:
        """Return the committed pages by ``outcome`` and ``outcome/reason``, counted over resumes."""

    def refused(
        self, max_hops: int | None, max_depth: int, max_distance: int
    ) -> Iterator[RefusedRow]:
        """Yield the URLs that a rule or a limit on the way kept out."""

    def positions(self) -> Iterator[tuple[str, int, int]]:
        """Yield ``(url, hops, depth)`` of each URL tried, as the links seen so far have it."""

    def outbox_size(self) -> tuple[int, int]:
        """Return pages and link rows that wait to be sealed."""

    def outbox(self, limit: int) -> list[OutboxRow]:
        """Return the oldest pages of the outbox that hold about ``limit`` link rows, at least one."""

    def parts(self) -> list[PartRow]:
        """Return the files that make up the dataset."""

    def replace_parts(
        self, added: Sequence[PartRow], removed: Sequence[str], sealed_to: int | None = None
    ) -> None:
        """Record ``added`` files, forget ``removed`` paths, drop the outbox up to ``sealed_to``."""
