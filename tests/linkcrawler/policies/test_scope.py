"""Which URLs may be fetched at all."""

from __future__ import annotations

import pytest

from linkcrawler.exceptions import UsageError
from linkcrawler.option_values import addresses
from linkcrawler.policies.gate import Gate
from linkcrawler.policies.scope import Scope, checked_patterns
from linkcrawler.urls.canonical import canonicalize

LOOPBACK_HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
    "017700000001", "0x7f.1", "127.0.0.1.", "0x7f000001..", "127.0.0.1..", "%31%32%37.0.0.1",
    "\uff11\uff12\uff17.0.0.1", "127\u30020.0.1", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]", "[2002:7f00:1::1]", "127.0.0.2", "0", "0.0.0.0", "[::]",
]  # fmt: skip
METADATA_HOSTS = [
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "[fd00:ec2::254]",
    "[::ffff:a9fe:a9fe]",
]


@pytest.mark.parametrize("host", LOOPBACK_HOSTS + METADATA_HOSTS)
@pytest.mark.parametrize("port", ["", ":8080"])
def test_every_spelling_of_a_private_address_is_refused(host, port):
    url = canonicalize(f"http://{host}{port}/x")
    assert url is not None
    assert Scope().reject_reason(url) == "address"


@pytest.mark.parametrize("host", ["[fe80::1%25eth0]", "[fe80::1%eth0]"])
def test_an_address_with_a_zone_is_no_url_at_all(host):
    assert canonicalize(f"http://{host}/") is None


@pytest.mark.parametrize("host", ["93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"])
def test_a_public_address_may_be_fetched(host):
    assert Scope().reject_reason(f"http://{host}/") is None


def allowing(*written):
    return Scope(gate=Gate(allowed=frozenset(addresses("allow_address", list(written)))))


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "127.0.0.1.", "127.1:8080"])
def test_an_allowed_address_may_be_fetched_however_it_is_spelled(host):
    assert allowing("127.0.0.1").reject_reason(canonicalize(f"http://{host}/")) is None
    assert allowing("::1").reject_reason(canonicalize("http://[0:0::1]/")) is None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.2", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[2002:7f00:1::]", "0.0.0.0", "127.0.0.3"],
)  # fmt: skip
def test_allowing_an_address_allows_that_one_alone(host):
    assert allowing("127.0.0.1").reject_reason(canonicalize(f"http://{host}/")) == "address"


@pytest.mark.parametrize(
    "url",
    ["http://user@e.com/", "http://user:pass@e.com/", "http://:pass@e.com/", "http://u@e.com:8/?@"],
)
def test_a_url_with_credentials_is_refused(url):
    assert Scope().reject_reason(canonicalize(url)) == "credentials"


@pytest.mark.parametrize("url", ["http://e.com/@", "http://e.com/?a@b", "http://e.com/u:p@x"])
def test_an_at_sign_after_the_host_is_no_credential(url):
    assert Scope().reject_reason(canonicalize(url)) is None


def test_patterns_are_searched_anywhere_in_the_canonical_url():
    scope = Scope(include=(r"//a\.example/", "docs"), exclude=(r"\.pdf$", "private"))
    verdicts = {
        "http://a.example/": None,
        "http://b.example/docs/x": None,
        "http://b.example/": "include",
        "http://a.example/x.pdf": "exclude",
        "http://a.example/x.pdf?y": None,
        "http://b.example/private.pdf": "include",
        "http://a.example/docs/private/": "exclude",
    }
    assert {url: scope.reject_reason(url) for url in verdicts} == verdicts


def test_a_url_longer_than_the_limit_is_refused_and_zero_is_no_limit():
    url = "http://e.com/aaaa"
    assert Scope(max_length=len(url)).reject_reason(url) is None
    assert Scope(max_length=len(url) - 1).reject_reason(url) == "url_length"
    assert Scope(max_length=0).reject_reason(url + "a" * 5000) is None


def test_the_fingerprint_changes_with_whatever_could_change_a_verdict():
    scopes = [
        Scope(),
        Scope(include=("a",)),
        Scope(exclude=("a",)),
        Scope(include=("a", "b")),
        Scope(gate=Gate(allowed=frozenset({"127.0.0.1"}))),
        Scope(gate=Gate(ports=frozenset({80}))),
        Scope(max_length=9),
    ]
    assert len({scope.fingerprint() for scope in scopes}) == len(scopes)
    many = [f"10.0.0.{n}" for n in range(20)]
    one, other = (Scope(gate=Gate(frozenset(order))) for order in (many, many[::-1]))
    assert one.fingerprint() == other.fingerprint()


@pytest.mark.parametrize(
    "pattern", ["(", "[", "*", "a{99999999999999999999}", "(?P<x", "(" * 5000], ids=str.__len__
)
def test_a_pattern_that_is_no_regular_expression_is_refused_in_one_line(pattern):
    with pytest.raises(UsageError) as caught:
        checked_patterns("--include", ["fine", pattern])
    message = str(caught.value)
    assert message.startswith("--include: ")
    assert len(message.splitlines()) == 1
    assert len(message) < 500
