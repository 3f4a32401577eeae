"""Which URLs a request may be made for at all."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.exceptions import UsageError
from linkcrawler.option_values import ports
from linkcrawler.policies.addresses import denied_address
from linkcrawler.policies.gate import LOCAL_ENDINGS, Gate, is_local_name
from linkcrawler.urls.canonical import canonicalize


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", None),
        ("https://a.b.example/x?y", None),
        ("http://xn--bcher-kva.example/", None),
        ("http://93.184.215.14/", None),
        ("https://[2a00::1]:8443/", None),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("data:text/html,x", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("http:example.com", "scheme"),
        ("", "scheme"),
        ("http://user@example.com/", "credentials"),
        ("http://user:pass@127.0.0.1/", "credentials"),
        ("http://a.example@127.0.0.1/", "credentials"),
        ("http://127.0.0.1/", "address"),
        ("http://[::1]/", "address"),
        ("http://[::ffff:10.0.0.1]:8080/", "address"),
        ("http://169.254.169.254/latest/meta-data", "address"),
        ("http://[bad/", "address"),
        ("http://1.2.3/", "address"),
        ("http://localhost/", "local_name"),
        ("http://localhost:8080/", "local_name"),
        ("http://a.localhost/", "local_name"),
        ("http://printer/", "local_name"),
        ("http://ai/", "local_name"),
        ("http:///", "local_name"),
        ("http://nas.local/", "local_name"),
        ("http://nas.local./", "local_name"),
        ("http://metadata.google.internal/", "local_name"),
        ("http://expyuzz4wqqyqhjn.onion/", "local_name"),
        ("http://router.home.arpa/", "local_name"),
        ("http://home.arpa/", "local_name"),
        ("http://a.test/", "local_name"),
        ("http://local.example/", None),
        ("http://localhost.example/", None),
        ("http://myhome.arpa/", None),
        ("http://notlocal/x.example", "local_name"),
        ("http://example.com:25/", "port"),
        ("http://example.com:22/", "port"),
        ("http://example.com:6379/", "port"),
        ("http://93.184.215.14:8000/", "port"),
        ("http://example.com:443/", None),
        ("https://example.com:80/", None),
        ("http://example.com:8080/", None),
        ("http://example.com:/", "port"),
        ("http://example.com:x/", "port"),
        ("http://example.com:²/", "port"),
    ],
)
def test_a_url_is_refused_by_the_first_rule_that_speaks_against_it(url, reason):
    assert Gate().reject_reason(url) == reason


def test_an_allowed_address_is_asked_at_every_port_and_nothing_else_is():
    gate = Gate(allowed=frozenset({"127.0.0.1", "fd00::1"}))
    assert gate.reject_reason("http://127.0.0.1/") is None
    assert gate.reject_reason("http://127.0.0.1:6379/") is None
    assert gate.reject_reason("http://[fd00::1]:1/") is None
    for url in ("http://127.0.0.2/", "http://[::1]/", "http://[::ffff:7f00:1]/", "http://0.0.0.0/"):
        assert gate.reject_reason(url) == "address"
    assert gate.reject_reason("http://localhost/") == "local_name"
    assert gate.reject_reason("http://u@127.0.0.1/") == "credentials"
    assert gate.reject_reason("http://93.184.215.14:8000/") == "port"


def test_ports_are_those_of_the_setting():
    gate = Gate(ports=frozenset({8000}))
    assert gate.reject_reason("http://example.com:8000/") is None
    assert gate.reject_reason("http://example.com/") == "port"
    assert gate.reject_reason("https://example.com/") == "port"


@pytest.mark.parametrize("ending", sorted(LOCAL_ENDINGS))
def test_names_under_a_local_ending_are_local_and_those_that_only_look_so_are_not(ending):
    assert is_local_name(f"a.b.{ending}")
    assert not is_local_name(f"{ending}.example")
    assert not is_local_name(f"a{ending}x.example")


PUBLIC = ("com", "org", "net", "de", "example", "co.uk", "arpa")


@given(
    st.lists(st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12), min_size=1),
    st.sampled_from(PUBLIC),
)
def test_a_name_with_a_public_ending_is_never_local(labels, ending):
    assert not is_local_name(".".join([*labels, ending])) or labels[-1:] == ["home"]


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["{0}", "{0:#x}", "0{0:o}", "{1}.{2}", "{1:#x}.0{3:o}.{4}"]),
)
def test_an_address_gets_one_verdict_however_it_is_spelled(number, form):
    a, b, c, d = number.to_bytes(4)
    spelled = form.format(number, a, number & 0xFFFFFF, b, number & 0xFFFF)
    dotted = f"{a}.{b}.{c}.{d}"
    url = canonicalize(f"http://{spelled}/")
    assert url == f"http://{dotted}/"
    assert (Gate().reject_reason(url) == "address") == (denied_address(dotted) is not None)


@given(st.text(max_size=30))
def test_whatever_a_url_is_the_gate_gives_a_verdict(text):
    for prefix in ("", "http://", "http://[", "https://a@"):
        assert Gate().reject_reason(prefix + text) in (
            None, "scheme", "credentials", "address", "local_name", "port"
        )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("80,8000", [80, 8000]),
        ("80 443", [80, 443]),
        ([8080], [8080]),
        (["80", 81], [80, 81]),
        (9, [9]),
    ],
)
def test_ports_are_read_however_they_are_written(written, read):
    assert ports("LINKCRAWLER_GUARD_PORTS", written) == read


@pytest.mark.parametrize("written", ["", "x", "0", "65536", "80,-1", [], "80;81", "²", ["80", "x"]])
def test_what_is_no_port_is_refused_in_one_line(written):
    with pytest.raises(
        UsageError, match=r"^LINKCRAWLER_GUARD_PORTS: expected ports, numbers from 1"
    ):
        ports("LINKCRAWLER_GUARD_PORTS", written)
