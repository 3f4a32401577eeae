"""A URL in, the reason why the guard lets no request to it out of the machine (or None) out.

The first of the guard's layers, and the only one that sees what was written: what a name leads to is
the resolver's concern, whom a connection reached is the connection's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from linkcrawler.policies.addresses import denied_address, is_address
from linkcrawler.policies.opt_out import is_opted_out

RULES: Final = 1
"""Raised when a rule here or in `addresses` changes, so that URLs already known are judged again."""
PORTS: Final = frozenset({80, 443, 8080, 8443})
"""Ports where the web is served; behind others are mail, databases and consoles."""
DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
LONGEST_START: Final = len("https://")
MAX_VERDICTS: Final = 16_384
"""Verdicts remembered."""

LOCAL_ENDINGS: Final = frozenset(
    {
        # Special-use names that public DNS never holds (RFC 6761, 6762, 7686, 9476)
        "alt", "local", "localhost", "onion", "test",
        # Set aside for private networks (ICANN 2024; RFC 6762 appendix G), or never to be delegated
        # because private networks use them (ICANN 2018)
        "corp", "home", "internal", "intranet", "lan", "mail", "private",
        # What systems and routers write into their own hosts files
        "localdomain", "localdomain6", "localhost6", "workgroup",
    }
)  # fmt: skip
"""Last labels of names that mean something inside a network only."""
LOCAL_DOMAIN: Final = "home.arpa"
"""The names of home networks (RFC 8375)."""


@dataclass(frozen=True)
class Gate:
    """Which URLs a request may be made for, whoever makes it.

    Args:
        allowed: addresses that may be asked though the list denies them, canonical spelling, at
            every port.
        ports: ports that may be asked elsewhere.
        opted_out: hosts that asked to be left alone; so are those below them.
    """

    allowed: frozenset[str] = frozenset()
    ports: frozenset[int] = PORTS
    opted_out: frozenset[str] = frozenset()
    _verdicts: dict[str, str | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    open_ports: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "open_ports", frozenset(map(str, self.ports)))

    def reject_reason(self, url: str) -> str | None:
        """Return the rule that refuses a canonical URL, or None.

        What is no canonical URL is refused too: the gate fails closed.

        >>> gate = Gate(allowed=frozenset({"127.0.0.1"}))
        >>> gate.reject_reason("http://127.0.0.1:8000/"), gate.reject_reason("http://127.0.0.2/")
        (None, 'address')
        >>> gate.reject_reason("http://printer/"), gate.reject_reason("http://example.com:25/")
        ('local_name', 'port')
        """
        end = url.find("/", LONGEST_START)
        origin = url if end < 0 else url[:end]
        if origin in self._verdicts:  # most URLs of a page share their origin with others
            return self._verdicts[origin]
        if len(self._verdicts) >= MAX_VERDICTS:
            self._verdicts.clear()
        verdict = self._verdicts[origin] = _judged(origin, self)
        return verdict

    def fingerprint(self) -> str:
        """Return a text that changes when a verdict could."""
        return repr((RULES, sorted(self.allowed), sorted(self.ports), sorted(self.opted_out)))


def _judged(url: str, gate: Gate) -> str | None:
    """Return what refuses the URLs that start like ``url``."""
    scheme, _, rest = url.partition("://")
    if scheme not in DEFAULT_PORTS:
        return "scheme"
    authority = rest.partition("/")[0]
    if "@" in authority:
        return "credentials"
    start = authority.find("]") + 1 if authority.startswith("[") else 0
    name, colon, port = authority[start:].partition(":")
    host = authority[:start] or name
    if is_opted_out(host, gate.opted_out):
        return "opt_out"
    if host.strip("[]") in gate.allowed:
        return None
    is_open = (port if colon else DEFAULT_PORTS[scheme]) in gate.open_ports
    return _host_reason(host) or (None if is_open else "port")


def _host_reason(host: str) -> str | None:
    """Return what refuses a host that is not allowed by its address."""
    if is_address(host):
        return "address" if denied_address(host.strip("[]")) is not None else None
    return "local_name" if is_local_name(host) else None


def is_local_name(host: str) -> bool:
    """Return whether a canonical host name is one of a private network, or none at all.

    >>> [is_local_name(host) for host in ("intranet", "nas.local", "a.home.arpa", "example.com")]
    [True, True, True, False]
    """
    name = host.rstrip(".")
    rest, _, last = name.rpartition(".")
    return not rest or last in LOCAL_ENDINGS or f".{name}".endswith(f".{LOCAL_DOMAIN}")
