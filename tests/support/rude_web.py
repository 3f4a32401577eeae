"""A web whose answers are raw bytes: an http proxy on loopback that sends what no server library would."""

from __future__ import annotations

import socketserver
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    answers: dict[str, bytes]
    asked: list[str]


class _Connection(socketserver.StreamRequestHandler):
    timeout = 20
    server: _Server

    def handle(self) -> None:
        """Answer one request and close."""
        line = self.rfile.readline(65536)
        while self.rfile.readline(65536).strip():
            pass
        url = line.split(b" ")[1].decode("latin-1") if line.count(b" ") > 1 else ""
        self.server.asked.append(url)
        self.wfile.write(
            self.server.answers.get(url, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
        )


class RudeWeb:
    """Serves ``answers``, URL to the bytes of a whole answer, while its ``with`` block lasts."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.answers, self._server.asked = answers, []
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Its address, to be used as a proxy."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def asked(self) -> list[str]:
        """Every URL asked so far."""
        return list(self._server.asked)
