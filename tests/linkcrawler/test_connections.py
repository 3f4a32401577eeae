"""What a connection may carry: nothing to a peer that is denied, no head without an end."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress

import pytest
from support.crawling import linkcrawler, rows
from twisted.internet.address import IPv4Address, IPv6Address

from linkcrawler import resolver
from linkcrawler.connections import (
    MAX_HEAD_BYTES,
    MAX_HEAD_FIELDS,
    MAX_INTERIM,
    GuardedPool,
    Peers,
    _GuardedFactory,
)
from linkcrawler.failures import RefusedByGuardError

MEBI = 2**20
BODY = b"<title>read</title>"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n" % len(BODY)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def endless(part: bytes):
    """Parts of an answer without an end; more of it than any bound."""
    yield from (part * (8192 // len(part)) for _ in range(100 * MEBI // 8192))


HEADS = {
    "endless-fields": lambda: (b"HTTP/1.1 200 OK\r\n", *endless(b"X-A: b\r\n")),
    "endless-line": lambda: (b"HTTP/1.1 200 OK\r\nX-A: ", *endless(b"b" * 1024)),
    "endless-status": lambda: (b"HTTP/1.1 200 ", *endless(b"O" * 1024)),
    "endless-folded": lambda: (b"HTTP/1.1 200 OK\r\nX-A: b\r\n", *endless(b" c\r\n")),
    "endless-no-field": lambda: (b"HTTP/1.1 200 OK\r\n", *endless(b"nonsense\r\n")),
    "endless-interim": lambda: endless(CONTINUE),
    "endless-interim-fields": lambda: endless(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "one-field-more": lambda: (OK, b"X: y\r\n" * (MAX_HEAD_FIELDS - 1), b"\r\n", BODY),
    "one-byte-more": lambda: (OK, b"X: " + b"y" * MAX_HEAD_BYTES + b"\r\n\r\n", BODY),
    "many-bytes": lambda: (OK, (b"X: " + b"y" * 1000 + b"\r\n") * 70, b"\r\n", BODY),
    "one-interim-more": lambda: (CONTINUE * (MAX_INTERIM + 1), OK, b"\r\n", BODY),
}
READ = {
    "all-fields": lambda: (OK, b"X: y\r\n" * (MAX_HEAD_FIELDS - 2), b"\r\n", BODY),
    "long-line": lambda: (OK, b"X: " + b"y" * (MAX_HEAD_BYTES - 300) + b"\r\n\r\n", BODY),
    "fewer-bytes": lambda: (OK, (b"X: " + b"y" * 1000 + b"\r\n") * 60, b"\r\n", BODY),
    "all-interim": lambda: (CONTINUE * MAX_INTERIM, OK, b"\r\n", BODY),
    "coded-in-no-way": lambda: (OK, b"Transfer-Encoding: Identity\r\n\r\n", BODY),
    "byte-by-byte": lambda: (bytes([byte]) for byte in OK + b"\r\n" + BODY),
}
ALL = HEADS | READ


class HeadServer:
    """Answers ``/<name>`` with those bytes, and counts how many of them the client took."""

    def __init__(self) -> None:
        self.sent: dict[str, int] = {}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        client.settimeout(20)
        with client, client.makefile("rb") as asked:
            name = asked.readline().split(b" ")[1].decode().strip("/")
            while asked.readline().strip():
                pass
            self.sent[name] = 0
            with suppress(OSError):
                for part in ALL[name]() if name in ALL else [b"HTTP/1.0 404 No\r\n\r\n"]:
                    client.sendall(part)
                    self.sent[name] += len(part)


@contextmanager
def head_server():
    server = HeadServer()
    try:
        yield server
    finally:
        server.listener.close()


def test_a_head_without_an_end_is_cut_off_at_once_and_others_are_read(tmp_path):
    with head_server() as server:
        done = linkcrawler(
            "crawl", *(f"{server.url}/{name}" for name in ALL), "--out", tmp_path, "--delay", "0",
            "--allow-address", "127.0.0.1", "--quiet", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16",
            "-s", "LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS=0",
        )  # fmt: skip
    assert done.code == 0, done.err
    found = {row["url"].rpartition("/")[2]: row for row in rows(tmp_path, "pages")}
    reasons = {name: (row["outcome"], row["reason"]) for name, row in found.items()}
    assert reasons == dict.fromkeys(HEADS, ("failed", "head_too_big")) | dict.fromkeys(
        READ, ("ok", "")
    )
    assert {found[name]["title"] for name in READ} == {"read"}
    # What was sent beyond the bound is what fits into the buffers between the two.
    assert max(server.sent.values()) < 16 * MEBI, server.sent


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (IPv4Address("TCP", "127.0.0.1", 80), "loopback"),
        (IPv4Address("TCP", "169.254.169.254", 80), "link_local"),
        (IPv6Address("TCP", "::1", 80), "loopback"),
        (IPv6Address("TCP", "::ffff:127.0.0.1", 80), "loopback"),
        (None, "unreadable"),
    ],
)
def test_no_protocol_is_made_for_a_peer_that_is_denied(address, why, monkeypatch):
    monkeypatch.setattr(resolver, "own_address", lambda peer: "")
    factory = _GuardedFactory(print, "", Peers(), lambda answer: answer)
    with pytest.raises(RefusedByGuardError) as refused:
        factory.buildProtocol(address)
    assert refused.value.reason == f"address:{why}"


def test_an_address_that_is_allowed_is_connected_to_and_no_other(monkeypatch):
    monkeypatch.setattr(resolver, "own_address", lambda peer: peer)
    peers = Peers(frozenset({"127.0.0.1"}))
    assert peers.reject_reason(IPv4Address("TCP", "127.0.0.1", 1)) is None
    assert peers.reject_reason(IPv4Address("TCP", "127.0.0.2", 1)) == "loopback"
    assert peers.reject_reason(IPv4Address("TCP", "93.184.215.14", 80)) == "self"


def test_behind_a_proxy_the_proxy_is_the_only_peer(monkeypatch):
    monkeypatch.setitem(resolver._found, "proxy.example", frozenset({"10.0.0.1"}))
    named, written = Peers(frozenset({"10.0.0.3"}), "proxy.example"), Peers(proxy="10.0.0.2")
    verdicts = {
        host: [peers.reject_reason(IPv4Address("TCP", host, 1)) for peers in (named, written)]
        for host in ("10.0.0.1", "10.0.0.2", "10.0.0.3", "93.184.215.14")
    }
    assert verdicts == {
        "10.0.0.1": [None, "not_proxy"],
        "10.0.0.2": ["not_proxy", None],
        "10.0.0.3": ["not_proxy", "not_proxy"],
        "93.184.215.14": ["not_proxy", "not_proxy"],
    }


def test_the_pool_makes_every_connection_by_the_guarded_factory():
    class Endpoint:
        def connect(self, factory):
            from twisted.internet.defer import fail

            with suppress(RefusedByGuardError):
                factory.buildProtocol(IPv4Address("TCP", "10.0.0.1", 80))
            return fail(ConnectionRefusedError())  # of another address of the same name

    errors = []
    pool = GuardedPool(None, Peers(proxy="192.0.2.1"), lambda answer: answer)
    pool.getConnection("key", Endpoint()).addErrback(lambda failure: errors.append(failure.value))
    assert [error.reason for error in errors] == ["address:not_proxy"]
