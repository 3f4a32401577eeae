"""Host in, registered domain out: by the Public Suffix List that tldextract bundles, never fetched."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib import resources
from typing import Final

import tldextract

_SNAPSHOT: Final = ".tld_set_snapshot"
_private = tldextract.TLDExtract(
    suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
)
_icann = tldextract.TLDExtract(
    suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False
)
REMEMBERED: Final = 50_000
"""Hosts whose domain is remembered."""


@lru_cache(maxsize=REMEMBERED)
def registered_domain(host: str) -> str:
    """Return the domain that a registrant controls; private suffixes count as suffixes.

    An address, a single label or a public suffix itself is its own domain.

    >>> registered_domain("www.bbc.co.uk")
    'bbc.co.uk'
    >>> registered_domain("ann.github.io")
    'ann.github.io'
    >>> registered_domain("127.0.0.1"), registered_domain("a.b.unlisted"), registered_domain("co.uk")
    ('127.0.0.1', 'b.unlisted', 'co.uk')
    """
    return _top(_private(host), host)


@lru_cache(maxsize=REMEMBERED)
def icann_domain(host: str) -> str:
    """Return the registered domain by the ICANN section of the list alone.

    >>> icann_domain("ann.github.io")
    'github.io'
    """
    return _top(_icann(host), host)


def _top(found: tldextract.tldextract.ExtractResult, host: str) -> str:
    """Return the domain found; where the list knows no suffix its default rule ``*`` counts."""
    if not found.suffix and found.subdomain and not found.ipv4 and not found.ipv6:
        return f"{found.subdomain.rpartition('.')[2]}.{found.domain}"
    return found.top_domain_under_public_suffix or host


def has_known_suffix(host: str) -> bool:
    """Return whether ``host`` ends in a suffix of the list, with a label before it.

    >>> has_known_suffix("bbc.co.uk"), has_known_suffix("node.js"), has_known_suffix("co.uk")
    (True, False, False)
    """
    return bool(_private(host).top_domain_under_public_suffix)


def name_of(domain: str) -> str:
    """Return the label that a registrant chose: what stands before the public suffix.

    An address is its own name; punycode is decoded.

    >>> name_of("bbc.co.uk"), name_of("ann.github.io"), name_of("xn--mnchen-3ya.de")
    ('bbc', 'ann', 'münchen')
    """
    found = _private(domain)
    if found.ipv4 or found.ipv6:
        return domain
    label = found.domain if found.suffix and found.domain else domain.partition(".")[0]
    try:
        return label.encode().decode("idna") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def reversed_labels(domain: str) -> str:
    """Return the labels back to front; an address stays as it is.

    >>> reversed_labels("bbc.co.uk")
    'uk.co.bbc'
    """
    if domain.startswith("[") or domain.rpartition(".")[2].isdigit():
        return domain
    return ".".join(reversed(domain.split(".")))


@lru_cache(maxsize=1)
def suffix_list_version() -> str:
    """Return the version line of the bundled list, or a hash of it where it carries none."""
    text = resources.files("tldextract").joinpath(_SNAPSHOT).read_bytes()
    found = re.search(rb"^// VERSION: (\S+)", text[:4096], re.MULTILINE)
    return found.group(1).decode() if found else f"sha256:{hashlib.sha256(text).hexdigest()[:16]}"
