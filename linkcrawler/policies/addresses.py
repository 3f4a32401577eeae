"""An IP address in, the reason why the crawl must not connect to it (or None) out.

The list is explicit, because ``ipaddress.is_global`` differs between Python releases and calls
several ranges global that lead inside; IPv4 embedded in IPv6 is unwrapped first.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

_DENIED: Final = {
    # IPv4: the IANA special-purpose registry, and cloud metadata services outside it. What the
    # registry calls globally reachable (AS112, AMT: 192.31.196.0/24, 192.52.193.0/24,
    # 192.175.48.0/24) leads outside and stays open.
    "0.0.0.0/8": "this_network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "metadata",
    "169.254.0.0/16": "link_local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "reserved",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    # IPv6: the IANA special-purpose registry, by the more precise name first. The IETF's protocol
    # assignments are denied whole, with the anycast services among them: no web site is there.
    "::/128": "unspecified",
    "::1/128": "loopback",
    "64:ff9b:1::/48": "translation",
    "100::/64": "discard",
    "2001::/32": "teredo",
    "2001::/23": "reserved",
    "2001:db8::/32": "documentation",
    "3fff::/20": "documentation",
    "5f00::/16": "reserved",
    "fc00::/7": "private",
    "fe80::/10": "link_local",
    "fec0::/10": "site_local",
    "ff00::/8": "multicast",
}
_NETWORKS_4: Final[tuple[tuple[IPv4Network, str], ...]] = tuple(
    (IPv4Network(net), why) for net, why in _DENIED.items() if ":" not in net
)
_NETWORKS_6: Final[tuple[tuple[IPv6Network, str], ...]] = tuple(
    (IPv6Network(net), why) for net, why in _DENIED.items() if ":" in net
)
_EMBEDDING: Final = (  # (network, bits that follow the embedded IPv4 address)
    (ip_network("::/96"), 0),  # IPv4-compatible (RFC 4291), deprecated
    (ip_network("::ffff:0:0/96"), 0),  # IPv4-mapped (RFC 4291): the system connects by IPv4
    (ip_network("::ffff:0:0:0/96"), 0),  # IPv4-translated (RFC 7915)
    (ip_network("64:ff9b::/96"), 0),  # NAT64 (RFC 6052)
    (ip_network("2002::/16"), 80),  # 6to4 (RFC 3056)
)
"""Where the IPv4 address inside decides."""
_REACHABLE: Final = (
    ip_network("2000::/3"),  # all that IANA has ever given out as global unicast
    ip_network("64:ff9b::/96"),
    ip_network("::ffff:0:0/96"),
)
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""Upper half of an interface's identifier that ends in an IPv4 address (RFC 5214), in any network."""


@lru_cache(maxsize=65_536)
def denied_address(address: str) -> str | None:
    """Return why ``address`` is denied (``loopback``, ``private``, …), or None for a public one.

    What is no address at all is ``unreadable``: the guard fails closed.

    >>> denied_address("127.0.0.1"), denied_address("93.184.215.14")
    ('loopback', None)
    >>> denied_address("::ffff:169.254.169.254"), denied_address("[fe80::1%eth0]")
    ('link_local', 'link_local')
    """
    try:
        parsed = ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return "unreadable"
    if isinstance(parsed, IPv4Address):
        return next((why for net, why in _NETWORKS_4 if parsed in net), None)
    return _denied_6(parsed)


def _denied_6(address: IPv6Address) -> str | None:
    """Return why an IPv6 address, or the IPv4 address inside it, is denied."""
    why = next((why for net, why in _NETWORKS_6 if address in net), None)
    if why is not None:
        return why
    inner = _inside(address)
    if inner is not None:
        why = next((why for net, why in _NETWORKS_4 if inner in net), None)
    if why is None and not any(address in net for net in _REACHABLE):
        return "reserved"
    return why


def _inside(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that packets to ``address`` may be carried on to."""
    number = int(address)
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address((number >> shift) & 0xFFFFFFFF)
    if (number >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(number & 0xFFFFFFFF)
    return None


def refused_peer(peer: str, own: str, allowed: Container[str]) -> str | None:
    """Return why a connection that was made must carry nothing, or None.

    Args:
        peer: the address at its other end.
        own: the address that this machine has towards ``peer``. Equal ones mean that ``peer`` is
            this machine, by whatever address it is known outside.
        allowed: addresses that may be connected to whatever they are, canonical spelling.

    >>> refused_peer("10.0.0.1", "10.0.0.7", ()), refused_peer("9.9.9.9", "9.9.9.9", ())
    ('private', 'self')
    """
    bare = peer.partition("%")[0]
    if bare in allowed:
        return None
    why = denied_address(bare)
    if why is None and bare == own.partition("%")[0]:
        return "self"
    return why


def is_address(host: str) -> bool:
    """Return whether a canonical host is an address and no name.

    >>> is_address("10.0.0.1"), is_address("[::1]"), is_address("10.example")
    (True, True, False)
    """
    if host.startswith("["):
        return True
    return host.rpartition(".")[2].isdigit()


def readable_address(text: str) -> str:
    """Return the canonical spelling of an address.

    Raises:
        ValueError: ``text`` is no IP address.

    >>> readable_address("[::0001]")
    '::1'
    """
    return str(ip_address(text.strip().strip("[]")))
