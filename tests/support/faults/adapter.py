"""The calls that the scenario makes to the frontier's store, in one place."""

from __future__ import annotations

from linkcrawler.frontier.folder import FRONTIER_NAME, lock_folder
from linkcrawler.frontier.limits import ENDLESS
from linkcrawler.frontier.records import Discovery, PageResult, State
from linkcrawler.frontier.sqlite_store import SqliteFrontierStore
from linkcrawler.urls.canonical import host_of
from linkcrawler.urls.domains import registered_domain
from pipelines.rows import encode_page

NOW = 1.7e9
lock = lock_folder


def open_store(folder):
    """Open the store as the start of a run does."""
    store = SqliteFrontierStore(folder / FRONTIER_NAME, ENDLESS)
    store.begin(NOW, 60.0)
    return store


def add_seeds(store, urls) -> None:
    store.add_seeds(Discovery(url, _domain(url), cost=0, enters=True, is_seed=True) for url in urls)


def waiting(store) -> dict[str, int]:
    """Return the ids of pending URLs by URL, in the order of ids."""
    rows = [row for domain in store.domains() for row in store.pending(domain.id, 1000)]
    return {row.url: row.id for row in sorted(rows, key=lambda row: row.id)}


def lease(store) -> list[tuple[int, float]]:
    """Lease a domain; return what gives it back."""
    rows, _ = store.lease_domains(1, NOW, proven=False, most=1)
    return [(row.id, NOW) for row in rows]


def commit(store, ids, pages, rule_of, leaving) -> None:
    """Commit ``pages`` in one transaction, which gives back the domains of ``leaving``."""
    results = [_result(ids[page.url], page, rule_of) for page in pages]
    store.commit(results, worker=1, now=NOW, leaving=leaving)


def _result(url_id, page, rule_of) -> PageResult:
    return PageResult(
        url_id, State.DONE, page.outcome, page.reason, counts_as_page=True, next_at=0.0,
        rows=encode_page(page), n_links=len(page.links),
        discoveries=tuple(_discovery(page.url, link.target, rule_of) for link in page.links),
    )  # fmt: skip


def _discovery(source, target, rule_of) -> Discovery:
    enters = _domain(source) != _domain(target)
    return Discovery(
        target, _domain(target), hop_cost=int(enters), enters=enters, rule=rule_of(target)
    )


def refused(store):
    return store.refused()


def _domain(url) -> str:
    return registered_domain(host_of(url))
