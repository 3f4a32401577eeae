"""Names that lead to private addresses, and the exceptions of each crawl."""

from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address

from linkcrawler import resolver


class Receiver:
    def __init__(self):
        self.addresses = []

    def resolutionBegan(self, _):
        pass

    def addressResolved(self, address):
        self.addresses.append(address.host)

    def resolutionComplete(self):
        pass


def resolved(host: str, *addresses: str) -> list[str]:
    """What a name comes to, behind the guard."""
    receiver = Receiver()
    guard = resolver._Filter(receiver, host)
    for address in addresses:
        guard.addressResolved(IPv4Address("TCP", address, 0))
    guard.resolutionComplete()
    return receiver.addresses


@pytest.fixture
def loopback_allowed():
    resolver.allow(["127.0.0.1"])
    yield
    resolver.forbid(["127.0.0.1"])


def test_a_name_with_any_private_address_is_refused_whole():
    assert resolved("both.example", "93.184.215.14", "10.0.0.1") == []
    assert resolver.refusal("both.example") == "private"
    assert resolved("public.example", "93.184.215.14") == ["93.184.215.14"]


def test_a_refusal_is_forgotten_once_the_name_is_public():
    resolved("moved.example", "10.0.0.1")
    resolved("moved.example", "93.184.215.14")
    assert resolver.refusal("moved.example") is None


def test_an_exception_ends_with_the_crawl_that_asked_for_it(loopback_allowed):
    assert resolved("localhost", "127.0.0.1") == ["127.0.0.1"]
    resolver.allow(["127.0.0.1"])  # a second crawl of the process, which ends first
    resolver.forbid(["127.0.0.1"])
    assert resolved("localhost", "127.0.0.1") == ["127.0.0.1"]
    assert resolved("localhost", "127.0.0.2") == []
    resolver.forbid(["127.0.0.1"])
    assert resolved("localhost", "127.0.0.1") == []
    resolver.allow(["127.0.0.1"])
