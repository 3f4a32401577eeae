"""The store's contract: what every frontier on disk must do, and never lose.

`tests/support/frontier_contract.py` states it as tests that each store passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from linkcrawler.frontier.records import (
        Committed,
        Counts,
        Discovery,
        DomainRow,
        OutboxRow,
        PageResult,
        PartRow,
        Queue,
        RefusedRow,
        UrlRow,
        WorkerRow,
    )
    from linkcrawler.frontier.steps import Steps


class FrontierStore(Protocol):
    """URLs, domains, the outbox and the list of parts, behind transactions.

    It is opened with the `linkcrawler.frontier.limits.Limits` of the run, which decide what may be
    handed out. Every method that writes is one transaction: whole or not at all, and durable on
    return, but for those under "the queue", which a power cut may take back: a start takes all
    leases back anyway. Every method raises `StorageError` where the disk refuses. Times are
    seconds since the epoch.
    """

    def close(self) -> None:
        """Let go of the store; nothing is lost without it."""

    # The crawl as a whole

    def get_meta(self, key: str) -> str | None:
        """Return a value of the crawl as a whole, or None."""

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value of the crawl as a whole."""

    def counts(self) -> Counts:
        """Return how many URLs stand where."""

    def counters(self) -> dict[str, int]:
        """Return ``domains``, ``domains_crawled`` and ``pages`` (those that limits count).

        Counters that are missing are 0.
        """

    def tally(self) -> dict[str, int]:
        """Return the committed pages by ``outcome`` and ``outcome/reason``, counted over resumes."""

    def trapped(self) -> dict[str, int]:
        """Return the URLs kept out for looking like a trap, by rule of `linkcrawler.policies.traps`."""

    # URLs and domains

    def add_seeds(self, seeds: Iterable[Discovery]) -> int:
        """Add seeds at no hops and depth; return how many URLs were not known."""

    def reconsider(self, verdict: Callable[[str], str | None]) -> None:
        """Ask ``verdict`` about every URL that is pending or excluded, and move it accordingly."""

    def domains(self) -> Iterator[DomainRow]:
        """Yield every domain."""

    def pending(self, domain_id: int, limit: int, *, best_linked: bool = False) -> list[UrlRow]:
        """Return the domain's first pending URLs within the limits: by their lead, then age.

        Args:
            domain_id: the domain.
            limit: how many at the most.
            best_linked: by their standing instead, the highest first.
        """

    def refused(self) -> Iterator[RefusedRow]:
        """Yield the URLs that a rule, a limit on the way or a host in trouble kept out."""

    def tried(self, urls: Iterable[str]) -> set[str]:
        """Return those of ``urls`` whose page is committed."""

    def positions(self) -> Iterator[tuple[str, int, int]]:
        """Yield ``(url, hops, depth)`` of each URL tried, as the links seen so far have it."""

    # The queue: which domain is next, and who has it

    def begin(self, now: float, longest_wait: float) -> None:
        """Begin a run: take back all leases; no domain waits longer than ``longest_wait`` seconds.

        Hosts that were given up may be tried again where their time has come.
        """

    def queue(self, worker: int, now: float) -> Queue:
        """Return the queue in short, as ``worker`` sees it."""

    def share(self) -> int:
        """Return how many domains each worker may hold, so that all have some; at least 1."""

    def lease_domains(
        self, worker: int, now: float, *, proven: bool, most: int, before: int | None = None,
        leaving: Sequence[tuple[int, float]] = (),
    ) -> tuple[list[DomainRow], Queue]:  # fmt: skip
        """Lease the first domains of the queue to ``worker``, and return them and what is left.

        Args:
            worker: who asks, from 1.
            now: the time.
            proven: those that have answered before, or those that have not.
            most: how many at the most.
            before: only those whose place is lower; None for all.
            leaving: what the worker gives back, as `give_back` has it.
        """

    def explore(self, worker: int, most: int) -> list[DomainRow]:
        """Lease up to ``most`` domains that were never asked, drawn at random, to ``worker``."""

    def give_back(self, worker: int, leaving: Sequence[tuple[int, float]], pages: int = 0) -> Queue:
        """Take domains back, as ``(id, earliest next request)``, and ``pages`` of the budget."""

    def hosts_given_up(self) -> int:
        """Return how many hosts are given up for now."""

    def bar(self, url_ids: Sequence[int]) -> None:
        """Keep pending URLs of a host that was given up out of the queue."""

    def reserve(self, worker: int, wanted: int) -> int:
        """Let ``worker`` hand out some pages more of the crawl's budget; return how many."""

    def enrol(self, worker: int, pid: int, now: float) -> None:
        """Note that ``worker`` fetches."""

    def see(self, worker: int, in_flight: int, now: float) -> None:
        """Note that ``worker`` lives."""

    def dismiss(self, worker: int, next_at: float) -> None:
        """Take all back that ``worker`` had; nobody asks there before ``next_at``."""

    def workers(self) -> list[WorkerRow]:
        """Return who fetches."""

    # Committing

    def commit(
        self, results: Sequence[PageResult], *, worker: int = 0, now: float = 0.0,
        leaving: Sequence[tuple[int, float]] = (),
    ) -> Committed:  # fmt: skip
        """Commit pages whole: state, rows, discoveries, domain, host.

        A URL that is not pending is passed over: a page is never committed twice. What a seed
        redirects to becomes a seed at no hops, also where the redirect was committed before its
        URL became one. Each result gives one page of the worker's reserve back.
        """

    def commit_in_steps(
        self, results: Sequence[PageResult], *, worker: int = 0, now: float = 0.0,
        leaving: Sequence[tuple[int, float]] = (),
    ) -> Steps[Committed]:  # fmt: skip
        """Do the same in steps, still in one transaction.

        Whatever is written meanwhile brings it to its end first.
        """

    @property
    def is_busy(self) -> bool:
        """Whether a transaction is open that is done in steps."""

    # What the crawl knows of the ranking

    def top(self, count: int) -> list[int]:
        """Return the ids of the domains of which most is known, best first."""

    def links_between(self) -> list[tuple[int, int]]:
        """Return the links between domains, each pair once, as ids. May run on another thread."""

    def ranks(self) -> dict[int, float]:
        """Return the rank of each domain as it was last set, else 0. May run on another thread."""

    def set_ranks(self, ranks: Mapping[int, float]) -> None:
        """Keep ranks, and place their domains by them."""

    def resting(self) -> int:
        """Return how many domains rest, see `linkcrawler.frontier.limits.Limits.rest_after`."""

    # The dataset's side

    def outbox_size(self) -> tuple[int, int]:
        """Return pages and link rows that wait to be sealed."""

    def outbox(self, limit: int) -> list[OutboxRow]:
        """Return the oldest pages of the outbox that hold about ``limit`` link rows, at least one.

        May run on another thread, while pages are committed.
        """

    def parts(self) -> list[PartRow]:
        """Return the files that make up the dataset."""

    def replace_parts(
        self, added: Sequence[PartRow], removed: Sequence[str], sealed_to: int | None = None
    ) -> None:
        """Record ``added`` files, forget ``removed`` paths, drop the outbox up to ``sealed_to``."""
