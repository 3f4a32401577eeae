"""Host names in, what the system's resolver knows of them out: each name asked for once at a time.

Look-ups run on threads of their own that nothing waits for at the end of the process: one that a
silent name server keeps for half a minute does not hold an interrupt up.
"""

from __future__ import annotations

import asyncio
import socket
import time
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast

from twisted.internet._resolver import GAIResolver, HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.base import ReactorBase
    from twisted.internet.interfaces import IAddress, IHostResolution, IReactorThreads

    from linkcrawler.policies.dead_names import DeadNames

MOST_ADDRESSES: Final = 8
"""Addresses of a host that are told apart."""
TEMPORARY: Final = frozenset({socket.EAI_AGAIN, socket.EAI_SYSTEM, socket.EAI_MEMORY})
"""Errors of getaddrinfo that say nothing about the name."""


class _Threads(ThreadPool):
    """Threads that end with the process, whatever they are at."""

    # A plain partial would be a method from Python 3.14 on, and is warned of from 3.13 on.
    threadFactory = cast("type[Thread]", staticmethod(partial(Thread, daemon=True)))


@implementer(IResolutionReceiver)
class _Collector:
    """Hands all addresses of a look-up on at its end."""

    def __init__(self, ended: Callable[[list[IAddress]], None]) -> None:
        self.ended = ended
        self.addresses: list[IAddress] = []

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        """Need nothing: who asked was told."""

    def addressResolved(self, address: IAddress) -> None:
        self.addresses.append(address)

    def resolutionComplete(self) -> None:
        self.ended(self.addresses)


@implementer(IHostnameResolver)
class Lookups:
    """Looks names up, but for those that failed lately; who asks for one under way waits for it.

    Args:
        reactor: where answers are delivered.
        dead: names that failed.
        threads: look-ups under way at the most.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        reactor: ReactorBase,
        dead: DeadNames,
        threads: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.dead = dead
        self.clock = clock
        self._pool = _Threads(0, max(1, threads), "look-ups")
        self._pool.start()
        asking = cast("Any", self._getaddrinfo)
        self._system = GAIResolver(cast("IReactorThreads", reactor), lambda: self._pool, asking)
        self._waiting: dict[tuple[Any, ...], list[tuple[Any, int]]] = {}
        self._errors: dict[str, int] = {}

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        receiver = cast("Any", resolutionReceiver)  # zope's interfaces have no types
        resolution = HostResolution(hostName)
        receiver.resolutionBegan(resolution)
        if self.dead.is_dead(hostName, self.clock()):
            receiver.resolutionComplete()
            return cast("IHostResolution", resolution)
        key = (hostName, frozenset(addressTypes or ()), transportSemantics)
        waiting = self._waiting.setdefault(key, [])
        waiting.append((receiver, portNumber))
        if len(waiting) == 1:
            collector = cast("IResolutionReceiver", _Collector(partial(self._ended, key)))
            self._system.resolveHostName(collector, hostName, 0, addressTypes, transportSemantics)
        return cast("IHostResolution", resolution)

    def _getaddrinfo(self, host: Any, port: Any, *arguments: Any) -> Any:
        """Ask the system, on a thread; keep the error's number, which Twisted drops."""
        try:
            return socket.getaddrinfo(host, port, *arguments)
        except socket.gaierror as error:
            self._errors[host] = error.errno or socket.EAI_NONAME
            raise
        except ValueError as error:
            # A label that is empty or too long for a name: Twisted would never answer.
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from error

    def _ended(self, key: tuple[Any, ...], addresses: list[IAddress]) -> None:
        """Tell all who waited, each with the port that it asked for."""
        name: str = key[0]
        error = self._errors.pop(name, socket.EAI_NONAME)
        if addresses:
            self.dead.succeed(name, self.clock())
        else:
            self.dead.fail(name, self.clock(), is_temporary=error in TEMPORARY)
        for receiver, port in self._waiting.pop(key):
            for address in addresses:
                receiver.addressResolved(_with_port(address, port))
            receiver.resolutionComplete()


def _with_port(address: IAddress, port: int) -> IAddress:
    if isinstance(address, IPv6Address):
        kind, host = address.type, address.host
        found: Any = IPv6Address(kind, host, port, address.flowInfo, address.scopeID)
    else:
        ipv4 = cast("IPv4Address", address)
        found = IPv4Address(ipv4.type, ipv4.host, port)
    return cast("IAddress", found)


async def addresses_of(host: str) -> tuple[str, ...]:
    """Return the addresses at which this process reaches ``host``, in order; none where it has none.

    The answer is the one that a download gets, refused addresses left out.

    Args:
        host: a host as a URL has it: a name, or an address, in brackets where it is an IPv6 one.
    """
    from twisted.internet import reactor

    found: asyncio.Future[list[IAddress]] = asyncio.get_running_loop().create_future()

    def ended(addresses: list[IAddress]) -> None:
        if not found.done():
            found.set_result(addresses)

    cast("Any", reactor).nameResolver.resolveHostName(_Collector(ended), host.strip("[]"))
    addresses = {str(getattr(address, "host", "")) for address in await found}
    return tuple(sorted(addresses)[:MOST_ADDRESSES])
