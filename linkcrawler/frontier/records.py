"""What crosses the border between the frontier and its store: plain rows, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from linkcrawler.policies.merit import UNKNOWN, Merit


class State(IntEnum):
    """Where a URL stands."""

    PENDING = 0
    """Known and not yet fetched."""
    DONE = 1
    """Fetched; its page is committed."""
    FAILED = 2
    """Given up; its page, with the reason, is committed."""
    EXCLUDED = 3
    """Refused by a rule that depends on the URL alone."""


class Bar(IntEnum):
    """Why a pending URL is not handed out."""

    NONE = 0
    BEYOND = 1
    """The way to it is longer than the limits of depth or distance allow."""
    HOST = 2
    """Its host was given up for now."""


@dataclass(slots=True)
class DomainRow:
    """A registered domain of the frontier."""

    id: int
    name: str
    hops: int
    """Domains crossed from the nearest seed, over the links seen."""
    pages: int
    """URLs fetched, counted across resumes."""
    next_at: float = 0.0
    """Earliest time of the next request, seconds since the epoch; 0 for any time."""
    is_proven: bool = False
    """One of its servers has answered."""
    place: int | None = None
    """Its place in the queue, lowest first; None where there is nothing to hand out."""
    merit: Merit = UNKNOWN
    """What speaks for it."""
    troubles: tuple[HostTrouble, ...] = ()
    """Its hosts that failed when they were last asked; filled when it is leased."""


@dataclass(frozen=True, slots=True)
class HostTrouble:
    """A host that failed when it was last asked."""

    host: str
    failures: int
    """Failures in a row."""
    strikes: int
    """What they weigh, see `linkcrawler.policies.backoff`; 0 means that the trouble is over."""
    retry_at: float
    """When it may be tried again after it was given up, seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class UrlRow:
    """A URL that may be fetched."""

    id: int
    url: str
    distance: int
    """Links from the nearest seed."""
    depth: int
    """Links followed inside the site since it was entered."""
    attempts: int
    """Times it was tried in vain."""
    is_seed: bool
    """It is a seed, or what a seed redirects to."""
    parent: str | None
    """URL of the page that first linked here."""
    sitemap: int = 0
    """1 where a robots.txt names it as a sitemap, 2 where such a sitemap does, and so on; else 0."""


class Discovery(NamedTuple):
    """A URL that a page leads to, and the way there.

    A tuple, because a page may hold thousands: it takes a quarter of a frozen dataclass's time.
    """

    url: str
    domain: str
    hop_cost: int = 0
    """Hops that the way from the page's domain costs: 0 or 1."""
    cost: int = 1
    """Links that the way from the page costs: 1, or 0 for a redirect."""
    enters: bool = False
    """The way enters another site, where depth starts again at 0."""
    rule: str | None = None
    """The rule that refuses the URL, or None."""
    is_seed: bool = False
    is_redirect: bool = False
    """The page redirects there. What a seed redirects to is a seed, and costs no hop."""
    sitemap: int = 0
    """As of `UrlRow`."""
    relevance: float = -1.0
    """What the link says of its target's relevance, 0 to 1; below 0 where nothing is known."""
    anchor: str = ""
    """The text of the link."""


@dataclass(frozen=True, slots=True)
class PageResult:
    """What is committed for one URL, as a whole or not at all."""

    url_id: int
    state: State
    """`State.PENDING` keeps the URL for another try."""
    outcome: str
    reason: str
    counts_as_page: bool
    """It was fetched, so that it counts against the page limits."""
    next_at: float
    """Earliest time of the domain's next request, seconds since the epoch."""
    counts_as_try: bool = True
    """A URL that stays pending has one try less."""
    is_answer: bool = False
    """A server of the domain answered."""
    trouble: HostTrouble | None = None
    """News of its host's trouble, or of its end."""
    rows: bytes = b""
    """The page's rows, encoded by the dataset; empty where nothing is to be stored."""
    n_links: int = 0
    """Link rows inside `rows`."""
    discoveries: tuple[Discovery, ...] = ()
    text_key: int = 0
    """Fingerprint of the page's text; 0 where it is not known."""
    words_key: int = 0
    """Likewise without the words that hold a digit."""
    bytes: int = 0
    """Length of its body."""
    relevance: float = -1.0
    """How well the page fits the niche, 0 to 1; below 0 where that is not known."""
    is_rendered: bool = False
    """Its scripts ran in a browser."""
    is_not_rendered: bool = False
    """They were to, and did not."""
    n_rendered_links: int = 0
    """Links that they made."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """The rows of one page that are committed and not yet in a Parquet part."""

    id: int
    rows: bytes
    n_links: int


@dataclass(frozen=True, slots=True)
class PartRow:
    """A Parquet file of the dataset."""

    table: str
    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many URLs stand where; ``discovered = pending + done + failed + excluded``."""

    pending: int = 0
    done: int = 0
    failed: int = 0
    excluded: int = 0

    @property
    def discovered(self) -> int:
        """Every URL known."""
        return self.pending + self.done + self.failed + self.excluded


@dataclass(frozen=True, slots=True)
class Queue:
    """The domains that no worker has, in short."""

    best: tuple[int | None, int | None] = (None, None)
    """Lowest place among those that may be asked now: never answered, answered; None for none."""
    due_at: float | None = None
    """When the first of those that must wait may be asked, seconds since the epoch."""
    is_shared: bool = False
    """Other workers have domains, from which more may come."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits in it."""
        return self.best == (None, None) and self.due_at is None


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit has changed beyond its pages."""

    nearer: tuple[DomainRow, ...]
    """Domains that are new or came nearer to the seeds."""
    gained: dict[int, int]
    """Least distance of the URLs that a domain has gained or that came nearer, by its id."""
    merits: dict[int, Merit]
    """What speaks now for the domains whose pages were committed, or that were linked to anew."""
    queue: Queue


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A process that fetches."""

    id: int
    pid: int
    started_at: float
    seen_at: float
    """When it last said how it stands, seconds since the epoch."""
    in_flight: int
    domains: int
    """Domains that it has leased."""
    reserved: int
    """Pages of the crawl's budget that it holds."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A URL that was not fetched, and the rule behind it."""

    url: str
    hops: int
    depth: int
    parent: str | None
    rule: str
