from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcrawler.policies.gate import Gate
from linkcrawler.rendering.asks import read_ask


def head(first: str, *lines: str) -> bytes:
    return "\r\n".join((first, *lines, "", "")).encode()


def test_an_ordinary_request_is_sent_on_as_the_server_expects_it():
    given_head = head(
        "GET http://A.example/x%20y?q HTTP/1.1", "Host: a.example", "Proxy-Connection: keep-alive",
        "Connection: keep-alive", "Accept: */*", "Upgrade: h2c", "Proxy-Authorization: Basic eA==",
    )  # fmt: skip
    ask = read_ask(given_head)
    assert (ask.url, ask.host, ask.port, ask.is_tunnel) == (
        "http://a.example/", "a.example", 80, False
    )  # fmt: skip
    rest = b"Host: a.example\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    assert ask.head == b"GET /x%20y?q HTTP/1.1\r\n" + rest
    assert ask.proxy_head == b"GET http://A.example/x%20y?q HTTP/1.1\r\n" + rest


@pytest.mark.parametrize(
    ("target", "url", "host", "port"),
    [
        ("a.example:443", "https://a.example/", "a.example", 443),
        ("a.example:80", "https://a.example:80/", "a.example", 80),
        ("[2606:2800::1]:8443", "https://[2606:2800::1]:8443/", "2606:2800::1", 8443),
        ("0x7f.1:443", "https://127.0.0.1/", "127.0.0.1", 443),
        ("B\u00fc.example:443".encode().decode("latin-1"), None, None, None),
    ],
)
def test_a_tunnel_leads_where_a_url_with_that_host_would(target, url, host, port):
    ask = read_ask(f"CONNECT {target} HTTP/1.1\r\n\r\n".encode("latin-1"))
    if url is None:
        assert ask is None or ask.host.startswith("xn--")
        return
    assert (ask.url, ask.host, ask.port, ask.is_tunnel) == (url, host, port, True)
    assert ask.head == b""


@pytest.mark.parametrize(
    "first",
    [
        "", "GET", "GET / HTTP/1.1", "GET ftp://a.example/ HTTP/1.1", "GET http:/// HTTP/1.1",
        "GET https://a.example/ HTTP/1.1", "GET file:///etc/passwd HTTP/1.1", "CONNECT : HTTP/1.1",
        "CONNECT a.example:99999 HTTP/1.1", "GET http://a.example/ SPDY/1",
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_refused(first):
    assert read_ask(head(first)) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data):
    read_ask(data + b"\r\n\r\n")


@given(st.text("0123456789abx.:[]@%/?# \r\n", max_size=30))
def test_where_is_connected_to_is_what_the_gate_judges(target):
    for first in (f"CONNECT {target} HTTP/1.1", f"GET http://{target} HTTP/1.1"):
        ask = read_ask(first.encode() + b"\r\n\r\n")
        if ask is not None and Gate().reject_reason(ask.url) is None:
            assert f"//{ask.host}" in ask.url or f"//[{ask.host}]" in ask.url
            assert ask.port in (80, 443, 8080, 8443)
            assert b"\n" not in ask.head.partition(b" HTTP/1.1\r\n")[0]
