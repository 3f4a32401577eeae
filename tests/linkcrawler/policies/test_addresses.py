"""No spelling of a private address gets past the guard."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.addresses import denied_address, is_address, readable_address

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
        ("2001::1", "reserved"),
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
     "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "[2001:4860:4860::8888]", "2a00::1"],
)  # fmt: skip
def test_a_public_address_is_allowed(address):
    assert denied_address(address) is None


@pytest.mark.parametrize("inner", PRIVATE)
def test_a_private_address_inside_an_ipv6_address_is_denied(inner):
    found = {address: denied_address(address) for address in embedded(inner)}
    assert set(found.values()) <= {denied_address(inner), "loopback", "unspecified"}
    assert None not in found.values()


@pytest.mark.parametrize("inner", ["93.184.215.14", "8.8.8.8"])
def test_a_public_address_inside_an_ipv6_address_is_allowed(inner):
    assert [denied_address(address) for address in embedded(inner)] == [None] * 5


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
