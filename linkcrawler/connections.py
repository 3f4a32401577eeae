"""A connection that was made in, refused before a byte is sent where it leads inside; bounded heads.

The last of the guard's layers needs none of the others: it looks at the address at the other end, on
whatever way the connection came about (a name, an address, a redirect, a tunnel through a proxy).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER
from twisted.web.client import HTTPConnectionPool

from linkcrawler import resolver
from linkcrawler.failures import HeadTooBigError, RefusedByGuardError
from linkcrawler.policies.addresses import refused_peer

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
    from twisted.web._newclient import HTTP11ClientProtocol, Request
    from twisted.web.iweb import IResponse

    Metered = Callable[[IResponse], IResponse]

MAX_HEAD_BYTES: Final = 64 * 1024
"""Largest head of an answer, those of interim answers (1xx) before it included."""
MAX_HEAD_FIELDS: Final = 128
"""Most lines of header fields in it; Twisted alone would take them without end."""
MAX_INTERIM: Final = 16
"""Most interim answers before the answer."""


class Peers:
    """Whom a crawl may be connected to.

    Args:
        allowed: addresses that may be connected to though the list denies them.
        proxy: host of the proxy that carries all traffic, which is then the only peer; empty for none.
    """

    def __init__(self, allowed: frozenset[str] = frozenset(), proxy: str = "") -> None:
        self.allowed = allowed
        self.proxy = proxy

    def reject_reason(self, address: IAddress | None) -> str | None:
        """Return why nothing may be sent to ``address``, or None.

        Raises:
            OSError: the machine has no socket left to ask for its own address.
        """
        peer = str(getattr(address, "host", ""))
        if self.proxy:
            is_proxy = peer == self.proxy or peer in resolver.addresses_of(self.proxy)
            return None if is_proxy else "not_proxy"
        return refused_peer(peer, resolver.own_address(peer), self.allowed)


class _BoundedParser(_LenientHTTPClientParser):
    """Reads an answer whose head has an end.

    Like its base it is put in place of an object's class, so its state starts on the class.
    """

    MAX_LENGTH = MAX_HEAD_BYTES
    _head_bytes = 0
    _head_fields = 0
    _interim = 0

    def lineReceived(self, line: bytes) -> None:
        self._head_bytes += len(line) + 1
        if self.state == HEADER:
            self._head_fields += bool(line.removesuffix(b"\r"))
        if self._head_bytes > MAX_HEAD_BYTES or self._head_fields > MAX_HEAD_FIELDS:
            raise HeadTooBigError(f"{self._head_bytes} bytes, {self._head_fields} fields")
        super().lineReceived(line)

    def allHeadersReceived(self) -> None:
        if 100 <= self.response.code < 200:
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise HeadTooBigError(f"{self._interim} interim answers")
        coding = self.connHeaders.getRawHeaders(b"transfer-encoding", [])
        if [name.lower() for name in coding] == [b"identity"]:  # of RFC 2616, and says nothing
            self.connHeaders.removeHeader(b"transfer-encoding")
        super().allHeadersReceived()  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:
        raise HeadTooBigError(f"a line of more than {MAX_HEAD_BYTES} bytes")


class _GuardedProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's protocol with the bounded parser; what it cannot read is cut off at once.

    Args:
        quiet: takes the connection back when it may be used again.
        metered: bounds the body of an answer.
    """

    def __init__(self, quiet: Callable[..., None], metered: Metered) -> None:
        super().__init__(quiet)  # type: ignore[no-untyped-call]
        self.metered = metered

    def request(self, request: Request) -> Deferred[IResponse]:
        answer = super().request(request)
        self._parser.__class__ = _BoundedParser
        return answer.addCallback(self.metered)

    def dataReceived(self, data: bytes) -> None:
        try:
            self._parser.dataReceived(data)  # type: ignore[union-attr]
        except Exception:
            # Not closed in good order, as Twisted would: a peer may go on sending for ever.
            self.transport.abortConnection()  # type: ignore[union-attr]
            self._disconnectParser(Failure())  # type: ignore[no-untyped-call]


class _GuardedFactory(_LenientHTTP11ClientFactory):
    """Makes the protocol of a connection once its peer may be reached.

    Twisted asks for it when the connection stands and nothing has been sent, of TLS and of a proxy's
    tunnel included; the error raised here closes the connection.
    """

    def __init__(
        self, quiet: Callable[..., None], said: str, peers: Peers, metered: Metered
    ) -> None:
        super().__init__(quiet, said)  # type: ignore[no-untyped-call]
        self.peers = peers
        self.metered = metered
        self.refusal: RefusedByGuardError | None = None

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        why = self.peers.reject_reason(addr)
        if why is not None:
            self.refusal = RefusedByGuardError(str(addr), f"address:{why}")
            raise self.refusal
        return _GuardedProtocol(self._quiescentCallback, self.metered)

    def explained(self, failure: Failure) -> Failure:
        """Return the guard's refusal of one address rather than the last one's error."""
        return failure if self.refusal is None else Failure(self.refusal)  # type: ignore[no-untyped-call]


class GuardedPool(HTTPConnectionPool):
    """Keeps connections, each of them made to a peer that may be reached.

    Args:
        reactor: Twisted's.
        peers: who may be reached.
        metered: bounds the body of each answer.
    """

    def __init__(self, reactor: Any, peers: Peers, metered: Metered) -> None:
        super().__init__(reactor, persistent=True)  # type: ignore[no-untyped-call]
        self.peers = peers
        self.metered = metered

    def _newConnection(
        self, key: Hashable, endpoint: IStreamClientEndpoint
    ) -> Deferred[HTTP11ClientProtocol]:
        quiet = partial(self._putConnection, key)
        factory = _GuardedFactory(quiet, repr(endpoint), self.peers, self.metered)
        connected: Deferred[Any] = endpoint.connect(factory)  # type: ignore[call-arg,misc]
        return connected.addErrback(factory.explained)
