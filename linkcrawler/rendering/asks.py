"""The head of a request to a proxy in, what it asks for out (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from linkcrawler.urls.canonical import canonicalize, host_of

_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"upgrade",
    }
)
"""Headers that are meant for the proxy, or for one connection (RFC 9110 7.6.1)."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to a proxy."""

    url: str
    """Where it leads, as a canonical URL without path: what the guard judges."""
    host: str
    """A name or an address, without brackets."""
    port: int
    is_tunnel: bool
    """A connection is asked for (CONNECT), not one answer."""
    head: bytes = b""
    """What the server is sent in place of the head; empty for a tunnel."""
    proxy_head: bytes = b""
    """Likewise a further proxy."""


def read_ask(head: bytes) -> Ask | None:
    r"""Return what the request with ``head`` (request line and headers) asks for, or None.

    One answer a connection is asked of the server, so that nothing else goes the same way.

    >>> ask = read_ask(b"GET http://a.example:8080/x?y HTTP/1.1\r\nHost: a.example:8080\r\n\r\n")
    >>> ask.url, ask.host, ask.port, ask.head.splitlines()[0]
    ('http://a.example:8080/', 'a.example', 8080, b'GET /x?y HTTP/1.1')
    >>> read_ask(b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n").host
    '::1'
    """
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        return None
    method, target = words[0], words[1].decode("latin-1")
    is_tunnel = method == b"CONNECT"
    url = canonicalize(f"https://{target}/" if is_tunnel else target)
    if url is None or (not is_tunnel and not target.lower().startswith("http://")):
        return None
    scheme = url.partition(":")[0]
    start = url[: url.index("/", len(scheme) + 3) + 1]
    port = _port_of(start, scheme)
    if is_tunnel:
        return Ask(start, host_of(url).strip("[]"), port, is_tunnel)
    headers = b"".join(
        line + b"\r\n" for line in lines if line.partition(b":")[0].strip().lower() not in _HOP
    )
    rest = b" HTTP/1.1\r\n" + headers + b"Connection: close\r\n\r\n"
    path = target[target.index("/", len("http://")) :] if "/" in target[len("http://") :] else "/"
    return Ask(
        start,
        host_of(url).strip("[]"),
        port,
        is_tunnel,
        method + b" " + path.encode("latin-1") + rest,
        method + b" " + words[1] + rest,
    )


def _port_of(start: str, scheme: str) -> int:
    """Return the port of a canonical URL without path."""
    tail = start.rstrip("/").rpartition(":")[2]
    return int(tail) if tail.isdigit() else _DEFAULT_PORTS[scheme]
