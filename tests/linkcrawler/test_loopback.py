"""The loopback server speaks HTTP/1.1 as a proxy should, over real sockets."""

import contextlib
import http.client
import re
import select
import socket
import threading

import pytest

from linkcrawler.exceptions import UsageError
from linkcrawler.loopback import MAX_HEAD, Answer, LoopbackWeb

TIMEOUT = 20


def echo(url):
    return Answer(200, f"you asked {url}".encode())


def port_of(web):
    return int(web.url.rpartition(":")[2])


def ask(web, target, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port_of(web), timeout=TIMEOUT)
    try:
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def exchange(web, data):
    """Send ``data`` and return all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port_of(web)), timeout=TIMEOUT) as client:
        client.sendall(data)
        with client.makefile("rb") as answer:
            return answer.read()


@pytest.fixture
def web():
    with LoopbackWeb(echo) as server:
        yield server


def test_an_absolute_target_reaches_any_host_without_dns(web):
    status, headers, body = ask(web, "http://Inkwell.EXAMPLE/Pens?b=2&a=1")
    assert (status, body) == (200, b"you asked http://inkwell.example/Pens?b=2&a=1")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert web.requests == ["http://inkwell.example/Pens?b=2&a=1"]


def test_a_relative_target_is_answered_by_its_host_header(web):
    assert ask(web, "/nibs?", Host="Nibs.example:80")[2] == b"you asked http://nibs.example/nibs?"


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("http://a.example", "http://a.example/"),
        ("http://a.example:80/x#y", "http://a.example/x"),
        ("http://a.example:8080/", "http://a.example:8080/"),
        ("http://ann@a.example/", "http://a.example/"),
        ("http://a.example?q", "http://a.example/?q"),
        ("http://[::1]/", "http://[::1]/"),
    ],
)
def test_targets_arrive_in_one_spelling(web, target, url):
    ask(web, target)
    assert web.requests == [url]


def test_one_connection_carries_several_requests(web):
    connection = http.client.HTTPConnection("127.0.0.1", port_of(web), timeout=TIMEOUT)
    connection.connect()
    first = connection.sock
    for number in range(3):
        connection.request("GET", f"http://a.example/{number}")
        assert connection.getresponse().read().endswith(b"/%d" % number)
        assert connection.sock is first
    connection.close()


def test_pipelined_requests_are_answered_in_order(web):
    requests = [f"GET http://a.example/{n} HTTP/1.1\r\nHost: a.example\r\n" for n in range(5)]
    data = "\r\n".join(requests) + "Connection: close\r\n\r\n"
    answers = exchange(web, data.encode())
    assert re.findall(rb"you asked http://a.example/(\d)", answers) == [
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
    ]
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 5


def test_http_1_0_and_connection_close_end_the_connection(web):
    assert b"Connection: close" in exchange(web, b"GET http://a.example/ HTTP/1.0\r\n\r\n")
    close = b"GET http://a.example/ HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert exchange(web, close).count(b"HTTP/1.1 200") == 1


def test_head_answers_the_headers_alone_and_keeps_the_connection(web):
    connection = http.client.HTTPConnection("127.0.0.1", port_of(web), timeout=TIMEOUT)
    connection.request("HEAD", "http://a.example/")
    response = connection.getresponse()
    assert response.read() == b""
    assert int(response.headers["Content-Length"]) == len("you asked http://a.example/")
    connection.request("GET", "http://a.example/")
    assert connection.getresponse().read() == b"you asked http://a.example/"
    connection.close()
    assert web.requests == ["http://a.example/"] * 2


def test_status_headers_and_repeated_headers_are_sent_as_given():
    given = (("Content-Type", "text/plain"), ("X-Robots-Tag", "a"), ("X-Robots-Tag", "b"))
    with LoopbackWeb(lambda _: Answer(451, b"no", given)) as web:
        status, headers, body = ask(web, "http://a.example/")
    assert (status, body) == (451, b"no")
    assert headers.get_all("Content-Type") == ["text/plain"]
    assert headers.get_all("X-Robots-Tag") == ["a", "b"]


def test_an_answer_without_content_has_no_length():
    with LoopbackWeb(lambda _: Answer(204, b"ignored")) as web:
        answer = exchange(web, b"GET http://a.example/ HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in answer


def test_a_status_without_a_name_is_sent_too():
    with LoopbackWeb(lambda _: Answer(599, b"x")) as web:
        assert ask(web, "http://a.example/")[0] == 599


@pytest.mark.parametrize(
    "request_line",
    [
        b"nonsense",
        b"GET http://a.example/",
        b"GET http://a.example/ HTTP/2.0",
        b"GET http://a.example/ b HTTP/1.1",
        b"GET https://a.example/ HTTP/1.1",
        b"GET ftp://a.example/ HTTP/1.1",
        b"GET http://[bad/ HTTP/1.1",
        b"GET http://a.example:99999/ HTTP/1.1",
        b"GET /relative HTTP/1.1",
        b"GET relative HTTP/1.1\r\nHost: a.example",
        b"GET http://a.example/ HTTP/1.1\r\nno colon",
        b"GET http://a.example/ HTTP/1.1\r\nspaced : x",
        b"GET http://a.example/ HTTP/1.1\r\nContent-Length: 3",
        b"GET http://a.example/ HTTP/1.1\r\nTransfer-Encoding: chunked",
    ],
)
def test_a_bad_request_is_answered_400_and_closed(web, request_line):
    answer = exchange(web, request_line + b"\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert web.requests == []


@pytest.mark.parametrize("line", [b"POST http://a.example/", b"CONNECT a.example:443"])
def test_other_methods_and_connect_are_refused_with_405(web, line):
    answer = exchange(web, line + b" HTTP/1.1\r\nHost: a.example\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert b"\r\nAllow: GET, HEAD\r\n" in answer
    assert web.requests == []


def test_headers_past_the_limit_are_refused_with_431(web):
    line = b"GET http://a.example/ HTTP/1.1\r\nX: "
    fits = line + b"x" * (MAX_HEAD - len(line) - 200) + b"\r\nConnection: close\r\n\r\n"
    assert exchange(web, fits).startswith(b"HTTP/1.1 200")
    with socket.create_connection(("127.0.0.1", port_of(web)), timeout=TIMEOUT) as client:
        client.sendall(line + b"x" * (2 * MAX_HEAD))
        assert client.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_client_that_leaves_in_mid_request_harms_nobody(web):
    with socket.create_connection(("127.0.0.1", port_of(web)), timeout=TIMEOUT) as client:
        client.sendall(b"GET http://a.exa")
    assert ask(web, "http://a.example/")[0] == 200


def test_a_handler_that_raises_is_a_500_and_the_next_request_is_answered():
    def handler(url):
        return echo(url) if "good" in url else {}["missing"]

    with LoopbackWeb(handler) as web:
        connection = http.client.HTTPConnection("127.0.0.1", port_of(web), timeout=TIMEOUT)
        connection.request("GET", "http://a.example/bad")
        bad = connection.getresponse()
        assert (bad.status, bad.read()) == (
            500,
            b"500 Internal Server Error: handler: KeyError('missing')\n",
        )
        connection.request("GET", "http://a.example/good")
        assert connection.getresponse().read() == b"you asked http://a.example/good"
        connection.close()


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "日本"])
def test_a_header_that_cannot_be_sent_is_a_500(value):
    with LoopbackWeb(lambda _: Answer(200, b"", (("X", value),))) as web:
        status, headers, _ = ask(web, "http://a.example/")
    assert status == 500
    assert "Set-Cookie" not in headers


def test_requests_of_many_clients_are_all_recorded(web):
    threads = [
        threading.Thread(target=ask, args=(web, f"http://h{number}.example/"))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(web.requests) == sorted(f"http://h{number}.example/" for number in range(20))


def test_the_list_of_requests_is_a_copy(web):
    web.requests.append("http://never.example/")
    assert web.requests == []


def test_the_log_gets_one_line_a_request_and_is_appended_to(tmp_path):
    log = tmp_path / "web.log"
    for _ in range(2):
        with LoopbackWeb(echo, log=log) as web:
            ask(web, "http://a.example/")
            ask(web, "http://a.example/x", "HEAD")
    lines = ["GET http://a.example/ 200", "HEAD http://a.example/x 200"]
    assert log.read_text().splitlines() == lines * 2


def test_a_log_that_cannot_be_opened_frees_the_port(tmp_path):
    web = LoopbackWeb(echo, log=tmp_path / "missing" / "web.log")
    with pytest.raises(FileNotFoundError):
        web.__enter__()
    with LoopbackWeb(echo, port_of(web)) as again:
        assert again.url == web.url


def test_latency_holds_an_answer_back_and_not_other_clients():
    with LoopbackWeb(echo, latency=0.2) as web:
        with socket.create_connection(("127.0.0.1", port_of(web)), timeout=TIMEOUT) as client:
            client.sendall(b"GET http://a.example/ HTTP/1.1\r\n\r\n")
            assert select.select([client], [], [], 0.05)[0] == []
            assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_stopping_drops_open_connections_and_frees_the_port():
    with LoopbackWeb(echo) as web:
        idle = socket.create_connection(("127.0.0.1", port_of(web)), timeout=TIMEOUT)
        half = socket.create_connection(("127.0.0.1", port_of(web)), timeout=TIMEOUT)
        half.sendall(b"GET http://a.ex")
        ask(web, "http://a.example/")
    for client in (idle, half):
        with client:
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(web)), timeout=TIMEOUT)
    with LoopbackWeb(echo, port_of(web)) as again:
        assert ask(again, "http://a.example/")[0] == 200


def test_a_port_in_use_is_named(web):
    with pytest.raises(UsageError, match=f"Cannot listen on {web.url} "):
        LoopbackWeb(echo, port_of(web)).__enter__()
