"""Host names in, public addresses out: a name with any private address is refused whole.

Every connection of Scrapy's HTTP handler goes through the reactor's resolver, addresses written
in a URL included, and then to the very address returned, so that no second look-up can differ.
A name that cannot be resolved is not looked up again for a while, by anyone in this process.
"""

from __future__ import annotations

import socket
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

from linkcrawler import settings as defaults
from linkcrawler.lookups import Lookups
from linkcrawler.policies.addresses import refused_peer
from linkcrawler.policies.dead_names import DeadNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase
    from twisted.internet.interfaces import IAddress, IHostResolution

_allowed: Final[Counter[str]] = Counter()
_refused: Final[dict[str, str]] = {}
_found: Final[dict[str, frozenset[str]]] = {}
MAX_REFUSED: Final = 10_000


def allow(hosts: Iterable[str]) -> None:
    """Let the process connect to ``hosts``: exact addresses, or the name of a proxy."""
    _allowed.update(host.lower() for host in hosts)


def forbid(hosts: Iterable[str]) -> None:
    """Take back one `allow` of ``hosts``; other crawls of the process keep theirs."""
    _allowed.subtract(host.lower() for host in hosts)


def refusal(host: str) -> str | None:
    """Return why ``host`` was refused when it was looked up, or None."""
    return _refused.get(host.strip("[]"))


def addresses_of(host: str) -> frozenset[str]:
    """Return what a host that was allowed by its name was last found to have."""
    return _found.get(host.lower(), frozenset())


def own_address(peer: str) -> str:
    """Return the address that this machine has towards ``peer``; nothing is sent.

    Raises:
        OSError: there is no way to ``peer``, or no socket left to ask with.
    """
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((peer, 9))
        return str(probe.getsockname()[0])


@implementer(IResolutionReceiver)
class _Filter:
    """Passes addresses on once all are known to be public."""

    def __init__(self, receiver: IResolutionReceiver, host: str) -> None:
        self.receiver = receiver
        self.host = host
        self.addresses: list[IAddress] = []

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self.receiver.resolutionBegan(resolution)  # type: ignore[call-arg,misc]  # zope has no stubs

    def addressResolved(self, address: IAddress) -> None:
        self.addresses.append(address)

    def resolutionComplete(self) -> None:
        why = self._reason()
        if why is None:
            _refused.pop(self.host, None)
            for address in self.addresses:
                self.receiver.addressResolved(address)  # type: ignore[call-arg,misc]
        else:
            if len(_refused) >= MAX_REFUSED:
                _refused.clear()
            _refused[self.host] = why
        self.receiver.resolutionComplete()  # type: ignore[misc]

    def _reason(self) -> str | None:
        if _allowed[self.host.lower()] > 0:
            _found[self.host.lower()] = frozenset(str(found.host) for found in self.addresses)
            return None
        allowed = {host for host, times in _allowed.items() if times > 0}
        for address in self.addresses:
            literal = str(getattr(address, "host", ""))
            try:
                own = own_address(literal)
            except OSError:  # there is no way to it: nothing can be sent
                own = ""
            why = refused_peer(literal, own, allowed)
            if why is not None:
                return why
        return None


class GuardedResolver(CachingHostnameResolver):
    """Scrapy's caching resolver behind the filter; cached names are filtered too.

    Names with addresses are remembered as long as the process lasts, names without for a while.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        settings = crawler.settings
        resolver = super().from_crawler(crawler, reactor)
        secs = settings.getfloat(
            "LINKCRAWLER_DNS_NEGATIVE_SECS", defaults.LINKCRAWLER_DNS_NEGATIVE_SECS
        )
        threads = settings.getint("REACTOR_THREADPOOL_MAXSIZE")
        lookups = Lookups(reactor, DeadNames(secs), threads)
        resolver.original_resolver = lookups  # type: ignore[assignment]  # zope has no stubs
        return resolver

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        return super().resolveHostName(
            _Filter(resolutionReceiver, hostName),  # type: ignore[arg-type]
            hostName,
            portNumber,
            addressTypes,
            transportSemantics,
        )


def is_unsure(host: str) -> bool:
    """Return whether ``host`` was not found because no name server could be asked."""
    from twisted.internet import reactor

    lookups: Any = getattr(getattr(reactor, "nameResolver", None), "original_resolver", None)
    return isinstance(lookups, Lookups) and lookups.dead.is_unsure(host)


def is_installed() -> bool:
    """Return whether the running reactor looks names up through the guard."""
    from twisted.internet import reactor

    return isinstance(getattr(reactor, "nameResolver", None), GuardedResolver)
