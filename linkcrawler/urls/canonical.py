"""A URL as written in, its one canonical spelling out: the identity of pages and links.

Parsing and resolving follow the WHATWG URL standard (by ada-url), as browsers do. On top of that
the fragment goes, a trailing dot of the host goes, and known tracking and session parameters go; the
order of the other parameters stays, because servers may depend on it.
"""

from __future__ import annotations

import re
from typing import Final

import ada_url

MAX_URL: Final = 8192
"""Longest URL, in characters, that is kept; Scrapy's URLLENGTH_LIMIT bounds what is fetched."""

TRACKING_PARAMETERS: Final = frozenset(
    {
        "_ga", "_gl", "_hsenc", "_hsmi", "dclid", "fbclid", "gad_source", "gbraid", "gclid",
        "gclsrc", "hsctatracking", "igshid", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "oly_anon_id",
        "oly_enc_id", "twclid", "vero_id", "wbraid", "wickedid", "yclid",
    }
)  # fmt: skip
"""Parameters that say how a visitor came, never what the page is."""

TRACKING_PREFIX: Final = "utm_"

SESSION_PARAMETERS: Final = frozenset(
    {"cfid", "cftoken", "jsessionid", "oscsid", "phpsessid", "zenid"}
)
"""Parameters that say which visit a page was asked for in: PHP, Java, ColdFusion, shops."""
SESSION_PREFIX: Final = "aspsessionid"
DOUBTFUL_PARAMETERS: Final = frozenset({"s", "session", "session_id", "sessionid", "sid"})
"""Likewise, where the value looks like a token: ``s`` may be a search, a session one of a congress."""
_DROPPED: Final = TRACKING_PARAMETERS | SESSION_PARAMETERS
_DROPPED_PREFIXES: Final = (TRACKING_PREFIX, SESSION_PREFIX)
_TOKEN: Final = re.compile(r"(?=(?:[a-z]*\d){4})[0-9a-z]{16,128}", re.IGNORECASE)
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_IN_PATH: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)


def canonicalize(url: str, base: str | None = None) -> str | None:
    """Return the canonical spelling of ``url`` (resolved against ``base``).

    None where it is no http or https URL, or longer than `MAX_URL`.

    >>> canonicalize("HTTP://WWW.Example.com.:80/a/../b?utm_source=x&b=2&a=1#top")
    'http://www.example.com/b?b=2&a=1'
    >>> canonicalize("http://example.com/a;jsessionid=1A2B?PHPSESSID=5f&id=7")
    'http://example.com/a?id=7'
    >>> canonicalize("../c?", base="https://bücher.example/a/b")
    'https://xn--bcher-kva.example/c?'
    >>> canonicalize("mailto:ann@example.com") is None
    True
    """
    href = resolved(url, base)
    if href is None or not href.startswith(("http://", "https://")):
        return None
    href = href.partition("#")[0]
    if "?" in href:
        href = _without_tracking(href)
    if ";" in href:
        href = _without_sessions(href) or ""
    if ".:" in href or "./" in href or href.endswith("."):
        href = _without_trailing_dot(href)
    return href if href and len(href) <= MAX_URL else None


def redirect_target(location: bytes, base: str) -> str | None:
    r"""Return the canonical URL that a ``Location`` header leads to, or None.

    Bytes beyond ASCII are sent back as they came, whatever charset they are in, as browsers do.

    >>> redirect_target(b"/caf\xe9", "http://a.example/"), redirect_target("//bücher.example".encode(), "http://a/")
    ('http://a.example/caf%E9', 'http://xn--bcher-kva.example/')
    """
    return canonicalize(_NOT_ASCII.sub(_escaped, location).decode("ascii"), base)


def _escaped(byte: re.Match[bytes]) -> bytes:
    return b"%%%02X" % ord(byte[0])


def resolved(url: str, base: str | None = None) -> str | None:
    """Return ``url`` resolved against ``base`` and else as it is, of any scheme; None for no URL.

    >>> resolved("b#c", "ftp://example.com/a"), resolved("b", "mailto:ann@example.com")
    ('ftp://example.com/b#c', None)
    """
    try:
        return ada_url.join_url(base, url) if base is not None else ada_url.normalize_url(url)
    except ValueError:  # lone surrogates raise a kind of it, too
        return None


def _without_tracking(href: str) -> str:
    """Return ``href`` without tracking and session parameters; untouched where it holds none."""
    address, _, query = href.partition("?")
    parts = query.split("&")
    kept = [part for part in parts if not _is_tracking(part)]
    if len(kept) == len(parts):
        return href
    return f"{address}?{'&'.join(kept)}" if kept else address


def _is_tracking(part: str) -> bool:
    """Return whether a parameter says how or when a visitor came, not what the page is."""
    name, _, value = part.partition("=")
    name = name.lower()
    if name in _DROPPED or name.startswith(_DROPPED_PREFIXES):
        return True
    return name in DOUBTFUL_PARAMETERS and _TOKEN.fullmatch(value) is not None


def _without_sessions(href: str) -> str | None:
    """Return ``href`` without the sessions that Java and others write behind a path."""
    address, mark, query = href.partition("?")
    bare = _IN_PATH.sub("", address)
    # What they stood behind may be a dot, which means something alone.
    return href if bare == address else resolved(f"{bare}{mark}{query}")


def _without_trailing_dot(href: str) -> str | None:
    """Return ``href`` without dots after the host's last label; None where no host is left."""
    if not host_of(href).endswith("."):
        return href
    start = href.index("//") + 2
    end = href.index("/", start)
    user, at, place = href[start:end].rpartition("@")
    host, colon, port = place.partition(":")
    if not host.strip("."):  # else the path's first part would be taken for a host
        return None
    bare = f"{href[:start]}{user}{at}{host.rstrip('.')}{colon}{port}{href[end:]}"
    # Without the dots a name may turn out to be another spelling of an address.
    return resolved(bare)


def host_of(url: str) -> str:
    """Return the host of a canonical URL: an A-label name, an IPv4 address or ``[IPv6]``.

    >>> host_of("http://user@example.com:8080/a@b")
    'example.com'
    """
    start = url.index("//") + 2
    end = url.find("/", start)
    authority = url[start:end] if end >= 0 else url[start:]
    if not ("@" in authority or ":" in authority or "?" in authority):  # as nearly all are
        return authority
    authority = authority_of(url)
    if authority.startswith("["):
        return authority[: authority.index("]") + 1]
    return authority.partition(":")[0]


def authority_of(url: str) -> str:
    """Return host and port of a canonical URL, without user and password.

    >>> authority_of("http://user:secret@example.com:8080/?a")
    'example.com:8080'
    """
    rest = url[url.index("//") + 2 :]
    for stop in "/?":
        rest = rest.partition(stop)[0]
    return rest.rpartition("@")[2]


def has_credentials(url: str) -> bool:
    """Return whether a canonical URL names a user or password."""
    start = url.index("//") + 2
    end = url.find("/", start)
    return "@" in url[start : end if end >= 0 else len(url)]
