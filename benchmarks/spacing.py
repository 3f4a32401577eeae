"""Measures whether any request leaves too early: to a domain, or to an address.

    python -m benchmarks.spacing --requests 20000 --work FOLDER

Crawls many small sites, several to an address of this machine, with two workers, and ends all of the
crawl's processes with `kill -9` a few times on the way; the same command goes on. Each request is
noted with its time when it is handed to the network. Prints the shortest time between two requests
to a domain and to an address, and how many came more than 5 ms too early; ends with 1 where one did.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.sent_log import SENT_LOG, VARIABLE, gaps_by, read_sent
from linkcrawler.settings import EXTENSIONS
from linkcrawler.urls.canonical import host_of

if TYPE_CHECKING:
    from collections.abc import Sequence

EARLY_SECS: Final = 0.005
PAGES: Final = 40
ADDRESSES: Final = 40
POLL_SECS: Final = 0.1
MOST_SECS: Final = 1800.0
INJECTED: Final = Path(__file__).parent.parent / "tests" / "support" / "injected"


class Sites:
    """The same small site under every name, on every loopback address."""

    def __init__(self) -> None:
        links = "".join(f'<a href="/{n}">{n}</a>' for n in range(1, PAGES))
        body = f"<!doctype html><title>site</title>{links}".encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
        self.page = head.encode() + body
        self.none = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        self._loop = asyncio.new_event_loop()
        self.port = 0

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                is_robots = head.startswith(b"GET /robots.txt ")
                writer.write(self.none if is_robots else self.page)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def __enter__(self) -> Sites:
        started = asyncio.start_server(self._talk, "127.0.0.1", 0)
        first = self._loop.run_until_complete(started)
        self.port = first.sockets[0].getsockname()[1]
        for address in addresses()[1:]:
            self._loop.run_until_complete(asyncio.start_server(self._talk, address, self.port))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def addresses() -> list[str]:
    """Return the addresses of this machine at which the sites are."""
    return ["127.0.0.1", *(f"127.0.1.{number}" for number in range(1, ADDRESSES))]


def address_of(host: str) -> str:
    """Return where a site is, as `tests/support/injected/sitecustomize.py` has it."""
    found = addresses()
    return found[zlib.crc32(host.encode()) % len(found)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--delay", type=float, default=0.5)
    parser.add_argument("--address-delay", type=float, default=0.05)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    log: Path = options.work / "sent.log"
    with Sites() as sites:
        crawl(sites, log, options)
    return judge(log, options)


def crawl(sites: Sites, log: Path, options: argparse.Namespace) -> None:
    """Crawl the sites to the end, with kills on the way."""
    names = options.requests // (PAGES + 1)
    seeds = options.work / "seeds.txt"
    seeds.write_text("".join(f"http://d{n}.example:{sites.port}/\n" for n in range(names)))
    command = [
        sys.executable, "-m", "linkcrawler", "crawl", f"@{seeds}", "--workers", "2", "--quiet",
        "--out", str(options.work / "crawl"), "--delay", str(options.delay), "--max-pages", "0",
        "-s", f"LINKCRAWLER_MANNERS_ADDRESS_DELAY_SECS={options.address_delay}",
        "-s", f"LINKCRAWLER_GUARD_PORTS={sites.port}", "--contact", "https://crawl.example/about",
        "-s", "EXTENSIONS=" + json.dumps({**EXTENSIONS, SENT_LOG: 5}),
        *(part for address in addresses() for part in ("--allow-address", address)),
    ]  # fmt: skip
    env = os.environ | {
        "PYTHONPATH": str(INJECTED), VARIABLE: str(log), "TEST_ADDRESSES": ",".join(addresses()),
    }  # fmt: skip
    until = time.monotonic() + MOST_SECS
    for kill in range(options.kills + 1):
        process = subprocess.Popen(
            command, env=env, start_new_session=True, stdout=subprocess.DEVNULL
        )
        goal = options.requests * (kill + 1) // (options.kills + 1)
        while process.poll() is None and time.monotonic() < until:
            if kill < options.kills and log.exists() and log.read_bytes().count(b"\n") >= goal:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(POLL_SECS)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def judge(log: Path, options: argparse.Namespace) -> int:
    """Print what was found; return the exit code."""
    requests = read_sent(log)
    seconds = requests[-1][0] - requests[0][0]
    print(f"{len(requests):,} requests in {seconds:.0f} s, {options.kills} kills")
    keyed = {
        "domain": (options.delay, [(domain, at) for at, domain, _ in requests]),
        "address": (
            options.address_delay,
            [(address_of(host_of(url).partition(":")[0]), at) for at, _, url in requests],
        ),
    }
    early = 0
    for name, (delay, pairs) in keyed.items():
        found = gaps_by(pairs)
        late = [gap for gap in found if gap < delay - EARLY_SECS]
        early += len(late)
        print(f"{name}: {len({key for key, _ in pairs})}, delay {delay} s, shortest gap "
              f"{min(found):.4f} s, {len(late)} of {len(found):,} more than 5 ms early")  # fmt: skip
    return 1 if early else 0


if __name__ == "__main__":
    sys.exit(main())
