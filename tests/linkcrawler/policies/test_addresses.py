"""No spelling of a private address gets past the guard."""

from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.addresses import (
    _DENIED,
    denied_address,
    is_address,
    readable_address,
    refused_peer,
)

PRIVATE = ("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "172.31.0.1", "100.64.0.1")


def embedded(inner):
    """Return the IPv6 addresses that lead to an IPv4 address."""
    number = int(IPv4Address(inner))
    bases = ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::")
    found = [IPv6Address(int(IPv6Address(base)) + number) for base in bases]
    six_to_four = (0x2002 << 112) + (number << 80)
    return [str(address) for address in (*found, IPv6Address(six_to_four))]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("0.0.0.0", "this_network"),
        ("10.255.255.255", "private"),
        ("100.100.100.200", "shared"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "metadata"),
        ("169.254.169.254", "link_local"),
        ("172.16.0.1", "private"),
        ("192.168.0.1", "private"),
        ("192.0.0.192", "reserved"),
        ("198.19.0.1", "benchmarking"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fd00:ec2::254", "private"),
        ("fe80::1", "link_local"),
        ("fe80::1%eth0", "link_local"),
        ("[fe80::1%25eth0]", "link_local"),
        ("fec0::1", "site_local"),
        ("ff02::1", "multicast"),
        ("2001::1", "teredo"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "teredo"),
        ("2001:1::1", "reserved"),
        ("2001:20::1", "reserved"),
        ("2001:db8::1", "documentation"),
        ("3fff:fff::1", "documentation"),
        ("5f00::1", "reserved"),
        ("100::1", "discard"),
        ("200::1", "reserved"),
        ("4000::1", "reserved"),
        ("::8.8.8.8", "reserved"),
        ("::ffff:0:8.8.8.8", "reserved"),
        ("::ffff:0.0.0.0", "this_network"),
        ("2a00::5efe:10.0.0.1", "private"),
        ("2a00::200:5efe:127.0.0.1", "loopback"),
        ("64:ff9b:1::1", "translation"),
        ("not an address", "unreadable"),
        ("", "unreadable"),
        ("0x7f.1", "unreadable"),
        ("127.1", "unreadable"),
        ("2130706433", "unreadable"),
        ("0177.0.0.1", "unreadable"),
        ("example.com", "unreadable"),
    ],
)
def test_an_address_that_leads_inside_is_denied_with_its_kind(address, why):
    assert denied_address(address) == why


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "192.0.1.1",
     "198.20.0.1", "223.255.255.255", "126.255.255.255", "128.0.0.1", "168.63.129.17",
     "192.31.196.1", "192.175.48.6", "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
     "[2001:4860:4860::8888]", "2a00::1", "2001:200::1", "2620:4f:8000::6", "2a00::5efe:8.8.8.8",
     "2a00::1:5efe:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"],
)  # fmt: skip
def test_a_public_address_is_allowed(address):
    assert denied_address(address) is None


@pytest.mark.parametrize("inner", PRIVATE)
def test_a_private_address_inside_an_ipv6_address_is_denied(inner):
    found = {address: denied_address(address) for address in embedded(inner)}
    assert set(found.values()) == {denied_address(inner)}


@pytest.mark.parametrize("inner", ["93.184.215.14", "8.8.8.8"])
def test_a_public_address_is_allowed_inside_the_addresses_that_lead_outside(inner):
    compatible, mapped, translated, nat64, six_to_four = map(denied_address, embedded(inner))
    assert (mapped, nat64, six_to_four) == (None, None, None)
    assert (compatible, translated) == ("reserved", "reserved")


def test_every_network_of_the_list_is_denied_to_its_ends_and_no_further():
    for written, why in _DENIED.items():
        network = ip_network(written)
        ends = (network[0], network[-1])
        assert {denied_address(str(end)) for end in ends} & {why}, written
        assert None not in {denied_address(str(end)) for end in ends}, written


def is_public_4(number: int) -> bool:
    """What may be connected to, told without the module: by the first two or three bytes."""
    a, b, c, d = number.to_bytes(4)
    return not (
        a in (0, 10, 127)
        or a >= 224
        or (a == 100 and b & 0xC0 == 0x40)
        or (a == 169 and b == 254)
        or (a == 172 and b & 0xF0 == 0x10)
        or (a == 192 and (b, c) in ((0, 0), (0, 2), (88, 99)))
        or (a == 192 and b == 168)
        or (a == 198 and b & 0xFE == 18)
        or (a, b, c) in ((198, 51, 100), (203, 0, 113))
        or (a, b, c, d) == (168, 63, 129, 16)
    )


def is_public_6(number: int) -> bool:
    """Likewise for addresses of 2000::/3, by their first two groups of digits."""
    a, b = number >> 112, number >> 96 & 0xFFFF
    if a == 0x2002:
        return is_public_4(number >> 80 & 0xFFFFFFFF)
    if number >> 32 & 0xFDFFFFFF == 0x5EFE:
        return is_public_4(number & 0xFFFFFFFF)
    return not ((a == 0x2001 and (b < 0x200 or b == 0xDB8)) or (a == 0x3FFF and b < 0x1000))


def test_of_a_hundred_thousand_addresses_public_ones_pass_and_no_others():
    draw = random.Random(22)
    fours = [draw.getrandbits(32) for _ in range(80_000)]
    sixes = [(1 << 125) + draw.getrandbits(125) for _ in range(20_000)]
    wrong = [str(IPv4Address(n)) for n in fours if _passes(IPv4Address(n)) != is_public_4(n)]
    wrong += [str(IPv6Address(n)) for n in sixes if _passes(IPv6Address(n)) != is_public_6(n)]
    assert wrong == []
    assert sum(map(is_public_4, fours)) > 60_000
    assert sum(map(is_public_6, sixes)) > 19_000


def _passes(address) -> bool:
    return denied_address(str(address)) is None


@pytest.mark.parametrize(
    ("peer", "own", "allowed", "why"),
    [
        ("93.184.215.14", "192.168.1.7", (), None),
        ("93.184.215.14", "93.184.215.14", (), "self"),
        ("93.184.215.14", "93.184.215.14", ("93.184.215.14",), None),
        ("2a00::1", "2a00::1", (), "self"),
        ("2a00::1%eth0", "2a00::1", (), "self"),
        ("10.0.0.1", "10.0.0.7", (), "private"),
        ("10.0.0.1", "10.0.0.7", ("10.0.0.1",), None),
        ("10.0.0.1", "10.0.0.7", ("10.0.0.2",), "private"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.7", ("10.0.0.1",), "private"),
        ("", "", (), "unreadable"),
    ],
)
def test_the_peer_of_a_connection_is_judged_by_its_address_and_ours(peer, own, allowed, why):
    assert refused_peer(peer, own, allowed) == why


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_whatever_python_calls_private_is_denied(address):
    # 6to4: newer Pythons call all of it private; here the IPv4 address inside decides.
    is_6to4 = address.version == 6 and address.sixtofour is not None
    if is_6to4:
        assert denied_address(str(address)) == denied_address(str(address.sixtofour))
    elif address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert denied_address(str(address)) is not None


@given(st.ip_addresses(v=4))
def test_an_address_and_its_mapped_form_have_one_verdict(address):
    mapped = IPv6Address(int(IPv6Address("::ffff:0:0")) + int(address))
    assert denied_address(str(mapped)) == denied_address(str(address))


@given(st.text(max_size=20))
def test_any_other_text_is_denied(text):
    try:
        ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        assert denied_address(text) == "unreadable"


@pytest.mark.parametrize(
    ("host", "verdict"),
    [
        ("127.0.0.1", True),
        ("[::1]", True),
        ("1.2.3.com", False),
        ("example", False),
        ("a.b1", False),
    ],
)
def test_addresses_are_told_from_names(host, verdict):
    assert is_address(host) is verdict


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (" 127.0.0.1 ", "127.0.0.1"),
        ("[::1]", "::1"),
        ("0:0:0::1", "::1"),
        ("2001:DB8::A", "2001:db8::a"),
    ],
)
def test_an_address_is_read_into_its_canonical_spelling(written, canonical):
    assert readable_address(written) == canonical


@pytest.mark.parametrize("written", ["", "localhost", "127.1", "127.0.0.1/8", "0x7f000001"])
def test_what_is_no_address_is_refused(written):
    with pytest.raises(ValueError, match="does not appear"):
        readable_address(written)
