"""What is given to a frontier's store and read back from it, in a word or two."""

from __future__ import annotations

from linkcrawler.frontier.records import Discovery, PageResult, State


def found(url, domain=None, **more):
    """Return the discovery of a URL, on ``domain`` or the host that it names."""
    return Discovery(url, domain or url.split("/")[2], **more)


def across(url, **more):
    """Return the discovery of a URL on another domain."""
    return found(url, **({"hop_cost": 1, "enters": True} | more))


def moved(url, **more):
    """Return the discovery of what a page redirects to, on another domain."""
    return across(url, **({"cost": 0, "is_redirect": True} | more))


def seed(url, rule=None):
    return found(url, cost=0, enters=True, is_seed=True, rule=rule)


def result(url_id, *discoveries, state=State.DONE, outcome="ok", **more):
    """Return what is committed for a URL."""
    given = {"reason": "", "counts_as_page": True, "next_at": 0.0}
    return PageResult(url_id, state, outcome, **(given | more), discoveries=tuple(discoveries))


def positions(store):
    """Return ``{url: (distance, depth)}`` of what is pending, and hops by domain."""
    domains = list(store.domains())
    rows = {
        row.url: (row.distance, row.depth)
        for domain in domains
        for row in store.pending(domain.id, 1000)
    }
    return rows, {domain.name: domain.hops for domain in domains}


def ids(store):
    """Return ``{url: id}`` of what is pending."""
    return {row.url: row.id for domain in store.domains() for row in store.pending(domain.id, 1000)}


def urls(store, domain="a", *, limit=1000):
    """Return a domain's pending URLs in their order."""
    (domain_id,) = [row.id for row in store.domains() if row.name == domain]
    return [row.url for row in store.pending(domain_id, limit)]


def leased(store, worker=1, *, proven=False, most=1000, before=None, now=1e9, leaving=()):
    """Return the domains that a worker leases from the queue."""
    rows, _ = store.lease_domains(
        worker, now, proven=proven, most=most, before=before, leaving=leaving
    )
    return rows


def names(rows):
    return [row.name for row in rows]
