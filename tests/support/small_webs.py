"""Webs of a few words, for crawls without any network: URL to the URLs that its page links to."""

from __future__ import annotations

from itertools import pairwise


def u(domain, page=""):
    return f"http://{domain}.example/{page}"


def chain(names):
    """Return a web in which each domain's home page links to the next."""
    return {u(a): [u(b)] for a, b in pairwise(names)}


def star(domain, pages):
    return {u(domain): [u(domain, n) for n in range(pages)]}
