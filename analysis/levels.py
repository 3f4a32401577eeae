"""URLs and domains in, the nodes that they belong to at a level out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from linkcrawler.urls.domains import icann_domain, registered_domain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.policy import Policy


class Level(StrEnum):
    """What a node of the graph is."""

    page = "page"
    """A URL. Links inside a domain count, too."""
    host = "host"
    """A host, as ``docs.example.com``."""
    domain = "domain"
    """What one owner controls: the registered domain, private suffixes on."""
    icann = "icann"
    """The registered domain by ICANN suffixes alone: a platform with all its tenants."""
    entity = "entity"
    """What a file of rules says belongs together, else the domain; see `analysis.entities`."""


def key_sql(policy: Policy, url: str, host: str, domain: str) -> str:
    """Return SQL for what decides about the node: its key, text.

    Args:
        policy: its level and, at entity level, its entities.
        url: SQL for a URL.
        host: SQL for its host.
        domain: SQL for its domain.
    """
    if policy.level is Level.page:
        return url
    if policy.level is Level.host:
        return host
    if policy.level is Level.entity and policy.entities is not None:
        domains = sorted(policy.entities.domains)
        if domains:
            spoken_of = [f"{domain} IN ({', '.join(map(_text, domains))})"]
            # Domains lie below a public suffix, and below no domain.
            suffixes = [name for name in domains if registered_domain(f"x.{name}") != name]
            spoken_of += [f"ends_with({domain}, {_text(f'.{name}')})" for name in suffixes]
            return f"CASE WHEN {' OR '.join(spoken_of)} THEN {url} ELSE {domain} END"
    return domain


def _text(value: str) -> str:
    """Return ``value`` as SQL writes text: a host may hold a quote."""
    quoted = value.replace("'", "''")
    return f"'{quoted}'"


def name_sql(policy: Policy) -> str:
    """Return SQL over ``key`` for the name of its node, where no table of names says otherwise."""
    if policy.rules.www and policy.level is Level.page:
        return r"regexp_replace(key, '^https?://(www\.)?', '')"
    if policy.rules.www and policy.level is Level.host:
        return r"regexp_replace(key, '^www\.', '')"
    return "key"


def icann_names(domains: Iterable[str]) -> list[str]:
    """Return the ICANN domain of each registered domain; quick for many.

    A suffix is asked once: where a label under it is a domain of its own, all are.

    >>> icann_names(["bbc.co.uk", "ann.github.io", "127.0.0.1", "localhost"])
    ['bbc.co.uk', 'github.io', '127.0.0.1', 'localhost']
    """
    plain: dict[str, bool] = {}
    found = []
    for domain in domains:
        suffix = domain.partition(".")[2]
        known = plain.get(suffix)
        if known is None:
            probe = f"x.{suffix}"
            known = plain[suffix] = bool(suffix) and icann_domain(probe) == probe
        found.append(domain if known else icann_domain(domain))
    return found
